#include "names.h"

#include <stdlib.h>
#include <string.h>

#include "answers.h"

void *names_find(named *list, const char *name) {
    while (list && strcmp(list->name, name) != 0) list = list->next;
    return list ? list->thing : NULL;
}

void *names_put(named **list, const char *name, void *thing) {
    void *before = names_take(list, name);
    named *added = must(malloc(sizeof *added));
    added->name = must(malloc(strlen(name) + 1));
    strcpy(added->name, name);
    added->thing = thing;
    added->next = *list;
    *list = added;
    return before;
}

void *names_take(named **list, const char *name) {
    while (*list && name && strcmp((*list)->name, name) != 0) list = &(*list)->next;
    named *found = *list;
    if (!found) return NULL;
    void *thing = found->thing;
    *list = found->next;
    free(found->name);
    free(found);
    return thing;
}

const char *text_of(const json_t *step, const char *field) {
    return json_string_value(json_object_get(step, field));
}

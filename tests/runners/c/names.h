/* What is open, by the names the steps give. */
#ifndef NAMES_H
#define NAMES_H

#include <jansson.h>

typedef struct named {
    char *name;
    void *thing;
    struct named *next;
} named;

/* The thing of that name, or NULL. */
void *names_find(named *list, const char *name);

/* Adds a thing. The one that had its name is returned, for the caller to free. */
void *names_put(named **list, const char *name, void *thing);

/* Removes the thing of that name (of any name for NULL) and returns it, or NULL. */
void *names_take(named **list, const char *name);

/* A text of a step, or NULL. */
const char *text_of(const json_t *step, const char *field);

#endif

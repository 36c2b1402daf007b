/* Events and metrics. */
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "names.h"
#include "steps.h"

/* How long the driver waits for the events of a step. */
enum { PATIENCE_MS = 10000 };

static named *subscriptions;

void subscriptions_free(void) {
    while (subscriptions) tdsec_events_free(names_take(&subscriptions, NULL));
}

static int32_t severity_of(const json_t *step) {
    static const char *const names[] = {"debug", "info", "warning", "error"};
    const char *name = text_of(step, "severity");
    for (int32_t severity = TDSEC_SEVERITY_DEBUG; name && severity <= TDSEC_SEVERITY_ERROR; severity++) {
        if (strcmp(names[severity], name) == 0) return severity;
    }
    return name ? -1 : TDSEC_SEVERITY_DEBUG;
}

json_t *step_subscribe(const json_t *step) {
    const char *name = text_of(step, "subscription");
    if (!name) return answer_misuse("the step has no", "subscription");
    char names[1024] = "";
    size_t index;
    json_t *wanted;
    json_array_foreach(json_object_get(step, "names"), index, wanted) {
        if (strlen(names) + json_string_length(wanted) + 2 > sizeof names) return answer_misuse("too many", "names");
        strcat(strcat(names, index ? "," : ""), json_string_value(wanted));
    }
    tdsec_events *events = NULL;
    tdsec_error *error = NULL;
    if (tdsec_events_new(*names ? names : NULL, severity_of(step), NULL, &events, &error)) return answer_error(error);
    tdsec_events_free(names_put(&subscriptions, name, events));
    return answer_ok(json_object());
}

static json_t *value_of(const tdsec_event *event, size_t index) {
    switch (tdsec_event_field_type(event, index)) {
    case TDSEC_FIELD_INTEGER: return json_integer(tdsec_event_field_integer(event, index));
    case TDSEC_FIELD_REAL: return json_real(tdsec_event_field_real(event, index));
    case TDSEC_FIELD_BOOL: return json_boolean(tdsec_event_field_integer(event, index));
    default: return json_string(tdsec_event_field_text(event, index));
    }
}

static json_t *shown(const tdsec_event *event) {
    static const char *const names[] = {"debug", "info", "warning", "error"};
    json_t *fields = must(json_object()), *content = must(json_object());
    for (size_t i = 0; i < tdsec_event_field_count(event); i++) {
        json_object_set_new(fields, tdsec_event_field_name(event, i), value_of(event, i));
    }
    json_object_set_new(content, "name", json_string(tdsec_event_name(event)));
    json_object_set_new(content, "severity", json_string(names[tdsec_event_severity(event)]));
    json_object_set_new(content, "fields", fields);
    return content;
}

/* The events that have come, at least as many as the step counts if they come in time. */
json_t *step_events(const json_t *step) {
    const char *name = text_of(step, "subscription");
    const tdsec_events *events = name ? names_find(subscriptions, name) : NULL;
    if (!events) return answer_misuse("no subscription", name ? name : "is named");
    size_t count = (size_t)json_integer_value(json_object_get(step, "count"));
    json_t *list = must(json_array());
    for (;;) {
        tdsec_event *event = NULL;
        tdsec_error *error = NULL;
        uint64_t patience = json_array_size(list) < count ? PATIENCE_MS : 0;
        if (tdsec_events_next(events, patience, &event, &error)) {
            json_decref(list);
            return answer_error(error);
        }
        if (!event) break;
        json_array_append_new(list, shown(event));
        tdsec_event_free(event);
    }
    json_t *content = must(json_object());
    json_object_set_new(content, "events", list);
    return answer_ok(content);
}

/* The value of a series in the text; null if it is not there. */
static json_t *value_in(const char *text, const char *series) {
    size_t length = strlen(series);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, series, length) == 0 && line[length] == ' ') return json_real(atof(line + length));
    }
    return json_null();
}

json_t *step_metrics(const json_t *step) {
    size_t capacity = 1 << 20, length = 0, index;
    char *text = must(malloc(capacity));
    tdsec_error *error = NULL;
    if (tdsec_metrics(text, capacity, &length, &error)) {
        free(text);
        return answer_error(error);
    }
    json_t *values = must(json_array()), *content = must(json_object()), *series;
    json_array_foreach(json_object_get(step, "series"), index, series) {
        json_array_append_new(values, value_in(text, json_string_value(series)));
    }
    json_object_set_new(content, "values", values);
    if (json_is_true(json_object_get(step, "text"))) json_object_set_new(content, "text", must(json_string(text)));
    free(text);
    return answer_ok(content);
}

/* Tokens made, listed, changed and dropped. */
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "names.h"
#include "steps.h"

static named *issued;

void issued_free(void) {
    while (issued) tdsec_token_free(names_take(&issued, NULL));
}

static json_t *time_or_null(int64_t since_1970_ms) {
    return since_1970_ms < 0 ? json_null() : json_integer(since_1970_ms);
}

/* C has no defaults: what other languages take is said by the caller. */
static uint32_t days_of(const json_t *step) {
    const json_t *days = json_object_get(step, "ttl_days");
    return days ? (uint32_t)json_integer_value(days) : 1;
}

static json_t *create(const tdsec_connection *connection, const json_t *step) {
    tdsec_token_options options = {sizeof options, text_of(step, "provider"), text_of(step, "extra_info"),
                                   json_is_false(json_object_get(step, "enabled"))};
    tdsec_token *token = NULL;
    tdsec_error *error = NULL;
    if (tdsec_token_create(connection, text_of(step, "name"), text_of(step, "user"), days_of(step), &options, &token,
                           &error)) {
        return answer_error(error);
    }
    json_t *content = must(json_object());
    json_object_set_new(content, "token", json_string(tdsec_token_reveal(token)));
    json_object_set_new(content, "fingerprint", json_string(tdsec_token_fingerprint(token)));
    json_object_set_new(content, "issued_at", time_or_null(tdsec_token_issued_at(token)));
    json_object_set_new(content, "expires_at", time_or_null(tdsec_token_expires_at(token)));
    const char *name = text_of(step, "issued");
    tdsec_token_free(names_put(&issued, name ? name : "", token));
    return answer_ok(content);
}

/* C prints nothing by itself; its fingerprint is what a program may show. */
static json_t *describe(const json_t *step) {
    const char *name = text_of(step, "issued");
    const tdsec_token *token = name ? names_find(issued, name) : NULL;
    if (!token) return answer_misuse("no token", name ? name : "is named");
    json_t *content = must(json_object());
    json_object_set_new(content, "text", json_string(tdsec_token_fingerprint(token)));
    return answer_ok(content);
}

static json_t *list(const tdsec_connection *connection) {
    tdsec_tokens *tokens = NULL;
    tdsec_error *error = NULL;
    if (tdsec_token_list(connection, &tokens, &error)) return answer_error(error);
    json_t *rows = must(json_array());
    for (size_t i = 0; i < tdsec_tokens_count(tokens); i++) {
        json_t *row = must(json_object());
        json_object_set_new(row, "name", json_string(tdsec_tokens_name(tokens, i)));
        json_object_set_new(row, "user", json_string(tdsec_tokens_user(tokens, i)));
        json_object_set_new(row, "provider", json_string(tdsec_tokens_provider(tokens, i)));
        json_object_set_new(row, "enabled", json_boolean(tdsec_tokens_is_enabled(tokens, i)));
        json_object_set_new(row, "created_at", time_or_null(tdsec_tokens_created_at(tokens, i)));
        json_object_set_new(row, "expires_at", time_or_null(tdsec_tokens_expires_at(tokens, i)));
        json_object_set_new(row, "extra_info", json_string(tdsec_tokens_extra_info(tokens, i)));
        json_array_append_new(rows, row);
    }
    tdsec_tokens_free(tokens);
    json_t *content = must(json_object());
    json_object_set_new(content, "tokens", rows);
    return answer_ok(content);
}

json_t *step_tokens(const json_t *step) {
    json_t *answer = NULL;
    const tdsec_connection *connection = connection_of(step, &answer);
    if (!connection) return answer;
    const char *what = text_of(step, "do"), *name = text_of(step, "name");
    if (!what) return answer_misuse("the step has no", "do");
    if (strcmp(what, "create") == 0) return create(connection, step);
    if (strcmp(what, "describe") == 0) return describe(step);
    if (strcmp(what, "list") == 0) return list(connection);
    tdsec_error *error = NULL;
    int32_t status;
    if (strcmp(what, "enable") == 0) {
        status = tdsec_token_enable(connection, name, &error);
    } else if (strcmp(what, "disable") == 0) {
        status = tdsec_token_disable(connection, name, &error);
    } else if (strcmp(what, "ttl") == 0) {
        status = tdsec_token_set_ttl(connection, name, days_of(step), &error);
    } else if (strcmp(what, "drop") == 0) {
        status = tdsec_token_drop(connection, name, &error);
    } else {
        return answer_misuse("nobody can do this to tokens:", what);
    }
    return status ? answer_error(error) : answer_ok(json_object());
}

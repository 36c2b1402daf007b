/* Statements, with the calls that wait. */
#include <string.h>

#include "answers.h"
#include "names.h"
#include "reading.h"
#include "steps.h"

static named *results;

void results_free(void) {
    while (results) tdsec_result_free(names_take(&results, NULL));
}

tdsec_query_options options_of(const json_t *step, const tdsec_cancel *cancel) {
    tdsec_query_options options;
    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.timeout_ms = json_integer_value(json_object_get(step, "timeout_ms"));
    options.req_id = (uint64_t)json_integer_value(json_object_get(step, "req_id"));
    options.cancel = cancel;
    options.idempotent = json_is_true(json_object_get(step, "idempotent"));
    return options;
}

/* The result of the step's statement, on its connection or by its pool, or NULL and an answer. */
static tdsec_result *run(const json_t *step, json_t **answer) {
    const bool by_pool = text_of(step, "pool") != NULL;
    const tdsec_pool *pool = by_pool ? pool_of(step, answer) : NULL;
    const tdsec_connection *connection = by_pool ? NULL : connection_of(step, answer);
    const char *sql = text_of(step, "sql");
    tdsec_query_options options = options_of(step, NULL);
    tdsec_result *result = NULL;
    tdsec_error *error = NULL;
    if (!pool && !connection) return NULL;
    if (!sql) {
        *answer = answer_misuse("the step has no", "sql");
    } else if (by_pool ? tdsec_pool_query_with(pool, sql, &options, &result, &error)
                       : tdsec_connection_query_with(connection, sql, &options, &result, &error)) {
        *answer = answer_error(error);
    }
    return result;
}

json_t *step_query(const json_t *step) {
    json_t *answer = NULL;
    tdsec_result *result = run(step, &answer);
    if (!result) return answer;
    if (tdsec_result_is_update(result)) {
        json_t *content = must(json_object());
        json_object_set_new(content, "affected", json_integer((json_int_t)tdsec_result_affected_rows(result)));
        answer = answer_ok(content);
    } else {
        reading reading;
        tdsec_error *error = NULL;
        reading_begin(&reading, step);
        int32_t status = reading_all(&reading, result, &error);
        answer = status ? answer_error(error) : answer_ok(reading_answer(&reading, result));
        reading_end(&reading);
    }
    tdsec_result_free(result);
    return answer;
}

json_t *step_open(const json_t *step) {
    json_t *answer = NULL;
    const char *name = text_of(step, "result");
    if (!name) return answer_misuse("the step has no", "result");
    tdsec_result *result = run(step, &answer);
    if (!result) return answer;
    json_t *content = must(json_object());
    json_object_set_new(content, "columns", answer_columns(result));
    tdsec_result_free(names_put(&results, name, result));
    return answer_ok(content);
}

json_t *step_fetch(const json_t *step) {
    const char *name = text_of(step, "result");
    const tdsec_result *result = name ? names_find(results, name) : NULL;
    if (!result) return answer_misuse("no result", name ? name : "is named");
    tdsec_block *block = NULL;
    tdsec_error *error = NULL;
    if (tdsec_result_next_block(result, &block, &error)) return answer_error(error);
    json_t *content = must(json_object());
    if (!block) {
        json_object_set_new(content, "end", json_true());
        return answer_ok(content);
    }
    reading reading;
    reading_begin(&reading, NULL);
    int32_t status = reading_block(&reading, block, &error);
    tdsec_block_free(block);
    json_object_set(content, "rows", reading.rows);
    reading_end(&reading);
    if (!status) return answer_ok(content);
    json_decref(content);
    return answer_error(error);
}

json_t *step_close_result(const json_t *step) {
    const char *name = text_of(step, "result");
    if (!name) return answer_misuse("the step has no", "result");
    tdsec_result_free(names_take(&results, name));
    return answer_ok(json_object());
}

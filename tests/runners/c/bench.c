/* The step `bench`: work done several times, each time by the clock. Its answers are described in benches/README.md. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "answers.h"
#include "names.h"
#include "steps.h"

typedef struct tally {
    uint64_t rows, checksum;
} tally;

/* Adds the values of a block to the tally. */
typedef int32_t (*reader)(const tdsec_block *block, tally *tally, tdsec_error **error);

static json_int_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (json_int_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static uint64_t byte_sum(const uint8_t *bytes, size_t length) {
    uint64_t sum = 0;
    for (size_t i = 0; i < length; i++) sum += bytes[i];
    return sum;
}

static uint64_t column_sum(const tdsec_column *column) {
    const uint8_t *values = column->values;
    uint64_t sum = 0;
    double floating = 0;
    for (size_t row = 0; row < column->rows; row++) {
        switch (column->data_type) {
            case TDSEC_TYPE_TIMESTAMP:
            case TDSEC_TYPE_BIGINT: {
                uint64_t value;
                memcpy(&value, values + row * sizeof value, sizeof value);
                sum += value;
                break;
            }
            case TDSEC_TYPE_INT: {
                int32_t value;
                memcpy(&value, values + row * sizeof value, sizeof value);
                sum += (uint64_t)value;
                break;
            }
            case TDSEC_TYPE_FLOAT: {
                float value;
                memcpy(&value, values + row * sizeof value, sizeof value);
                floating += value;
                break;
            }
            default: {
                int32_t offset;
                uint16_t length;
                memcpy(&offset, column->offsets + row * sizeof offset, sizeof offset);
                memcpy(&length, column->data + offset, sizeof length);
                sum += byte_sum(column->data + offset + sizeof length, length);
            }
        }
    }
    return sum + (uint64_t)(floating * 8);
}

/* Column by column, from the bytes of the block. */
static int32_t read_columns_of(const tdsec_block *block, tally *tally, tdsec_error **error) {
    for (size_t i = 0; i < tdsec_block_columns(block); i++) {
        tdsec_column column;
        int32_t status = tdsec_block_column(block, i, &column, error);
        if (status) return status;
        tally->checksum += (i + 1) * column_sum(&column);
    }
    tally->rows += tdsec_block_rows(block);
    return TDSEC_OK;
}

static int32_t cell_sum(const tdsec_block *block, int32_t data_type, size_t column, size_t row, uint64_t *sum,
                        tdsec_error **error) {
    int32_t status;
    switch (data_type) {
        case TDSEC_TYPE_TIMESTAMP:
        case TDSEC_TYPE_BIGINT:
        case TDSEC_TYPE_INT: {
            int64_t value;
            status = tdsec_block_int64(block, column, row, &value, NULL, error);
            *sum = (uint64_t)value;
            return status;
        }
        case TDSEC_TYPE_FLOAT: {
            double value;
            status = tdsec_block_double(block, column, row, &value, NULL, error);
            *sum = (uint64_t)(value * 8);
            return status;
        }
        default: {
            char text[64];
            size_t length = 0;
            status = tdsec_block_text(block, column, row, text, sizeof text, &length, NULL, error);
            *sum = status ? 0 : byte_sum((const uint8_t *)text, length);
            return status;
        }
    }
}

/* Row by row, value by value. */
static int32_t read_rows_of(const tdsec_block *block, tally *tally, tdsec_error **error) {
    size_t rows = tdsec_block_rows(block), columns = tdsec_block_columns(block);
    int32_t types[16] = {0};
    for (size_t i = 0; i < columns && i < 16; i++) {
        tdsec_column column;
        int32_t status = tdsec_block_column(block, i, &column, error);
        if (status) return status;
        types[i] = column.data_type;
    }
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = 0; i < columns && i < 16; i++) {
            uint64_t sum;
            int32_t status = cell_sum(block, types[i], i, row, &sum, error);
            if (status) return status;
            tally->checksum += (i + 1) * sum;
        }
    }
    tally->rows += rows;
    return TDSEC_OK;
}

static int32_t read_all(const tdsec_connection *connection, const char *sql, reader read, tally *tally,
                        tdsec_error **error) {
    tdsec_result *result = NULL;
    tdsec_block *block = NULL;
    int32_t status = tdsec_connection_query(connection, sql, &result, error);
    while (!status && !(status = tdsec_result_next_block(result, &block, error)) && block) {
        status = read(block, tally, error);
        tdsec_block_free(block);
    }
    tdsec_result_free(result);
    return status;
}

static json_t *queries(const json_t *step, reader read) {
    json_t *answer = NULL, *ns = must(json_array()), *content = must(json_object());
    const tdsec_connection *connection = connection_of(step, &answer);
    const char *sql = text_of(step, "sql");
    tally last = {0, 0};
    json_object_set_new(content, "ns", ns);
    for (json_int_t i = json_integer_value(json_object_get(step, "times")); connection && sql && !answer && i > 0; i--) {
        tally tally = {0, 0};
        tdsec_error *error = NULL;
        json_int_t start = now();
        if (read_all(connection, sql, read, &tally, &error)) answer = answer_error(error);
        json_array_append_new(ns, json_integer(now() - start));
        last = tally;
    }
    if (answer) {
        json_decref(content);
        return answer;
    }
    json_object_set_new(content, "rows", json_integer((json_int_t)last.rows));
    json_object_set_new(content, "checksum", answer_bits(last.checksum));
    return answer_ok(content);
}

/* Runs the statement up to its first row. */
static int32_t first_row(const tdsec_connection *connection, const char *sql, tdsec_error **error) {
    tdsec_result *result = NULL;
    tdsec_block *block = NULL;
    tally tally = {0, 0};
    int32_t status = tdsec_connection_query(connection, sql, &result, error);
    if (!status) status = tdsec_result_next_block(result, &block, error);
    if (!status && block) status = read_rows_of(block, &tally, error);
    tdsec_block_free(block);
    tdsec_result_free(result);
    return status;
}

/* Connects and logs in once for each set of options; with a statement, on to its first row. */
static json_t *connects(const json_t *step) {
    json_t *answer = NULL, *ns = must(json_array()), *options;
    const char *sql = text_of(step, "sql");
    size_t i;
    json_array_foreach(json_object_get(step, "each"), i, options) {
        tdsec_config *config = NULL;
        tdsec_connection *connection = NULL;
        tdsec_error *error = NULL;
        json_t *one = must(json_pack("{s:O,s:O}", "address", json_object_get(step, "address"), "options", options));
        json_int_t start = now();
        int32_t status = config_of(one, &config, &error);
        if (!status) status = tdsec_connection_new(config, &connection, &error);
        if (!status && sql) status = first_row(connection, sql, &error);
        json_array_append_new(ns, json_integer(now() - start));
        tdsec_connection_free(connection);
        tdsec_config_free(config);
        json_decref(one);
        if (status && !answer) answer = answer_error(error);
        if (answer) break;
    }
    json_t *content = must(json_object());
    json_object_set_new(content, "ns", ns);
    if (!answer) return answer_ok(content);
    json_decref(content);
    return answer;
}

json_t *step_bench(const json_t *step) {
    const char *workload = text_of(step, "workload");
    if (!workload) return answer_misuse("the step has no", "workload");
    if (!strcmp(workload, "rotation-load")) return load(step);
    if (!strcmp(workload, "fetch-columns") || !strcmp(workload, "stream")) return queries(step, read_columns_of);
    if (!strcmp(workload, "fetch-rows") || !strcmp(workload, "select-1")) return queries(step, read_rows_of);
    if (!strcmp(workload, "connect")) return connects(step);
    return answer_misuse("the C library has no", workload);
}

/* The demo's C program: connects as the environment says, runs the statements given as arguments, prints their rows. */
#include <stdio.h>
#include <stdlib.h>

#include "tdsec.h"

static int fail(tdsec_error *error) {
    fprintf(stderr, "error: %s: %s\n", tdsec_error_name(error), tdsec_error_message(error));
    tdsec_error_free(error);
    return 3;
}

static int print_cell(const tdsec_block *block, int32_t type, size_t column, size_t row, tdsec_error **error) {
    char text[256];
    double number;
    bool is_null;
    if (type == TDSEC_TYPE_FLOAT || type == TDSEC_TYPE_DOUBLE) {
        if (tdsec_block_double(block, column, row, &number, &is_null, error)) return 1;
        snprintf(text, sizeof text, "%.6f", number);
    } else if (tdsec_block_text(block, column, row, text, sizeof text, NULL, &is_null, error)) {
        return 1;
    }
    printf("%s%s", column ? " | " : "", is_null ? "NULL" : text);
    return 0;
}

static int print_rows(const tdsec_connection *connection, const char *sql, tdsec_error **error) {
    tdsec_result *result = NULL;
    tdsec_block *block = NULL;
    tdsec_field field;
    int failed = tdsec_connection_query(connection, sql, &result, error);
    for (size_t i = 0; !failed && i < tdsec_result_columns(result); i++) {
        failed = tdsec_result_field(result, i, &field, error);
        if (!failed) printf("%s%s", i ? " | " : "", field.name);
    }
    if (!failed) printf("\n");
    while (!failed && !(failed = tdsec_result_next_block(result, &block, error)) && block) {
        for (size_t row = 0; !failed && row < tdsec_block_rows(block); row++) {
            for (size_t i = 0; !failed && i < tdsec_block_columns(block); i++) {
                failed = tdsec_result_field(result, i, &field, error) ||
                         print_cell(block, field.data_type, i, row, error);
            }
            printf("\n");
        }
        tdsec_block_free(block);
    }
    tdsec_result_free(result);
    return failed;
}

int main(int count, char **arguments) {
    const char *ca = getenv("TDSEC_TLS_CA");
    tdsec_config *config = NULL;
    tdsec_connection *connection = NULL;
    tdsec_error *error = NULL;
    int failed = tdsec_config_new(getenv("TDSEC_URL"), &config, &error) ||
                 tdsec_config_set(config, "bearerToken", getenv("TDSEC_TOKEN"), &error) ||
                 (ca && *ca && tdsec_config_set(config, "tls_ca", ca, &error)) ||
                 tdsec_connection_new(config, &connection, &error);
    for (int i = 1; !failed && i < count; i++) failed = print_rows(connection, arguments[i], &error);
    tdsec_connection_free(connection);
    tdsec_config_free(config);
    return failed ? fail(error) : 0;
}

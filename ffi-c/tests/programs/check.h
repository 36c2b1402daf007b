/* What every program here needs: checks that name their place, and a connection to the server of the environment. */
#ifndef CHECK_H
#define CHECK_H

#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <tdsec.h>

#define CHECK(condition)                                                          \
    do {                                                                          \
        if (!(condition)) {                                                       \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                              \
        }                                                                         \
    } while (0)

/* The call succeeds. */
#define OK(call)                                                                                           \
    do {                                                                                                   \
        tdsec_error *error = NULL;                                                                         \
        if ((call) != TDSEC_OK) {                                                                          \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, tdsec_error_text(error));        \
            exit(1);                                                                                       \
        }                                                                                                  \
        CHECK(error == NULL);                                                                              \
    } while (0)

/* The call fails with this number, which is also that of the error it gives. */
#define FAILS(number, call)                                                                                \
    do {                                                                                                   \
        tdsec_error *error = NULL;                                                                         \
        int32_t answer = (call);                                                                           \
        if (answer != (number) || tdsec_error_number(error) != (number)) {                                 \
            fprintf(stderr, "%s:%d: %s: %d, not %s: %s\n", __FILE__, __LINE__, #call, (int)answer, #number, \
                    error ? tdsec_error_text(error) : "(no error)");                                       \
            exit(1);                                                                                       \
        }                                                                                                  \
        tdsec_error_free(error);                                                                           \
    } while (0)

static inline const char *variable(const char *name) {
    const char *value = getenv(name);
    if (!value) {
        fprintf(stderr, "%s is not set\n", name);
        exit(2);
    }
    return value;
}

static inline tdsec_config *config_of_environment(void) {
    tdsec_config *config = NULL;
    OK(tdsec_config_new(variable("TDSEC_URL"), &config, &error));
    OK(tdsec_config_set(config, "bearerToken", variable("TDSEC_TOKEN"), &error));
    OK(tdsec_config_set(config, "tls_ca", variable("TDSEC_TLS_CA"), &error));
    OK(tdsec_config_set(config, "connect_timeout", "120s", &error)); /* valgrind on a busy machine is slow */
    return config;
}

static inline tdsec_connection *connect_to_server(void) {
    tdsec_connection *connection = NULL;
    tdsec_config *config = config_of_environment();
    OK(tdsec_connection_new(config, &connection, &error));
    tdsec_config_free(config);
    return connection;
}

static inline tdsec_result *query(const tdsec_connection *connection, const char *sql) {
    tdsec_result *result = NULL;
    OK(tdsec_connection_query(connection, sql, &result, &error));
    return result;
}

/* Reads a result to its end and frees it; its rows. */
static inline size_t drain(tdsec_result *result) {
    size_t rows = 0;
    tdsec_block *block = NULL;
    for (;;) {
        OK(tdsec_result_next_block(result, &block, &error));
        if (!block) break;
        rows += tdsec_block_rows(block);
        tdsec_block_free(block);
    }
    tdsec_result_free(result);
    return rows;
}

static inline double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

#endif

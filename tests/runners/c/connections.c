/* Connecting, and what a connection tells. */
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "names.h"
#include "steps.h"

typedef struct opened {
    tdsec_connection *connection;
    tdsec_config *config;
} opened;

static named *connections;

static void free_opened(opened *opened) {
    if (!opened) return;
    tdsec_connection_free(opened->connection);
    tdsec_config_free(opened->config);
    free(opened);
}

void connections_free(void) {
    while (connections) free_opened(names_take(&connections, NULL));
}

static opened *opened_of(const json_t *step, json_t **answer) {
    const char *name = text_of(step, "conn");
    opened *found = name ? names_find(connections, name) : NULL;
    if (!found) *answer = answer_misuse("no connection", name ? name : "is named");
    return found;
}

tdsec_connection *connection_of(const json_t *step, json_t **answer) {
    opened *found = opened_of(step, answer);
    return found ? found->connection : NULL;
}

void connection_put(const char *name, tdsec_connection *connection, tdsec_config *config) {
    opened *opened = must(calloc(1, sizeof *opened));
    opened->connection = connection;
    opened->config = config;
    free_opened(names_put(&connections, name, opened));
}

/** `{"callback": "123456"}` gives this, `{"callback": null}` fails. */
static int32_t give_code(void *code, char *buffer, size_t capacity) {
    if (!code || strlen(code) >= capacity) return 1;
    strcpy(buffer, code);
    return 0;
}

int32_t config_of(const json_t *step, tdsec_config **config, tdsec_error **error) {
    int32_t status = tdsec_config_new(text_of(step, "address"), config, error);
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(step, "options"), name, value) {
        if (json_is_object(value)) {
            // The step lives longer than the connect that asks.
            void *code = (void *)json_string_value(json_object_get(value, "callback"));
            if (!status) status = tdsec_config_set_totp_callback(*config, give_code, code, error);
            continue;
        }
        const char *text = json_string_value(value);
        if (!status) status = tdsec_config_set(*config, name, text ? text : "", error);
    }
    return status;
}

json_t *step_connect(const json_t *step) {
    const char *name = text_of(step, "conn");
    if (!name) return answer_misuse("the step has no", "conn");
    tdsec_connection *connection = NULL;
    tdsec_config *config = NULL;
    tdsec_error *error = NULL;
    int32_t status = config_of(step, &config, &error);
    if (!status) status = tdsec_connection_new(config, &connection, &error);
    if (status) {
        tdsec_config_free(config);
        return answer_error(error);
    }
    connection_put(name, connection, config);
    return answer_ok(json_object());
}

json_t *step_info(const json_t *step) {
    json_t *answer = NULL, *content = must(json_object()), *tls = NULL;
    const tdsec_connection *connection = connection_of(step, &answer);
    if (!connection) {
        json_decref(content);
        return answer;
    }
    if (tdsec_connection_tls_version(connection)) {
        tls = must(json_object());
        json_object_set_new(tls, "version", json_string(tdsec_connection_tls_version(connection)));
        json_object_set_new(tls, "cipher_suite", json_string(tdsec_connection_tls_cipher_suite(connection)));
        json_object_set_new(tls, "resumed", json_boolean(tdsec_connection_tls_resumed(connection)));
    }
    json_object_set_new(content, "server_version", json_string(tdsec_connection_server_version(connection)));
    json_object_set_new(content, "tls", tls ? tls : json_null());
    json_object_set_new(content, "closed", json_boolean(tdsec_connection_is_closed(connection)));
    return answer_ok(content);
}

json_t *step_describe(const json_t *step) {
    json_t *answer = NULL;
    opened *opened = opened_of(step, &answer);
    if (!opened) return answer;
    char text[4096];
    tdsec_error *error = NULL;
    if (tdsec_config_describe(opened->config, text, sizeof text, NULL, &error)) return answer_error(error);
    json_t *content = must(json_object());
    json_object_set_new(content, "text", json_string(text));
    return answer_ok(content);
}

json_t *step_database(const json_t *step) {
    json_t *answer = NULL;
    const tdsec_connection *connection = connection_of(step, &answer);
    if (!connection) return answer;
    char name[1024];
    bool is_none;
    tdsec_error *error = NULL;
    if (tdsec_connection_current_database(connection, name, sizeof name, NULL, &is_none, &error)) {
        return answer_error(error);
    }
    json_t *content = must(json_object());
    json_object_set_new(content, "database", is_none ? json_null() : json_string(name));
    return answer_ok(content);
}

json_t *step_status(const json_t *step) {
    json_t *answer = NULL;
    const tdsec_connection *connection = connection_of(step, &answer);
    if (!connection) return answer;
    int32_t status;
    tdsec_error *error = NULL;
    if (tdsec_connection_server_status(connection, &status, &error)) return answer_error(error);
    json_t *content = must(json_object());
    json_object_set_new(content, "status", json_integer(status));
    return answer_ok(content);
}

json_t *step_close(const json_t *step) {
    json_t *answer = NULL;
    const tdsec_connection *connection = connection_of(step, &answer);
    if (!connection) return answer;
    tdsec_error *error = NULL;
    return tdsec_connection_close(connection, &error) ? answer_error(error) : answer_ok(json_object());
}

/* What is refused: NULL, handles of another type, what is closed, bad options, bad statements, bad tokens. */
#include "check.h"

static void configurations_are_judged_before_a_socket_opens(void) {
    tdsec_config *config = NULL;
    tdsec_connection *connection = NULL;
    char text[8];
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_config_new("wss://localhost", NULL, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_config_new("wss://\xff", &config, &error));
    CHECK(config == NULL); /* written on success only */
    OK(tdsec_config_new("wss://localhost:70000", &config, &error));
    FAILS(TDSEC_PORT_INVALID, tdsec_config_check(config, &error));
    FAILS(TDSEC_PORT_INVALID, tdsec_connection_new(config, &connection, &error));
    FAILS(TDSEC_PORT_INVALID, tdsec_config_describe(config, text, sizeof text, NULL, &error));
    tdsec_config_free(config);
    OK(tdsec_config_new("wss://localhost", &config, &error));
    FAILS(TDSEC_OPTION_UNKNOWN, tdsec_config_set(config, "bearrToken", "x", &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_config_set(config, NULL, "x", &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_config_set(config, "bearerToken", NULL, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_config_describe(config, NULL, 8, NULL, &error));
    OK(tdsec_config_check(config, &error)); /* a refused option leaves it as it was */
    OK(tdsec_config_set(config, "bearerToken", "a token", &error));
    FAILS(TDSEC_TOKEN_INVALID, tdsec_config_check(config, &error));
    tdsec_config_free(config);
}

static void an_error_tells_what_to_do(const tdsec_connection *connection) {
    tdsec_error *error = NULL;
    tdsec_result *result = NULL;
    CHECK(tdsec_connection_query(connection, "SELEC 1", &result, &error) == TDSEC_SYNTAX_ERROR);
    CHECK(result == NULL);
    CHECK(strcmp(tdsec_error_name(error), "SYNTAX_ERROR") == 0 && strcmp(tdsec_error_kind(error), "server") == 0);
    CHECK(strcmp(tdsec_error_retry(error), "never") == 0 && !tdsec_error_may_have_run(error));
    CHECK(tdsec_error_server_code(error) > 0 && strlen(tdsec_error_server_message(error)) > 0);
    CHECK(strlen(tdsec_error_cause(error)) > 0 && strlen(tdsec_error_remedy(error)) > 0);
    CHECK(strlen(tdsec_error_message(error)) > 0 && strstr(tdsec_error_text(error), "SYNTAX_ERROR") != NULL);
    CHECK(tdsec_error_source(error) == NULL && tdsec_error_option(error) == NULL);
    tdsec_error_free(error);
    CHECK(tdsec_connection_query(connection, "SELEC 1", &result, NULL) == TDSEC_SYNTAX_ERROR); /* nobody asks */
}

static void null_is_answered(const tdsec_connection *connection) {
    tdsec_connection *other = NULL;
    tdsec_result *result = NULL;
    tdsec_block *block = NULL;
    tdsec_column column;
    tdsec_field field;
    int64_t number;
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_connection_new(NULL, &other, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_connection_query(NULL, "SELECT 1", &result, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_connection_query(connection, NULL, &result, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_connection_query(connection, "SELECT 1", NULL, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_connection_query(connection, "SELECT '\xff'", &result, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_connection_execute(connection, NULL, NULL, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_connection_server_status(connection, NULL, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_connection_close(NULL, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_result_next_block(NULL, &block, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_result_close(NULL, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_result_field(NULL, 0, &field, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_block_column(NULL, 0, &column, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_block_int64(NULL, 0, 0, &number, NULL, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_cancel_new(NULL, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_cancel_trigger(NULL, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_connection_query_async(connection, "SELECT 1", NULL, NULL, NULL, &error));
    CHECK(tdsec_connection_is_closed(NULL) && tdsec_connection_server_version(NULL) == NULL);
    CHECK(tdsec_connection_tls_version(NULL) == NULL && !tdsec_connection_tls_resumed(NULL));
    CHECK(tdsec_result_columns(NULL) == 0 && tdsec_result_affected_rows(NULL) == 0 && !tdsec_result_is_update(NULL));
    CHECK(tdsec_block_rows(NULL) == 0 && tdsec_block_columns(NULL) == 0 && tdsec_block_is_null(NULL, 0, 0));
    CHECK(tdsec_error_number(NULL) == 0 && tdsec_error_text(NULL) == NULL && tdsec_error_server_code(NULL) == -1);
    tdsec_config_free(NULL);
    tdsec_connection_free(NULL);
    tdsec_result_free(NULL);
    tdsec_block_free(NULL);
    tdsec_cancel_free(NULL);
    tdsec_error_free(NULL);
}

/* A handle of another type is refused instead of read as what it is not; freeing it as such does nothing. */
static void handles_of_another_type_are_answered(tdsec_connection *connection) {
    tdsec_result *result = query(connection, "SELECT * FROM tdsec_gen(3, 2)");
    tdsec_block *block = NULL;
    tdsec_cancel *cancel = NULL;
    tdsec_result *out = NULL;
    OK(tdsec_cancel_new(&cancel, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_connection_query((void *)result, "SELECT 1", &out, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_result_next_block((void *)connection, &block, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_result_close((void *)cancel, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_cancel_trigger((void *)connection, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_config_check((void *)result, &error));
    tdsec_query_options options = {sizeof options, 0, 0, (void *)connection, 0};
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_connection_query_with(connection, "SELECT 1", &options, &out, &error));
    CHECK(tdsec_connection_is_closed((void *)result) && tdsec_block_rows((void *)result) == 0);
    CHECK(tdsec_error_number((void *)connection) == 0 && tdsec_error_text((void *)result) == NULL);
    tdsec_block_free((void *)result);
    tdsec_result_free((void *)connection);
    tdsec_connection_free((void *)cancel);
    CHECK(drain(result) == 3); /* untouched */
    OK(tdsec_cancel_trigger(cancel, &error));
    tdsec_cancel_free(cancel);
}

static void pools_and_sources_answer_what_is_wrong(const tdsec_connection *connection) {
    tdsec_pool *pool = NULL;
    tdsec_source *source = NULL, *chain = NULL;
    tdsec_connection *lent = NULL;
    tdsec_config *config = config_of_environment();
    tdsec_pool_counts counts = {sizeof counts, 0, 0, 0, 0, 0, 0, 0};
    FAILS(TDSEC_OPTION_UNKNOWN, tdsec_source_new("fiel", &source, &error));
    FAILS(TDSEC_OPTION_UNKNOWN, tdsec_source_parse("fiel:/x", &source, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_source_new(NULL, &source, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_source_new_callback(NULL, NULL, NULL, 0, &source, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_source_chain(NULL, 0, &chain, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_source_chain(NULL, 1, &chain, &error));
    CHECK(source == NULL && chain == NULL);
    OK(tdsec_source_new("file", &source, &error));
    FAILS(TDSEC_OPTION_UNKNOWN, tdsec_source_set(source, "pathh", "x", &error));
    FAILS(TDSEC_OPTION_INVALID, tdsec_source_set_bytes(source, "path", (const uint8_t *)"x", 1, &error));
    FAILS(TDSEC_OPTION_INVALID, tdsec_source_chain((const tdsec_source *const *)&source, 1, &chain, &error)); /* no path */
    OK(tdsec_source_set(source, "path", "/nowhere", &error)); /* what was refused left it as it was */
    FAILS(TDSEC_OPTION_DUPLICATE, tdsec_source_set(source, "path", "/elsewhere", &error));
    OK(tdsec_source_chain((const tdsec_source *const *)&source, 1, &chain, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_source_set(source, "poll_interval", "1s", &error)); /* in use */
    FAILS(TDSEC_CREDENTIAL_CONFLICT, tdsec_pool_new(config, chain, &pool, &error)); /* beside a token */
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_pool_new(config, (void *)connection, &pool, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_pool_new(NULL, NULL, &pool, &error));
    CHECK(pool == NULL);
    OK(tdsec_pool_new(config, NULL, &pool, &error));
    tdsec_acquire_options options = {.struct_size = sizeof options, .timeout_ms = -1};
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_pool_acquire(pool, &options, &lent, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_pool_ready_with(pool, &options, &error));
    options = (tdsec_acquire_options){.struct_size = sizeof options, .timeout_ms = 1, .no_wait = 1};
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_pool_acquire(pool, &options, &lent, &error)); /* which of the two? */
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_pool_ready_with((void *)connection, NULL, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_pool_execute_with(pool, NULL, NULL, NULL, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_pool_execute_with((void *)config, "SELECT 1", NULL, NULL, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_connection_execute_with(connection, NULL, NULL, NULL, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_pool_acquire((void *)connection, NULL, &lent, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_pool_acquire(pool, NULL, NULL, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_pool_acquire_async(pool, NULL, NULL, NULL, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_pool_execute(pool, NULL, NULL, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_pool_status(pool, NULL, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_pool_status((void *)chain, &counts, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_pool_rotate(NULL, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_pool_revoke((void *)config, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_pool_close(pool, -1, &error));
    CHECK(tdsec_pool_name(NULL) == NULL && tdsec_pool_is_closed(NULL) && tdsec_pool_token_seconds_left(NULL) == -1);
    tdsec_pool_free((void *)connection); /* does nothing */
    tdsec_source_free((void *)pool);
    OK(tdsec_pool_rotate(pool, &error)); /* nothing to do without a source */
    OK(tdsec_pool_ready(pool, &error));
    OK(tdsec_pool_close(pool, 10000, &error));
    tdsec_pool_free(pool);
    tdsec_pool_free(NULL);
    tdsec_source_free(chain);
    tdsec_source_free(source);
    tdsec_source_free(NULL);
    tdsec_config_free(config);
}

static void options_say_their_size(const tdsec_connection *connection) {
    tdsec_result *result = NULL;
    tdsec_query_options options = {0, 0, 0, NULL, 0};
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_connection_query_with(connection, "SELECT 1", &options, &result, &error));
    options.struct_size = sizeof options;
    options.timeout_ms = -1;
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_connection_query_with(connection, "SELECT 1", &options, &result, &error));
    options.timeout_ms = 0;
    options.req_id = UINT64_MAX;
    OK(tdsec_connection_query_with(connection, "SELECT 1", &options, &result, &error));
    CHECK(drain(result) == 1);
    OK(tdsec_connection_query_with(connection, "SELECT 1", NULL, &result, &error));
    CHECK(drain(result) == 1);
}

/* The server takes its time for what holds "slow_marker". */
static void what_takes_too_long_ends(const tdsec_connection *connection) {
    tdsec_result *result = NULL;
    tdsec_error *error = NULL;
    tdsec_query_options options = {sizeof options, 100, 0, NULL, 0};
    CHECK(tdsec_connection_query_with(connection, "SELECT 'slow_marker'", &options, &result, &error) ==
          TDSEC_REQUEST_TIMEOUT);
    CHECK(tdsec_error_may_have_run(error));
    tdsec_error_free(error);
    error = NULL;
    CHECK(tdsec_connection_execute_with(connection, "SELECT 'slow_marker'", &options, NULL, &error) ==
          TDSEC_REQUEST_TIMEOUT);
    CHECK(tdsec_error_may_have_run(error));
    tdsec_error_free(error);
    CHECK(drain(query(connection, "SELECT 1")) == 1);
}

static void what_is_closed_says_so(tdsec_connection *connection) {
    tdsec_block *block = NULL;
    tdsec_result *result = query(connection, "SELECT * FROM tdsec_gen(20000, 2)");
    tdsec_result *closed = query(connection, "SELECT * FROM tdsec_gen(20000, 2)");
    OK(tdsec_result_close(closed, &error));
    OK(tdsec_result_close(closed, &error)); /* twice is fine */
    FAILS(TDSEC_CLOSED, tdsec_result_next_block(closed, &block, &error));
    OK(tdsec_connection_close(connection, &error));
    OK(tdsec_connection_close(connection, &error));
    CHECK(tdsec_connection_is_closed(connection));
    tdsec_result *out = NULL;
    FAILS(TDSEC_CLOSED, tdsec_connection_query(connection, "SELECT 1", &out, &error));
    int32_t answer = TDSEC_OK;
    while (answer == TDSEC_OK) { /* what was read ahead may still come */
        answer = tdsec_result_next_block(result, &block, NULL);
        if (answer == TDSEC_OK) {
            CHECK(block != NULL);
            tdsec_block_free(block);
        }
    }
    CHECK(answer == TDSEC_CLOSED);
    tdsec_result_free(closed);
    tdsec_result_free(result);
}

static void a_refused_token_is_not_shown(void) {
    tdsec_config *config = NULL;
    tdsec_connection *connection = NULL;
    tdsec_error *error = NULL;
    OK(tdsec_config_new(variable("TDSEC_URL"), &config, &error));
    OK(tdsec_config_set(config, "bearerToken", "planted-token", &error));
    OK(tdsec_config_set(config, "tls_ca", variable("TDSEC_TLS_CA"), &error));
    CHECK(tdsec_connection_new(config, &connection, &error) == TDSEC_TOKEN_REFUSED);
    CHECK(strstr(tdsec_error_text(error), "planted-token") == NULL);
    CHECK(strcmp(tdsec_error_retry(error), "new_credential") == 0);
    tdsec_error_free(error);
    tdsec_config_free(config);
}

int main(void) {
    tdsec_connection *connection = connect_to_server();
    configurations_are_judged_before_a_socket_opens();
    an_error_tells_what_to_do(connection);
    null_is_answered(connection);
    handles_of_another_type_are_answered(connection);
    pools_and_sources_answer_what_is_wrong(connection);
    options_say_their_size(connection);
    what_takes_too_long_ends(connection);
    what_is_closed_says_so(connection);
    a_refused_token_is_not_shown();
    tdsec_connection_free(connection);
    puts("done");
    return 0;
}

/* Tokens by calls: made, told once, given on, listed, taken back. */
#include "check.h"

static void logs_in(const tdsec_token *token, int32_t number) {
    tdsec_config *config = NULL;
    tdsec_connection *connection = NULL;
    OK(tdsec_config_new(variable("TDSEC_URL"), &config, &error));
    OK(tdsec_config_set(config, "tls_ca", variable("TDSEC_TLS_CA"), &error));
    OK(tdsec_config_set(config, "connect_timeout", "120s", &error));
    OK(tdsec_config_set(config, "bearer_token", tdsec_token_reveal(token), &error));
    if (number == TDSEC_OK) {
        OK(tdsec_connection_new(config, &connection, &error));
        CHECK(drain(query(connection, "select 1")) == 1);
        tdsec_connection_free(connection);
    } else {
        FAILS(number, tdsec_connection_new(config, &connection, &error));
    }
    tdsec_config_free(config);
}

static void a_token_is_made_used_and_taken_back(const tdsec_connection *connection) {
    tdsec_token_options options = {sizeof options, "it's \"us\"", "gr\303\266\303\237er", 0};
    tdsec_token *token = NULL;
    OK(tdsec_token_create(connection, "reports", "root", 2, &options, &token, &error));
    CHECK(strlen(tdsec_token_reveal(token)) == 63);
    CHECK(strlen(tdsec_token_fingerprint(token)) == 12);
    CHECK(tdsec_token_expires_at(token) - tdsec_token_issued_at(token) == 2 * 86400000LL);
    CHECK(tdsec_token_issued_at(token) / 1000 >= (int64_t)time(NULL) - 3600);
    logs_in(token, TDSEC_OK);

    OK(tdsec_token_disable(connection, "reports", &error));
    logs_in(token, TDSEC_TOKEN_DISABLED);
    OK(tdsec_token_enable(connection, "reports", &error));
    OK(tdsec_token_set_ttl(connection, "reports", 0, &error));

    tdsec_tokens *tokens = NULL;
    OK(tdsec_token_list(connection, &tokens, &error));
    CHECK(tdsec_tokens_count(tokens) == 2);
    CHECK(strcmp(tdsec_tokens_name(tokens, 0), "reports") == 0);
    CHECK(strcmp(tdsec_tokens_user(tokens, 0), "root") == 0);
    CHECK(strcmp(tdsec_tokens_provider(tokens, 0), "it's \"us\"") == 0);
    CHECK(strcmp(tdsec_tokens_extra_info(tokens, 0), "gr\303\266\303\237er") == 0);
    CHECK(tdsec_tokens_is_enabled(tokens, 0));
    CHECK(tdsec_tokens_created_at(tokens, 0) > 0);
    CHECK(tdsec_tokens_expires_at(tokens, 0) == -1);
    CHECK(tdsec_tokens_expires_at(tokens, 1) > tdsec_tokens_created_at(tokens, 1));
    CHECK(tdsec_tokens_name(tokens, 2) == NULL && tdsec_tokens_extra_info(tokens, 2) == NULL);
    CHECK(!tdsec_tokens_is_enabled(tokens, 2) && tdsec_tokens_created_at(tokens, 2) == -1);

    OK(tdsec_token_drop(connection, "reports", &error));
    OK(tdsec_token_drop(connection, "reports", &error));
    logs_in(token, TDSEC_TOKEN_REFUSED);
    tdsec_token_free(token);
    CHECK(strcmp(tdsec_tokens_name(tokens, 1), "t1") == 0); /* what was listed does not change */
    tdsec_tokens_free(tokens);
}

static void a_token_without_options_can_be_used_at_once(const tdsec_connection *connection) {
    tdsec_token *token = NULL;
    OK(tdsec_token_create(connection, "plain", "root", 0, NULL, &token, &error));
    CHECK(tdsec_token_expires_at(token) == -1);
    logs_in(token, TDSEC_OK);
    OK(tdsec_token_drop(connection, "plain", &error));
    tdsec_token_free(token);
    tdsec_token_options options = {.struct_size = sizeof options, .disabled = 1};
    OK(tdsec_token_create(connection, "plain", "root", 1, &options, &token, &error));
    logs_in(token, TDSEC_TOKEN_DISABLED);
    OK(tdsec_token_drop(connection, "plain", &error));
    tdsec_token_free(token);
}

static void mistakes_are_answered(const tdsec_connection *connection) {
    tdsec_token *token = NULL;
    tdsec_tokens *tokens = NULL;
    tdsec_token_options wrong = {.struct_size = 3};
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_token_create(NULL, "a", "root", 1, NULL, &token, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_token_create(connection, NULL, "root", 1, NULL, &token, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_token_create(connection, "a", NULL, 1, NULL, &token, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_token_create(connection, "a", "root", 1, NULL, NULL, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_token_create(connection, "a", "root", 1, &wrong, &token, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_token_create(connection, "a b", "root", 1, NULL, &token, &error));
    FAILS(TDSEC_SERVER_ERROR, tdsec_token_create(connection, "t1", "root", 1, NULL, &token, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_token_drop(connection, NULL, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_token_enable(NULL, "t1", &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_token_list(connection, NULL, &error));
    CHECK(token == NULL && tokens == NULL);
    CHECK(tdsec_token_reveal(NULL) == NULL && tdsec_token_fingerprint(NULL) == NULL);
    CHECK(tdsec_token_issued_at(NULL) == -1 && tdsec_token_expires_at(NULL) == -1);
    CHECK(tdsec_tokens_count(NULL) == 0 && tdsec_tokens_name(NULL, 0) == NULL);
    tdsec_token_free(NULL);
    tdsec_tokens_free(NULL);
}

int main(void) {
    tdsec_connection *admin = connect_to_server();
    a_token_is_made_used_and_taken_back(admin);
    a_token_without_options_can_be_used_at_once(admin);
    mistakes_are_answered(admin);
    tdsec_connection_free(admin);
    puts("done");
    return 0;
}

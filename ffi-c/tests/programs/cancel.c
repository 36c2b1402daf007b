/* Ending a call that waits, from another thread. The server holds back the answer to what holds "slow_marker". */
#include "check.h"

#include <pthread.h>

static void *trigger_soon(void *cancel) {
    struct timespec soon = {0, 50 * 1000 * 1000};
    nanosleep(&soon, NULL); /* the main thread shall be waiting; if it is not, the call is refused before it begins */
    OK(tdsec_cancel_trigger(cancel, &error));
    return NULL;
}

static void a_query_ends_and_the_connection_stays(const tdsec_connection *connection) {
    tdsec_cancel *cancel = NULL;
    tdsec_result *result = NULL;
    tdsec_error *error = NULL;
    pthread_t thread;
    OK(tdsec_cancel_new(&cancel, &error));
    tdsec_query_options options = {sizeof options, 0, 0, cancel, 0};
    double began = seconds();
    CHECK(pthread_create(&thread, NULL, trigger_soon, cancel) == 0);
    CHECK(tdsec_connection_query_with(connection, "SELECT 'slow_marker'", &options, &result, &error) == TDSEC_CANCELLED);
    CHECK(seconds() - began < 15); /* the answer takes 60 s */
    CHECK(tdsec_error_may_have_run(error));
    tdsec_error_free(error);
    pthread_join(thread, NULL);
    CHECK(tdsec_connection_query_with(connection, "SELECT 1", &options, &result, &error) == TDSEC_CANCELLED);
    CHECK(!tdsec_error_may_have_run(error)); /* a switch that is on keeps it from beginning */
    tdsec_error_free(error);
    tdsec_cancel_free(cancel);
    CHECK(drain(query(connection, "SELECT 1")) == 1);
}

static void reading_ends_too(const tdsec_connection *connection) {
    tdsec_cancel *cancel = NULL;
    tdsec_result *result = NULL;
    tdsec_block *block = NULL;
    OK(tdsec_cancel_new(&cancel, &error));
    tdsec_query_options options = {sizeof options, 0, 0, cancel, 0};
    OK(tdsec_connection_query_with(connection, "SELECT * FROM tdsec_gen(100000, 2)", &options, &result, &error));
    OK(tdsec_result_next_block(result, &block, &error));
    tdsec_block_free(block);
    OK(tdsec_cancel_trigger(cancel, &error));
    OK(tdsec_cancel_trigger(cancel, &error)); /* twice is fine */
    tdsec_cancel_free(cancel);                /* the result keeps what it needs */
    FAILS(TDSEC_CANCELLED, tdsec_result_next_block(result, &block, &error));
    tdsec_result_free(result);
}

static void connecting_ends(void) {
    tdsec_cancel *cancel = NULL;
    tdsec_connection *connection = NULL;
    tdsec_config *config = config_of_environment();
    OK(tdsec_cancel_new(&cancel, &error));
    OK(tdsec_cancel_trigger(cancel, &error));
    tdsec_connect_options options = {sizeof options, cancel};
    FAILS(TDSEC_CANCELLED, tdsec_connection_new_with(config, &options, &connection, &error));
    tdsec_cancel_free(cancel);
    tdsec_config_free(config);
}

struct waiter {
    const tdsec_connection *connection;
    int32_t answer;
};

static void *wait_for_slow_answer(void *argument) {
    struct waiter *waiter = argument;
    tdsec_result *result = NULL;
    waiter->answer = tdsec_connection_query(waiter->connection, "SELECT 'slow_marker'", &result, NULL);
    return NULL;
}

static void closing_ends_what_waits(tdsec_connection *connection) {
    struct waiter waiter = {connection, -1};
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, wait_for_slow_answer, &waiter) == 0);
    struct timespec soon = {0, 50 * 1000 * 1000};
    nanosleep(&soon, NULL);
    OK(tdsec_connection_close(connection, &error));
    pthread_join(thread, NULL);
    CHECK(waiter.answer == TDSEC_CLOSED);
}

int main(void) {
    tdsec_connection *connection = connect_to_server();
    a_query_ends_and_the_connection_stays(connection);
    reading_ends_too(connection);
    connecting_ends();
    closing_ends_what_waits(connection);
    tdsec_connection_free(connection);
    puts("done");
    return 0;
}

/* The calls with a callback: connect, query, and one block after the other, all from threads of the library. */
#include "check.h"

#include <pthread.h>

/* What the callbacks tell the main thread. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int calls;
    tdsec_connection *connection;
    tdsec_result *result;
    int32_t number;
    int32_t waiting_in_callback;
    size_t rows;
    bool ended;
} seen = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, NULL, NULL, 0, 0, 0, false};

static void tell(void) {
    seen.calls++;
    pthread_cond_signal(&seen.changed);
    pthread_mutex_unlock(&seen.lock);
}

static void wait_for_calls(int calls) {
    struct timespec limit;
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += 60;
    pthread_mutex_lock(&seen.lock);
    while (seen.calls < calls) CHECK(pthread_cond_timedwait(&seen.changed, &seen.lock, &limit) == 0);
    seen.calls = 0;
    pthread_mutex_unlock(&seen.lock);
}

static void connected(void *user_data, tdsec_connection *connection, tdsec_error *error) {
    tdsec_result *result = NULL;
    pthread_mutex_lock(&seen.lock);
    CHECK(user_data == &seen && (connection == NULL) != (error == NULL));
    seen.connection = connection;
    seen.number = tdsec_error_number(error);
    tdsec_error_free(error);
    if (connection) seen.waiting_in_callback = tdsec_connection_query(connection, "SELECT 1", &result, NULL);
    tell();
}

static void answered(void *user_data, tdsec_result *result, tdsec_error *error) {
    pthread_mutex_lock(&seen.lock);
    CHECK(user_data == &seen && (result == NULL) != (error == NULL));
    seen.result = result;
    seen.number = tdsec_error_number(error);
    tdsec_error_free(error);
    tell();
}

/* Asks for the next block from within; tells at the end only. */
static void block_came(void *user_data, tdsec_block *block, tdsec_error *error) {
    if (block) {
        seen.rows += tdsec_block_rows(block);
        tdsec_block_free(block);
        OK(tdsec_result_next_block_async(user_data, block_came, user_data, &error));
        return;
    }
    pthread_mutex_lock(&seen.lock);
    seen.number = tdsec_error_number(error);
    tdsec_error_free(error);
    seen.ended = true;
    tell();
}

static void one_block_came(void *user_data, tdsec_block *block, tdsec_error *error) {
    (void)user_data;
    pthread_mutex_lock(&seen.lock);
    CHECK(block && !error);
    tdsec_block_free(block);
    tell();
}

static void a_result_may_be_freed_while_it_is_read(void) {
    tdsec_result *result = query(seen.connection, "SELECT * FROM tdsec_gen(20000, 2)");
    OK(tdsec_result_next_block_async(result, one_block_came, NULL, &error));
    tdsec_result_free(result); /* does not keep the callback from being called */
    wait_for_calls(1);
    CHECK(drain(query(seen.connection, "SELECT 1")) == 1);
}

int main(void) {
    tdsec_config *config = config_of_environment();
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_connection_new_async(config, NULL, NULL, NULL, &error));
    OK(tdsec_connection_new_async(config, NULL, connected, &seen, &error));
    tdsec_config_free(config); /* at once */
    wait_for_calls(1);
    CHECK(seen.number == TDSEC_OK && seen.connection != NULL);
    CHECK(seen.waiting_in_callback == TDSEC_INVALID_ARGUMENT);

    OK(tdsec_connection_query_async(seen.connection, "SELEC 1", NULL, answered, &seen, &error));
    wait_for_calls(1);
    CHECK(seen.number == TDSEC_SYNTAX_ERROR);

    OK(tdsec_connection_query_async(seen.connection, "SELECT * FROM tdsec_gen(50000, 3)", NULL, answered, &seen, &error));
    wait_for_calls(1);
    CHECK(seen.number == TDSEC_OK);
    OK(tdsec_result_next_block_async(seen.result, block_came, seen.result, &error));
    wait_for_calls(1);
    CHECK(seen.rows == 50000 && seen.number == TDSEC_OK && seen.ended);
    tdsec_result_free(seen.result);

    a_result_may_be_freed_while_it_is_read();

    /* Freeing the connection and cancelling while the answer is on its way. */
    tdsec_cancel *cancel = NULL;
    OK(tdsec_cancel_new(&cancel, &error));
    tdsec_query_options options = {sizeof options, 0, 0, cancel, 0};
    OK(tdsec_connection_query_async(seen.connection, "SELECT 'slow_marker'", &options, answered, &seen, &error));
    tdsec_connection_free(seen.connection);
    OK(tdsec_cancel_trigger(cancel, &error));
    tdsec_cancel_free(cancel);
    wait_for_calls(1);
    CHECK(seen.number == TDSEC_CANCELLED);
    puts("done");
    return 0;
}

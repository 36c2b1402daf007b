/* One connection for eight threads, one block for several readers, and closing while all of them work. */
#include "check.h"

#include <pthread.h>

enum { THREADS = 8, QUERIES = 25 };

static const tdsec_connection *shared;
static const tdsec_block *shared_block;
static pthread_barrier_t started;

static void *ask_often(void *number) {
    for (int i = 0; i < QUERIES; i++) {
        char sql[64];
        size_t rows = 1 + (size_t)(intptr_t)number * 700 + (size_t)i;
        snprintf(sql, sizeof sql, "SELECT * FROM tdsec_gen(%zu, 3)", rows);
        tdsec_result *result = query(shared, sql);
        if (i % 5 == 0) tdsec_result_free(result); /* unread */
        else CHECK(drain(result) == rows);
    }
    return NULL;
}

static void *read_block(void *nothing) {
    for (size_t row = 0; row < tdsec_block_rows(shared_block); row++) {
        int64_t epoch = 0;
        OK(tdsec_block_int64(shared_block, 0, row, &epoch, NULL, &error));
        CHECK(epoch == 1700000000000 + (int64_t)row);
    }
    return nothing;
}

/* Asks until the connection is closed. */
static void *ask_until_closed(void *nothing) {
    int32_t answer = TDSEC_OK;
    pthread_barrier_wait(&started);
    while (answer == TDSEC_OK) {
        tdsec_result *result = NULL;
        tdsec_block *block = NULL;
        answer = tdsec_connection_query(shared, "SELECT * FROM tdsec_gen(9000, 3)", &result, NULL);
        if (answer != TDSEC_OK) break;
        answer = tdsec_result_next_block(result, &block, NULL);
        if (answer == TDSEC_OK) tdsec_block_free(block);
        tdsec_result_free(result);
    }
    CHECK(answer == TDSEC_CLOSED);
    return nothing;
}

static void in_threads(void *(*work)(void *)) {
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, work, (void *)(intptr_t)i) == 0);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
}

int main(void) {
    tdsec_connection *connection = connect_to_server();
    shared = connection;
    in_threads(ask_often);

    tdsec_result *result = query(connection, "SELECT * FROM tdsec_gen(1000, 2)");
    tdsec_block *block = NULL;
    OK(tdsec_result_next_block(result, &block, &error));
    tdsec_result_free(result);
    shared_block = block;
    in_threads(read_block);
    tdsec_block_free(block);

    pthread_t threads[THREADS];
    CHECK(pthread_barrier_init(&started, NULL, THREADS + 1) == 0);
    for (int i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, ask_until_closed, NULL) == 0);
    pthread_barrier_wait(&started);
    OK(tdsec_connection_close(connection, &error));
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&started);
    tdsec_connection_free(connection);
    puts("done");
    return 0;
}

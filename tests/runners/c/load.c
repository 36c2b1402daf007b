/* The workload `rotation-load` of the step `bench`: workers run a small statement on a pool until the time is over. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "answers.h"
#include "names.h"
#include "steps.h"

#define MOST_ERRORS 3

typedef struct worker {
    pthread_t thread;
    tdsec_pool *pool;
    const char *sql;
    double end; /* ns */
    double *took; /* ns */
    size_t count, capacity, failed;
    json_t *errors;
} worker;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Runs it and reads all its rows. */
static int32_t small(tdsec_pool *pool, const char *sql, tdsec_error **error) {
    tdsec_result *result = NULL;
    tdsec_block *block = NULL;
    int32_t status = tdsec_pool_query(pool, sql, &result, error);
    while (!status && (status = tdsec_result_next_block(result, &block, error)) == TDSEC_OK && block) tdsec_block_free(block);
    tdsec_result_free(result);
    return status;
}

static void *work(void *argument) {
    worker *self = argument;
    for (double start = now(); start < self->end; start = now()) {
        tdsec_error *error = NULL;
        if (small(self->pool, self->sql, &error)) {
            if (json_array_size(self->errors) < MOST_ERRORS)
                json_array_append_new(self->errors, json_string(tdsec_error_message(error)));
            self->failed++;
            tdsec_error_free(error);
            continue;
        }
        if (self->count == self->capacity) {
            self->capacity = self->capacity ? self->capacity * 2 : 1024;
            self->took = must(realloc(self->took, self->capacity * sizeof *self->took));
        }
        self->took[self->count++] = now() - start;
    }
    return NULL;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Nearest rank, in microseconds. */
static double rank(const double *took, size_t count, double share) {
    size_t at = (size_t)((double)count * share);
    if ((double)at < (double)count * share) at++;
    return count ? took[at ? at - 1 : 0] / 1000.0 : 0.0;
}

json_t *load(const json_t *step) {
    json_t *misuse = NULL;
    tdsec_pool *pool = pool_of(step, &misuse);
    if (!pool) return misuse;
    size_t workers = (size_t)json_integer_value(json_object_get(step, "workers")), count = 0, failed = 0;
    double end = now() + (double)json_integer_value(json_object_get(step, "ms")) * 1e6;
    worker *all = must(calloc(workers + 1, sizeof *all));
    json_t *errors = json_array(), *answer;
    for (size_t i = 0; i < workers; i++) {
        all[i].pool = pool;
        all[i].sql = text_of(step, "sql");
        all[i].end = end;
        all[i].errors = json_array();
        pthread_create(&all[i].thread, NULL, work, &all[i]);
    }
    for (size_t i = 0; i < workers; i++) {
        pthread_join(all[i].thread, NULL);
        count += all[i].count;
        failed += all[i].failed;
    }
    double *took = must(malloc((count + 1) * sizeof *took));
    count = 0;
    for (size_t i = 0; i < workers; i++) {
        if (all[i].count) memcpy(took + count, all[i].took, all[i].count * sizeof *took);
        count += all[i].count;
        json_array_extend(errors, all[i].errors);
        json_decref(all[i].errors);
        free(all[i].took);
    }
    qsort(took, count, sizeof *took, ascending);
    answer = json_pack("{s:I, s:I, s:o, s:f, s:f}", "statements", (json_int_t)(count + failed), "failed",
                       (json_int_t)failed, "errors", errors, "p50_us", rank(took, count, 0.5), "p99_us",
                       rank(took, count, 0.99));
    free(took);
    free(all);
    return answer_ok(answer);
}

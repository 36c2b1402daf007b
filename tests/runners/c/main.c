/* The C driver of the conformance suite: steps as JSON lines in, answers as JSON lines out, through the public header
 * of the library. Adds no behaviour of its own. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answers.h"
#include "names.h"
#include "steps.h"

/* Resident memory of this process. */
static json_t *step_rss(const json_t *step) {
    (void)step;
    long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%*s %lld", &pages) != 1) return answer_misuse("/proc/self/statm", "cannot be read");
    fclose(file);
    json_t *content = must(json_object());
    json_object_set_new(content, "kib", json_integer(pages * sysconf(_SC_PAGESIZE) / 1024));
    return answer_ok(content);
}

static const struct {
    const char *op;
    json_t *(*run)(const json_t *step);
} steps[] = {
    {"connect", step_connect},
    {"info", step_info},
    {"query", step_query},
    {"open", step_open},
    {"fetch", step_fetch},
    {"close_result", step_close_result},
    {"start", step_start},
    {"wait", step_wait},
    {"cancel", step_cancel},
    {"database", step_database},
    {"status", step_status},
    {"close", step_close},
    {"callback_set", step_callback_set},
    {"pool", step_pool},
    {"acquire", step_acquire},
    {"pool_ready", step_pool_ready},
    {"pool_query", step_query},
    {"pool_info", step_pool_info},
    {"pool_close", step_pool_close},
    {"rotate", step_rotate},
    {"revoke", step_revoke},
    {"tokens", step_tokens},
    {"fork", step_fork},
    {"describe", step_describe},
    {"rss", step_rss},
    {"subscribe", step_subscribe},
    {"events", step_events},
    {"metrics", step_metrics},
    {"bench", step_bench},
};

static json_t *run(const json_t *step) {
    const char *op = text_of(step, "op");
    for (size_t i = 0; op && i < sizeof steps / sizeof *steps; i++) {
        if (strcmp(op, steps[i].op) == 0) return steps[i].run(step);
    }
    return answer_misuse("unknown op", op ? op : "(none)");
}

static void print(json_t *answer) {
    char *text = must(json_dumps(answer, JSON_COMPACT));
    puts(text);
    fflush(stdout);
    free(text);
    json_decref(answer);
}

/* Whatever is logged, at any level, goes to stderr, where the leak test reads it. */
static void log_line(void *user_data, const tdsec_event *event) {
    (void)user_data;
    fprintf(stderr, "%s\n", tdsec_event_text(event));
}

int main(void) {
    char *line = NULL;
    size_t capacity = 0;
    bool quit = false;
    json_object_seed(0); /* before there is a second thread */
    tdsec_log_set_callback(TDSEC_SEVERITY_DEBUG, log_line, NULL, NULL);
    while (!quit && getline(&line, &capacity, stdin) >= 0) {
        if (line[strspn(line, " \t\r\n")] == '\0') continue;
        json_error_t problem;
        json_t *step = json_loads(line, JSON_ALLOW_NUL, &problem);
        const char *op = step ? text_of(step, "op") : NULL;
        quit = op && strcmp(op, "quit") == 0;
        if (!quit) {
            json_t *answer = step ? run(step) : answer_misuse("the step is no JSON:", problem.text);
            json_t *id = json_object_get(step, "id");
            json_object_set_new(answer, "id", id ? json_incref(id) : json_null());
            print(answer);
        }
        json_decref(step);
    }
    free(line);
    tasks_free();
    results_free();
    connections_free();
    pools_free();
    subscriptions_free();
    issued_free();
    tdsec_log_set_callback(TDSEC_SEVERITY_DEBUG, NULL, NULL, NULL);
    return 0;
}

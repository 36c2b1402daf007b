/* An old connection and a new one in a forked child. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "answers.h"
#include "steps.h"

/* How long the child may take for everything. */
enum { PATIENCE_MS = 10000 };

/* Connects as the step says and selects one row. */
static int32_t try_new(const json_t *step, tdsec_error **error) {
    tdsec_config *config = NULL;
    tdsec_connection *connection = NULL;
    tdsec_result *result = NULL;
    tdsec_block *block = NULL;
    int32_t status = config_of(step, &config, error);
    if (!status) status = tdsec_connection_new(config, &connection, error);
    if (!status) status = tdsec_connection_query(connection, "select 1", &result, error);
    if (!status) status = tdsec_result_next_block(result, &block, error);
    tdsec_block_free(block);
    tdsec_result_free(result);
    tdsec_connection_free(connection);
    tdsec_config_free(config);
    return status;
}

static json_t *in_child(const tdsec_connection *old, const json_t *step) {
    json_t *content = must(json_object());
    tdsec_result *result = NULL;
    tdsec_error *error = NULL;
    tdsec_connection_query(old, "select 1", &result, &error);
    json_object_set_new(content, "old", json_string(error ? tdsec_error_name(error) : "ok"));
    tdsec_error_free(error);
    tdsec_result_free(result);
    if (try_new(step, &error)) {
        json_decref(content);
        return answer_error(error);
    }
    json_object_set_new(content, "new", json_string("ok"));
    return answer_ok(content);
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Reads until the other end is closed; the number of bytes, or -1 if it took too long. */
static long read_all(int from, char *text, size_t capacity) {
    int64_t deadline = now_ms() + PATIENCE_MS;
    size_t length = 0;
    for (;;) {
        int64_t left = deadline - now_ms();
        struct pollfd readable = {from, POLLIN, 0};
        int ready = left > 0 ? poll(&readable, 1, (int)left) : 0;
        if (ready == 0) return -1;
        if (ready < 0 && errno == EINTR) continue;
        ssize_t got = ready < 0 ? -1 : read(from, text + length, capacity - length);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return (long)length;
        length += (size_t)got;
    }
}

json_t *step_fork(const json_t *step) {
    json_t *answer = NULL;
    const tdsec_connection *old = connection_of(step, &answer);
    int ends[2];
    if (!old) return answer;
    if (pipe(ends)) return answer_misuse("pipe:", strerror(errno));
    pid_t child = fork();
    if (child == 0) {
        json_t *said = in_child(old, step);
        close(ends[0]);
        _exit(json_dumpfd(said, ends[1], JSON_COMPACT) == 0 ? 0 : 1); /* without the parent's exit handlers */
    }
    close(ends[1]);
    char text[8192];
    long length = child < 0 ? 0 : read_all(ends[0], text, sizeof text);
    close(ends[0]);
    if (child < 0) return answer_misuse("fork:", strerror(errno));
    if (length < 0) kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    if (length < 0) return answer_misuse("the child", "hung");
    answer = json_loadb(text, (size_t)length, 0, NULL);
    return answer ? answer : answer_misuse("the child", "died without an answer");
}

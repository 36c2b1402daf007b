/* Statements in the background, with callbacks instead of waits. */
#include <pthread.h>
#include <stdlib.h>

#include "answers.h"
#include "names.h"
#include "reading.h"
#include "steps.h"

typedef struct task {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool has_ended;
    json_t *answer; /* none if the rows are left to `wait` */
    tdsec_cancel *cancel;
    tdsec_result *result;
    reading reading;
} task;

static named *tasks;

static void end(task *task, json_t *answer) {
    pthread_mutex_lock(&task->lock);
    task->answer = answer;
    task->has_ended = true;
    pthread_cond_signal(&task->ended);
    pthread_mutex_unlock(&task->lock);
}

static void on_block(void *user_data, tdsec_block *block, tdsec_error *error);

static void next_block(task *task) {
    tdsec_error *error = NULL;
    if (tdsec_result_next_block_async(task->result, on_block, task, &error)) end(task, answer_error(error));
}

static void on_block(void *user_data, tdsec_block *block, tdsec_error *error) {
    task *task = user_data;
    if (block) reading_block(&task->reading, block, &error);
    if (error) {
        end(task, answer_error(error));
    } else if (block) {
        next_block(task);
    } else {
        end(task, answer_ok(reading_answer(&task->reading, task->result)));
    }
    tdsec_block_free(block);
}

static void on_result(void *user_data, tdsec_result *result, tdsec_error *error) {
    task *task = user_data;
    task->result = result;
    if (error) {
        end(task, answer_error(error));
    } else if (tdsec_result_is_update(result)) {
        json_t *content = must(json_object());
        json_object_set_new(content, "affected", json_integer((json_int_t)tdsec_result_affected_rows(result)));
        end(task, answer_ok(content));
    } else if (task->reading.through == READ_ARROW) {
        end(task, NULL); /* a callback must not wait, and an Arrow stream does */
    } else {
        next_block(task);
    }
}

/* The answer of a task; the task is freed. */
static json_t *join(task *task) {
    pthread_mutex_lock(&task->lock);
    while (!task->has_ended) pthread_cond_wait(&task->ended, &task->lock);
    pthread_mutex_unlock(&task->lock);
    json_t *answer = task->answer;
    if (!answer) {
        tdsec_error *error = NULL;
        answer = reading_all(&task->reading, task->result, &error)
                     ? answer_error(error)
                     : answer_ok(reading_answer(&task->reading, task->result));
    }
    tdsec_result_free(task->result);
    tdsec_cancel_free(task->cancel);
    reading_end(&task->reading);
    pthread_cond_destroy(&task->ended);
    pthread_mutex_destroy(&task->lock);
    free(task);
    return answer;
}

static void abandon(task *task) {
    if (!task) return;
    tdsec_cancel_trigger(task->cancel, NULL);
    json_decref(join(task));
}

void tasks_free(void) {
    while (tasks) abandon(names_take(&tasks, NULL));
}

json_t *step_start(const json_t *step) {
    json_t *answer = NULL;
    const char *name = text_of(step, "task"), *sql = text_of(step, "sql");
    const tdsec_connection *connection = connection_of(step, &answer);
    if (!connection) return answer;
    if (!name || !sql) return answer_misuse("the step has no", name ? "sql" : "task");
    task *task = must(calloc(1, sizeof *task));
    tdsec_error *error = NULL;
    pthread_mutex_init(&task->lock, NULL);
    pthread_cond_init(&task->ended, NULL);
    reading_begin(&task->reading, step);
    int32_t status = tdsec_cancel_new(&task->cancel, &error);
    if (!status) {
        tdsec_query_options options = options_of(step, task->cancel);
        status = tdsec_connection_query_async(connection, sql, &options, on_result, task, &error);
    }
    if (status) end(task, answer_error(error)); /* the answer of `wait` */
    abandon(names_put(&tasks, name, task));
    return answer_ok(json_object());
}

json_t *step_wait(const json_t *step) {
    const char *name = text_of(step, "task");
    task *task = name ? names_take(&tasks, name) : NULL;
    return task ? join(task) : answer_misuse("no task", name ? name : "is named");
}

json_t *step_cancel(const json_t *step) {
    const char *name = text_of(step, "task");
    const task *task = name ? names_find(tasks, name) : NULL;
    if (!task) return answer_misuse("no task", name ? name : "is named");
    tdsec_error *error = NULL;
    return tdsec_cancel_trigger(task->cancel, &error) ? answer_error(error) : answer_ok(json_object());
}

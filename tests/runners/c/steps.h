/* The operations of the driver: a step in, an answer out. */
#ifndef STEPS_H
#define STEPS_H

#include <jansson.h>

#include "tdsec.h"

json_t *step_connect(const json_t *step);
json_t *step_info(const json_t *step);
json_t *step_describe(const json_t *step);
json_t *step_database(const json_t *step);
json_t *step_status(const json_t *step);
json_t *step_close(const json_t *step);

json_t *step_query(const json_t *step);
json_t *step_open(const json_t *step);
json_t *step_fetch(const json_t *step);
json_t *step_close_result(const json_t *step);

json_t *step_start(const json_t *step);
json_t *step_wait(const json_t *step);
json_t *step_cancel(const json_t *step);

json_t *step_callback_set(const json_t *step);
json_t *step_pool(const json_t *step);
json_t *step_acquire(const json_t *step);
json_t *step_pool_ready(const json_t *step);
json_t *step_pool_info(const json_t *step);
json_t *step_pool_close(const json_t *step);
json_t *step_rotate(const json_t *step);
json_t *step_revoke(const json_t *step);

json_t *step_tokens(const json_t *step);

json_t *step_fork(const json_t *step);

json_t *step_subscribe(const json_t *step);
json_t *step_events(const json_t *step);
json_t *step_metrics(const json_t *step);

/* Work done several times, each time by the clock; see benches/README.md. */
json_t *step_bench(const json_t *step);
/* Its workload rotation-load: statements of several threads on a pool. */
json_t *load(const json_t *step);

/* Frees what the steps left open. */
void tasks_free(void);
void results_free(void);
void connections_free(void);
void pools_free(void);
void subscriptions_free(void);
void issued_free(void);

/* The connection that the step names; NULL and an answer if there is none. */
tdsec_connection *connection_of(const json_t *step, json_t **answer);

/* Keeps a connection and what it was made of under a name; takes both over. */
void connection_put(const char *name, tdsec_connection *connection, tdsec_config *config);

/* The pool that the step names; NULL and an answer if there is none. */
tdsec_pool *pool_of(const json_t *step, json_t **answer);

/* A configuration as the step describes it. */
int32_t config_of(const json_t *step, tdsec_config **config, tdsec_error **error);

/* The options of a statement. */
tdsec_query_options options_of(const json_t *step, const tdsec_cancel *cancel);

#endif

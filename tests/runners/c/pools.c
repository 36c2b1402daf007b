/* Pools and token sources. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "names.h"
#include "steps.h"

typedef struct opened {
    tdsec_pool *pool;
    json_t *step; /* what it was made of */
} opened;

/* What the callback of a source gives. It lives as long as the driver: a source may ask until the end. */
typedef struct hand {
    pthread_mutex_t lock;
    char *token, *revoked;
    int64_t ttl_s; /* 0: not said */
} hand;

static named *pools, *hands;

static void free_opened(opened *opened) {
    if (!opened) return;
    tdsec_pool_free(opened->pool);
    json_decref(opened->step);
    free(opened);
}

void pools_free(void) {
    while (pools) free_opened(names_take(&pools, NULL));
}

static opened *opened_of(const json_t *step, json_t **answer) {
    const char *name = text_of(step, "pool");
    opened *found = name ? names_find(pools, name) : NULL;
    if (!found) *answer = answer_misuse("no pool", name ? name : "is named");
    return found;
}

tdsec_pool *pool_of(const json_t *step, json_t **answer) {
    opened *found = opened_of(step, answer);
    return found ? found->pool : NULL;
}

static hand *hand_of(const char *name) {
    hand *found = names_find(hands, name);
    if (found) return found;
    found = must(calloc(1, sizeof *found));
    pthread_mutex_init(&found->lock, NULL);
    names_put(&hands, name, found);
    return found;
}

json_t *step_callback_set(const json_t *step) {
    const char *name = text_of(step, "callback"), *token = text_of(step, "token"), *revoked = text_of(step, "revoked");
    if (!name) return answer_misuse("the step has no", "callback");
    hand *hand = hand_of(name);
    pthread_mutex_lock(&hand->lock);
    free(hand->token);
    free(hand->revoked);
    hand->token = token ? strcpy(must(malloc(strlen(token) + 1)), token) : NULL;
    hand->revoked = revoked ? strcpy(must(malloc(strlen(revoked) + 1)), revoked) : NULL;
    hand->ttl_s = json_integer_value(json_object_get(step, "ttl_s"));
    pthread_mutex_unlock(&hand->lock);
    return answer_ok(json_object());
}

static int32_t give(void *user_data, const tdsec_issued *issued) {
    hand *hand = user_data;
    int32_t status = 1;
    pthread_mutex_lock(&hand->lock);
    if (hand->token) {
        status = tdsec_issued_set_token(issued, hand->token, NULL);
        if (!status && hand->ttl_s) status = tdsec_issued_set_ttl(issued, hand->ttl_s * 1000, NULL);
        if (!status && hand->revoked) status = tdsec_issued_set_revoked(issued, hand->revoked, NULL);
    }
    pthread_mutex_unlock(&hand->lock);
    return status;
}

static int32_t source_of(const json_t *description, tdsec_source **source, tdsec_error **error);

static int32_t chain_of(const json_t *links, tdsec_source **chain, tdsec_error **error) {
    size_t count = json_array_size(links), made = 0;
    tdsec_source **sources = must(calloc(count + 1, sizeof *sources));
    int32_t status = TDSEC_OK;
    while (!status && made < count) {
        status = source_of(json_array_get(links, made), &sources[made], error);
        made++;
    }
    if (!status) status = tdsec_source_chain((const tdsec_source *const *)sources, count, chain, error);
    while (made > 0) tdsec_source_free(sources[--made]);
    free(sources);
    return status;
}

/* `{"callback": name}`, `{"chain": [source, …]}`, or a kind with its options: `{"kind": "file", "path": …}`. */
static int32_t source_of(const json_t *description, tdsec_source **source, tdsec_error **error) {
    const char *callback = text_of(description, "callback"), *name;
    const json_t *links = json_object_get(description, "chain");
    json_t *value;
    if (!json_is_object(description)) return TDSEC_OK;
    if (callback) return tdsec_source_new_callback(give, hand_of(callback), NULL, 10000, source, error);
    if (links) return chain_of(links, source, error);
    int32_t status = tdsec_source_new(text_of(description, "kind"), source, error);
    json_object_foreach((json_t *)description, name, value) {
        if (status || strcmp(name, "kind") == 0) continue;
        status = tdsec_source_set(*source, name, json_string_value(value), error);
    }
    return status;
}

json_t *step_pool(const json_t *step) {
    const char *name = text_of(step, "pool");
    if (!name) return answer_misuse("the step has no", "pool");
    opened *opened = must(calloc(1, sizeof *opened));
    tdsec_config *config = NULL;
    tdsec_source *source = NULL;
    tdsec_error *error = NULL;
    opened->step = json_incref((json_t *)step);
    int32_t status = config_of(step, &config, &error);
    if (!status) status = source_of(json_object_get(step, "source"), &source, &error);
    if (!status) status = tdsec_pool_new(config, source, &opened->pool, &error);
    tdsec_config_free(config);
    tdsec_source_free(source);
    if (status) {
        free_opened(opened);
        return answer_error(error);
    }
    free_opened(names_put(&pools, name, opened));
    return answer_ok(json_object());
}

/* How long the step waits for a connection; 0 is not at all. */
static tdsec_acquire_options patience_of(const json_t *step) {
    const json_t *timeout = json_object_get(step, "timeout_ms");
    tdsec_acquire_options options;
    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.timeout_ms = json_integer_value(timeout);
    options.no_wait = timeout && options.timeout_ms == 0;
    return options;
}

json_t *step_pool_ready(const json_t *step) {
    json_t *answer = NULL;
    const tdsec_pool *pool = pool_of(step, &answer);
    tdsec_acquire_options options = patience_of(step);
    tdsec_error *error = NULL;
    if (!pool) return answer;
    return tdsec_pool_ready_with(pool, &options, &error) ? answer_error(error) : answer_ok(json_object());
}

json_t *step_acquire(const json_t *step) {
    json_t *answer = NULL;
    const char *name = text_of(step, "conn");
    opened *opened = opened_of(step, &answer);
    if (!opened) return answer;
    if (!name) return answer_misuse("the step has no", "conn");
    tdsec_acquire_options options = patience_of(step);
    tdsec_connection *connection = NULL;
    tdsec_config *config = NULL;
    tdsec_error *error = NULL;
    int32_t status = tdsec_pool_acquire(opened->pool, &options, &connection, &error);
    if (!status) status = config_of(opened->step, &config, &error);
    if (status) return answer_error(error);
    connection_put(name, connection, config);
    return answer_ok(json_object());
}

/* Everything that the library prints of a pool: its name and what its configuration says of itself. */
static json_t *text_of_pool(const opened *opened) {
    char described[4096] = "";
    tdsec_config *config = NULL;
    if (config_of(opened->step, &config, NULL) == TDSEC_OK) {
        tdsec_config_describe(config, described, sizeof described, NULL, NULL);
    }
    tdsec_config_free(config);
    return json_sprintf("%s %s", tdsec_pool_name(opened->pool), described);
}

json_t *step_pool_info(const json_t *step) {
    json_t *answer = NULL;
    const opened *opened = opened_of(step, &answer);
    tdsec_error *error = NULL;
    tdsec_pool_counts counts;
    if (!opened) return answer;
    memset(&counts, 0, sizeof counts);
    counts.struct_size = sizeof counts;
    if (tdsec_pool_status(opened->pool, &counts, &error)) return answer_error(error);
    double left = tdsec_pool_token_seconds_left(opened->pool);
    json_t *content = must(json_object());
    json_object_set_new(content, "name", json_string(tdsec_pool_name(opened->pool)));
    json_object_set_new(content, "closed", json_boolean(tdsec_pool_is_closed(opened->pool)));
    json_object_set_new(content, "idle", json_integer((json_int_t)counts.idle));
    json_object_set_new(content, "in_use", json_integer((json_int_t)counts.in_use));
    json_object_set_new(content, "opening", json_integer((json_int_t)counts.opening));
    json_object_set_new(content, "stale", json_integer((json_int_t)counts.stale));
    json_object_set_new(content, "waiting", json_integer((json_int_t)counts.waiting));
    json_object_set_new(content, "max_size", json_integer((json_int_t)counts.max_size));
    json_object_set_new(content, "generation", json_integer((json_int_t)counts.generation));
    json_object_set_new(content, "token_seconds_left", left < 0 ? json_null() : json_integer((json_int_t)left));
    json_object_set_new(content, "text", text_of_pool(opened));
    return answer_ok(content);
}

json_t *step_pool_close(const json_t *step) {
    json_t *answer = NULL;
    const tdsec_pool *pool = pool_of(step, &answer);
    const json_t *patience = json_object_get(step, "timeout_ms");
    tdsec_error *error = NULL;
    if (!pool) return answer;
    int32_t status = tdsec_pool_close(pool, patience ? json_integer_value(patience) : 5000, &error);
    return status ? answer_error(error) : answer_ok(json_object());
}

json_t *step_rotate(const json_t *step) {
    json_t *answer = NULL;
    const tdsec_pool *pool = pool_of(step, &answer);
    tdsec_error *error = NULL;
    if (!pool) return answer;
    return tdsec_pool_rotate(pool, &error) ? answer_error(error) : answer_ok(json_object());
}

json_t *step_revoke(const json_t *step) {
    json_t *answer = NULL;
    const tdsec_pool *pool = pool_of(step, &answer);
    tdsec_error *error = NULL;
    if (!pool) return answer;
    return tdsec_pool_revoke(pool, &error) ? answer_error(error) : answer_ok(json_object());
}

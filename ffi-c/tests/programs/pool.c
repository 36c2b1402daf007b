/* Pools: lending, tokens of a callback that rotate, revoking, closing while a connection is lent, many pools. The server
 * holds back the answer to what holds "slow_marker". TDSEC_POOLS says how many are many. */
#include "check.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the callback of a source gives; every field under the lock. */
typedef struct giver {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    char token[256];   /* empty: there is none */
    int64_t ttl_ms;
    bool hangs;        /* until it does not any more */
    int asked, freed;
    int32_t waiting_in_callback;
} giver;

static void giver_begin(giver *giver, const char *token) {
    memset(giver, 0, sizeof *giver);
    pthread_mutex_init(&giver->lock, NULL);
    pthread_cond_init(&giver->changed, NULL);
    snprintf(giver->token, sizeof giver->token, "%s", token);
}

static void giver_end(giver *giver) {
    pthread_cond_destroy(&giver->changed);
    pthread_mutex_destroy(&giver->lock);
}

static void giver_set(giver *giver, const char *token, bool hangs) {
    pthread_mutex_lock(&giver->lock);
    snprintf(giver->token, sizeof giver->token, "%s", token);
    giver->hangs = hangs;
    pthread_cond_broadcast(&giver->changed);
    pthread_mutex_unlock(&giver->lock);
}

static int giver_read(giver *giver, const int *number) {
    pthread_mutex_lock(&giver->lock);
    int value = *number;
    pthread_mutex_unlock(&giver->lock);
    return value;
}

static int32_t give(void *user_data, const tdsec_issued *issued) {
    giver *giver = user_data;
    pthread_mutex_lock(&giver->lock);
    giver->asked++;
    while (giver->hangs) pthread_cond_wait(&giver->changed, &giver->lock);
    int32_t answer = 0;
    if (giver->token[0]) {
        OK(tdsec_issued_set_token(issued, giver->token, &error));
        if (giver->ttl_ms) OK(tdsec_issued_set_ttl(issued, giver->ttl_ms, &error));
        FAILS(TDSEC_INVALID_ARGUMENT, tdsec_issued_set_expires_at(issued, -1, &error));
        FAILS(TDSEC_SOURCE_INVALID, tdsec_issued_set_revoked(issued, "the token itself", &error));
        OK(tdsec_issued_set_revoked(issued, "0123456789ab, BA9876543210", &error));
        FAILS(TDSEC_INVALID_ARGUMENT, tdsec_issued_set_token(issued, NULL, &error));
    } else {
        OK(tdsec_issued_set_problem(issued, "the safe is locked", &error));
        answer = 1;
    }
    pthread_mutex_unlock(&giver->lock);
    return answer;
}

static void forget(void *user_data) {
    giver *giver = user_data;
    pthread_mutex_lock(&giver->lock);
    giver->freed++;
    pthread_mutex_unlock(&giver->lock);
}

static int32_t forget_the_token(void *user_data, const tdsec_issued *issued) {
    (void)user_data, (void)issued;
    return 0;
}

static tdsec_config *config_without_a_token(void) {
    tdsec_config *config = NULL;
    OK(tdsec_config_new(variable("TDSEC_URL"), &config, &error));
    OK(tdsec_config_set(config, "tls_ca", variable("TDSEC_TLS_CA"), &error));
    OK(tdsec_config_set(config, "connect_timeout", "120s", &error)); /* valgrind on a busy machine is slow */
    OK(tdsec_config_set(config, "acquire_timeout", "120s", &error));
    OK(tdsec_config_set(config, "token_jitter", "1ms", &error));
    OK(tdsec_config_set(config, "min_idle", "0", &error));
    return config;
}

static tdsec_pool *pool_of(giver *giver, int64_t timeout_ms) {
    tdsec_config *config = config_without_a_token();
    tdsec_source *source = NULL;
    tdsec_pool *pool = NULL;
    OK(tdsec_source_new_callback(give, giver, forget, timeout_ms, &source, &error));
    OK(tdsec_pool_new(config, source, &pool, &error));
    tdsec_config_free(config); /* both at once */
    tdsec_source_free(source);
    return pool;
}

static tdsec_pool_counts counts_of(const tdsec_pool *pool) {
    tdsec_pool_counts counts;
    memset(&counts, 0, sizeof counts);
    counts.struct_size = sizeof counts;
    OK(tdsec_pool_status(pool, &counts, &error));
    return counts;
}

static size_t rows_of(const tdsec_pool *pool, const char *sql) {
    tdsec_result *result = NULL;
    OK(tdsec_pool_query(pool, sql, &result, &error));
    return drain(result);
}

/* Looks again until it holds. */
#define EVENTUALLY(condition)                                        \
    do {                                                             \
        struct timespec moment = {0, 1000 * 1000};                   \
        double limit = seconds() + 120;                              \
        while (!(condition) && seconds() < limit) nanosleep(&moment, NULL); \
        CHECK(condition);                                            \
    } while (0)

/* Gives a connection back and waits until the pool knows. */
static void give_back(const tdsec_pool *pool, tdsec_connection *connection) {
    tdsec_connection_free(connection);
    EVENTUALLY(counts_of(pool).in_use == 0);
}

/* A further token of the server. */
static void mint(const tdsec_connection *connection, const char *name, char *token, size_t capacity) {
    char sql[128];
    size_t length = 0;
    bool is_null = true;
    tdsec_block *block = NULL;
    snprintf(sql, sizeof sql, "CREATE TOKEN %s FROM USER root", name);
    tdsec_result *result = query(connection, sql);
    OK(tdsec_result_next_block(result, &block, &error));
    CHECK(block != NULL);
    OK(tdsec_block_text(block, 0, 0, token, capacity, &length, &is_null, &error));
    CHECK(!is_null && length > 0 && length < capacity);
    tdsec_block_free(block);
    tdsec_result_free(result);
}

/* What a callback tells the main thread. */
typedef struct seen {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool called;
    tdsec_connection *connection;
    int32_t number;
} seen;

static void seen_begin(seen *seen) {
    memset(seen, 0, sizeof *seen);
    pthread_mutex_init(&seen->lock, NULL);
    pthread_cond_init(&seen->changed, NULL);
}

static void seen_tell(seen *seen, tdsec_error *error) {
    pthread_mutex_lock(&seen->lock);
    seen->number = tdsec_error_number(error);
    seen->called = true;
    pthread_cond_signal(&seen->changed);
    pthread_mutex_unlock(&seen->lock);
    tdsec_error_free(error);
}

static int32_t seen_wait(seen *seen) {
    struct timespec limit;
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += 120;
    pthread_mutex_lock(&seen->lock);
    while (!seen->called) CHECK(pthread_cond_timedwait(&seen->changed, &seen->lock, &limit) == 0);
    seen->called = false;
    pthread_mutex_unlock(&seen->lock);
    return seen->number;
}

static void lent(void *user_data, tdsec_connection *connection, tdsec_error *error) {
    seen *seen = user_data;
    seen->connection = connection;
    seen_tell(seen, error);
}

static void answered(void *user_data, tdsec_result *result, tdsec_error *error) {
    tdsec_result_free(result);
    seen_tell(user_data, error);
}

static void connections_are_lent_and_taken_back(void) {
    tdsec_config *config = config_of_environment();
    tdsec_pool *pool = NULL;
    tdsec_connection *connection = NULL, *other = NULL;
    uint64_t affected = 1;
    seen seen;
    seen_begin(&seen);
    OK(tdsec_config_set(config, "max_size", "1", &error));
    OK(tdsec_config_set(config, "pool_name", "readings", &error));
    OK(tdsec_config_set(config, "acquire_timeout", "120s", &error));
    OK(tdsec_pool_new(config, NULL, &pool, &error));
    tdsec_config_free(config);
    CHECK(strcmp(tdsec_pool_name(pool), "readings") == 0 && tdsec_pool_token_seconds_left(pool) == -1);
    OK(tdsec_pool_acquire(pool, NULL, &connection, &error));
    CHECK(drain(query(connection, "SELECT 1")) == 1);
    CHECK(counts_of(pool).in_use == 1 && counts_of(pool).max_size == 1 && counts_of(pool).generation == 1);

    tdsec_acquire_options options = {.struct_size = sizeof options, .timeout_ms = 50};
    tdsec_acquire_options now = {.struct_size = sizeof now, .no_wait = 1};
    FAILS(TDSEC_ACQUIRE_TIMEOUT, tdsec_pool_acquire(pool, &options, &other, &error));
    FAILS(TDSEC_ACQUIRE_TIMEOUT, tdsec_pool_ready_with(pool, &options, &error));
    FAILS(TDSEC_ACQUIRE_TIMEOUT, tdsec_pool_acquire(pool, &now, &other, &error)); /* not after 120 s */
    FAILS(TDSEC_ACQUIRE_TIMEOUT, tdsec_pool_ready_with(pool, &now, &error));
    tdsec_cancel *cancel = NULL;
    OK(tdsec_cancel_new(&cancel, &error));
    options.timeout_ms = 0;
    options.cancel = cancel;
    OK(tdsec_pool_acquire_async(pool, &options, lent, &seen, &error));
    OK(tdsec_cancel_trigger(cancel, &error));
    CHECK(seen_wait(&seen) == TDSEC_CANCELLED && seen.connection == NULL);
    FAILS(TDSEC_CANCELLED, tdsec_pool_ready_with(pool, &options, &error));
    tdsec_query_options cancelled = {.struct_size = sizeof cancelled, .cancel = cancel};
    FAILS(TDSEC_CANCELLED, tdsec_pool_execute_with(pool, "SELECT 1", &cancelled, NULL, &error));
    tdsec_cancel_free(cancel);

    OK(tdsec_pool_acquire_async(pool, NULL, lent, &seen, &error));
    OK(tdsec_connection_close(connection, &error)); /* gives it back, to the one that waits */
    CHECK(tdsec_connection_is_closed(connection));
    tdsec_result *result = NULL;
    FAILS(TDSEC_CLOSED, tdsec_connection_query(connection, "SELECT 1", &result, &error));
    CHECK(seen_wait(&seen) == TDSEC_OK && seen.connection != NULL);
    tdsec_connection_free(connection);
    give_back(pool, seen.connection);
    OK(tdsec_pool_ready_with(pool, &now, &error)); /* it is at rest */
    OK(tdsec_pool_ready_with(pool, NULL, &error));
    OK(tdsec_pool_acquire(pool, &now, &connection, &error));
    give_back(pool, connection);

    OK(tdsec_pool_execute(pool, "CREATE DATABASE pooled", &affected, &error));
    CHECK(affected == 0 && rows_of(pool, "SELECT * FROM tdsec_gen(20000, 2)") == 20000);
    tdsec_query_options idempotent = {sizeof idempotent, 0, 0, NULL, 1};
    affected = 1;
    OK(tdsec_pool_execute_with(pool, "CREATE DATABASE IF NOT EXISTS pooled", &idempotent, &affected, &error));
    CHECK(affected == 0);
    OK(tdsec_pool_execute_with(pool, "CREATE DATABASE IF NOT EXISTS pooled", NULL, NULL, &error));
    tdsec_query_options brief = {.struct_size = sizeof brief, .timeout_ms = 50};
    FAILS(TDSEC_REQUEST_TIMEOUT, tdsec_pool_execute_with(pool, "SELECT 'slow_marker'", &brief, NULL, &error));
    OK(tdsec_pool_query_with(pool, "SELECT 1", &idempotent, &result, &error));
    tdsec_result_free(result); /* unread: gives the connection back */
    OK(tdsec_pool_query_async(pool, "SELECT 1", &idempotent, answered, &seen, &error));
    CHECK(seen_wait(&seen) == TDSEC_OK);
    OK(tdsec_pool_close(pool, 60000, &error));
    OK(tdsec_pool_close(pool, 0, &error)); /* twice is fine */
    CHECK(tdsec_pool_is_closed(pool));
    FAILS(TDSEC_CLOSED, tdsec_pool_acquire(pool, NULL, &other, &error));
    FAILS(TDSEC_CLOSED, tdsec_pool_ready(pool, &error));
    tdsec_pool_free(pool);
    pthread_cond_destroy(&seen.changed);
    pthread_mutex_destroy(&seen.lock);
}

static void the_tokens_of_a_callback_rotate_and_are_revoked(const tdsec_connection *connection) {
    giver giver;
    char two[256], three[256];
    mint(connection, "pool_two", two, sizeof two);
    mint(connection, "pool_three", three, sizeof three);
    giver_begin(&giver, variable("TDSEC_TOKEN"));
    giver.ttl_ms = 3600 * 1000;
    tdsec_pool *pool = pool_of(&giver, 0);
    CHECK(rows_of(pool, "SELECT 1") == 1 && counts_of(pool).generation == 1);
    double left = tdsec_pool_token_seconds_left(pool);
    CHECK(left > 3000 && left <= 3600);

    giver_set(&giver, two, false);
    OK(tdsec_pool_rotate(pool, &error));
    EVENTUALLY(counts_of(pool).generation == 2);
    CHECK(rows_of(pool, "SELECT 1") == 1);

    seen seen;
    seen_begin(&seen);
    tdsec_connection *held = NULL;
    OK(tdsec_pool_acquire(pool, NULL, &held, &error));
    OK(tdsec_connection_query_async(held, "SELECT 'slow_marker'", NULL, answered, &seen, &error));
    giver_set(&giver, three, false);
    OK(tdsec_pool_revoke(pool, &error));
    CHECK(seen_wait(&seen) == TDSEC_TOKEN_REVOKED); /* long before the answer */
    CHECK(rows_of(pool, "SELECT 1") == 1 && counts_of(pool).generation == 3);
    tdsec_connection_free(held);
    OK(tdsec_pool_close(pool, 60000, &error));
    tdsec_pool_free(pool);
    EVENTUALLY(giver_read(&giver, &giver.freed) == 1);
    giver_end(&giver);
    pthread_cond_destroy(&seen.changed);
    pthread_mutex_destroy(&seen.lock);
}

/* The text of the error that an acquire ends with holds this. */
static void is_told(const tdsec_pool *pool, int32_t number, const char *text) {
    tdsec_connection *connection = NULL;
    tdsec_error *error = NULL;
    CHECK(tdsec_pool_acquire(pool, NULL, &connection, &error) == number);
    if (!strstr(tdsec_error_text(error), text)) fprintf(stderr, "%s\n", tdsec_error_text(error));
    CHECK(strstr(tdsec_error_text(error), text) != NULL);
    CHECK(strstr(tdsec_error_text(error), "planted") == NULL);
    tdsec_error_free(error);
}

static void what_is_wrong_with_a_callback_is_told(void) {
    giver giver;
    tdsec_pool *pool;
    giver_begin(&giver, "");
    pool = pool_of(&giver, 0);
    is_told(pool, TDSEC_SOURCE_UNAVAILABLE, "the safe is locked");
    giver_set(&giver, variable("TDSEC_TOKEN"), false);
    OK(tdsec_pool_rotate(pool, &error));
    EVENTUALLY(tdsec_pool_ready(pool, NULL) == TDSEC_OK); /* it heals */
    tdsec_pool_free(pool);
    EVENTUALLY(giver_read(&giver, &giver.freed) == 1);

    giver_set(&giver, "planted token", false);
    pool = pool_of(&giver, 0);
    is_told(pool, TDSEC_SOURCE_INVALID, "blanks");
    tdsec_pool_free(pool);
    EVENTUALLY(giver_read(&giver, &giver.freed) == 2);

    giver_set(&giver, variable("TDSEC_TOKEN"), true);
    pool = pool_of(&giver, 50);
    is_told(pool, TDSEC_SOURCE_UNAVAILABLE, "callback");
    tdsec_pool_free(pool);
    CHECK(giver_read(&giver, &giver.asked) > 0);
    CHECK(giver_read(&giver, &giver.freed) == 2); /* the call is under way and needs it */
    giver_set(&giver, "", false);
    EVENTUALLY(giver_read(&giver, &giver.freed) == 3);
    giver_end(&giver);

    tdsec_config *config = config_without_a_token();
    tdsec_source *source = NULL;
    OK(tdsec_source_new_callback(forget_the_token, NULL, NULL, 0, &source, &error));
    OK(tdsec_pool_new(config, source, &pool, &error));
    is_told(pool, TDSEC_SOURCE_INVALID, "set no token");
    tdsec_pool_free(pool);
    tdsec_source_free(source);
    tdsec_config_free(config);
}

static int32_t wait_in_the_callback(void *user_data, const tdsec_issued *issued) {
    giver *giver = user_data;
    tdsec_connection *connection = NULL;
    tdsec_config *config = config_of_environment();
    int32_t answer = tdsec_connection_new(config, &connection, NULL);
    tdsec_config_free(config);
    pthread_mutex_lock(&giver->lock);
    giver->waiting_in_callback = answer;
    pthread_mutex_unlock(&giver->lock);
    return give(user_data, issued);
}

static void a_callback_that_would_block_the_library_is_answered(void) {
    giver giver;
    tdsec_config *config = config_without_a_token();
    tdsec_source *source = NULL, *missing = NULL, *chain = NULL;
    tdsec_pool *pool = NULL;
    giver_begin(&giver, variable("TDSEC_TOKEN"));
    OK(tdsec_source_parse("file:/nowhere/at/all", &missing, &error));
    OK(tdsec_source_new_callback(wait_in_the_callback, &giver, forget, 0, &source, &error));
    const tdsec_source *links[] = {missing, source};
    OK(tdsec_source_chain(links, 2, &chain, &error)); /* the first that gives a token counts */
    tdsec_source_free(missing);
    tdsec_source_free(source);
    OK(tdsec_pool_new(config, chain, &pool, &error));
    OK(tdsec_pool_ready(pool, &error));
    CHECK(giver_read(&giver, &giver.waiting_in_callback) == TDSEC_INVALID_ARGUMENT);
    tdsec_pool_free(pool);
    tdsec_source_free(chain);
    tdsec_config_free(config);
    EVENTUALLY(giver_read(&giver, &giver.freed) == 1);
    giver_end(&giver);
}

static void closing_cuts_what_stays_lent(void) {
    tdsec_config *config = config_of_environment();
    tdsec_pool *pool = NULL;
    tdsec_connection *connection = NULL;
    seen seen;
    seen_begin(&seen);
    OK(tdsec_config_set(config, "max_size", "1", &error));
    OK(tdsec_config_set(config, "acquire_timeout", "120s", &error));
    OK(tdsec_pool_new(config, NULL, &pool, &error));
    tdsec_config_free(config);
    OK(tdsec_pool_acquire(pool, NULL, &connection, &error));
    OK(tdsec_connection_query_async(connection, "SELECT 'slow_marker'", NULL, answered, &seen, &error));
    double began = seconds();
    OK(tdsec_pool_close(pool, 50, &error));
    CHECK(seconds() - began < 30); /* the answer takes 60 s */
    CHECK(seen_wait(&seen) == TDSEC_CLOSED);
    CHECK(tdsec_connection_is_closed(connection));
    tdsec_pool_free(pool);
    tdsec_connection_free(connection);

    config = config_of_environment();
    OK(tdsec_pool_new(config, NULL, &pool, &error));
    OK(tdsec_pool_acquire(pool, NULL, &connection, &error));
    tdsec_pool_free(pool); /* closes in the background; what is lent stays */
    CHECK(drain(query(connection, "SELECT 1")) == 1);
    tdsec_connection_free(connection);
    tdsec_config_free(config);
    pthread_cond_destroy(&seen.changed);
    pthread_mutex_destroy(&seen.lock);
}

static long entries(const char *path) {
    long count = 0;
    DIR *folder = opendir(path);
    CHECK(folder != NULL);
    while (readdir(folder)) count++;
    closedir(folder);
    return count;
}

static long resident_kib(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file && fscanf(file, "%*s %ld", &pages) == 1);
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* A port on which connections come about and nothing is ever answered. */
static int silent_port(int *socket_of_it) {
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *socket_of_it = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(*socket_of_it >= 0 && bind(*socket_of_it, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(listen(*socket_of_it, 1024) == 0 && getsockname(*socket_of_it, (struct sockaddr *)&address, &length) == 0);
    return ntohs(address.sin_port);
}

static void read_to_the_end(int connection) {
    char buffer[1024];
    ssize_t count;
    do count = read(connection, buffer, sizeof buffer);
    while (count > 0);
    CHECK(count == 0);
    close(connection);
}

/* Asks the callback, and listens in every way there is: to a file, to Nacos and to Kubernetes, which never answer. */
static tdsec_pool *listening_pool_of(giver *giver, int port) {
    char text[512];
    const char *ca = variable("TDSEC_TLS_CA");
    tdsec_config *config = config_without_a_token();
    tdsec_source *links[4] = {NULL, NULL, NULL, NULL}, *chain = NULL;
    tdsec_pool *pool = NULL;
    OK(tdsec_source_new_callback(give, giver, forget, 0, &links[0], &error));
    snprintf(text, sizeof text, "file:%s", ca); /* any file: its content is not asked for */
    OK(tdsec_source_parse(text, &links[1], &error));
    snprintf(text, sizeof text, "nacos:server_addr=127.0.0.1:%d;api=v1", port);
    OK(tdsec_source_parse(text, &links[2], &error));
    snprintf(text, sizeof text, "kubernetes:secret=s;namespace=n;api_server=http://127.0.0.1:%d;token_file=%s", port, ca);
    OK(tdsec_source_parse(text, &links[3], &error));
    OK(tdsec_source_chain((const tdsec_source *const *)links, 4, &chain, &error));
    for (int i = 0; i < 4; i++) tdsec_source_free(links[i]);
    OK(tdsec_pool_new(config, chain, &pool, &error));
    tdsec_source_free(chain);
    tdsec_config_free(config);
    return pool;
}

static void open_and_end_a_pool(giver *giver, int port, bool closes) {
    tdsec_pool *pool = listening_pool_of(giver, port);
    CHECK(rows_of(pool, "SELECT 1") == 1);
    if (closes) OK(tdsec_pool_close(pool, 60000, &error));
    tdsec_pool_free(pool);
}

static void many_pools_leave_nothing_behind(void) {
    giver giver;
    int pools = atoi(variable("TDSEC_POOLS"));
    giver_begin(&giver, variable("TDSEC_TOKEN"));
    int silent = -1, port = silent_port(&silent), first = pools / 5 + 1;
    /* What is made once is made now. */
    for (int i = 0; i < first; i++) open_and_end_a_pool(&giver, port, true);
    /* And both listen indeed. */
    int heard = -1, nacos, kubernetes;
    tdsec_pool *pool = listening_pool_of(&giver, silent_port(&heard));
    CHECK((nacos = accept(heard, NULL, NULL)) >= 0 && (kubernetes = accept(heard, NULL, NULL)) >= 0);
    OK(tdsec_pool_close(pool, 60000, &error));
    tdsec_pool_free(pool);
    first++;
    read_to_the_end(nacos);
    read_to_the_end(kubernetes);
    close(heard);
    EVENTUALLY(giver_read(&giver, &giver.freed) == first);
    long files = entries("/proc/self/fd"), threads = entries("/proc/self/task"), memory = resident_kib();
    for (int i = 0; i < pools; i++) open_and_end_a_pool(&giver, port, i % 2 == 0);
    EVENTUALLY(giver_read(&giver, &giver.freed) == pools + first);
    EVENTUALLY(entries("/proc/self/fd") <= files);
    /* The threads that may wait come as they are needed and go when they are not: a few, not one for each pool. */
    EVENTUALLY(entries("/proc/self/task") <= threads + 8);
    /* Under the sanitizers what is freed is kept for a while; they look for what is lost by themselves. */
    CHECK(resident_kib() <= memory + (long)atoi(variable("TDSEC_POOLS_MAY_GROW_KIB")));
    int asked = giver_read(&giver, &giver.asked);
    close(silent);
    CHECK(giver_read(&giver, &giver.asked) == asked);
    giver_end(&giver);
}

int main(void) {
    tdsec_connection *connection = connect_to_server();
    connections_are_lent_and_taken_back();
    the_tokens_of_a_callback_rotate_and_are_revoked(connection);
    what_is_wrong_with_a_callback_is_told();
    a_callback_that_would_block_the_library_is_answered();
    closing_cuts_what_stays_lent();
    many_pools_leave_nothing_behind();
    tdsec_connection_free(connection);
    puts("done");
    return 0;
}

/* A pool in a forked child: it belongs to the parent, and one of the child's own works. */
#include "check.h"

#include <sys/wait.h>
#include <unistd.h>

static void in_child(tdsec_pool *pool, const tdsec_config *config) {
    tdsec_pool *own = NULL;
    tdsec_connection *connection = NULL;
    tdsec_result *result = NULL;
    tdsec_pool_counts counts = {sizeof counts, 0, 0, 0, 0, 0, 0, 0};
    double began = seconds();
    FAILS(TDSEC_FORKED, tdsec_pool_acquire(pool, NULL, &connection, &error));
    FAILS(TDSEC_FORKED, tdsec_pool_query(pool, "SELECT 1", &result, &error));
    FAILS(TDSEC_FORKED, tdsec_pool_execute(pool, "SELECT 1", NULL, &error));
    FAILS(TDSEC_FORKED, tdsec_pool_ready(pool, &error));
    FAILS(TDSEC_FORKED, tdsec_pool_status(pool, &counts, &error));
    FAILS(TDSEC_FORKED, tdsec_pool_rotate(pool, &error));
    FAILS(TDSEC_FORKED, tdsec_pool_revoke(pool, &error));
    FAILS(TDSEC_FORKED, tdsec_pool_close(pool, 60000, &error));
    tdsec_pool_free(pool);
    CHECK(seconds() - began < 5);
    OK(tdsec_pool_new(config, NULL, &own, &error));
    OK(tdsec_pool_query(own, "SELECT 1", &result, &error));
    CHECK(drain(result) == 1);
    OK(tdsec_pool_close(own, 60000, &error));
    tdsec_pool_free(own);
}

int main(void) {
    tdsec_config *config = config_of_environment();
    tdsec_pool *pool = NULL;
    tdsec_result *result = NULL;
    tdsec_connection *lent = NULL;
    OK(tdsec_pool_new(config, NULL, &pool, &error));
    OK(tdsec_pool_acquire(pool, NULL, &lent, &error));
    pid_t child = fork();
    if (child == 0) {
        tdsec_connection_free(lent);
        in_child(pool, config);
        _exit(0);
    }
    int status = -1;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(drain(query(lent, "SELECT 1")) == 1); /* the child touched nothing */
    tdsec_connection_free(lent);
    OK(tdsec_pool_query(pool, "SELECT 1", &result, &error));
    CHECK(drain(result) == 1);
    OK(tdsec_pool_close(pool, 60000, &error));
    tdsec_pool_free(pool);
    tdsec_config_free(config);
    puts("done");
    return 0;
}

/* failed_connects ADDRESS NUMBER TIMES: each of so many connects fails with this error, and leaves nothing behind. */
#include "check.h"

#include <dirent.h>
#include <unistd.h>

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
    CHECK(file != NULL && fscanf(file, "%*s %ld", &pages) == 1);
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE) / 1024;
}

static void fail_to_connect(const char *address, int32_t number) {
    tdsec_config *config = NULL;
    tdsec_connection *connection = NULL;
    OK(tdsec_config_new(address, &config, &error));
    OK(tdsec_config_set(config, "bearerToken", "planted-token", &error));
    OK(tdsec_config_set(config, "tls_ca", variable("TDSEC_TLS_CA"), &error));
    OK(tdsec_config_set(config, "connect_timeout", "120s", &error)); /* valgrind on a busy machine is slow */
    FAILS(number, tdsec_connection_new(config, &connection, &error));
    CHECK(connection == NULL);
    tdsec_config_free(config);
}

int main(int count, char **arguments) {
    CHECK(count == 4);
    int32_t number = (int32_t)atoi(arguments[2]);
    int times = atoi(arguments[3]);
    for (int i = 0; i < times / 10; i++) fail_to_connect(arguments[1], number); /* what is made once is made now */
    long files = entries("/proc/self/fd"), threads = entries("/proc/self/task"), before = resident_kib();
    for (int i = 0; i < times; i++) fail_to_connect(arguments[1], number);
    long grown = resident_kib() - before;
    double limit = seconds() + 10;
    struct timespec moment = {0, 1000 * 1000};
    /* Closing goes on in the background. */
    while (entries("/proc/self/fd") > files && seconds() < limit) nanosleep(&moment, NULL);
    CHECK(entries("/proc/self/fd") <= files);
    /* The threads that read certificate files go and come as they are needed: a few, not one for each connect. */
    CHECK(entries("/proc/self/task") <= threads + 8);
    printf("%d failed connects, %ld KiB more\n", times, grown);
    /* Sanitizers keep what was freed; they look for leaks by themselves. */
    if (!getenv("TDSEC_SANITIZED")) CHECK(grown < 2048);
    puts("done");
    return 0;
}

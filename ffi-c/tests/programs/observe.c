/* Events, the function for log lines and the metrics. */
#include "check.h"

#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int logged, leaks;

static void log_line(void *user_data, const tdsec_event *event) {
    tdsec_events *events = NULL;
    tdsec_event_free((tdsec_event *)event); /* it is the library's: nothing happens */
    pthread_mutex_lock(&lock);
    CHECK(user_data == &logged);
    CHECK(tdsec_event_text(event) && strstr(tdsec_event_text(event), tdsec_event_name(event)));
    leaks += strstr(tdsec_event_text(event), variable("TDSEC_TOKEN")) != NULL;
    logged++;
    pthread_mutex_unlock(&lock);
    /* The library may be used in it, waiting too. */
    OK(tdsec_events_new(NULL, TDSEC_SEVERITY_DEBUG, NULL, &events, &error));
    tdsec_event *none = (tdsec_event *)events;
    OK(tdsec_events_next(events, 1, &none, &error));
    tdsec_event_free(none); /* most often there is none */
    tdsec_events_free(events);
}

/* Only its own call may free what it uses. */
static void last_line(void *user_data, const tdsec_event *event) {
    (void)event;
    OK(tdsec_log_set_callback(TDSEC_SEVERITY_DEBUG, NULL, NULL, &error));
    memset(user_data, 0, 8);
    free(user_data);
}

static void refused_connection(void) {
    tdsec_config *config = NULL;
    tdsec_connection *connection = NULL;
    OK(tdsec_config_new("wss://127.0.0.1:1", &config, &error));
    OK(tdsec_config_set(config, "bearer_token", "never-used", &error));
    FAILS(TDSEC_CONNECT_REFUSED, tdsec_connection_new(config, &connection, &error));
    tdsec_config_free(config);
}

static void *wait_for_an_end(void *events) {
    tdsec_event *event = NULL;
    FAILS(TDSEC_CLOSED, tdsec_events_next(events, 60000, &event, &error));
    return NULL;
}

static void events_are_read(void) {
    tdsec_events *events = NULL, *nothing = NULL;
    tdsec_event *event = NULL;
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_events_new("connection.faild", TDSEC_SEVERITY_DEBUG, NULL, &events, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_events_new(NULL, 9, NULL, &events, &error));
    OK(tdsec_events_new("connection.*, key.exposed", TDSEC_SEVERITY_WARNING, NULL, &events, &error));
    OK(tdsec_events_new(NULL, TDSEC_SEVERITY_DEBUG, "a pool that is not", &nothing, &error));
    refused_connection();
    OK(tdsec_events_next(events, 60000, &event, &error));
    CHECK(event && strcmp(tdsec_event_name(event), TDSEC_EVENT_CONNECTION_FAILED) == 0);
    CHECK(tdsec_event_severity(event) == TDSEC_SEVERITY_WARNING);
    CHECK(tdsec_event_time_ms(event) / 1000 - (long long)time(NULL) < 5);
    CHECK(strcmp(tdsec_event_field(event, "code"), "CONNECT_REFUSED") == 0);
    CHECK(strcmp(tdsec_event_field(event, "endpoint"), "127.0.0.1:1") == 0);
    CHECK(tdsec_event_field(event, "no such field") == NULL && tdsec_event_field(event, NULL) == NULL);
    size_t count = tdsec_event_field_count(event);
    CHECK(count >= 3 && tdsec_event_field_name(event, count) == NULL && tdsec_event_field_text(event, count) == NULL);
    CHECK(strcmp(tdsec_event_field_name(event, 0), "endpoint") == 0 && tdsec_event_field_type(event, 0) == TDSEC_FIELD_TEXT);
    tdsec_event_free(event);
    OK(tdsec_events_next(events, 0, &event, &error));
    CHECK(event == NULL);
    OK(tdsec_events_next(nothing, 1, &event, &error));
    CHECK(event == NULL);
    tdsec_events_free(nothing);

    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, wait_for_an_end, events) == 0);
    OK(tdsec_events_close(events, &error));
    OK(tdsec_events_close(events, &error));
    pthread_join(thread, NULL);
    tdsec_events_free(events);
    tdsec_events_free(NULL);
    tdsec_event_free(NULL);
}

static void a_child_begins_anew(void) {
    tdsec_events *events = NULL;
    tdsec_event *event = NULL;
    OK(tdsec_events_new(NULL, TDSEC_SEVERITY_DEBUG, NULL, &events, &error));
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        FAILS(TDSEC_FORKED, tdsec_events_next(events, 60000, &event, &error));
        tdsec_events_free(events);
        OK(tdsec_events_new(NULL, TDSEC_SEVERITY_DEBUG, NULL, &events, &error));
        refused_connection();
        OK(tdsec_events_next(events, 60000, &event, &error));
        CHECK(event != NULL);
        /* Without a look for leaks: what is left of the parent here is left alone on purpose. */
        execl("/bin/true", "true", (char *)NULL);
        _exit(1);
    }
    int status = 1;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    tdsec_events_free(events);
}

static void metrics_are_read_and_served(void) {
    size_t length = 0;
    OK(tdsec_metrics(NULL, 0, &length, &error));
    char *text = malloc(length + 4096);
    CHECK(text);
    OK(tdsec_metrics(text, length + 4096, &length, &error));
    CHECK(strstr(text, "tdsec_connection_failures_total{pool=\"\",endpoint=\"127.0.0.1:1\",code=\"CONNECT_REFUSED\"} "));
    CHECK(strstr(text, variable("TDSEC_TOKEN")) == NULL);
    free(text);

    tdsec_metrics_server *server = NULL;
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_metrics_serve("0.0.0.0:0", false, &server, &error));
    OK(tdsec_metrics_serve("127.0.0.1:0", false, &server, &error));
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(tdsec_metrics_server_port(server))};
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int socket_of_client = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(socket_of_client, (struct sockaddr *)&place, sizeof place) == 0);
    const char request[] = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    CHECK(write(socket_of_client, request, sizeof request - 1) == sizeof request - 1);
    char answer[64] = "";
    CHECK(read(socket_of_client, answer, sizeof answer - 1) > 15 && strncmp(answer, "HTTP/1.1 200 OK", 15) == 0);
    close(socket_of_client);
    tdsec_metrics_server_free(server);
    tdsec_metrics_server_free(NULL);
}

int main(void) {
    events_are_read();
    a_child_begins_anew();

    OK(tdsec_log_set_callback(TDSEC_SEVERITY_DEBUG, log_line, &logged, &error));
    tdsec_connection_free(connect_to_server());
    refused_connection();
    OK(tdsec_log_set_callback(TDSEC_SEVERITY_DEBUG, NULL, NULL, &error));
    CHECK(logged >= 2 && leaks == 0);
    int before = logged;
    refused_connection();
    CHECK(logged == before);

    metrics_are_read_and_served();

    void *memory = malloc(8);
    OK(tdsec_log_set_callback(TDSEC_SEVERITY_DEBUG, last_line, memory, &error));
    refused_connection();
    refused_connection();
    OK(tdsec_log_set_callback(TDSEC_SEVERITY_DEBUG, NULL, NULL, &error));
    puts("done");
    return 0;
}

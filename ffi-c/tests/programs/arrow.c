/* Results as Arrow C streams: every release callback, streams that are not read to their end, and errors in mid-stream. */
#include "check.h"

/* The Arrow C data interface, as its specification has it. */
struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};
struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

static struct ArrowArrayStream stream_of(const tdsec_connection *connection, const char *sql) {
    struct ArrowArrayStream stream;
    tdsec_result *result = query(connection, sql);
    OK(tdsec_result_arrow_stream(result, &stream, &error));
    tdsec_result_free(result); /* at once: the stream has the rows */
    return stream;
}

static void a_whole_stream_has_schema_and_values(const tdsec_connection *connection) {
    struct ArrowArrayStream stream = stream_of(connection, "SELECT * FROM tdsec_gen(10000, 6, 'nulls')");
    struct ArrowSchema schema;
    CHECK(stream.get_schema(&stream, &schema) == 0);
    CHECK(strcmp(schema.format, "+s") == 0 && schema.n_children == 6);
    const char *formats[] = {"tsm:UTC", "f", "i", "f", "l", "u"};
    for (int i = 0; i < 6; i++) CHECK(strcmp(schema.children[i]->format, formats[i]) == 0);
    CHECK(strcmp(schema.children[4]->name, "id") == 0);
    schema.release(&schema);
    CHECK(schema.release == NULL);
    int64_t row = 0;
    for (;;) {
        struct ArrowArray batch;
        CHECK(stream.get_next(&stream, &batch) == 0);
        if (!batch.release) break;
        const struct ArrowArray *id = batch.children[4];
        const uint8_t *valid = id->buffers[0];
        const int64_t *values = (const int64_t *)id->buffers[1] + id->offset;
        for (int64_t r = 0; r < batch.length; r++, row++) {
            bool is_valid = (valid[(r + id->offset) / 8] >> ((r + id->offset) % 8)) & 1;
            CHECK(is_valid == ((row % 4096 + 4) % 4 != 0));
            CHECK(!is_valid || values[r] == row);
        }
        batch.release(&batch);
        CHECK(batch.release == NULL);
    }
    CHECK(row == 10000);
    struct ArrowArray after;
    CHECK(stream.get_next(&stream, &after) == 0 && after.release == NULL); /* the end stays the end */
    stream.release(&stream);
    CHECK(stream.release == NULL);
}

/* A child may be moved out of its batch and live on, as the specification has it. */
static void a_column_outlives_batch_stream_and_connection(void) {
    tdsec_connection *connection = connect_to_server();
    struct ArrowArrayStream stream = stream_of(connection, "SELECT * FROM tdsec_gen(5000, 3)");
    struct ArrowArray batch, column;
    CHECK(stream.get_next(&stream, &batch) == 0);
    column = *batch.children[0];
    batch.children[0]->release = NULL;
    batch.release(&batch);
    stream.release(&stream);
    OK(tdsec_connection_close(connection, &error));
    tdsec_connection_free(connection);
    CHECK(((const int64_t *)column.buffers[1])[4095] == 1700000004095);
    column.release(&column);
}

static void streams_may_be_released_at_any_point(const tdsec_connection *connection) {
    struct ArrowArrayStream stream = stream_of(connection, "SELECT * FROM tdsec_gen(100000, 3)");
    stream.release(&stream); /* nothing read */
    stream = stream_of(connection, "SELECT * FROM tdsec_gen(100000, 3)");
    struct ArrowArray batch;
    CHECK(stream.get_next(&stream, &batch) == 0 && batch.length == 4096);
    stream.release(&stream); /* half read; the batch stays */
    CHECK(((const int64_t *)batch.children[0]->buffers[1])[1] == 1700000000001);
    batch.release(&batch);
    CHECK(drain(query(connection, "SELECT * FROM tdsec_gen(10, 2)")) == 10); /* and the connection works */
}

static void a_result_is_consumed_once(const tdsec_connection *connection) {
    struct ArrowArrayStream stream, second;
    tdsec_block *block = NULL;
    tdsec_result *result = query(connection, "SELECT * FROM tdsec_gen(10000, 2)");
    OK(tdsec_result_next_block(result, &block, &error)); /* a stream begins where the blocks ended */
    tdsec_block_free(block);
    OK(tdsec_result_arrow_stream(result, &stream, &error));
    FAILS(TDSEC_RESULT_CONSUMED, tdsec_result_arrow_stream(result, &second, &error));
    FAILS(TDSEC_RESULT_CONSUMED, tdsec_result_next_block(result, &block, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_result_arrow_stream(NULL, &second, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_result_arrow_stream(result, NULL, &error));
    struct ArrowArray batch;
    int64_t rows = 0;
    for (;;) {
        CHECK(stream.get_next(&stream, &batch) == 0);
        if (!batch.release) break;
        rows += batch.length;
        batch.release(&batch);
    }
    CHECK(rows == 10000 - 4096);
    stream.release(&stream);
    OK(tdsec_result_stream_error(result, &error));
    tdsec_result_free(result);
}

static void an_update_is_a_stream_without_columns(const tdsec_connection *connection) {
    struct ArrowArrayStream stream = stream_of(connection, "CREATE DATABASE IF NOT EXISTS c_arrow");
    struct ArrowSchema schema;
    struct ArrowArray batch;
    CHECK(stream.get_schema(&stream, &schema) == 0 && schema.n_children == 0);
    schema.release(&schema);
    CHECK(stream.get_next(&stream, &batch) == 0 && batch.release == NULL);
    stream.release(&stream);
}

/* The reading is cancelled after the first batch. */
static void an_error_in_mid_stream_has_text_and_number(const tdsec_connection *connection) {
    tdsec_cancel *cancel = NULL;
    tdsec_result *result = NULL;
    struct ArrowArrayStream stream;
    struct ArrowArray batch;
    OK(tdsec_cancel_new(&cancel, &error));
    tdsec_query_options options = {sizeof options, 0, 0, cancel, 0};
    OK(tdsec_connection_query_with(connection, "SELECT * FROM tdsec_gen(100000, 3)", &options, &result, &error));
    OK(tdsec_result_arrow_stream(result, &stream, &error));
    CHECK(stream.get_next(&stream, &batch) == 0);
    batch.release(&batch);
    OK(tdsec_cancel_trigger(cancel, &error));
    CHECK(stream.get_next(&stream, &batch) != 0);
    CHECK(strstr(stream.get_last_error(&stream), "CANCELLED") != NULL);
    FAILS(TDSEC_CANCELLED, tdsec_result_stream_error(result, &error));
    stream.release(&stream);
    FAILS(TDSEC_CANCELLED, tdsec_result_stream_error(result, &error)); /* stays until the result is freed */
    tdsec_result_free(result);
    tdsec_cancel_free(cancel);
}

int main(void) {
    tdsec_connection *connection = connect_to_server();
    a_whole_stream_has_schema_and_values(connection);
    a_column_outlives_batch_stream_and_connection();
    streams_may_be_released_at_any_point(connection);
    a_result_is_consumed_once(connection);
    an_update_is_a_stream_without_columns(connection);
    an_error_in_mid_stream_has_text_and_number(connection);
    tdsec_connection_free(connection);
    puts("done");
    return 0;
}

/* Connecting, statements, rows and columns without copies. */
#include "check.h"

static void describes_the_connection(const tdsec_config *config, const tdsec_connection *connection) {
    char text[512];
    size_t length = 0;
    bool none = false;
    int32_t status = -1;
    OK(tdsec_config_describe(config, text, sizeof text, &length, &error));
    CHECK(length == strlen(text) && strstr(text, variable("TDSEC_TOKEN")) == NULL);
    OK(tdsec_config_describe(config, text, 8, &length, &error));
    CHECK(strlen(text) == 7 && length > 7);
    CHECK(strcmp(tdsec_connection_server_version(connection), "3.4.1.13") == 0);
    CHECK(strcmp(tdsec_connection_tls_version(connection), "TLSv1.3") == 0);
    CHECK(strncmp(tdsec_connection_tls_cipher_suite(connection), "TLS_", 4) == 0);
    CHECK(!tdsec_connection_is_closed(connection));
    OK(tdsec_connection_server_status(connection, &status, &error));
    CHECK(status == 2);
    OK(tdsec_connection_current_database(connection, text, sizeof text, NULL, &none, &error));
    CHECK(none && text[0] == '\0');
    OK(tdsec_connection_execute(connection, "CREATE DATABASE IF NOT EXISTS c_query", NULL, &error));
    OK(tdsec_connection_execute_with(connection, "USE c_query", NULL, NULL, &error));
    OK(tdsec_connection_current_database(connection, text, sizeof text, &length, &none, &error));
    CHECK(!none && strcmp(text, "c_query") == 0 && length == 7);
}

static void updates_tell_their_rows(const tdsec_connection *connection) {
    uint64_t affected = 0;
    tdsec_block *block = NULL;
    OK(tdsec_connection_execute(connection, "CREATE TABLE c_query.t (ts TIMESTAMP, i INT, s NCHAR(20))", NULL, &error));
    OK(tdsec_connection_execute(connection,
                                "INSERT INTO c_query.t VALUES (1700000000000, 1, 'α値') (1700000000001, NULL, NULL)",
                                &affected, &error));
    CHECK(affected == 2);
    tdsec_result *result = query(connection, "INSERT INTO c_query.t VALUES (1700000000002, 3, '')");
    CHECK(tdsec_result_is_update(result) && tdsec_result_affected_rows(result) == 1);
    CHECK(tdsec_result_columns(result) == 0);
    OK(tdsec_result_next_block(result, &block, &error));
    CHECK(block == NULL);
    tdsec_result_free(result);
}

static void values_are_read_one_by_one(const tdsec_connection *connection) {
    tdsec_result *result = query(connection, "SELECT ts, i, s FROM c_query.t ORDER BY ts");
    tdsec_block *block = NULL;
    tdsec_field field;
    bool is_null = false;
    int64_t number = 0;
    double real = 0;
    char text[32];
    size_t length = 0;
    CHECK(!tdsec_result_is_update(result) && tdsec_result_columns(result) == 3);
    CHECK(tdsec_result_precision(result) == TDSEC_MILLISECOND);
    OK(tdsec_result_field(result, 2, &field, &error));
    CHECK(strcmp(field.name, "s") == 0 && field.data_type == TDSEC_TYPE_NCHAR);
    OK(tdsec_result_next_block(result, &block, &error));
    tdsec_result_free(result); /* a block outlives its result */
    CHECK(tdsec_block_rows(block) == 3 && tdsec_block_columns(block) == 3);
    OK(tdsec_block_int64(block, 0, 0, &number, &is_null, &error));
    CHECK(number == 1700000000000 && !is_null);
    OK(tdsec_block_int64(block, 1, 1, &number, &is_null, &error));
    CHECK(number == 0 && is_null && tdsec_block_is_null(block, 1, 1) && !tdsec_block_is_null(block, 1, 0));
    OK(tdsec_block_text(block, 2, 0, text, sizeof text, &length, &is_null, &error));
    CHECK(strcmp(text, "α値") == 0 && length == strlen("α値") && !is_null);
    OK(tdsec_block_text(block, 2, 0, text, 4, &length, NULL, &error));
    CHECK(strcmp(text, "α") == 0 && length == strlen("α値")); /* cut between characters */
    FAILS(TDSEC_TYPE_MISMATCH, tdsec_block_double(block, 1, 0, &real, NULL, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_block_int64(block, 3, 0, &number, NULL, &error));
    FAILS(TDSEC_INVALID_ARGUMENT, tdsec_block_int64(block, 0, 3, &number, NULL, &error));
    tdsec_block_free(block);
}

/* Every value of the generator, by the pointers into the block. */
static void columns_are_read_without_copies(const tdsec_connection *connection) {
    enum { ROWS = 10000 };
    tdsec_result *result = query(connection, "SELECT * FROM tdsec_gen(10000, 6, 'nulls')");
    tdsec_block *block = NULL;
    size_t row = 0;
    for (;;) {
        OK(tdsec_result_next_block(result, &block, &error));
        if (!block) break;
        tdsec_column ts, id, name, again;
        OK(tdsec_block_column(block, 0, &ts, &error));
        OK(tdsec_block_column(block, 4, &id, &error));
        OK(tdsec_block_column(block, 5, &name, &error));
        OK(tdsec_block_column(block, 5, &again, &error));
        CHECK(ts.data_type == TDSEC_TYPE_TIMESTAMP && ts.width == 8 && ts.offsets == NULL && ts.data == NULL);
        CHECK(name.data_type == TDSEC_TYPE_VARCHAR && name.width == 0 && name.length_width == 2 && name.values == NULL);
        CHECK(name.data == again.data && name.offsets == again.offsets); /* pointers, not copies */
        for (size_t r = 0; r < ts.rows; r++, row++) {
            int64_t epoch, number;
            int32_t place;
            uint16_t length;
            const uint8_t *bytes;
            size_t count;
            memcpy(&epoch, ts.values + 8 * r, sizeof epoch);
            CHECK(epoch == 1700000000000 + (int64_t)row);
            bool null = (row % 4096 + 4) % 4 == 0;
            CHECK(((id.null_bitmap[r / 8] >> (7 - r % 8)) & 1) == null);
            memcpy(&number, id.values + 8 * r, sizeof number);
            CHECK(null || number == (int64_t)row);
            memcpy(&place, name.offsets + 4 * r, sizeof place);
            CHECK((place < 0) == ((row % 4096 + 5) % 4 == 0));
            OK(tdsec_block_bytes(block, 5, r, &bytes, &count, &error));
            if (place < 0) {
                CHECK(bytes == NULL && count == 0);
                continue;
            }
            memcpy(&length, name.data + place, sizeof length);
            CHECK(length == 8 && count == 8 && bytes == name.data + place + 2);
            CHECK((size_t)place + 2 + length <= name.data_length);
            char wanted[16];
            snprintf(wanted, sizeof wanted, "row-%04d", (int)(row % 4096));
            CHECK(memcmp(bytes, wanted, 8) == 0);
        }
        tdsec_block_free(block);
    }
    CHECK(row == ROWS);
    tdsec_result_free(result);
}

/* The connection may be freed first, and results half-read. */
static void handles_are_freed_in_any_order(void) {
    tdsec_connection *connection = connect_to_server();
    tdsec_result *whole = query(connection, "SELECT * FROM tdsec_gen(20000, 2)");
    tdsec_result *half = query(connection, "SELECT * FROM tdsec_gen(20000, 2)");
    tdsec_result *unread = query(connection, "SELECT * FROM tdsec_gen(20000, 2)");
    tdsec_block *block = NULL;
    OK(tdsec_result_next_block(half, &block, &error));
    tdsec_connection_free(connection);
    CHECK(drain(whole) == 20000);
    tdsec_result_free(half);
    tdsec_result_free(unread);
    CHECK(tdsec_block_rows(block) == 4096);
    tdsec_block_free(block);
}

int main(void) {
    CHECK(strcmp(tdsec_version(), TDSEC_VERSION) == 0 && tdsec_abi_version() == TDSEC_ABI_VERSION);
    tdsec_config *config = config_of_environment();
    tdsec_connection *connection = NULL;
    OK(tdsec_config_check(config, &error));
    OK(tdsec_connection_new(config, &connection, &error));
    describes_the_connection(config, connection);
    tdsec_config_free(config);
    updates_tell_their_rows(connection);
    values_are_read_one_by_one(connection);
    columns_are_read_without_copies(connection);
    CHECK(drain(query(connection, "SELECT * FROM tdsec_gen(0, 3)")) == 0);
    OK(tdsec_connection_close(connection, &error));
    tdsec_connection_free(connection);
    handles_are_freed_in_any_order();
    puts("done");
    return 0;
}

#include "answers.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *text_or_null(const char *text) {
    return text ? json_string(text) : json_null();
}

static json_t *wrapped(const char *key, json_t *content) {
    json_t *answer = must(json_object());
    json_object_set_new(answer, key, must(content));
    return answer;
}

json_t *answer_ok(json_t *content) {
    return wrapped("ok", content);
}

json_t *answer_error(tdsec_error *error) {
    int64_t server_code = tdsec_error_server_code(error);
    json_t *content = must(json_object());
    json_object_set_new(content, "code", text_or_null(tdsec_error_name(error)));
    json_object_set_new(content, "number", json_integer(tdsec_error_number(error)));
    json_object_set_new(content, "kind", text_or_null(tdsec_error_kind(error)));
    json_object_set_new(content, "retry", text_or_null(tdsec_error_retry(error)));
    json_object_set_new(content, "remedy", text_or_null(tdsec_error_remedy(error)));
    json_object_set_new(content, "option", text_or_null(tdsec_error_option(error)));
    json_object_set_new(content, "server_code", server_code < 0 ? json_null() : json_integer(server_code));
    json_object_set_new(content, "server_message", text_or_null(tdsec_error_server_message(error)));
    json_object_set_new(content, "may_have_run", json_boolean(tdsec_error_may_have_run(error)));
    json_object_set_new(content, "message", text_or_null(tdsec_error_text(error)));
    tdsec_error_free(error);
    return wrapped("error", content);
}

json_t *answer_misuse(const char *what, const char *name) {
    json_t *content = must(json_object());
    json_object_set_new(content, "code", json_string("RUNNER"));
    json_object_set_new(content, "message", json_sprintf("%s %s", what, name));
    return wrapped("error", content);
}

/* As the server's documentation writes them. */
static const char *type_name(int32_t data_type) {
    switch (data_type) {
        case TDSEC_TYPE_BOOL: return "BOOL";
        case TDSEC_TYPE_TINYINT: return "TINYINT";
        case TDSEC_TYPE_SMALLINT: return "SMALLINT";
        case TDSEC_TYPE_INT: return "INT";
        case TDSEC_TYPE_BIGINT: return "BIGINT";
        case TDSEC_TYPE_FLOAT: return "FLOAT";
        case TDSEC_TYPE_DOUBLE: return "DOUBLE";
        case TDSEC_TYPE_VARCHAR: return "VARCHAR";
        case TDSEC_TYPE_TIMESTAMP: return "TIMESTAMP";
        case TDSEC_TYPE_NCHAR: return "NCHAR";
        case TDSEC_TYPE_TINYINT_UNSIGNED: return "TINYINT UNSIGNED";
        case TDSEC_TYPE_SMALLINT_UNSIGNED: return "SMALLINT UNSIGNED";
        case TDSEC_TYPE_INT_UNSIGNED: return "INT UNSIGNED";
        case TDSEC_TYPE_BIGINT_UNSIGNED: return "BIGINT UNSIGNED";
        case TDSEC_TYPE_JSON: return "JSON";
        case TDSEC_TYPE_VARBINARY: return "VARBINARY";
        case TDSEC_TYPE_DECIMAL: return "DECIMAL";
        case TDSEC_TYPE_BLOB: return "BLOB";
        case TDSEC_TYPE_MEDIUMBLOB: return "MEDIUMBLOB";
        case TDSEC_TYPE_GEOMETRY: return "GEOMETRY";
        case TDSEC_TYPE_DECIMAL64: return "DECIMAL64";
        default: return "a type without a name";
    }
}

json_t *answer_columns(const tdsec_result *result) {
    json_t *columns = must(json_array());
    tdsec_field field;
    for (size_t i = 0; tdsec_result_field(result, i, &field, NULL) == TDSEC_OK; i++) {
        json_t *column = must(json_object());
        json_object_set_new(column, "name", json_string(field.name));
        json_object_set_new(column, "type", json_string(type_name(field.data_type)));
        json_object_set_new(column, "length", json_integer(field.length));
        json_object_set_new(column, "precision", json_integer(field.precision));
        json_object_set_new(column, "scale", json_integer(field.scale));
        json_array_append_new(columns, column);
    }
    return columns;
}

json_t *answer_precision(int32_t precision) {
    switch (precision) {
        case TDSEC_MILLISECOND: return json_string("ms");
        case TDSEC_MICROSECOND: return json_string("us");
        case TDSEC_NANOSECOND: return json_string("ns");
        default: return json_sprintf("precision %d", (int)precision);
    }
}

uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

json_t *answer_double(double value) {
    return answer_bits(bits_of(value));
}

json_t *answer_bits(uint64_t bits) {
    return json_sprintf("%016" PRIx64, bits);
}

json_t *answer_hex(const uint8_t *bytes, size_t length) {
    static const char digits[] = "0123456789abcdef";
    char *text = must(malloc(2 * length + 1));
    for (size_t i = 0; i < length; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    json_t *answer = json_stringn(text, 2 * length);
    free(text);
    return answer;
}

json_t *answer_signed(int64_t value) {
    return json_sprintf("%" PRId64, value);
}

json_t *answer_unsigned(uint64_t value) {
    return json_sprintf("%" PRIu64, value);
}

void *must(void *memory) {
    if (!memory) {
        fprintf(stderr, "out of memory\n");
        abort();
    }
    return memory;
}

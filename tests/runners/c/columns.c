/* Column by column, from the bytes of a block. */
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "reading.h"

static uint64_t unsigned_at(const uint8_t *bytes, size_t width) {
    uint64_t value = 0;
    memcpy(&value, bytes, width < 8 ? width : 8); /* the machines tdsec runs on are little-endian too */
    return value;
}

static int64_t signed_at(const uint8_t *bytes, size_t width) {
    unsigned unused = width < 8 ? (unsigned)(64 - 8 * width) : 0;
    uint64_t sign = (uint64_t)1 << 63 >> unused;
    return (int64_t)((unsigned_at(bytes, width) ^ sign) - sign);
}

static double float_at(const uint8_t *bytes) {
    float value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static bool is_null(const tdsec_column *column, size_t row) {
    return column->null_bitmap[row / 8] & (0x80 >> (row % 8));
}

static json_t *fixed_value(const tdsec_column *column, const uint8_t *bytes) {
    switch (column->data_type) {
        case TDSEC_TYPE_BOOL: return json_boolean(bytes[0] != 0);
        case TDSEC_TYPE_FLOAT: return answer_double(float_at(bytes));
        case TDSEC_TYPE_DOUBLE: return answer_bits(unsigned_at(bytes, 8));
        case TDSEC_TYPE_TINYINT_UNSIGNED:
        case TDSEC_TYPE_SMALLINT_UNSIGNED:
        case TDSEC_TYPE_INT_UNSIGNED:
        case TDSEC_TYPE_BIGINT_UNSIGNED: return answer_unsigned(unsigned_at(bytes, column->width));
        case TDSEC_TYPE_DECIMAL:
        case TDSEC_TYPE_DECIMAL64: return decimal_answer(bytes, column->width, column->scale);
        default: return answer_signed(signed_at(bytes, column->width));
    }
}

/* Characters of four bytes as a JSON text; NULL if they are none. */
static json_t *wide_text(const uint8_t *bytes, size_t length) {
    if (length % 4 != 0) return NULL;
    char *text = must(malloc(length + 1)), *end = text;
    for (size_t i = 0; i < length; i += 4) {
        uint64_t c = unsigned_at(bytes + i, 4);
        if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) {
            free(text);
            return NULL;
        }
        if (c < 0x80) {
            *end++ = (char)c;
        } else if (c < 0x800) {
            *end++ = (char)(0xc0 | c >> 6);
            *end++ = (char)(0x80 | (c & 0x3f));
        } else if (c < 0x10000) {
            *end++ = (char)(0xe0 | c >> 12);
            *end++ = (char)(0x80 | (c >> 6 & 0x3f));
            *end++ = (char)(0x80 | (c & 0x3f));
        } else {
            *end++ = (char)(0xf0 | c >> 18);
            *end++ = (char)(0x80 | (c >> 12 & 0x3f));
            *end++ = (char)(0x80 | (c >> 6 & 0x3f));
            *end++ = (char)(0x80 | (c & 0x3f));
        }
    }
    json_t *answer = json_stringn(text, (size_t)(end - text));
    free(text);
    return answer;
}

/* A value without fixed width; NULL for what should be a text and is none. */
static json_t *variable_value(const tdsec_column *column, size_t row) {
    int32_t offset = (int32_t)signed_at(column->offsets + 4 * row, 4);
    if (offset < 0) return json_null();
    size_t length = (size_t)unsigned_at(column->data + offset, column->length_width);
    const uint8_t *bytes = column->data + offset + column->length_width;
    switch (column->data_type) {
        case TDSEC_TYPE_VARBINARY:
        case TDSEC_TYPE_BLOB:
        case TDSEC_TYPE_MEDIUMBLOB:
        case TDSEC_TYPE_GEOMETRY: return answer_hex(bytes, length);
        case TDSEC_TYPE_NCHAR: return wide_text(bytes, length);
        default: return json_stringn((const char *)bytes, length);
    }
}

static int32_t add_column(reading *reading, const tdsec_block *block, size_t index, size_t first, tdsec_error **error) {
    tdsec_column column;
    int32_t status = tdsec_block_column(block, index, &column, error);
    for (size_t row = 0; !status && row < column.rows; row++) {
        json_t *value;
        if (!column.values) {
            value = variable_value(&column, row);
        } else {
            value = is_null(&column, row) ? json_null() : fixed_value(&column, column.values + row * column.width);
        }
        if (!value) {
            /* The library's own reader refuses the same bytes, with its code. */
            size_t length;
            bool null;
            status = reading_text(reading, block, index, row, &length, &null, error);
            value = json_string("the library read a text that the bytes do not hold");
        }
        reading_add_value(reading, first + row, value);
    }
    return status;
}

static int32_t add_checksum(reading *reading, const tdsec_block *block, tdsec_error **error) {
    tdsec_column column;
    int32_t status = tdsec_block_column(block, 0, &column, error);
    if (status || !column.values || column.data_type == TDSEC_TYPE_DECIMAL) return status;
    for (size_t row = 0; row < column.rows; row++) {
        if (is_null(&column, row)) continue;
        const uint8_t *bytes = column.values + row * column.width;
        switch (column.data_type) {
            case TDSEC_TYPE_FLOAT: reading->checksum ^= bits_of(float_at(bytes)); break;
            case TDSEC_TYPE_BOOL:
            case TDSEC_TYPE_TINYINT_UNSIGNED:
            case TDSEC_TYPE_SMALLINT_UNSIGNED:
            case TDSEC_TYPE_INT_UNSIGNED: reading->checksum ^= unsigned_at(bytes, column.width); break;
            default: reading->checksum ^= (uint64_t)signed_at(bytes, column.width);
        }
    }
    return status;
}

int32_t read_columns(reading *reading, const tdsec_block *block, tdsec_error **error) {
    if (reading->counts) return add_checksum(reading, block, error);
    size_t first = reading_add_rows(reading, tdsec_block_rows(block));
    int32_t status = TDSEC_OK;
    for (size_t i = 0; !status && i < tdsec_block_columns(block); i++) {
        status = add_column(reading, block, i, first, error);
    }
    return status;
}

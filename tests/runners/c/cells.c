/* Value by value, through the functions that read one cell. */
#include "answers.h"
#include "reading.h"

/* One value. Text lies in the reading's buffer, bytes in the block. */
typedef struct cell {
    enum { NOTHING, BOOLEAN, SIGNED, UNSIGNED, FLOATING, BYTES, TEXT } kind;
    bool boolean;
    int64_t integer;
    uint64_t number;
    double floating;
    const uint8_t *bytes;
    size_t length;
} cell;

static int32_t read_cell(reading *reading, const tdsec_block *block, int32_t data_type, size_t column, size_t row,
                         cell *cell, tdsec_error **error) {
    bool is_null = false;
    int32_t status;
    switch (data_type) {
        case TDSEC_TYPE_BOOL:
            cell->kind = BOOLEAN;
            status = tdsec_block_bool(block, column, row, &cell->boolean, &is_null, error);
            break;
        case TDSEC_TYPE_TINYINT:
        case TDSEC_TYPE_SMALLINT:
        case TDSEC_TYPE_INT:
        case TDSEC_TYPE_BIGINT:
        case TDSEC_TYPE_TIMESTAMP:
            cell->kind = SIGNED;
            status = tdsec_block_int64(block, column, row, &cell->integer, &is_null, error);
            break;
        case TDSEC_TYPE_TINYINT_UNSIGNED:
        case TDSEC_TYPE_SMALLINT_UNSIGNED:
        case TDSEC_TYPE_INT_UNSIGNED:
        case TDSEC_TYPE_BIGINT_UNSIGNED:
            cell->kind = UNSIGNED;
            status = tdsec_block_uint64(block, column, row, &cell->number, &is_null, error);
            break;
        case TDSEC_TYPE_FLOAT:
        case TDSEC_TYPE_DOUBLE:
            cell->kind = FLOATING;
            status = tdsec_block_double(block, column, row, &cell->floating, &is_null, error);
            break;
        case TDSEC_TYPE_VARBINARY:
        case TDSEC_TYPE_BLOB:
        case TDSEC_TYPE_MEDIUMBLOB:
        case TDSEC_TYPE_GEOMETRY:
            cell->kind = BYTES;
            status = tdsec_block_bytes(block, column, row, &cell->bytes, &cell->length, error);
            is_null = status == TDSEC_OK && !cell->bytes;
            break;
        default: /* texts, and decimals with all their digits */
            cell->kind = TEXT;
            status = reading_text(reading, block, column, row, &cell->length, &is_null, error);
            break;
    }
    if (is_null) cell->kind = NOTHING;
    return status;
}

static json_t *shown(const reading *reading, const cell *cell) {
    switch (cell->kind) {
        case BOOLEAN: return json_boolean(cell->boolean);
        case SIGNED: return answer_signed(cell->integer);
        case UNSIGNED: return answer_unsigned(cell->number);
        case FLOATING: return answer_double(cell->floating);
        case BYTES: return answer_hex(cell->bytes, cell->length);
        case TEXT: return json_stringn(reading->text, cell->length);
        default: return json_null();
    }
}

/* What the cell adds to a checksum. */
static uint64_t bits(const cell *cell) {
    switch (cell->kind) {
        case BOOLEAN: return cell->boolean;
        case SIGNED: return (uint64_t)cell->integer;
        case UNSIGNED: return cell->number;
        case FLOATING: return bits_of(cell->floating);
        default: return 0;
    }
}

/* The most columns that a table of TDengine has. */
enum { MOST_COLUMNS = 4096 };

static int32_t types(const tdsec_block *block, int32_t *types, size_t columns, tdsec_error **error) {
    for (size_t i = 0; i < columns; i++) {
        tdsec_column column;
        int32_t status = tdsec_block_column(block, i, &column, error);
        if (status) return status;
        types[i] = column.data_type;
    }
    return TDSEC_OK;
}

int32_t read_cells(reading *reading, const tdsec_block *block, tdsec_error **error) {
    int32_t data_types[MOST_COLUMNS];
    size_t rows = tdsec_block_rows(block), columns = tdsec_block_columns(block);
    if (columns > MOST_COLUMNS) columns = MOST_COLUMNS;
    int32_t status = types(block, data_types, columns, error);
    size_t first = reading->counts || status ? 0 : reading_add_rows(reading, rows);
    for (size_t row = 0; !status && row < rows; row++) {
        for (size_t column = 0; !status && column < columns; column++) {
            cell cell;
            status = read_cell(reading, block, data_types[column], column, row, &cell, error);
            if (status) continue;
            if (!reading->counts) reading_add_value(reading, first + row, shown(reading, &cell));
            if (reading->counts && column == 0) reading->checksum ^= bits(&cell);
        }
    }
    return status;
}

/* Reading the rows of a result in the mode a step asks for. */
#ifndef READING_H
#define READING_H

#include <jansson.h>
#include <stdbool.h>

#include "tdsec.h"

typedef struct reading {
    enum { READ_ROWS, READ_COLUMNS, READ_ARROW } through;
    bool counts;       /* a checksum over the first column instead of the rows */
    json_t *rows;      /* what was read */
    uint64_t count;    /* rows that were read */
    uint64_t checksum; /* XOR over the first column's values that are not NULL */
    char *text;        /* room for one text */
    size_t capacity;
} reading;

/* Begins, in the mode that the step asks for. */
void reading_begin(reading *reading, const json_t *step);

/* Takes over what a block holds, by rows or by columns. The block stays the caller's. */
int32_t reading_block(reading *reading, const tdsec_block *block, tdsec_error **error);

/* Reads the whole result, waiting. */
int32_t reading_all(reading *reading, const tdsec_result *result, tdsec_error **error);

/* What was read, as the content of an answer. */
json_t *reading_answer(reading *reading, const tdsec_result *result);

void reading_end(reading *reading);

/* The ways of reading: cell by cell, by pointers into a block, through an Arrow stream. */
int32_t read_cells(reading *reading, const tdsec_block *block, tdsec_error **error);
int32_t read_columns(reading *reading, const tdsec_block *block, tdsec_error **error);
int32_t read_arrow(reading *reading, const tdsec_result *result, tdsec_error **error);

/* Adds the rows of a block or batch, empty, and returns the first one's index: columns are then added to all of them. */
size_t reading_add_rows(reading *reading, size_t rows);

/* Adds a value to the row at the index. */
void reading_add_value(reading *reading, size_t row, json_t *value);

/* A value of a block as text, in reading->text; its length, in bytes, to *length. */
int32_t reading_text(reading *reading, const tdsec_block *block, size_t column, size_t row, size_t *length,
                     bool *is_null, tdsec_error **error);

/* The little-endian integer in `width` bytes divided by 10 to the power of scale, with all digits of the scale. */
json_t *decimal_answer(const uint8_t *bytes, size_t width, unsigned scale);

#endif

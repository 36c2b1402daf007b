#include "reading.h"

#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "names.h"

void reading_begin(reading *reading, const json_t *step) {
    const char *mode = text_of(step, "mode");
    if (!mode) mode = "rows";
    memset(reading, 0, sizeof *reading);
    reading->counts = strncmp(mode, "count-", 6) == 0;
    if (reading->counts) mode += 6;
    reading->through = strcmp(mode, "columns") == 0 ? READ_COLUMNS : strcmp(mode, "arrow") == 0 ? READ_ARROW : READ_ROWS;
    reading->rows = must(json_array());
    reading->capacity = 256;
    reading->text = must(malloc(reading->capacity));
}

int32_t reading_block(reading *reading, const tdsec_block *block, tdsec_error **error) {
    reading->count += tdsec_block_rows(block);
    return (reading->through == READ_COLUMNS ? read_columns : read_cells)(reading, block, error);
}

int32_t reading_all(reading *reading, const tdsec_result *result, tdsec_error **error) {
    if (reading->through == READ_ARROW) return read_arrow(reading, result, error);
    tdsec_block *block = NULL;
    int32_t status;
    while ((status = tdsec_result_next_block(result, &block, error)) == TDSEC_OK && block) {
        status = reading_block(reading, block, error);
        tdsec_block_free(block);
        if (status) return status;
    }
    return status;
}

json_t *reading_answer(reading *reading, const tdsec_result *result) {
    json_t *content = must(json_object());
    if (reading->counts) {
        json_object_set_new(content, "rows", json_integer((json_int_t)reading->count));
        json_object_set_new(content, "checksum", answer_bits(reading->checksum));
    } else {
        json_object_set_new(content, "columns", answer_columns(result));
        json_object_set_new(content, "precision", answer_precision(tdsec_result_precision(result)));
        json_object_set(content, "rows", reading->rows);
    }
    return content;
}

void reading_end(reading *reading) {
    json_decref(reading->rows);
    free(reading->text);
}

size_t reading_add_rows(reading *reading, size_t rows) {
    size_t first = json_array_size(reading->rows);
    for (size_t row = 0; row < rows; row++) json_array_append_new(reading->rows, must(json_array()));
    return first;
}

void reading_add_value(reading *reading, size_t row, json_t *value) {
    json_array_append_new(json_array_get(reading->rows, row), must(value));
}

int32_t reading_text(reading *reading, const tdsec_block *block, size_t column, size_t row, size_t *length,
                     bool *is_null, tdsec_error **error) {
    for (;;) {
        int32_t status =
            tdsec_block_text(block, column, row, reading->text, reading->capacity, length, is_null, error);
        if (status || *length < reading->capacity) return status;
        reading->capacity = *length + 1;
        reading->text = must(realloc(reading->text, reading->capacity));
    }
}

/* Through the Arrow C stream interface. */
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "reading.h"

/* From the specification of the Arrow C data interface. */
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

static bool is_set(const uint8_t *bits, int64_t index) {
    return bits[index / 8] >> (index % 8) & 1;
}

static bool is_null(const struct ArrowArray *array, int64_t index) {
    return array->buffers[0] && !is_set(array->buffers[0], index);
}

/* Bytes of one value of a format with fixed width; 0 for the others. */
static size_t width(const char *format) {
    switch (format[0]) {
        case 'c': case 'C': return 1;
        case 's': case 'S': return 2;
        case 'i': case 'I': case 'f': return 4;
        case 'l': case 'L': case 'g': case 't': return 8;
        case 'd': return 16;
        default: return 0;
    }
}

static int64_t integer(const uint8_t *bytes, size_t width) {
    int8_t one; int16_t two; int32_t four; int64_t eight;
    switch (width) {
        case 1: memcpy(&one, bytes, 1); return one;
        case 2: memcpy(&two, bytes, 2); return two;
        case 4: memcpy(&four, bytes, 4); return four;
        default: memcpy(&eight, bytes, 8); return eight;
    }
}

/* The digits after the point of a format like d:18,4 */
static unsigned scale(const char *format) {
    const char *comma = strchr(format, ',');
    return comma ? (unsigned)strtoul(comma + 1, NULL, 10) : 0;
}

static json_t *value(const struct ArrowArray *array, const char *format, int64_t index) {
    if (is_null(array, index)) return json_null();
    size_t size = width(format);
    const uint8_t *bytes = (const uint8_t *)array->buffers[1] + (size_t)index * size;
    uint64_t mask = size < 8 ? ((uint64_t)1 << 8 * size) - 1 : UINT64_MAX;
    float single;
    int32_t bounds[2];
    switch (format[0]) {
        case 'b': return json_boolean(is_set(array->buffers[1], index));
        case 'c': case 's': case 'i': case 'l': case 't': return answer_signed(integer(bytes, size));
        case 'C': case 'S': case 'I': case 'L': return answer_unsigned((uint64_t)integer(bytes, size) & mask);
        case 'f': memcpy(&single, bytes, sizeof single); return answer_double(single);
        case 'g': return answer_bits((uint64_t)integer(bytes, size));
        case 'd': return decimal_answer(bytes, size, scale(format));
        case 'u': case 'z':
            memcpy(bounds, (const uint8_t *)array->buffers[1] + (size_t)index * sizeof *bounds, sizeof bounds);
            bytes = (const uint8_t *)array->buffers[2] + bounds[0];
            size = (size_t)(bounds[1] - bounds[0]);
            return format[0] == 'u' ? json_stringn((const char *)bytes, size) : answer_hex(bytes, size);
        default: return json_sprintf("the runner does not read %s", format);
    }
}

static uint64_t checksum(const struct ArrowArray *array, const char *format, int64_t first, int64_t rows) {
    uint64_t sum = 0;
    size_t size = strchr("ilLgt", format[0]) ? width(format) : 0;
    for (int64_t index = first; size && index < first + rows; index++) {
        const uint8_t *bytes = (const uint8_t *)array->buffers[1] + (size_t)index * size;
        if (!is_null(array, index)) sum ^= (uint64_t)integer(bytes, size);
    }
    return sum;
}

static void read_batch(reading *reading, const struct ArrowSchema *schema, const struct ArrowArray *batch) {
    reading->count += (uint64_t)batch->length;
    size_t first = reading->counts ? 0 : reading_add_rows(reading, (size_t)batch->length);
    for (int64_t i = 0; i < batch->n_children && (i == 0 || !reading->counts); i++) {
        const struct ArrowArray *column = batch->children[i];
        const char *format = schema->children[i]->format;
        int64_t begin = batch->offset + column->offset;
        if (reading->counts) reading->checksum ^= checksum(column, format, begin, batch->length);
        for (int64_t row = 0; !reading->counts && row < batch->length; row++) {
            reading_add_value(reading, first + (size_t)row, value(column, format, begin + row));
        }
    }
}

int32_t read_arrow(reading *reading, const tdsec_result *result, tdsec_error **error) {
    struct ArrowArrayStream stream;
    struct ArrowSchema schema;
    struct ArrowArray batch;
    int32_t status = tdsec_result_arrow_stream(result, &stream, error);
    if (status) return status;
    int failed = stream.get_schema(&stream, &schema);
    if (!failed) {
        while (!(failed = stream.get_next(&stream, &batch)) && batch.release) {
            read_batch(reading, &schema, &batch);
            batch.release(&batch);
        }
        schema.release(&schema);
    }
    stream.release(&stream);
    return failed ? tdsec_result_stream_error(result, error) : TDSEC_OK;
}

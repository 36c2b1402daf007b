#include <stdbool.h>
#include <string.h>

#include "reading.h"

/* Digits of a 128-bit number, and of the largest scale that a byte can tell. */
enum { DIGITS = 39, MOST_SCALE = 255 };

/* Divides the number, most significant part first, by ten; the remainder. */
static unsigned divide(uint32_t parts[4]) {
    uint64_t rest = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t value = rest << 32 | parts[i];
        parts[i] = (uint32_t)(value / 10);
        rest = value % 10;
    }
    return (unsigned)rest;
}

json_t *decimal_answer(const uint8_t *bytes, size_t width, unsigned scale) {
    bool negative = bytes[width - 1] & 0x80;
    uint8_t wide[16];
    memset(wide, negative ? 0xff : 0, sizeof wide);
    memcpy(wide, bytes, width);
    uint32_t parts[4];
    uint64_t carry = 1;
    for (int i = 3; i >= 0; i--) {
        const uint8_t *four = wide + 4 * (3 - i);
        uint32_t part = four[0] | (uint32_t)four[1] << 8 | (uint32_t)four[2] << 16 | (uint32_t)four[3] << 24;
        if (negative) { /* two's complement: invert and add one */
            carry += (uint32_t)~part;
            part = (uint32_t)carry;
            carry >>= 32;
        }
        parts[i] = part;
    }
    char text[1 + DIGITS + 1 + MOST_SCALE + 1];
    char *end = text + sizeof text, *start = end;
    for (unsigned digit = 0; digit <= scale || parts[0] || parts[1] || parts[2] || parts[3]; digit++) {
        if (digit == scale && scale > 0) *--start = '.';
        *--start = (char)('0' + divide(parts));
    }
    if (negative) *--start = '-';
    return json_stringn(start, (size_t)(end - start));
}

/* Errors, columns and values in the form of answers. An answer is {"ok": …} or {"error": …}; its reader owns it. */
#ifndef ANSWERS_H
#define ANSWERS_H

#include <jansson.h>

#include "tdsec.h"

/* The step did what it should; takes the content over. */
json_t *answer_ok(json_t *content);

/* The library refused; takes the error over. */
json_t *answer_error(tdsec_error *error);

/* The step itself is wrong. */
json_t *answer_misuse(const char *what, const char *name);

/* The columns of a result. */
json_t *answer_columns(const tdsec_result *result);

/* ms, us or ns. */
json_t *answer_precision(int32_t precision);

/* A double as 16 hexadecimal digits of its bits. */
json_t *answer_double(double value);

/* 64 bits as 16 hexadecimal digits. */
json_t *answer_bits(uint64_t bits);

/* Bytes in hexadecimal. */
json_t *answer_hex(const uint8_t *bytes, size_t length);

/* Integers in decimal. */
json_t *answer_signed(int64_t value);
json_t *answer_unsigned(uint64_t value);

/* The bits of a double. */
uint64_t bits_of(double value);

/* Ends the program when there is no memory: a test driver has nothing better to do. */
void *must(void *memory);

#endif

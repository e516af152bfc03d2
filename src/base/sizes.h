/* Comparisons of sizes. */
#ifndef LAKH_BASE_SIZES_H
#define LAKH_BASE_SIZES_H

#include <stddef.h>

static inline size_t lakh_smaller(size_t a, size_t b) { return a < b ? a : b; }
static inline size_t lakh_larger(size_t a, size_t b) { return a > b ? a : b; }

#endif

/* One pass over values on their way in: are they finite, how large, what do they add up to. */
#ifndef LAKH_KERNELS_RANGE_H
#define LAKH_KERNELS_RANGE_H

#include <stddef.h>

typedef struct lakh_range {
  float low, high; /* NaN when any value is NaN */
  double sum;
} lakh_range;

/* Smallest and largest of n >= 1 values, and their sum. */
lakh_range lakh_range_of(const float *values, size_t n);

/* The largest magnitude of n values: NaN when any is NaN, infinite when any is infinite, 0 of none. */
float lakh_max_abs(const float *values, size_t n);

/* Smallest and largest of each column of a row-major table of 1 <= cols <= LAKH_RANGE_COLUMNS columns. low and high are read as
 * what is known so far, so that a table can be passed in chunks; they begin at +infinity and -infinity. */
enum { LAKH_RANGE_COLUMNS = 8 };
void lakh_range_of_columns(const float *rows, size_t n_rows, size_t cols, float *low, float *high);

#endif

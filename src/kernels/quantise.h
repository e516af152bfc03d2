/* Places on an axis as whole numbers: what a grid does with every value. */
#ifndef LAKH_KERNELS_QUANTISE_H
#define LAKH_KERNELS_QUANTISE_H

#include <stddef.h>
#include <stdint.h>

enum { LAKH_QUANTISE_COLUMNS = 8 };

/* One axis: value -> floor((value * scale - low) * steps), limited to 0..last. */
typedef struct lakh_axis {
  float scale, low, steps;
  int32_t last;
} lakh_axis;

/* Row-major, n_rows x cols, cols <= LAKH_QUANTISE_COLUMNS. */
void lakh_quantise(const float *rows, size_t n_rows, size_t cols, const lakh_axis *axes, int32_t *places);

#endif

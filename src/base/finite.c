/* A table is scanned once when it enters: what follows may then rely on finite numbers. */
#include "lakh.h"

#include <math.h>

lakh_status lakh_check_finite(lakh_matrix x, size_t *row, size_t *col) {
  for (size_t i = 0; i < x.rows; i++) {
    const float *values = x.data + i * x.cols;
    /* x - x is 0 for every finite x and NaN otherwise, so that one comparison serves the whole row. */
    float sum = 0;
    for (size_t j = 0; j < x.cols; j++) sum += values[j] - values[j];
    if (sum == 0) continue;
    for (size_t j = 0; j < x.cols; j++) {
      if (isfinite(values[j])) continue;
      *row = i;
      *col = j;
      return LAKH_NOT_FINITE;
    }
  }
  return LAKH_OK;
}

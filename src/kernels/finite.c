/* A table is scanned once when it enters: what follows may then rely on finite numbers. */
#include "kernels/range.h"
#include "lakh.h"

#include <math.h>

lakh_status lakh_check_finite(lakh_matrix x, size_t *row, size_t *col) {
  size_t n = x.rows * x.cols;
  if (isfinite(lakh_max_abs(x.data, n))) return LAKH_OK;
  size_t first = 0;
  while (isfinite(x.data[first])) first++;
  *row = first / x.cols;
  *col = first % x.cols;
  return LAKH_NOT_FINITE;
}

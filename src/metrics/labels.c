#include "metrics/labels.h"

#include <math.h>

lakh_status lakh_count_labels(lakh_matrix x, const int32_t *labels, size_t n_labels, const float *sample_weight,
                              double *counts) {
  for (size_t label = 0; label < n_labels; label++) counts[label] = 0;
  for (size_t row = 0; row < x.rows; row++) {
    if (labels[row] < 0 || (size_t)labels[row] >= n_labels) return LAKH_BAD_ARGUMENT;
    counts[labels[row]] += 1;
  }
  for (size_t label = 0; label < n_labels; label++) {
    if (counts[label] == 0) return LAKH_BAD_ARGUMENT;
  }
  if (sample_weight == NULL) return n_labels < x.rows ? LAKH_OK : LAKH_BAD_ARGUMENT;

  for (size_t label = 0; label < n_labels; label++) counts[label] = 0;
  double total = 0;
  for (size_t row = 0; row < x.rows; row++) {
    if (!isfinite(sample_weight[row])) return LAKH_NOT_FINITE;
    if (sample_weight[row] < 0) return LAKH_BAD_ARGUMENT;
    counts[labels[row]] += (double)sample_weight[row];
    total += (double)sample_weight[row];
  }
  return (double)n_labels < total ? LAKH_OK : LAKH_BAD_ARGUMENT;
}

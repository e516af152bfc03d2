#include "neural/rows.h"

#include "base/random.h"

#include <math.h>

lakh_status lakh_rows_check(lakh_matrix x, size_t n_features, bool unit) {
  size_t row, col;
  if (x.cols != n_features) return LAKH_BAD_ARGUMENT;
  if (lakh_check_finite(x, &row, &col) != LAKH_OK) return LAKH_NOT_FINITE;
  return unit && !lakh_rows_within(x, 0, 1) ? LAKH_BAD_ARGUMENT : LAKH_OK;
}

bool lakh_rows_within(lakh_matrix x, float low, float high) {
  for (size_t i = 0; i < x.rows * x.cols; i++) {
    if (x.data[i] < low || x.data[i] > high) return false;
  }
  return true;
}

bool lakh_rows_labels_fit(const int32_t *labels, size_t rows, size_t n_classes) {
  if (labels == NULL) return rows == 0;
  for (size_t i = 0; i < rows; i++) {
    if (labels[i] < 0 || (size_t)labels[i] >= n_classes) return false;
  }
  return true;
}

double lakh_rows_mean_weight(const float *weights, size_t count) {
  if (weights == NULL) return 1;
  double sum = 0;
  for (size_t i = 0; i < count; i++) {
    if (!(weights[i] >= 0) || isinf(weights[i])) return 0;
    sum += (double)weights[i];
  }
  return sum / (double)count;
}

void lakh_rows_shuffle(uint32_t seed, uint64_t stream, uint32_t *order, size_t count) {
  lakh_random random = lakh_random_stream(seed, stream);
  for (size_t i = 0; i < count; i++) order[i] = (uint32_t)i;
  for (size_t i = count; i > 1; i--) {
    size_t j = lakh_random_below(&random, (uint32_t)i);
    uint32_t row = order[i - 1];
    order[i - 1] = order[j];
    order[j] = row;
  }
}

static bool is_count(double value) { return value >= 0 && value < 0x1p32 && value == floor(value); }

bool lakh_rows_position_fits(double step, double epoch, double batch, size_t n_batches) {
  return is_count(step) && is_count(epoch) && is_count(batch) && batch <= (double)n_batches;
}

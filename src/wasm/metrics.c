/* Metrics and checks of data, as the binding sees them. */
#include "lakh.h"
#include "wasm/export.h"

/* The binding, which has the values themselves, finds the place. */
LAKH_EXPORT(check_finite) lakh_status wasm_check_finite(const float *x, size_t count) {
  size_t row, col;
  return lakh_check_finite((lakh_matrix){x, 1, count}, &row, &col);
}

LAKH_EXPORT(silhouette_create)
lakh_status wasm_silhouette_create(const float *x, size_t rows, size_t cols, const int32_t *labels, size_t n_labels,
                                   const float *sample_weight, lakh_silhouette **out) {
  return lakh_silhouette_create((lakh_matrix){x, rows, cols}, labels, n_labels, sample_weight, out);
}

LAKH_EXPORT(silhouette_get) void wasm_silhouette_get(const lakh_silhouette *job, const float **values, double *mean) {
  lakh_silhouette_get(job, values, mean);
}

LAKH_EXPORT(calinski_harabasz)
lakh_status wasm_calinski_harabasz(const float *x, size_t rows, size_t cols, const int32_t *labels, size_t n_labels,
                                   double *score) {
  return lakh_calinski_harabasz((lakh_matrix){x, rows, cols}, labels, n_labels, score);
}

LAKH_EXPORT(davies_bouldin)
lakh_status wasm_davies_bouldin(const float *x, size_t rows, size_t cols, const int32_t *labels, size_t n_labels,
                                double *score) {
  return lakh_davies_bouldin((lakh_matrix){x, rows, cols}, labels, n_labels, score);
}

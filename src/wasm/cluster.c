/* Clustering, as the binding sees it. Structs cross the border as pointers, tables as data, rows, cols. */
#include "lakh.h"
#include "wasm/export.h"

LAKH_EXPORT(kmeans_create)
lakh_status wasm_kmeans_create(const lakh_kmeans_params *params, const float *x, size_t rows, size_t cols,
                               const float *sample_weight, const float *init_centers, lakh_kmeans **out) {
  return lakh_kmeans_create(params, (lakh_matrix){x, rows, cols}, sample_weight, init_centers, out);
}

LAKH_EXPORT(kmeans_get) void wasm_kmeans_get(lakh_kmeans *kmeans, lakh_kmeans_state *state) { lakh_kmeans_get(kmeans, state); }

LAKH_EXPORT(assign_create)
lakh_status wasm_assign_create(const float *x, size_t rows, size_t cols, const float *centers, size_t n_centers,
                               int32_t *labels, float *distances, float *nearest, lakh_assign **out) {
  return lakh_assign_create((lakh_matrix){x, rows, cols}, centers, n_centers, labels, distances, nearest, out);
}

LAKH_EXPORT(mini_batch_kmeans_create)
lakh_status wasm_mini_batch_kmeans_create(const lakh_mini_batch_kmeans_params *params, const float *x, size_t rows, size_t cols,
                                          const float *sample_weight, const float *init_centers, lakh_mini_batch_kmeans **out) {
  return lakh_mini_batch_kmeans_create(params, (lakh_matrix){x, rows, cols}, sample_weight, init_centers, out);
}

LAKH_EXPORT(mini_batch_kmeans_create_partial)
lakh_status wasm_mini_batch_kmeans_create_partial(const lakh_mini_batch_kmeans_params *params,
                                                  const lakh_mini_batch_kmeans_model *model, const float *x, size_t rows,
                                                  size_t cols, const float *sample_weight, const float *init_centers,
                                                  lakh_mini_batch_kmeans **out) {
  return lakh_mini_batch_kmeans_create_partial(params, model, (lakh_matrix){x, rows, cols}, sample_weight, init_centers, out);
}

LAKH_EXPORT(mini_batch_kmeans_get)
void wasm_mini_batch_kmeans_get(const lakh_mini_batch_kmeans *kmeans, lakh_mini_batch_kmeans_state *state) {
  lakh_mini_batch_kmeans_get(kmeans, state);
}

LAKH_EXPORT(suggest_k_create)
lakh_status wasm_suggest_k_create(const lakh_suggest_k_params *params, const float *x, size_t rows, size_t cols,
                                  const float *sample_weight, lakh_suggest_k **out) {
  return lakh_suggest_k_create(params, (lakh_matrix){x, rows, cols}, sample_weight, out);
}

LAKH_EXPORT(suggest_k_get) void wasm_suggest_k_get(const lakh_suggest_k *job, lakh_suggest_k_state *state) {
  lakh_suggest_k_get(job, state);
}

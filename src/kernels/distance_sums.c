/* Two groups of four rows against four queries: for each feature 2 loads and 4 broadcast loads make 32 squared differences, in 8
 * accumulators; then 8 square roots. Differences are exact to a rounding, so that nothing cancels.
 *
 * Distances are added up in float over a few groups only, and then in double: the sums keep 6 digits whatever their length. */
#include "kernels/distance_sums.h"

#include "kernels/simd.h"

enum { QUERIES = 4, GROUPS_A_SUM = 32 };

static inline v128_t square_added(v128_t sum, v128_t row, v128_t query) {
  v128_t difference = wasm_f32x4_sub(row, query);
  return wasm_f32x4_add(sum, wasm_f32x4_mul(difference, difference));
}

static inline v128_t distance_added(v128_t sum, v128_t square, v128_t weights) {
  return wasm_f32x4_add(sum, wasm_f32x4_mul(wasm_f32x4_sqrt(square), weights));
}

static inline void add_pair(const float *lanes, const float *weights, size_t cols, const float *queries, v128_t *sums) {
  v128_t first[QUERIES], second[QUERIES];
  for (int q = 0; q < QUERIES; q++) first[q] = second[q] = wasm_f32x4_splat(0);
  const float *next = lanes + 4 * cols;
  for (size_t j = 0; j < cols; j++) {
    v128_t row = wasm_v128_load(lanes + 4 * j), other = wasm_v128_load(next + 4 * j);
    for (int q = 0; q < QUERIES; q++) {
      v128_t query = wasm_v128_load32_splat(queries + 4 * j + q);
      first[q] = square_added(first[q], row, query);
      second[q] = square_added(second[q], other, query);
    }
  }
  const v128_t w = wasm_v128_load(weights), v = wasm_v128_load(weights + 4);
  for (int q = 0; q < QUERIES; q++) sums[q] = distance_added(distance_added(sums[q], first[q], w), second[q], v);
}

static inline void add_single(const float *lanes, const float *weights, size_t cols, const float *queries, v128_t *sums) {
  v128_t squares[QUERIES];
  for (int q = 0; q < QUERIES; q++) squares[q] = wasm_f32x4_splat(0);
  for (size_t j = 0; j < cols; j++) {
    v128_t row = wasm_v128_load(lanes + 4 * j);
    for (int q = 0; q < QUERIES; q++) squares[q] = square_added(squares[q], row, wasm_v128_load32_splat(queries + 4 * j + q));
  }
  const v128_t w = wasm_v128_load(weights);
  for (int q = 0; q < QUERIES; q++) sums[q] = distance_added(sums[q], squares[q], w);
}

void lakh_distance_sums(const float *lanes, const float *weights, size_t n_groups, size_t cols, const float *queries,
                        double sums[4]) {
  for (size_t begin = 0; begin < n_groups; begin += GROUPS_A_SUM) {
    const size_t end = begin + GROUPS_A_SUM < n_groups ? begin + GROUPS_A_SUM : n_groups;
    v128_t partial[QUERIES];
    for (int q = 0; q < QUERIES; q++) partial[q] = wasm_f32x4_splat(0);
    size_t g = begin;
    for (; g + 2 <= end; g += 2) add_pair(lanes + g * 4 * cols, weights + g * 4, cols, queries, partial);
    if (g < end) add_single(lanes + g * 4 * cols, weights + g * 4, cols, queries, partial);
    for (int q = 0; q < QUERIES; q++) {
      float four[4];
      wasm_v128_store(four, partial[q]);
      sums[q] += ((double)four[0] + (double)four[1]) + ((double)four[2] + (double)four[3]);
    }
  }
}

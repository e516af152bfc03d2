/* Kernels on rows in lanes for few columns (pixels). The number of columns is a constant in each instance, so that a row's
 * features stay in registers; the public functions pick the instance.
 *
 * Bound: arithmetic. Comparing four rows with a centre takes 2 cols operations for the score and 5 for the two smallest. Reached in
 * V8 on an EPYC: 46,307 colours in 1,400 cells, k = 5, are labelled anew in 60 us an iteration. */
#include "kernels/lanes.h"

#include "kernels/simd.h"

#define INLINE static inline __attribute__((always_inline))

/* Calls body(cols) with a constant for pixels, and where rows are compared also for points in the plane and for pixels with
 * their place. Other numbers of columns share an instance that keeps a row in memory. */
#define WITH_PIXELS_COLS(cols, body)                                                                                           \
  switch (cols) {                                                                                                              \
  case 3:                                                                                                                      \
    body(3);                                                                                                                   \
    break;                                                                                                                     \
  default:                                                                                                                     \
    body(cols);                                                                                                                \
    break;                                                                                                                     \
  }
#define WITH_CONSTANT_COLS(cols, body)                                                                                         \
  switch (cols) {                                                                                                              \
  case 2:                                                                                                                      \
    body(2);                                                                                                                   \
    break;                                                                                                                     \
  case 5:                                                                                                                      \
    body(5);                                                                                                                   \
    break;                                                                                                                     \
  default:                                                                                                                     \
    WITH_PIXELS_COLS(cols, body)                                                                                               \
  }

INLINE v128_t score(const v128_t *x, const float *line, size_t cols) {
  v128_t sum = wasm_v128_load32_splat(line);
  for (size_t j = 0; j < cols; j++) sum = wasm_f32x4_add(sum, wasm_f32x4_mul(x[j], wasm_v128_load32_splat(line + 1 + j)));
  return sum;
}

INLINE void nearest_of(const float *lanes, size_t n_groups, size_t cols, const float *lines, const int32_t *candidates,
                       size_t n_candidates, float error, const int32_t *labels, int32_t *found, uint8_t *reports) {
  const v128_t margin = wasm_f32x4_splat(error);
  for (size_t g = 0; g < n_groups; g++) {
    v128_t x[LAKH_FEW_COLUMNS];
    for (size_t j = 0; j < cols; j++) x[j] = wasm_v128_load(lanes + (g * cols + j) * 4);
    v128_t nearest = wasm_i32x4_splat(candidates[0]);
    v128_t best = score(x, lines + (size_t)candidates[0] * (cols + 1), cols);
    v128_t second = wasm_f32x4_splat(__builtin_inff());
    for (size_t c = 1; c < n_candidates; c++) {
      v128_t s = score(x, lines + (size_t)candidates[c] * (cols + 1), cols);
      nearest = wasm_v128_bitselect(wasm_i32x4_splat(candidates[c]), nearest, wasm_f32x4_lt(s, best));
      second = wasm_f32x4_pmin(second, wasm_f32x4_pmax(best, s));
      best = wasm_f32x4_pmin(best, s);
    }
    v128_t changed = wasm_i32x4_ne(nearest, wasm_v128_load(labels + 4 * g));
    v128_t unsure = wasm_f32x4_le(wasm_f32x4_sub(second, best), margin);
    wasm_v128_store(found + 4 * g, nearest);
    reports[g] = (uint8_t)((unsigned)wasm_i32x4_bitmask(changed) | (unsigned)wasm_i32x4_bitmask(unsure) << 4);
  }
}

void lakh_lanes_nearest_of_few(const float *lanes, size_t n_groups, size_t cols, const float *lines, const int32_t *candidates,
                               size_t n_candidates, float error, const int32_t *labels, int32_t *found, uint8_t *reports){
#define BODY(constant) nearest_of(lanes, n_groups, constant, lines, candidates, n_candidates, error, labels, found, reports)
    WITH_CONSTANT_COLS(cols, BODY)
#undef BODY
}

INLINE float potential(const float *lanes, size_t n_groups, size_t cols, const float *center, const float *weights,
                       const float *nearest, float *kept, float *farthest) {
  v128_t c[LAKH_FEW_COLUMNS];
  for (size_t j = 0; j < cols; j++) c[j] = wasm_v128_load32_splat(center + j);
  v128_t sum = wasm_f32x4_splat(0), most = sum;
  for (size_t g = 0; g < n_groups; g++) {
    v128_t distance = wasm_f32x4_splat(0);
    for (size_t j = 0; j < cols; j++) {
      v128_t difference = wasm_f32x4_sub(wasm_v128_load(lanes + (g * cols + j) * 4), c[j]);
      distance = wasm_f32x4_add(distance, wasm_f32x4_mul(difference, difference));
    }
    distance = wasm_f32x4_pmin(wasm_v128_load(nearest + 4 * g), distance);
    if (kept != NULL) {
      wasm_v128_store(kept + 4 * g, distance);
      most = wasm_f32x4_pmax(most, distance);
    }
    sum = wasm_f32x4_add(sum, wasm_f32x4_mul(distance, wasm_v128_load(weights + 4 * g)));
  }
  if (kept != NULL) {
    most = wasm_f32x4_pmax(most, wasm_i32x4_shuffle(most, most, 2, 3, 0, 1));
    most = wasm_f32x4_pmax(most, wasm_i32x4_shuffle(most, most, 1, 0, 3, 2));
    *farthest = wasm_f32x4_extract_lane(most, 0);
  }
  return (wasm_f32x4_extract_lane(sum, 0) + wasm_f32x4_extract_lane(sum, 1)) +
         (wasm_f32x4_extract_lane(sum, 2) + wasm_f32x4_extract_lane(sum, 3));
}

float lakh_lanes_potential(const float *lanes, size_t n_groups, size_t cols, const float *center, const float *weights,
                           const float *nearest) {
  float sum = 0;
#define BODY(constant) sum = potential(lanes, n_groups, constant, center, weights, nearest, NULL, NULL)
  WITH_CONSTANT_COLS(cols, BODY)
#undef BODY
  return sum;
}

float lakh_lanes_approach(const float *lanes, size_t n_groups, size_t cols, const float *center, const float *weights,
                          float *nearest, float *farthest) {
  float sum = 0;
#define BODY(constant) sum = potential(lanes, n_groups, constant, center, weights, nearest, nearest, farthest)
  WITH_CONSTANT_COLS(cols, BODY)
#undef BODY
  return sum;
}

INLINE v128_t low_half(v128_t v) { return wasm_f64x2_promote_low_f32x4(v); }
INLINE v128_t high_half(v128_t v) { return wasm_f64x2_promote_low_f32x4(wasm_i32x4_shuffle(v, v, 2, 3, 0, 1)); }

INLINE double across(v128_t v) { return wasm_f64x2_extract_lane(v, 0) + wasm_f64x2_extract_lane(v, 1); }

INLINE void summary(const float *lanes, size_t n_groups, size_t cols, const float *weights, float *low, float *high,
                    double *sums) {
  v128_t least[LAKH_FEW_COLUMNS], most[LAKH_FEW_COLUMNS], sum[LAKH_FEW_COLUMNS];
  v128_t weight = wasm_f64x2_splat(0), squares = weight;
  for (size_t j = 0; j < cols; j++) {
    least[j] = most[j] = wasm_v128_load(lanes + j * 4);
    sum[j] = weight;
  }
  for (size_t g = 0; g < n_groups; g++) {
    v128_t w = wasm_v128_load(weights + 4 * g);
    v128_t w_low = low_half(w), w_high = high_half(w);
    weight = wasm_f64x2_add(weight, wasm_f64x2_add(w_low, w_high));
    for (size_t j = 0; j < cols; j++) {
      v128_t x = wasm_v128_load(lanes + (g * cols + j) * 4);
      least[j] = wasm_f32x4_pmin(least[j], x);
      most[j] = wasm_f32x4_pmax(most[j], x);
      v128_t x_low = low_half(x), x_high = high_half(x);
      v128_t mass_low = wasm_f64x2_mul(x_low, w_low), mass_high = wasm_f64x2_mul(x_high, w_high);
      sum[j] = wasm_f64x2_add(sum[j], wasm_f64x2_add(mass_low, mass_high));
      squares = wasm_f64x2_add(squares, wasm_f64x2_add(wasm_f64x2_mul(mass_low, x_low), wasm_f64x2_mul(mass_high, x_high)));
    }
  }
  sums[0] = across(weight);
  for (size_t j = 0; j < cols; j++) {
    float lows[4], highs[4];
    wasm_v128_store(lows, least[j]);
    wasm_v128_store(highs, most[j]);
    low[j] = lows[0];
    high[j] = highs[0];
    for (size_t l = 1; l < 4; l++) {
      if (lows[l] < low[j]) low[j] = lows[l];
      if (highs[l] > high[j]) high[j] = highs[l];
    }
    sums[1 + j] = across(sum[j]);
  }
  sums[1 + cols] = across(squares);
}

void lakh_lanes_summary(const float *lanes, size_t n_groups, size_t cols, const float *weights, float *low, float *high,
                        double *sums){
#define BODY(constant) summary(lanes, n_groups, constant, weights, low, high, sums)
    WITH_PIXELS_COLS(cols, BODY)
#undef BODY
}

INLINE double inertia(const float *lanes, size_t n_groups, size_t cols, const float *center, const float *weights) {
  v128_t c[LAKH_FEW_COLUMNS], sum = wasm_f64x2_splat(0);
  for (size_t j = 0; j < cols; j++) c[j] = wasm_v128_load32_splat(center + j);
  for (size_t g = 0; g < n_groups; g++) {
    v128_t distance = wasm_f32x4_splat(0), w = wasm_v128_load(weights + 4 * g);
    for (size_t j = 0; j < cols; j++) {
      v128_t difference = wasm_f32x4_sub(wasm_v128_load(lanes + (g * cols + j) * 4), c[j]);
      distance = wasm_f32x4_add(distance, wasm_f32x4_mul(difference, difference));
    }
    sum = wasm_f64x2_add(sum, wasm_f64x2_mul(low_half(distance), low_half(w)));
    sum = wasm_f64x2_add(sum, wasm_f64x2_mul(high_half(distance), high_half(w)));
  }
  return across(sum);
}

double lakh_lanes_inertia(const float *lanes, size_t n_groups, size_t cols, const float *center, const float *weights) {
  double sum = 0;
#define BODY(constant) sum = inertia(lanes, n_groups, constant, center, weights)
  WITH_PIXELS_COLS(cols, BODY)
#undef BODY
  return sum;
}

/* score(z) - score(owner) is linear in x, so over a box it is smallest at the corner that lies towards z: its value in the
 * middle less sum_j |slope_j(z) - slope_j(owner)| half_j. The box belongs to the owner when that is positive for every other z
 * (the test of Kanungo et al., for four boxes at a time). */
INLINE void owners_of(const float *middles, const float *halves, const float *norms, size_t n_groups, size_t cols,
                      const float *lines, size_t n_centers, float a, float b, int32_t *owners, uint32_t *rivals) {
  for (size_t g = 0; g < n_groups; g++) {
    v128_t middle[LAKH_FEW_COLUMNS], half[LAKH_FEW_COLUMNS], slopes[LAKH_FEW_COLUMNS];
    for (size_t j = 0; j < cols; j++) {
      middle[j] = wasm_v128_load(middles + (g * cols + j) * 4);
      half[j] = wasm_v128_load(halves + (g * cols + j) * 4);
      slopes[j] = wasm_v128_load32_splat(lines + 1 + j);
    }
    v128_t owner = wasm_i32x4_splat(0);
    v128_t best = score(middle, lines, cols);
    for (size_t z = 1; z < n_centers; z++) {
      const float *line = lines + z * (cols + 1);
      v128_t s = score(middle, line, cols);
      v128_t closer = wasm_f32x4_lt(s, best);
      best = wasm_f32x4_pmin(best, s);
      owner = wasm_v128_bitselect(wasm_i32x4_splat((int32_t)z), owner, closer);
      for (size_t j = 0; j < cols; j++)
        slopes[j] = wasm_v128_bitselect(wasm_v128_load32_splat(line + 1 + j), slopes[j], closer);
    }
    v128_t bar = wasm_f32x4_add(
        best, wasm_f32x4_add(wasm_f32x4_splat(a), wasm_f32x4_mul(wasm_f32x4_splat(b), wasm_v128_load(norms + 4 * g))));
    v128_t rival = wasm_i32x4_splat(0), bits = rival, bit = wasm_i32x4_splat(1);
    for (size_t z = 0; z < n_centers; z++) {
      const float *line = lines + z * (cols + 1);
      v128_t least = score(middle, line, cols);
      for (size_t j = 0; j < cols; j++) {
        v128_t tilt = wasm_f32x4_abs(wasm_f32x4_sub(wasm_v128_load32_splat(line + 1 + j), slopes[j]));
        least = wasm_f32x4_sub(least, wasm_f32x4_mul(tilt, half[j]));
      }
      v128_t other = wasm_i32x4_ne(owner, wasm_i32x4_splat((int32_t)z));
      v128_t may_win = wasm_f32x4_le(least, bar);
      rival = wasm_v128_or(rival, wasm_v128_and(other, may_win));
      bits = wasm_v128_or(bits, wasm_v128_and(may_win, bit));
      bit = wasm_i32x4_shl(bit, 1);
    }
    wasm_v128_store(owners + 4 * g, wasm_v128_or(owner, rival));
    wasm_v128_store(rivals + 4 * g, bits);
  }
}

void lakh_lanes_owners(const float *middles, const float *halves, const float *norms, size_t n_groups, size_t cols,
                       const float *lines, size_t n_centers, float a, float b, int32_t *owners, uint32_t *rivals) {
#define BODY(constant) owners_of(middles, halves, norms, n_groups, constant, lines, n_centers, a, b, owners, rivals)
  WITH_PIXELS_COLS(cols, BODY)
#undef BODY
}

void lakh_lanes_box_distances(const float *middles, const float *halves, size_t n_groups, size_t cols, const float *center,
                              float *bounds) {
  /* Rounding of the differences and of the sum, with room. */
  const v128_t less = wasm_f32x4_splat(1 - 0x1p-18f), zero = wasm_f32x4_splat(0);
  for (size_t g = 0; g < n_groups; g++) {
    v128_t sum = zero;
    for (size_t j = 0; j < cols; j++) {
      v128_t middle = wasm_v128_load(middles + (g * cols + j) * 4), half = wasm_v128_load(halves + (g * cols + j) * 4);
      v128_t difference = wasm_f32x4_abs(wasm_f32x4_sub(middle, wasm_v128_load32_splat(center + j)));
      v128_t gap = wasm_f32x4_pmax(zero, wasm_f32x4_sub(difference, half));
      sum = wasm_f32x4_add(sum, wasm_f32x4_mul(gap, gap));
    }
    wasm_v128_store(bounds + 4 * g, wasm_f32x4_mul(sum, less));
  }
}

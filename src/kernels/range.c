/* Bound: memory, 16 bytes a cycle. lakh_range_of does a load, a minimum, a maximum and two pairs of promote and add for four
 * values, in independent chains. */
#include "kernels/range.h"

#include "kernels/simd.h"

static float lowest(v128_t v) {
  v = wasm_f32x4_min(v, wasm_i32x4_shuffle(v, v, 2, 3, 0, 1));
  v = wasm_f32x4_min(v, wasm_i32x4_shuffle(v, v, 1, 0, 3, 2));
  return wasm_f32x4_extract_lane(v, 0);
}

static float highest(v128_t v) {
  v = wasm_f32x4_max(v, wasm_i32x4_shuffle(v, v, 2, 3, 0, 1));
  v = wasm_f32x4_max(v, wasm_i32x4_shuffle(v, v, 1, 0, 3, 2));
  return wasm_f32x4_extract_lane(v, 0);
}

lakh_range lakh_range_of(const float *values, size_t n) {
  v128_t low = wasm_f32x4_splat(values[0]), high = low;
  v128_t even = wasm_f64x2_splat(0), odd = even;
  size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    v128_t v = wasm_v128_load(values + i);
    low = wasm_f32x4_min(low, v);
    high = wasm_f32x4_max(high, v);
    even = wasm_f64x2_add(even, wasm_f64x2_promote_low_f32x4(v));
    odd = wasm_f64x2_add(odd, wasm_f64x2_promote_low_f32x4(wasm_i32x4_shuffle(v, v, 2, 3, 0, 1)));
  }
  for (; i < n; i++) {
    v128_t v = wasm_f32x4_splat(values[i]);
    low = wasm_f32x4_min(low, v);
    high = wasm_f32x4_max(high, v);
    even = wasm_f64x2_add(even, wasm_f64x2_make((double)values[i], 0));
  }
  v128_t sum = wasm_f64x2_add(even, odd);
  return (lakh_range){lowest(low), highest(high), wasm_f64x2_extract_lane(sum, 0) + wasm_f64x2_extract_lane(sum, 1)};
}

/* Without its sign bit a float's bits compare as whole numbers, infinity above all numbers and NaN above infinity; and the
 * maximum of whole numbers is one instruction where that of floats is many. */
float lakh_max_abs(const float *values, size_t n) {
  const v128_t magnitude = wasm_i32x4_splat(0x7FFFFFFF);
  v128_t a = wasm_i32x4_splat(0), b = a, c = a, d = a;
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    a = wasm_i32x4_max(a, wasm_v128_and(magnitude, wasm_v128_load(values + i)));
    b = wasm_i32x4_max(b, wasm_v128_and(magnitude, wasm_v128_load(values + i + 4)));
    c = wasm_i32x4_max(c, wasm_v128_and(magnitude, wasm_v128_load(values + i + 8)));
    d = wasm_i32x4_max(d, wasm_v128_and(magnitude, wasm_v128_load(values + i + 12)));
  }
  for (; i < n; i++) a = wasm_i32x4_max(a, wasm_v128_and(magnitude, wasm_v128_load32_splat(values + i)));
  a = wasm_i32x4_max(wasm_i32x4_max(a, b), wasm_i32x4_max(c, d));
  a = wasm_i32x4_max(a, wasm_i32x4_shuffle(a, a, 2, 3, 0, 1));
  a = wasm_i32x4_max(a, wasm_i32x4_shuffle(a, a, 1, 0, 3, 2));
  return wasm_f32x4_extract_lane(a, 0);
}

/* `cols` vectors hold four rows; lane l of vector v is column (4 v + l) % cols. pmin and pmax are one instruction each where min
 * and max, which care for NaN, are many. */
void lakh_range_of_columns(const float *rows, size_t n_rows, size_t cols, float *low, float *high) {
  float lows[4 * LAKH_RANGE_COLUMNS], highs[4 * LAKH_RANGE_COLUMNS];
  for (size_t i = 0; i < 4 * cols; i++) {
    lows[i] = low[i % cols];
    highs[i] = high[i % cols];
  }
  size_t whole = n_rows / 4 * 4;
  for (size_t v = 0; v < cols; v++) {
    v128_t least = wasm_v128_load(lows + 4 * v), most = wasm_v128_load(highs + 4 * v);
    for (size_t i = 0; i < whole; i += 4) {
      v128_t values = wasm_v128_load(rows + i * cols + 4 * v);
      least = wasm_f32x4_pmin(least, values);
      most = wasm_f32x4_pmax(most, values);
    }
    wasm_v128_store(lows + 4 * v, least);
    wasm_v128_store(highs + 4 * v, most);
  }
  for (size_t i = whole * cols; i < n_rows * cols; i++) {
    size_t j = i % cols;
    if (rows[i] < lows[j]) lows[j] = rows[i];
    if (rows[i] > highs[j]) highs[j] = rows[i];
  }
  for (size_t i = 0; i < 4 * cols; i++) {
    if (i < cols || lows[i] < low[i % cols]) low[i % cols] = lows[i];
    if (i < cols || highs[i] > high[i % cols]) high[i % cols] = highs[i];
  }
}

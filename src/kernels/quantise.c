/* `cols` vectors hold four rows; lane l of vector v belongs to axis (4 v + l) % cols. Bound: 6 operations for four values. */
#include "kernels/quantise.h"

#include "kernels/simd.h"

static int32_t place_of(float value, const lakh_axis *axis) {
  float place = (value * axis->scale - axis->low) * axis->steps;
  if (!(place > 0)) return 0;
  return place < (float)axis->last ? (int32_t)place : axis->last;
}

void lakh_quantise(const float *rows, size_t n_rows, size_t cols, const lakh_axis *axes, int32_t *places) {
  size_t whole = n_rows / 4 * 4;
  for (size_t v = 0; v < cols; v++) {
    const lakh_axis *a = &axes[(4 * v) % cols], *b = &axes[(4 * v + 1) % cols];
    const lakh_axis *c = &axes[(4 * v + 2) % cols], *d = &axes[(4 * v + 3) % cols];
    const v128_t scale = wasm_f32x4_make(a->scale, b->scale, c->scale, d->scale);
    const v128_t low = wasm_f32x4_make(a->low, b->low, c->low, d->low);
    const v128_t steps = wasm_f32x4_make(a->steps, b->steps, c->steps, d->steps);
    const v128_t last = wasm_f32x4_make((float)a->last, (float)b->last, (float)c->last, (float)d->last);
    const v128_t zero = wasm_f32x4_splat(0);
    for (size_t i = 0; i < whole; i += 4) {
      v128_t x = wasm_f32x4_sub(wasm_f32x4_mul(wasm_v128_load(rows + i * cols + 4 * v), scale), low);
      x = wasm_f32x4_pmin(last, wasm_f32x4_pmax(zero, wasm_f32x4_mul(x, steps)));
      wasm_v128_store(places + i * cols + 4 * v, wasm_i32x4_trunc_sat_f32x4(x));
    }
  }
  for (size_t i = whole * cols; i < n_rows * cols; i++) places[i] = place_of(rows[i], &axes[i % cols]);
}

/* Activation functions: each is written once for 4 values; the loop over an array is shared, and its rest goes through a padded
 * vector, so that a value's result does not depend on its place.
 *
 * Derivatives are taken from the result where the result suffices, so that a layer need not keep its input: relu' = [y > 0],
 * tanh' = 1 - y^2, sigmoid' = y (1 - y), elu' = min(y, 0) + 1. */
#include "kernels/activations.h"

#include "kernels/vector_math.h"

#include <string.h>

/* Stated once for all: slopes as in the generative-adversarial literature (Radford et al. 2016). */
static const float LEAK = 0.2f;

static inline v128_t linear(v128_t x) { return x; }
static inline v128_t relu(v128_t x) { return wasm_f32x4_pmax(x, wasm_f32x4_splat(0)); }
static inline v128_t leaky_relu(v128_t x) { return wasm_f32x4_pmax(x, wasm_f32x4_mul(x, wasm_f32x4_splat(LEAK))); }
static inline v128_t gelu(v128_t x) {
  v128_t density, share = lakh_normal4(x, &density);
  return wasm_f32x4_mul(x, share);
}
static inline v128_t silu(v128_t x) { return wasm_f32x4_mul(x, lakh_sigmoid4(x)); }

/* e^x - 1 through tanh(x / 2) = (e^x - 1) / (e^x + 1), which keeps small results accurate. */
static inline v128_t elu(v128_t x) {
  v128_t one = wasm_f32x4_splat(1), e = lakh_exp4(wasm_f32x4_pmin(x, wasm_f32x4_splat(0)));
  v128_t t = lakh_tanh4(wasm_f32x4_mul(x, wasm_f32x4_splat(0.5f)));
  v128_t below = wasm_f32x4_mul(t, wasm_f32x4_add(e, one));
  return wasm_v128_bitselect(x, below, wasm_f32x4_gt(x, wasm_f32x4_splat(0)));
}

/* The derivatives, given x, y and dy. */
static inline v128_t linear_slope(v128_t x, v128_t y) { return (void)x, (void)y, wasm_f32x4_splat(1); }
static inline v128_t relu_slope(v128_t x, v128_t y) {
  (void)x;
  return wasm_v128_and(wasm_f32x4_splat(1), wasm_f32x4_gt(y, wasm_f32x4_splat(0)));
}
static inline v128_t leaky_relu_slope(v128_t x, v128_t y) {
  (void)x;
  return wasm_v128_bitselect(wasm_f32x4_splat(1), wasm_f32x4_splat(LEAK), wasm_f32x4_gt(y, wasm_f32x4_splat(0)));
}
static inline v128_t elu_slope(v128_t x, v128_t y) {
  (void)x;
  return wasm_f32x4_add(wasm_f32x4_pmin(y, wasm_f32x4_splat(0)), wasm_f32x4_splat(1));
}
static inline v128_t gelu_slope(v128_t x, v128_t y) {
  (void)y;
  v128_t density, share = lakh_normal4(x, &density);
  return wasm_f32x4_add(share, wasm_f32x4_mul(x, density));
}
static inline v128_t silu_slope(v128_t x, v128_t y) {
  v128_t one = wasm_f32x4_splat(1), s = lakh_sigmoid4(x);
  return wasm_f32x4_add(s, wasm_f32x4_mul(y, wasm_f32x4_sub(one, s)));
}
static inline v128_t tanh_slope(v128_t x, v128_t y) {
  (void)x;
  return wasm_f32x4_sub(wasm_f32x4_splat(1), wasm_f32x4_mul(y, y));
}
static inline v128_t sigmoid_slope(v128_t x, v128_t y) {
  (void)x;
  return wasm_f32x4_mul(y, wasm_f32x4_sub(wasm_f32x4_splat(1), y));
}

/* Inlined with a constant `function`, these become one loop a function. */
static inline void map(v128_t (*function)(v128_t), const float *x, float *y, size_t n) {
  size_t i = 0;
  for (; i + 4 <= n; i += 4) wasm_v128_store(y + i, function(wasm_v128_load(x + i)));
  if (i == n) return;
  float rest[4] = {0};
  memcpy(rest, x + i, (n - i) * sizeof *x);
  wasm_v128_store(rest, function(wasm_v128_load(rest)));
  memcpy(y + i, rest, (n - i) * sizeof *y);
}

static inline void map_slope(v128_t (*slope)(v128_t, v128_t), const float *x, const float *y, const float *dy, float *dx,
                             size_t n) {
  size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    v128_t d = slope(wasm_v128_load(x + i), wasm_v128_load(y + i));
    wasm_v128_store(dx + i, wasm_f32x4_mul(wasm_v128_load(dy + i), d));
  }
  if (i == n) return;
  float rest_x[4] = {0}, rest_y[4] = {0}, d[4];
  memcpy(rest_x, x + i, (n - i) * sizeof *x);
  memcpy(rest_y, y + i, (n - i) * sizeof *y);
  wasm_v128_store(d, slope(wasm_v128_load(rest_x), wasm_v128_load(rest_y)));
  for (size_t j = 0; i < n; i++, j++) dx[i] = dy[i] * d[j];
}

void lakh_activate(lakh_activation activation, const float *x, float *y, size_t n) {
  switch (activation) {
  case LAKH_RELU:
    map(relu, x, y, n);
    return;
  case LAKH_LEAKY_RELU:
    map(leaky_relu, x, y, n);
    return;
  case LAKH_ELU:
    map(elu, x, y, n);
    return;
  case LAKH_GELU:
    map(gelu, x, y, n);
    return;
  case LAKH_SILU:
    map(silu, x, y, n);
    return;
  case LAKH_TANH:
    map(lakh_tanh4, x, y, n);
    return;
  case LAKH_SIGMOID:
    map(lakh_sigmoid4, x, y, n);
    return;
  case LAKH_LINEAR:
  case LAKH_ACTIVATIONS:
    map(linear, x, y, n);
    return;
  }
}

void lakh_activate_backward(lakh_activation activation, const float *x, const float *y, const float *dy, float *dx, size_t n) {
  if (x == NULL) x = y; /* not used by those that allow it */
  switch (activation) {
  case LAKH_RELU:
    map_slope(relu_slope, x, y, dy, dx, n);
    return;
  case LAKH_LEAKY_RELU:
    map_slope(leaky_relu_slope, x, y, dy, dx, n);
    return;
  case LAKH_ELU:
    map_slope(elu_slope, x, y, dy, dx, n);
    return;
  case LAKH_GELU:
    map_slope(gelu_slope, x, y, dy, dx, n);
    return;
  case LAKH_SILU:
    map_slope(silu_slope, x, y, dy, dx, n);
    return;
  case LAKH_TANH:
    map_slope(tanh_slope, x, y, dy, dx, n);
    return;
  case LAKH_SIGMOID:
    map_slope(sigmoid_slope, x, y, dy, dx, n);
    return;
  case LAKH_LINEAR:
  case LAKH_ACTIVATIONS:
    map_slope(linear_slope, x, y, dy, dx, n);
    return;
  }
}

void lakh_exp(const float *x, float *y, size_t n) { map(lakh_exp4, x, y, n); }
void lakh_log1p(const float *x, float *y, size_t n) { map(lakh_log1p4, x, y, n); }

void lakh_softplus_sigmoid(const float *x, float *softplus, float *sigmoid, size_t n) {
  size_t i = 0;
  v128_t slope;
  for (; i + 4 <= n; i += 4) {
    wasm_v128_store(softplus + i, lakh_softplus4(wasm_v128_load(x + i), &slope));
    wasm_v128_store(sigmoid + i, slope);
  }
  if (i == n) return;
  float rest[4] = {0}, rest_slope[4];
  memcpy(rest, x + i, (n - i) * sizeof *x);
  wasm_v128_store(rest, lakh_softplus4(wasm_v128_load(rest), &slope));
  wasm_v128_store(rest_slope, slope);
  memcpy(softplus + i, rest, (n - i) * sizeof *x);
  memcpy(sigmoid + i, rest_slope, (n - i) * sizeof *x);
}

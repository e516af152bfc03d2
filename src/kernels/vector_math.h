/* Elementary functions of 4 floats at once, without branches and without libm, so that every machine gives the same bits.
 *
 * Arguments are reduced to a small interval, there a polynomial is evaluated (tests/oracle/neural/fit_polynomials.py fits them),
 * and the reduction is undone. NaN gives NaN. The error bounds, in units in the last place of the result (ulp), are held by
 * tests/c/test_activations.c over the whole range of floats. */
#ifndef LAKH_KERNELS_VECTOR_MATH_H
#define LAKH_KERNELS_VECTOR_MATH_H

#include "kernels/simd.h"

/* Horner's rule: c[0] + c[1] x + ... */
#define LAKH_POLYNOMIAL(x, ...)                                                                                                \
  lakh_polynomial(x, (const float[]){__VA_ARGS__}, (int)(sizeof((const float[]){__VA_ARGS__}) / sizeof(float)))

static inline v128_t lakh_polynomial(v128_t x, const float *c, int count) {
  v128_t sum = wasm_f32x4_splat(c[count - 1]);
  for (int i = count - 2; i >= 0; i--) sum = wasm_f32x4_add(wasm_f32x4_mul(sum, x), wasm_f32x4_splat(c[i]));
  return sum;
}

/* e^x: 1.1 ulp; overflows to infinity and underflows through the subnormal numbers to 0 like the true function. */
static inline v128_t lakh_exp4(v128_t x) {
  /* Beyond these the result is 0 and infinity; the order of operands lets NaN through. */
  x = wasm_f32x4_pmax(wasm_f32x4_pmin(x, wasm_f32x4_splat(89)), wasm_f32x4_splat(-104));
  /* n = round(x / ln 2): adding 1.5 * 2^23 leaves the integer in the last bits. */
  v128_t magic = wasm_f32x4_splat(12582912.0f);
  v128_t shifted = wasm_f32x4_add(wasm_f32x4_mul(x, wasm_f32x4_splat(1.44269504f)), magic);
  v128_t n = wasm_f32x4_sub(shifted, magic);
  /* r = x - n ln 2, with ln 2 in two parts, the first short enough for an exact product (Cody & Waite 1980). */
  v128_t r = wasm_f32x4_sub(x, wasm_f32x4_mul(n, wasm_f32x4_splat(0.693359375f)));
  r = wasm_f32x4_add(r, wasm_f32x4_mul(n, wasm_f32x4_splat(2.12194440e-4f)));
  v128_t p = LAKH_POLYNOMIAL(r, 0.49999994f, 0.166665211f, 0.041668389f, 0.0083687352f, 0.00138145604f);
  p = wasm_f32x4_add(wasm_f32x4_mul(wasm_f32x4_mul(r, r), p), r);
  p = wasm_f32x4_add(p, wasm_f32x4_splat(1));
  /* times 2^n in two halves, since n reaches from -150 to 128 */
  v128_t exponent = wasm_i32x4_sub(shifted, magic), half = wasm_i32x4_shr(exponent, 1), one = wasm_f32x4_splat(1);
  p = wasm_f32x4_mul(p, wasm_i32x4_add(one, wasm_i32x4_shl(half, 23)));
  return wasm_f32x4_mul(p, wasm_i32x4_add(one, wasm_i32x4_shl(wasm_i32x4_sub(exponent, half), 23)));
}

/* ln(1 + x): 1.5 ulp for -1 < x < infinity, also near 0; -infinity at -1, NaN below. */
static inline v128_t lakh_log1p4(v128_t x) {
  v128_t one = wasm_f32x4_splat(1), u = wasm_f32x4_add(x, one);
  /* 1 + x = 2^e (1 + f) with 1 + f between sqrt(1/2) and sqrt(2): taking the bits of sqrt(1/2) away first makes the exponent
   * change there. */
  v128_t e = wasm_i32x4_shr(wasm_i32x4_sub(u, wasm_i32x4_splat(0x3f3504f3)), 23);
  /* f = x 2^-e + (2^-e - 1), where the rounding of u has left no trace; 2^-e in two halves as above */
  v128_t minus = wasm_i32x4_neg(e), half = wasm_i32x4_shr(minus, 1);
  v128_t low = wasm_i32x4_add(one, wasm_i32x4_shl(half, 23));
  v128_t high = wasm_i32x4_add(one, wasm_i32x4_shl(wasm_i32x4_sub(minus, half), 23));
  v128_t scale_less_one = wasm_f32x4_sub(wasm_f32x4_mul(low, high), one);
  v128_t f = wasm_f32x4_add(wasm_f32x4_mul(wasm_f32x4_mul(x, low), high), scale_less_one);
  v128_t p = LAKH_POLYNOMIAL(f, 0.333333313f, -0.250008225f, 0.200012356f, -0.166233018f, 0.14201504f, -0.131604999f,
                             0.127636597f, -0.0763632208f);
  v128_t square = wasm_f32x4_mul(f, f), scale = wasm_f32x4_convert_i32x4(e);
  p = wasm_f32x4_mul(wasm_f32x4_mul(square, f), p);
  p = wasm_f32x4_sub(p, wasm_f32x4_mul(scale, wasm_f32x4_splat(2.12194440e-4f)));
  p = wasm_f32x4_sub(p, wasm_f32x4_mul(square, wasm_f32x4_splat(0.5f)));
  p = wasm_f32x4_add(wasm_f32x4_add(p, f), wasm_f32x4_mul(scale, wasm_f32x4_splat(0.693359375f)));
  /* The ends: infinity (and NaN) as x + x; -1 and below as 0 / 0 and -1 / 0. */
  v128_t zero = wasm_f32x4_splat(0);
  p = wasm_v128_bitselect(p, wasm_f32x4_add(x, x), wasm_f32x4_lt(x, wasm_f32x4_splat(__builtin_inff())));
  v128_t below =
      wasm_v128_bitselect(wasm_f32x4_splat(-__builtin_inff()), wasm_f32x4_splat(__builtin_nanf("")), wasm_f32x4_eq(u, zero));
  return wasm_v128_bitselect(below, p, wasm_f32x4_le(u, zero));
}

/* 1 / (1 + e^-x): 2.5 ulp, down to the subnormal numbers. */
static inline v128_t lakh_sigmoid4(v128_t x) {
  v128_t one = wasm_f32x4_splat(1);
  v128_t e = lakh_exp4(wasm_f32x4_neg(wasm_f32x4_abs(x)));
  /* One division: 1 / (1 + e) to the right of 0, e / (1 + e) to the left. */
  v128_t above = wasm_v128_bitselect(e, one, wasm_f32x4_lt(x, wasm_f32x4_splat(0)));
  return wasm_f32x4_div(above, wasm_f32x4_add(one, e));
}

/* tanh x: 1.5 ulp. */
static inline v128_t lakh_tanh4(v128_t x) {
  v128_t one = wasm_f32x4_splat(1), two = wasm_f32x4_splat(2), size = wasm_f32x4_abs(x), square = wasm_f32x4_mul(x, x);
  v128_t p = LAKH_POLYNOMIAL(square, -0.333332807f, 0.133314416f, -0.0537397154f, 0.020639088f, -0.00570498733f);
  v128_t small = wasm_f32x4_add(x, wasm_f32x4_mul(wasm_f32x4_mul(x, square), p));
  v128_t e = lakh_exp4(wasm_f32x4_add(size, size));
  v128_t large = wasm_f32x4_sub(one, wasm_f32x4_div(two, wasm_f32x4_add(e, one)));
  v128_t sign = wasm_v128_and(x, wasm_f32x4_splat(-0.0f));
  return wasm_v128_bitselect(small, wasm_v128_or(large, sign), wasm_f32x4_lt(size, wasm_f32x4_splat(0.625f)));
}

/* ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|): 3 ulp, down to the subnormal numbers. Its derivative, the sigmoid, shares the
 * exponential and goes to *sigmoid. */
static inline v128_t lakh_softplus4(v128_t x, v128_t *sigmoid) {
  v128_t one = wasm_f32x4_splat(1), zero = wasm_f32x4_splat(0);
  v128_t e = lakh_exp4(wasm_f32x4_neg(wasm_f32x4_abs(x)));
  v128_t above = wasm_v128_bitselect(e, one, wasm_f32x4_lt(x, zero));
  *sigmoid = wasm_f32x4_div(above, wasm_f32x4_add(one, e));
  /* 0 <= e <= 1: one polynomial gives ln(1 + e) / e. */
  v128_t p = LAKH_POLYNOMIAL(e, 0.99999994f, -0.499994904f, 0.33319065f, -0.248427868f, 0.191053584f, -0.136620224f,
                             0.0782127976f, -0.0294977352f, 0.00523093157f);
  return wasm_f32x4_add(wasm_f32x4_pmax(x, zero), wasm_f32x4_mul(e, p));
}

/* The normal distribution at x: its density into *density, and the share below x is returned. Absolute error 1e-7. The tail is
 * erfc(z) / 2 = e^(-z^2) t p(t) / 2 with z = |x| / sqrt(2), t = 1 / (1 + z / 2). */
static inline v128_t lakh_normal4(v128_t x, v128_t *density) {
  v128_t one = wasm_f32x4_splat(1), half = wasm_f32x4_splat(0.5f), size = wasm_f32x4_abs(x);
  v128_t e = lakh_exp4(wasm_f32x4_mul(wasm_f32x4_mul(x, x), wasm_f32x4_splat(-0.5f)));
  v128_t t = wasm_f32x4_div(one, wasm_f32x4_add(one, wasm_f32x4_mul(size, wasm_f32x4_splat(0.353553391f))));
  v128_t p = LAKH_POLYNOMIAL(t, 0.282086045f, 0.282381922f, 0.24305582f, 0.202875853f, -0.0270707551f, 0.27871117f,
                             -0.48776114f, 0.284845263f, -0.0591242239f);
  v128_t tail = wasm_f32x4_mul(wasm_f32x4_mul(e, half), wasm_f32x4_mul(t, p));
  *density = wasm_f32x4_mul(e, wasm_f32x4_splat(0.398942280f));
  return wasm_v128_bitselect(tail, wasm_f32x4_sub(one, tail), wasm_f32x4_lt(x, wasm_f32x4_splat(0)));
}

#endif

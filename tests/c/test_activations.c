#include "kernels/activations.h"
#include "test.h"

#include <stdint.h>

static float float_of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* |actual - expected| in units in the last place of a float of the size of `expected`. */
static double ulps(float actual, double expected) {
  if ((double)actual == expected) return 0;
  if (!isfinite((float)expected)) return (double)actual == (double)(float)expected ? 0 : HUGE_VAL;
  int exponent;
  frexp(expected, &exponent);
  return fabs((double)actual - expected) / ldexp(1, (exponent < -125 ? -125 : exponent) - 24);
}

typedef double (*formula)(double);
typedef void (*array_function)(const float *, float *, size_t);

/* Every 997th float between low and high (997 is prime: all exponents and all kinds of low bits occur), and both ends. */
static void check_ulps(array_function function, formula truth, float low, float high, double bound) {
  double worst = 0;
  float at = 0;
  for (uint64_t bits = 0; bits <= UINT32_MAX; bits += 997) {
    float x[2] = {float_of_bits((uint32_t)bits), high}, y[2];
    if (bits == 0) x[0] = low;
    if (!(x[0] >= low && x[0] <= high)) continue;
    function(x, y, 2);
    for (int i = 0; i < 2; i++) {
      double error = ulps(y[i], truth((double)x[i]));
      if (error > worst) worst = error, at = x[i];
    }
  }
  printf("    worst %.2f ulp at %.9g\n", worst, (double)at);
  CHECK(worst <= bound);
}

static double true_sigmoid(double x) { return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)); }
static double true_softplus(double x) { return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)); }
static double true_normal(double x) { return erfc(-x / sqrt(2)) / 2; }
static double true_elu(double x) { return x > 0 ? x : expm1(x); }
static double true_gelu(double x) { return x * true_normal(x); }
static double true_silu(double x) { return x * true_sigmoid(x); }
static double true_relu(double x) { return x > 0 ? x : 0; }
static double true_leaky_relu(double x) { return x > 0 ? x : (double)0.2f * x; }
static double true_linear(double x) { return x; }

static void tanh_(const float *x, float *y, size_t n) { lakh_activate(LAKH_TANH, x, y, n); }
static void sigmoid_(const float *x, float *y, size_t n) { lakh_activate(LAKH_SIGMOID, x, y, n); }
static void softplus_(const float *x, float *y, size_t n) {
  float slopes[4];
  lakh_softplus_sigmoid(x, y, slopes, n);
}
static void slope_of_softplus(const float *x, float *y, size_t n) {
  float softplus[4];
  lakh_softplus_sigmoid(x, softplus, y, n);
}
static void elu_(const float *x, float *y, size_t n) { lakh_activate(LAKH_ELU, x, y, n); }

static void exp_is_right_to_1_1_ulp(void) { check_ulps(lakh_exp, exp, -INFINITY, INFINITY, 1.1); }
static void log1p_is_right_to_1_5_ulp(void) { check_ulps(lakh_log1p, log1p, -1, INFINITY, 1.5); }
static void tanh_is_right_to_1_5_ulp(void) { check_ulps(tanh_, tanh, -INFINITY, INFINITY, 1.5); }
static void sigmoid_is_right_to_2_5_ulp(void) { check_ulps(sigmoid_, true_sigmoid, -INFINITY, INFINITY, 2.5); }
static void softplus_is_right_to_3_ulp(void) {
  check_ulps(softplus_, true_softplus, -INFINITY, INFINITY, 3);
  check_ulps(slope_of_softplus, true_sigmoid, -INFINITY, INFINITY, 2.5);
}
static void elu_is_right_to_2_5_ulp(void) { check_ulps(elu_, true_elu, -INFINITY, INFINITY, 2.5); }

static void gelu_and_silu_are_right_to_float_precision(void) {
  for (double v = -40; v <= 40; v += 1.0 / 512) {
    float x = (float)v, y;
    lakh_activate(LAKH_GELU, &x, &y, 1);
    CHECK_NEAR(y, true_gelu((double)x), 2e-7);
    lakh_activate(LAKH_SILU, &x, &y, 1);
    CHECK_NEAR(y, true_silu((double)x), 2e-7);
  }
}

static const formula truths[LAKH_ACTIVATIONS] = {true_linear, true_relu, true_leaky_relu, true_elu, true_gelu,
                                                 true_silu,   tanh,      true_sigmoid};

static void every_derivative_is_the_slope_of_its_function(void) {
  for (int kind = 0; kind < LAKH_ACTIVATIONS; kind++) {
    for (double v = -12.01; v <= 12; v += 0.0499) {
      float x = (float)v, y, dy = 1.5f, dx;
      lakh_activate((lakh_activation)kind, &x, &y, 1);
      lakh_activate_backward((lakh_activation)kind, &x, &y, &dy, &dx, 1);
      double h = 1e-5, slope = (truths[kind]((double)x + h) - truths[kind]((double)x - h)) / (2 * h);
      CHECK_NEAR(dx, 1.5 * slope, 2e-6);
    }
  }
}

static void not_a_number_stays_not_a_number(void) {
  float x[4] = {NAN, 1, NAN, -1}, y[4], dy[4] = {1, 1, 1, 1};
  static const array_function functions[] = {lakh_exp, lakh_log1p, softplus_};
  for (int i = 0; i < 3; i++) {
    functions[i](x, y, 4);
    CHECK(isnan(y[0]) && !isnan(y[1]) && isnan(y[2]));
  }
  for (int kind = 0; kind < LAKH_ACTIVATIONS; kind++) {
    lakh_activate((lakh_activation)kind, x, y, 4);
    CHECK(isnan(y[0]) && !isnan(y[1]) && isnan(y[2]) && !isnan(y[3]));
    dy[1] = NAN;
    lakh_activate_backward((lakh_activation)kind, x, y, dy, y, 4);
    CHECK(isnan(y[1]) && !isnan(y[3]));
  }
  float below = -2, result;
  lakh_log1p(&below, &result, 1);
  CHECK(isnan(result));
}

static void a_value_gives_the_same_bits_in_every_place(void) {
  enum { COUNT = 11 };
  float x[COUNT], whole[COUNT], one, dy[COUNT], slopes[COUNT];
  for (int i = 0; i < COUNT; i++) x[i] = (float)(i - 5) * 0.37f, dy[i] = (float)i - 3.3f;
  for (int kind = 0; kind < LAKH_ACTIVATIONS; kind++) {
    lakh_activate((lakh_activation)kind, x, whole, COUNT);
    lakh_activate_backward((lakh_activation)kind, x, whole, dy, slopes, COUNT);
    for (int i = 0; i < COUNT; i++) {
      lakh_activate((lakh_activation)kind, x + i, &one, 1);
      CHECK(memcmp(&one, whole + i, sizeof one) == 0);
      lakh_activate_backward((lakh_activation)kind, x + i, whole + i, dy + i, &one, 1);
      CHECK(memcmp(&one, slopes + i, sizeof one) == 0);
    }
  }
}

static const promise promises[] = {
    {"exp is right to 1.1 ulp", exp_is_right_to_1_1_ulp},
    {"log1p is right to 1.5 ulp", log1p_is_right_to_1_5_ulp},
    {"tanh is right to 1.5 ulp", tanh_is_right_to_1_5_ulp},
    {"sigmoid is right to 2.5 ulp", sigmoid_is_right_to_2_5_ulp},
    {"softplus is right to 3 ulp", softplus_is_right_to_3_ulp},
    {"elu is right to 2.5 ulp", elu_is_right_to_2_5_ulp},
    {"gelu and silu are right to float precision", gelu_and_silu_are_right_to_float_precision},
    {"every derivative is the slope of its function", every_derivative_is_the_slope_of_its_function},
    {"not a number stays not a number", not_a_number_stays_not_a_number},
    {"a value gives the same bits in every place", a_value_gives_the_same_bits_in_every_place},
};

MAIN(promises)

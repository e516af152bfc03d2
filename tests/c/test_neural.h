/* What the tests of src/neural share: inputs that PyTorch's side repeats, and central differences. */
#ifndef LAKH_TESTS_TEST_NEURAL_H
#define LAKH_TESTS_TEST_NEURAL_H

#include "test.h"

#include <stdint.h>

/* As `pattern` in tests/oracle/neural/make_fixtures.py. The caller frees it. */
static inline float *pattern(size_t seed, size_t count) {
  float *values = malloc((count + 1) * sizeof *values);
  for (size_t i = 0; i < count; i++) values[i] = (float)((double)((i * 7919 + seed * 6101) % 2003) / 1001.0 - 1);
  return values;
}

static inline float *zeros(size_t count) { return calloc(count + 1, sizeof(float)); }

static inline double dot(const float *x, const float *y, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += (double)x[i] * (double)y[i];
  return sum;
}

static inline void check_near(const char *name, const float *actual, const float *expected, size_t count, double tolerance) {
  for (size_t i = 0; i < count; i++) {
    double size = fmax(1, fabs((double)expected[i]));
    if (fabs((double)actual[i] - (double)expected[i]) <= tolerance * size) continue;
    fprintf(stderr, "%s[%zu] is %.9g, expected %.9g\n", name, i, (double)actual[i], (double)expected[i]);
    exit(1);
  }
}

#define CHECK_ARRAY(actual, expected, tolerance)                                                                               \
  check_near(#actual, actual, expected, sizeof(expected) / sizeof *(expected), tolerance)

/* FNV-1a over the bits of the values, going on from `hash`. */
static inline uint32_t hash_of(uint32_t hash, const float *values, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, values + i, sizeof bits);
    hash = (hash ^ bits) * 16777619u;
  }
  return hash;
}
enum { FIRST_HASH = 0x1234567 };

/* Checks gradients[i] against (loss(values[i] + h) - loss(values[i] - h)) / 2 h for each i. The losses are sums of float
 * results, whose rounding (about 1e-7 of their size, divided by h) and the third derivative (h^2) bound what can be asked:
 * h = 2^-7 and a tolerance near 1e-3 serve functions and inputs of size 1. */
typedef double (*loss_function)(void *context);
static inline void check_gradient(const char *name, float *values, const float *gradients, size_t count, loss_function loss,
                                  void *context, double tolerance) {
  const float h = 0x1p-7f;
  for (size_t i = 0; i < count; i++) {
    float value = values[i], above = value + h, below = value - h;
    values[i] = above;
    double up = loss(context);
    values[i] = below;
    double down = loss(context);
    values[i] = value;
    double slope = (up - down) / ((double)above - (double)below);
    if (fabs(slope - (double)gradients[i]) <= tolerance * fmax(1, fabs(slope))) continue;
    fprintf(stderr, "%s: gradient [%zu] is %.9g, central differences give %.9g\n", name, i, (double)gradients[i], slope);
    exit(1);
  }
}

#endif

/* Random values for weights and noise, from a stream of base/random.h. */
#include "kernels/random_words.h"
#include "neural/training.h"

#include <math.h>
#include <string.h>

void lakh_fill_uniform(lakh_random *random, float *values, size_t count, float low, float high) {
  float width = high - low;
  lakh_random_units(random, values, count);
  for (size_t i = 0; i < count; i++) values[i] = low + width * values[i];
}

/* ln x for 0 < x < 1, in IEEE operations only: libm's differs between machines. x = 2^e m with m between sqrt(1/2) and sqrt(2), and
 * ln m = 2 (s + s^3 / 3 + s^5 / 5 + ...) with s = (m - 1) / (m + 1), |s| < 0.172: eleven terms reach 1e-18. */
static double natural_logarithm(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  int64_t exponent = ((int64_t)bits - 0x3fe6a09e667f3bcd) >> 52;
  bits -= (uint64_t)exponent << 52;
  double m;
  memcpy(&m, &bits, sizeof m);
  double s = (m - 1) / (m + 1), square = s * s, sum = 0;
  for (int term = 21; term >= 1; term -= 2) sum = sum * square + 1.0 / term;
  return 2 * s * sum + (double)exponent * 0.69314718055994531;
}

/* Marsaglia's polar method (1964): of a point in the unit disc, at squared distance s from the centre, both coordinates times
 * sqrt(-2 ln(s) / s) are normal. */
void lakh_fill_normal(lakh_random *random, float *values, size_t count, float deviation) {
  for (size_t i = 0; i < count; i += 2) {
    double x, y, s;
    do {
      x = lakh_random_u32(random) * 0x1p-31 - 1 + 0x1p-32;
      y = lakh_random_u32(random) * 0x1p-31 - 1 + 0x1p-32;
      s = x * x + y * y;
    } while (s >= 1);
    double factor = sqrt(-2 * natural_logarithm(s) / s) * (double)deviation;
    values[i] = (float)(x * factor);
    if (i + 1 < count) values[i + 1] = (float)(y * factor);
  }
}

void lakh_initialize(lakh_initialization initialization, lakh_random *random, float *weight, size_t count, size_t inputs,
                     size_t outputs) {
  bool glorot = initialization == LAKH_GLOROT_UNIFORM || initialization == LAKH_GLOROT_NORMAL;
  double variance = (initialization == LAKH_FAN_IN_UNIFORM ? 1.0 / 3 : 2.0) / (double)(glorot ? inputs + outputs : inputs);
  if (initialization == LAKH_GLOROT_NORMAL || initialization == LAKH_HE_NORMAL) {
    lakh_fill_normal(random, weight, count, (float)sqrt(variance));
  } else {
    float limit = (float)sqrt(3 * variance);
    lakh_fill_uniform(random, weight, count, -limit, limit);
  }
}

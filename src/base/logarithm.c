#include "base/logarithm.h"

#include <math.h>

/* x = m 2^e with m around 1, and log m = 2 artanh s = 2 (s + s^3 / 3 + s^5 / 5 + ...) with s = (m - 1) / (m + 1). As |s| < 0.172,
 * the terms after s^19 are below 2^-53 of the first. */
double lakh_log(double x) {
  static const double LN_2 = 0.693147180559945309417, SQRT_HALF = 0.70710678118654752440;
  enum { LAST_POWER = 19 };
  int exponent;
  double mantissa = frexp(x, &exponent);
  if (mantissa < SQRT_HALF) {
    mantissa *= 2;
    exponent--;
  }
  const double s = (mantissa - 1) / (mantissa + 1), square = s * s;
  double series = 0;
  for (int power = LAST_POWER; power >= 1; power -= 2) series = series * square + 1.0 / power;
  return exponent * LN_2 + 2 * s * series;
}

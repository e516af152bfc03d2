/* Colour spaces: sRGB as stored, OKLab (Ottosson 2020, "A perceptual color space for image processing") and CIE L*a*b* 1976
 * under D65, as CSS Color 4 defines both.
 *
 * Roots are found by iterations that use nothing but the four operations and comparisons, which IEEE 754 fixes to the last bit:
 * a C library's pow and cbrt may differ from one machine to the next.
 *
 * Time: 3 cube roots a colour. Memory: 2 kB. */
#include "image/color.h"

#include <math.h>
#include <string.h>

/* x^(1/5) for x in (0, 1] by Newton's method, from above, where it falls monotonically. */
static double fifth_root(double x) {
  double root = 1;
  for (;;) {
    double fourth = root * root * root * root;
    double next = root - (fourth * root - x) / (5 * fourth);
    if (!(next < root)) return root;
    root = next;
  }
}

/* IEC 61966-2-1: x^2.4 = x^2 (x^(1/5))^2. */
static double linear_light(int byte) {
  double encoded = byte / 255.0;
  if (encoded <= 0.04045) return encoded / 12.92;
  double base = (encoded + 0.055) / 1.055;
  double root = fifth_root(base);
  return base * base * root * root;
}

/* Cube root of x >= 0: a first guess from a third of the exponent (Kahan), right to 5 bits, then two of Halley's steps, each of
 * which triples the number of right digits: to 15 bits, and to 45, twice what a float needs. The guess is taken from the upper half
 * of the number, since V8 divides 64 bits by 3 with the processor's slow division. */
static double cube_root(double x) {
  static const uint32_t GUESS = 715094163; /* 1023 * 2 / 3 as an exponent, less the mean error */
  if (x <= 0) return 0;
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  bits = (uint64_t)((uint32_t)(bits >> 32) / 3 + GUESS) << 32;
  double root;
  memcpy(&root, &bits, sizeof root);
  for (int i = 0; i < 2; i++) {
    double cube = root * root * root;
    root *= (cube + x + x) / (cube + cube + x);
  }
  return root;
}

void lakh_color_table_fill(lakh_color_table *table, lakh_color_space space) {
  table->space = space;
  for (int byte = 0; byte < 256; byte++) table->linear[byte] = space == LAKH_SRGB ? byte : linear_light(byte);
}

static const double OKLAB_FEATURES[3][3] = {{0.2104542553, 0.7936177850, -0.0040720468},
                                            {1.9779984951, -2.4285922050, 0.4505937099},
                                            {0.0259040371, 0.7827717662, -0.8086757660}};

/* CIE 15: f of the tristimulus value relative to the white. */
static double lab_f(double t) {
  const double delta = 6.0 / 29;
  return t > delta * delta * delta ? cube_root(t) : t / (3 * delta * delta) + 4.0 / 29;
}

/* What the features are mixed from: three numbers, each of which grows with every channel. Of Lab the matrix is that of sRGB's
 * primaries, each row divided by its sum, the D65 white, so that grey has a = b = 0. */
static inline void find_roots(const lakh_color_table *table, const uint8_t rgb[3], double roots[3]) {
  const double r = table->linear[rgb[0]], g = table->linear[rgb[1]], b = table->linear[rgb[2]];
  switch (table->space) {
  case LAKH_OKLAB:
    roots[0] = cube_root(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    roots[1] = cube_root(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    roots[2] = cube_root(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    break;
  case LAKH_LAB:
    roots[0] = lab_f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
    roots[1] = lab_f((0.2126729 * r + 0.7151522 * g + 0.0721750 * b) / 1.0000001);
    roots[2] = lab_f((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883);
    break;
  default:
    roots[0] = r;
    roots[1] = g;
    roots[2] = b;
  }
}

static inline void mix(lakh_color_space space, const double roots[3], double features[3]) {
  for (int j = 0; j < 3; j++) {
    const double *factors = OKLAB_FEATURES[j];
    features[j] = space == LAKH_OKLAB ? factors[0] * roots[0] + factors[1] * roots[1] + factors[2] * roots[2] : roots[j];
  }
  if (space != LAKH_LAB) return;
  features[0] = 116 * roots[1] - 16;
  features[1] = 500 * (roots[0] - roots[1]);
  features[2] = 200 * (roots[1] - roots[2]);
}

/* How far the features may go when the roots go so far, to either side. */
static void mix_widths(lakh_color_space space, const double roots[3], double features[3]) {
  for (int j = 0; j < 3; j++) {
    const double *factors = OKLAB_FEATURES[j];
    features[j] = space == LAKH_OKLAB ? fabs(factors[0]) * roots[0] + fabs(factors[1]) * roots[1] + fabs(factors[2]) * roots[2]
                                      : roots[j];
  }
  if (space != LAKH_LAB) return;
  features[0] = 116 * roots[1];
  features[1] = 500 * (roots[0] + roots[1]);
  features[2] = 200 * (roots[1] + roots[2]);
}

void lakh_color_features(const lakh_color_table *table, const uint8_t rgb[3], float features[3]) {
  double roots[3], mixed[3];
  find_roots(table, rgb, roots);
  mix(table->space, roots, mixed);
  for (int j = 0; j < 3; j++) features[j] = (float)mixed[j];
}

void lakh_color_box(const lakh_color_table *table, const uint8_t low[3], const uint8_t high[3], double middle[3],
                    double half_widths[3]) {
  double from[3], to[3], roots[3], widths[3];
  find_roots(table, low, from);
  find_roots(table, high, to);
  for (int j = 0; j < 3; j++) {
    roots[j] = (from[j] + to[j]) / 2;
    widths[j] = (to[j] - from[j]) / 2;
  }
  mix(table->space, roots, middle);
  mix_widths(table->space, widths, half_widths);
  /* Roots are right to 2^-45, features are rounded to 2^-24. */
  for (int j = 0; j < 3; j++) half_widths[j] += lakh_color_range(table->space) * 0x1p-20;
}

double lakh_color_range(lakh_color_space space) { return space == LAKH_SRGB ? 255 : space == LAKH_OKLAB ? 1 : 100; }

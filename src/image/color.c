/* Colour spaces: sRGB as stored, OKLab (Ottosson 2020, "A perceptual color space for image processing") and CIE L*a*b* 1976
 * under D65, as CSS Color 4 defines both.
 *
 * Roots are found by iterations that use nothing but the four operations and comparisons, which IEEE 754 fixes to the last bit:
 * a C library's pow and cbrt may differ from one machine to the next.
 *
 * Time: 3 cube roots a colour. Memory: 2 kB. */
#include "image/color.h"

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

static void oklab(double r, double g, double b, float features[3]) {
  double l = cube_root(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  double m = cube_root(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  double s = cube_root(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  features[0] = (float)(0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s);
  features[1] = (float)(1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s);
  features[2] = (float)(0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s);
}

/* CIE 15: f of the tristimulus value relative to the white. */
static double lab_f(double t) {
  const double delta = 6.0 / 29;
  return t > delta * delta * delta ? cube_root(t) : t / (3 * delta * delta) + 4.0 / 29;
}

static void lab(double r, double g, double b, float features[3]) {
  /* sRGB's primaries; each row divided by its sum, the D65 white, so that grey has a = b = 0. */
  double x = (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047;
  double y = (0.2126729 * r + 0.7151522 * g + 0.0721750 * b) / 1.0000001;
  double z = (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883;
  double fx = lab_f(x), fy = lab_f(y), fz = lab_f(z);
  features[0] = (float)(116 * fy - 16);
  features[1] = (float)(500 * (fx - fy));
  features[2] = (float)(200 * (fy - fz));
}

void lakh_color_features(const lakh_color_table *table, const uint8_t rgb[3], float features[3]) {
  double r = table->linear[rgb[0]], g = table->linear[rgb[1]], b = table->linear[rgb[2]];
  switch (table->space) {
  case LAKH_OKLAB:
    oklab(r, g, b, features);
    break;
  case LAKH_LAB:
    lab(r, g, b, features);
    break;
  default:
    features[0] = (float)r;
    features[1] = (float)g;
    features[2] = (float)b;
  }
}

double lakh_color_range(lakh_color_space space) { return space == LAKH_SRGB ? 255 : space == LAKH_OKLAB ? 1 : 100; }

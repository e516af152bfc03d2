/* Most pixels lie in a part of the colour space that belongs to one centre as a whole. So colours are looked up by cube (8 colours
 * wide): when the first pixel of a cube is met, it is seen whether one centre is the nearest of all its colours. Where none is,
 * pixels are compared with every centre, four at a time; those that the kernel is not sure about are decided in double
 * (cluster/nearest.h), so that the labels are those of lakh_assign and of k-means itself. With positions, all pixels are compared.
 *
 * Time: O(pixels + cubes k + compared pixels k). Of a noisy photo with k = 5, 8 % of the pixels are compared in sRGB and 14 % in
 * OKLab. Memory: 32 kB. */
#include "image/classify.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "cluster/nearest.h"
#include "kernels/lanes.h"
#include "kernels/pixel_lanes.h"

/* What is known of a cube: nothing, the class of all its colours, or that they are of several. */
enum { UNKNOWN = 0, MIXED = 255 };

enum { CUBE_WIDTH = 8 };

/* Bounds the length of any pixel's features: no channel of the three spaces leaves the range of lightness by more than a
 * tenth (CIELab's b reaches -107.9 in sRGB's gamut), positions stay within the weight's share of it. */
static double longest_features(const lakh_pixels *pixels) {
  const double range = 1.1 * lakh_color_range((lakh_color_space)pixels->params.color_space);
  const double weight = pixels->params.position_weight;
  return range * sqrt(3 + 2 * weight * weight);
}

/* Writes the line of a centre and returns its length. */
static double write_line(const double *center, size_t n_cols, float *line) {
  double square = 0;
  for (size_t j = 0; j < n_cols; j++) {
    square += center[j] * center[j];
    line[1 + j] = (float)(-2 * center[j]);
  }
  line[0] = (float)square;
  return sqrt(square);
}

lakh_status lakh_classifier_init(lakh_classifier *classifier, const lakh_pixels *pixels, const float *centers,
                                 size_t n_centers) {
  const size_t n_cols = pixels->n_cols;
  const bool looks_up = n_cols == 3 && n_centers < MIXED;
  *classifier = (lakh_classifier){
      .pixels = pixels,
      .n_centers = n_centers,
      .centers = lakh_alloc(n_centers, n_cols * sizeof(double)),
      .lines = lakh_alloc(n_centers, (1 + n_cols) * sizeof(float)),
      .candidates = lakh_alloc(n_centers, sizeof(int32_t)),
      .cubes = looks_up ? lakh_alloc_zeroed(LAKH_CUBES, sizeof(uint8_t)) : NULL,
  };
  if (classifier->centers == NULL || classifier->lines == NULL || classifier->candidates == NULL) return LAKH_NO_MEMORY;
  if (looks_up && classifier->cubes == NULL) return LAKH_NO_MEMORY;
  double longest = 0;
  for (size_t c = 0; c < n_centers; c++) {
    double *center = classifier->centers + c * n_cols;
    for (size_t j = 0; j < n_cols; j++) {
      if (!isfinite(centers[c * n_cols + j])) return LAKH_NOT_FINITE;
      center[j] = (double)centers[c * n_cols + j];
    }
    longest = fmax(longest, write_line(center, n_cols, classifier->lines + c * (1 + n_cols)));
    classifier->candidates[c] = (int32_t)c;
  }
  const double error = (double)lakh_score_error(n_cols) * longest * (longest + 2 * longest_features(pixels));
  /* A bound that is no number makes every pixel unsure, which is slow and right. */
  classifier->error = (float)fmin(error, (double)INFINITY);
  return LAKH_OK;
}

void lakh_classifier_release(lakh_classifier *classifier) {
  lakh_free(classifier->centers);
  lakh_free(classifier->lines);
  lakh_free(classifier->candidates);
  lakh_free(classifier->cubes);
}

/* ---- Cubes ----------------------------------------------------------------------------------------------------------------- */

/* Whether all colours of a box are nearer to one centre than to another, so clearly that rounding cannot matter: the difference of
 * the squared distances is linear, and changes by no more than this within the box. */
static bool is_nearer(const double *one, const double *other, const double middle[3], const double half_widths[3],
                      double least) {
  double difference = 0, change = least;
  for (int j = 0; j < 3; j++) {
    const double way = one[j] - other[j];
    difference += way * (2 * middle[j] - one[j] - other[j]);
    change += 2 * fabs(way) * half_widths[j];
  }
  return difference > change;
}

/* The class of all colours of a cube, or MIXED. */
static uint8_t judge_cube(const lakh_classifier *classifier, const uint8_t rgb[3]) {
  const lakh_pixels *pixels = classifier->pixels;
  const double range = lakh_color_range((lakh_color_space)pixels->params.color_space);
  uint8_t low[3], high[3];
  double middle[3], half_widths[3];
  for (int j = 0; j < 3; j++) {
    low[j] = (uint8_t)(rgb[j] / CUBE_WIDTH * CUBE_WIDTH);
    high[j] = (uint8_t)(low[j] + CUBE_WIDTH - 1);
  }
  lakh_color_box(&pixels->table, low, high, middle, half_widths);
  const float place[3] = {(float)middle[0], (float)middle[1], (float)middle[2]};
  const size_t nearest = (size_t)lakh_nearest_center(place, classifier->centers, classifier->n_centers, 3);
  for (size_t c = 0; c < classifier->n_centers; c++) {
    if (c == nearest) continue;
    if (!is_nearer(classifier->centers + 3 * nearest, classifier->centers + 3 * c, middle, half_widths,
                   range * range * 1e-12)) {
      return MIXED;
    }
  }
  return (uint8_t)(nearest + 1);
}

/* The cube of each pixel of a block: its cell (kernels/pixel_codes.h) and the upper bits of its colour within that. */
static void find_cubes(const uint8_t *bytes, size_t count, int channels, uint16_t *cubes) {
  uint16_t colors[LAKH_PIXEL_BLOCK];
  lakh_pixel_codes(bytes, count, channels, false, cubes, colors);
  for (size_t i = 0; i < count; i++) {
    cubes[i] = (uint16_t)(cubes[i] << 3 | (colors[i] >> 3 & 1) | (colors[i] >> 6 & 2) | (colors[i] >> 9 & 4));
  }
}

/* Looks up the classes of a block's pixels; returns how many are left to be compared, and which. */
static size_t look_up(lakh_classifier *classifier, const lakh_band *band, size_t first, size_t count, uint32_t *classes,
                      uint16_t *left) {
  const size_t channels = (size_t)band->image.channels;
  const uint8_t *bytes = band->image.bytes + first * channels;
  uint16_t cubes[LAKH_PIXEL_BLOCK];
  size_t n_open = 0, n_left = 0;
  find_cubes(bytes, count, band->image.channels, cubes);
  for (size_t i = 0; i < count; i++) {
    const uint8_t known = classifier->cubes[cubes[i]];
    classes[i] = known;
    left[n_open] = (uint16_t)i; /* stays only when that is no class */
    n_open += known == UNKNOWN || known == MIXED;
  }
  for (size_t i = 0; i < n_open; i++) {
    uint8_t *known = &classifier->cubes[cubes[left[i]]];
    if (*known == UNKNOWN) *known = judge_cube(classifier, bytes + left[i] * channels);
    classes[left[i]] = *known;
    left[n_left] = left[i];
    n_left += *known == MIXED;
  }
  return n_left;
}

/* ---- Pixels ---------------------------------------------------------------------------------------------------------------- */

static void features_of(const lakh_pixels *pixels, const lakh_band *band, size_t pixel, float *features) {
  const size_t width = (size_t)pixels->params.width, place = band->start + pixel;
  const uint8_t *rgb = band->image.bytes + pixel * (size_t)band->image.channels;
  lakh_pixel_features(pixels, place % width, place / width, rgb, features);
}

/* The features of those pixels, as kernels/lanes.h wants them. */
static void write_lanes(const lakh_pixels *pixels, const lakh_band *band, size_t first, const uint16_t *which, size_t count,
                        float *lanes) {
  const size_t n_cols = pixels->n_cols, channels = (size_t)band->image.channels;
  if (pixels->params.color_space == LAKH_SRGB && n_cols == 3) {
    uint8_t chosen[LAKH_PIXEL_BLOCK * 4];
    const uint8_t *bytes = band->image.bytes + first * channels;
    for (size_t i = 0; i < count; i++) memcpy(chosen + i * channels, bytes + which[i] * channels, channels);
    lakh_pixel_lanes(chosen, count, band->image.channels, lanes);
    return;
  }
  for (size_t i = 0; i < (count + LAKH_LANES - 1) / LAKH_LANES * LAKH_LANES; i++) {
    float features[LAKH_FEW_COLUMNS], *group = lanes + i / LAKH_LANES * LAKH_LANES * n_cols;
    features_of(pixels, band, first + which[i < count ? i : count - 1], features);
    for (size_t j = 0; j < n_cols; j++) group[j * LAKH_LANES + i % LAKH_LANES] = features[j];
  }
}

/* Compares those pixels of a block with the centres. */
static void compare(const lakh_classifier *classifier, const lakh_band *band, size_t first, const uint16_t *which, size_t count,
                    uint32_t *classes) {
  const lakh_pixels *pixels = classifier->pixels;
  const size_t n_cols = pixels->n_cols, n_groups = (count + LAKH_LANES - 1) / LAKH_LANES;
  float lanes[LAKH_PIXEL_BLOCK * LAKH_FEW_COLUMNS], features[LAKH_FEW_COLUMNS];
  int32_t labels[LAKH_PIXEL_BLOCK] = {0};
  uint8_t reports[LAKH_PIXEL_BLOCK / LAKH_LANES];
  write_lanes(pixels, band, first, which, count, lanes);
  lakh_lanes_nearest_of_few(lanes, n_groups, n_cols, classifier->lines, classifier->candidates, classifier->n_centers,
                            classifier->error, labels, labels, reports);
  for (size_t i = 0; i < count; i++) {
    if ((reports[i / LAKH_LANES] & LAKH_UNSURE) != 0) {
      features_of(pixels, band, first + which[i], features);
      labels[i] = lakh_nearest_center(features, classifier->centers, classifier->n_centers, n_cols);
    }
    classes[which[i]] = (uint32_t)labels[i] + 1;
  }
}

void lakh_classify(lakh_classifier *classifier, const lakh_band *band, size_t first, size_t count, uint32_t *classes) {
  uint16_t left[LAKH_PIXEL_BLOCK + 1];
  size_t n_left = 0;
  if (classifier->cubes != NULL)
    n_left = look_up(classifier, band, first, count, classes, left);
  else
    for (; n_left < count; n_left++) left[n_left] = (uint16_t)n_left;
  if (n_left > 0) compare(classifier, band, first, left, n_left, classes);
  if (!band->image.skip_transparent || band->image.channels == 3) return;
  for (size_t i = 0; i < count; i++) {
    if (lakh_is_left_out(&band->image, first + i)) classes[i] = 0;
  }
}

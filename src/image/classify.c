/* Every pixel is compared with every centre, four at a time; those that the kernel is not sure about are decided in double
 * (cluster/nearest.h), so that the labels are those of lakh_assign and of k-means itself.
 *
 * Time: O(pixels k), about 2 ns a pixel for k = 5 in sRGB; other colour spaces pay for their conversion. Memory: a block. */
#include "image/classify.h"

#include <math.h>

#include "base/alloc.h"
#include "cluster/nearest.h"
#include "kernels/lanes.h"
#include "kernels/pixel_lanes.h"

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
  *classifier = (lakh_classifier){
      .pixels = pixels,
      .n_centers = n_centers,
      .centers = lakh_alloc(n_centers, n_cols * sizeof(double)),
      .lines = lakh_alloc(n_centers, (1 + n_cols) * sizeof(float)),
      .candidates = lakh_alloc(n_centers, sizeof(int32_t)),
  };
  if (classifier->centers == NULL || classifier->lines == NULL || classifier->candidates == NULL) return LAKH_NO_MEMORY;
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
}

static const uint8_t *bytes_of(const lakh_band *band, size_t pixel) {
  return band->image.bytes + pixel * (size_t)band->image.channels;
}

static void features_of(const lakh_pixels *pixels, const lakh_band *band, size_t pixel, float *features) {
  const size_t width = (size_t)pixels->params.width, place = band->start + pixel;
  lakh_pixel_features(pixels, place % width, place / width, bytes_of(band, pixel), features);
}

static void write_lanes(const lakh_pixels *pixels, const lakh_band *band, size_t first, size_t count, float *lanes) {
  const size_t n_cols = pixels->n_cols, padded = (count + LAKH_LANES - 1) / LAKH_LANES * LAKH_LANES;
  if (pixels->params.color_space == LAKH_SRGB && n_cols == 3) {
    lakh_pixel_lanes(bytes_of(band, first), count, band->image.channels, lanes);
    return;
  }
  for (size_t i = 0; i < padded; i++) {
    float features[LAKH_FEW_COLUMNS];
    features_of(pixels, band, first + (i < count ? i : count - 1), features);
    float *group = lanes + i / LAKH_LANES * LAKH_LANES * n_cols;
    for (size_t j = 0; j < n_cols; j++) group[j * LAKH_LANES + i % LAKH_LANES] = features[j];
  }
}

static uint32_t decide(const lakh_classifier *classifier, const lakh_band *band, size_t pixel) {
  float features[LAKH_FEW_COLUMNS];
  features_of(classifier->pixels, band, pixel, features);
  return (uint32_t)lakh_nearest_center(features, classifier->centers, classifier->n_centers, classifier->pixels->n_cols);
}

void lakh_classify(const lakh_classifier *classifier, const lakh_band *band, size_t first, size_t count, uint32_t *classes) {
  const lakh_pixels *pixels = classifier->pixels;
  const size_t n_groups = (count + LAKH_LANES - 1) / LAKH_LANES;
  float lanes[LAKH_PIXEL_BLOCK * LAKH_FEW_COLUMNS];
  int32_t labels[LAKH_PIXEL_BLOCK] = {0};
  uint8_t reports[LAKH_PIXEL_BLOCK / LAKH_LANES];
  write_lanes(pixels, band, first, count, lanes);
  lakh_lanes_nearest_of_few(lanes, n_groups, pixels->n_cols, classifier->lines, classifier->candidates, classifier->n_centers,
                            classifier->error, labels, labels, reports);
  for (size_t i = 0; i < count; i++) classes[i] = (uint32_t)labels[i] + 1;
  for (size_t g = 0; g < n_groups; g++) {
    if ((reports[g] & LAKH_UNSURE) == 0) continue;
    for (size_t i = g * LAKH_LANES; i < count && i < (g + 1) * LAKH_LANES; i++) {
      classes[i] = decide(classifier, band, first + i) + 1;
    }
  }
  if (!band->image.skip_transparent || band->image.channels == 3) return;
  for (size_t i = 0; i < count; i++) {
    if (lakh_is_left_out(&band->image, first + i)) classes[i] = 0;
  }
}

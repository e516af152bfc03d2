/* The class of each pixel by the nearest of given centres, without a table of the image's colours. */
#ifndef LAKH_IMAGE_CLASSIFY_H
#define LAKH_IMAGE_CLASSIFY_H

#include "image/pixels.h"

/* A stretch of an image. */
typedef struct lakh_band {
  lakh_pixel_bytes image; /* its own pixels, counted from 0 */
  size_t start;           /* which pixel of the whole image is its first */
} lakh_band;

/* Cubes of 8 x 8 x 8 colours. */
enum { LAKH_CUBES = 1 << 15 };

typedef struct lakh_classifier {
  const lakh_pixels *pixels; /* how pixels become features */
  size_t n_centers;
  double *centers;     /* n_centers x n_cols */
  float *lines;        /* their lines, as kernels/lanes.h has them */
  int32_t *candidates; /* 0, 1, ..., n_centers - 1 */
  float error;         /* of a difference of two scores */
  uint8_t *cubes;      /* what is known of each cube's colours; NULL where it cannot be kept, or places count too */
} lakh_classifier;

/* What was allocated is the caller's to release, also after an error. */
lakh_status lakh_classifier_init(lakh_classifier *classifier, const lakh_pixels *pixels, const float *centers,
                                 size_t n_centers);

void lakh_classifier_release(lakh_classifier *classifier);

/* Of `count` <= LAKH_PIXEL_BLOCK pixels of the band from `first` on: label + 1, and 0 for those that are left out. `classes` has room
 * for LAKH_PIXEL_BLOCK. */
void lakh_classify(lakh_classifier *classifier, const lakh_band *band, size_t first, size_t count, uint32_t *classes);

#endif

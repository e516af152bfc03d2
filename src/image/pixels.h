/* An image as rows, as paint.c needs to know it. */
#ifndef LAKH_IMAGE_PIXELS_H
#define LAKH_IMAGE_PIXELS_H

#include "base/job.h"
#include "image/color.h"
#include "image/color_counts.h"
#include "image/color_map.h"

struct lakh_pixels {
  lakh_job job;
  lakh_pixels_params params;
  lakh_pixel_bytes image;
  lakh_pixel_bytes source; /* what becomes rows: the image, or every stride-th pixel of every stride-th line of it */
  uint8_t *sample;         /* the latter's bytes */
  size_t stride;
  const float *sample_weight;
  bool merges; /* otherwise each visible pixel is a row, in the order of the image */
  lakh_status (*phase)(lakh_pixels *pixels);
  size_t next; /* where the phase goes on: a pixel or a row */
  lakh_color_counter counter;
  lakh_color_counts distinct; /* when merging: one a row */
  lakh_color_map map;         /* when not merging but weighing by count: the number of each colour, from 1, */
  float *pixel_weights;       /* and the weight of each of its pixels */
  lakh_color_table table;
  float *rows;
  float *weights;
  size_t n_rows;
  size_t n_cols;
  double position_scale;
  size_t n_visible;
  bool done;
};

/* The features of the pixel at (x, y), n_cols values. */
void lakh_pixel_features(const lakh_pixels *pixels, size_t x, size_t y, const uint8_t *rgb, float *features);

#endif

/* An image as rows, as paint.c needs to know it. */
#ifndef LAKH_IMAGE_PIXELS_H
#define LAKH_IMAGE_PIXELS_H

#include "base/job.h"
#include "image/color.h"
#include "kernels/pixel_codes.h"

/* Distinct colours with the number of their pixels, in the order of their cells. */
typedef struct lakh_color_counts {
  uint32_t *codes; /* see kernels/pixel_codes.h */
  uint32_t *counts;
  uint32_t *first_rows; /* LAKH_CELLS + 1: where the colours of each cell begin */
  size_t size;
  size_t capacity;
} lakh_color_counts;

/* Pixels are counted and scattered in two streams, those of even and of odd index, so that neighbours, which are often alike, do
 * not wait for each other's counter. */
enum { LAKH_PLACES = 2 * (LAKH_CELLS + 1) };

/* What merging needs while it goes on; released at its end. */
typedef struct lakh_merge {
  uint32_t *places;  /* LAKH_PLACES: where in `sorted` the next pixel of each cell and stream goes */
  uint16_t *sorted;  /* the colour of each pixel within its cell, sorted by cell */
  uint32_t *seen;    /* LAKH_CELL_COLORS: pixels of each colour of the cell at hand */
  uint16_t *touched; /* LAKH_CELL_COLORS + 1: its colours in the order of their first pixels */
  size_t n_touched;
  size_t cell;
} lakh_merge;

struct lakh_pixels {
  lakh_job job;
  lakh_pixels_params params;
  const uint8_t *bytes;
  const float *sample_weight;
  size_t n_pixels;
  bool merges; /* otherwise each visible pixel is a row, in the order of the image */
  lakh_status (*phase)(lakh_pixels *pixels);
  size_t next; /* where the phase goes on: a pixel or a row */
  lakh_merge merge;
  lakh_color_counts distinct; /* when merging: one a row */
  lakh_color_table table;
  float *rows;
  float *weights;
  size_t n_rows;
  size_t n_cols;
  size_t n_visible;
  bool done;
};

/* Pixels that are handled at once: their codes stay in the first-level cache. */
enum { LAKH_PIXEL_BLOCK = 1024 };

#endif

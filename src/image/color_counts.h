/* The distinct colours of an image, with the number of pixels of each. */
#ifndef LAKH_IMAGE_COLOR_COUNTS_H
#define LAKH_IMAGE_COLOR_COUNTS_H

#include "kernels/pixel_codes.h"
#include "lakh.h"

/* An image as bytes. */
typedef struct lakh_pixel_bytes {
  const uint8_t *bytes;
  size_t count; /* pixels */
  int channels; /* 3: RGB, 4: RGBA */
  bool skip_transparent;
} lakh_pixel_bytes;

/* Pixels that are handled at once, so that their codes stay in the first-level cache; an even number. */
enum { LAKH_PIXEL_BLOCK = 1024 };

/* Cells and, unless NULL, colours of pixels from `first` on. */
static inline void lakh_read_codes(const lakh_pixel_bytes *image, size_t first, size_t count, uint16_t *cells,
                                   uint16_t *colors) {
  lakh_pixel_codes(image->bytes + first * (size_t)image->channels, count, image->channels, image->skip_transparent, cells,
                   colors);
}

static inline bool lakh_is_left_out(const lakh_pixel_bytes *image, size_t pixel) {
  return image->skip_transparent && image->channels == 4 && image->bytes[pixel * 4 + 3] == 0;
}

/* In the order of their cells. */
typedef struct lakh_color_counts {
  uint32_t *codes; /* see kernels/pixel_codes.h */
  uint32_t *counts;
  uint32_t *first_colors; /* LAKH_CELLS + 1: where the colours of each cell begin */
  size_t size;
  size_t capacity;
} lakh_color_counts;

void lakh_color_counts_release(lakh_color_counts *distinct);

/* What counting needs while it goes on. */
typedef struct lakh_color_counter {
  lakh_pixel_bytes image;
  lakh_color_counts *distinct;
  lakh_status (*phase)(struct lakh_color_counter *counter);
  size_t next;       /* where the phase goes on */
  uint32_t *places;  /* (LAKH_CELLS + 1) x 2: where in `sorted` the next pixel of each cell and stream goes */
  uint16_t *sorted;  /* the colour of each pixel within its cell, sorted by cell */
  uint32_t *seen;    /* LAKH_CELL_COLORS: pixels of each colour of the cell at hand */
  uint16_t *touched; /* LAKH_CELL_COLORS + 1: its colours in the order of their first pixels */
  size_t n_touched;
  size_t cell;
  size_t n_visible;
} lakh_color_counter;

/* Begins to count the colours of `image` into `distinct`, which is empty. Three times as many units of work as there are pixels.
 * What was allocated is released by the two release functions, also after an error. */
lakh_status lakh_color_counter_begin(lakh_color_counter *counter, lakh_pixel_bytes image, lakh_color_counts *distinct);

/* Counts on, as a step of a job; adds what it did to `work`. */
lakh_status lakh_color_counter_step(lakh_color_counter *counter, double *work);

void lakh_color_counter_release(lakh_color_counter *counter);

#endif

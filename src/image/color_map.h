/* A number for each of the colours of an image, found in two look-ups. */
#ifndef LAKH_IMAGE_COLOR_MAP_H
#define LAKH_IMAGE_COLOR_MAP_H

#include "image/color_counts.h"

/* The number of a colour is numbers[base + (color & mask)] of its cell. */
typedef struct lakh_cell_entry {
  uint32_t base;
  uint32_t mask; /* 0 where all colours of the cell have the same number */
} lakh_cell_entry;

typedef struct lakh_color_map {
  lakh_cell_entry *cells; /* LAKH_CELLS + 1; the last is the transparent one */
  uint16_t *narrow;       /* the numbers, when all are below 2^16: */
  uint32_t *wide;         /* otherwise; the other is NULL */
} lakh_color_map;

/* Maps the colour of row i to numbers[i] + 1, where 0 <= numbers[i] < n_numbers, and transparent pixels to 0. `numbers` NULL stands
 * for 0, 1, 2, ... What was allocated is the caller's to release, also after an error. */
lakh_status lakh_color_map_fill(lakh_color_map *map, const lakh_color_counts *distinct, const int32_t *numbers,
                                size_t n_numbers);

void lakh_color_map_release(lakh_color_map *map);

/* What the map says of `count` pixels. */
void lakh_color_map_read(const lakh_color_map *map, const uint16_t *cells, const uint16_t *colors, size_t count,
                         uint32_t *found);

#endif

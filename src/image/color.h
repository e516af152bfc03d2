/* Colour spaces: from sRGB bytes to the features that are clustered. */
#ifndef LAKH_IMAGE_COLOR_H
#define LAKH_IMAGE_COLOR_H

#include "lakh.h"

/* What a conversion needs to know once: linear light of each byte. */
typedef struct lakh_color_table {
  lakh_color_space space;
  double linear[256];
} lakh_color_table;

void lakh_color_table_fill(lakh_color_table *table, lakh_color_space space);

/* The three features of a colour. */
void lakh_color_features(const lakh_color_table *table, const uint8_t rgb[3], float features[3]);

/* Bounds the features of all colours between `low` and `high`, channel by channel: none is further than half_widths[j] from
 * middle[j]. */
void lakh_color_box(const lakh_color_table *table, const uint8_t low[3], const uint8_t high[3], double middle[3],
                    double half_widths[3]);

/* The lightness range of the space, against which positions are scaled: 255, 1 or 100. */
double lakh_color_range(lakh_color_space space);

#endif

/* The bytes of pixels as rows in lanes (kernels/lanes.h). */
#ifndef LAKH_KERNELS_PIXEL_LANES_H
#define LAKH_KERNELS_PIXEL_LANES_H

#include <stddef.h>
#include <stdint.h>

/* r, g, b of `count` pixels of `channels` (3: RGB, 4: RGBA) bytes as three columns; the last group of four is filled up with
 * copies of the last pixel. */
void lakh_pixel_lanes(const uint8_t *bytes, size_t count, int channels, float *lanes);

#endif

/* A colour as one number, ordered so that its high bits name a cell of colour space. */
#ifndef LAKH_KERNELS_PIXEL_CODES_H
#define LAKH_KERNELS_PIXEL_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The code of a colour interleaves its channels in three groups, so that cutting it off after a group leaves a cube:
 *
 *   bits 23..12   the 4 high bits of r, g, b: a cell, 16 levels wide
 *   bits 11..9    the next bit of r, g, b: an octant of the cell, 8 levels wide
 *   bits 8..0     the 3 low bits of r, g, b
 */
enum {
  LAKH_CELL_SHIFT = 12,
  LAKH_CELLS = 4096,
  LAKH_CELL_COLORS = 4096,
  LAKH_OCTANT_SHIFT = 9,
  LAKH_OCTANTS = 32768,
  LAKH_OCTANT_COLORS = 512,
  LAKH_TRANSPARENT_CODE = LAKH_CELLS << LAKH_CELL_SHIFT, /* one cell after the last */
};

/* The codes of `count` pixels of `channels` (3: RGB, 4: RGBA) bytes. With `skip_transparent`, RGBA pixels whose alpha is 0 get
 * LAKH_TRANSPARENT_CODE. */
void lakh_pixel_codes(const uint8_t *bytes, size_t count, int channels, bool skip_transparent, uint32_t *codes);

/* The bytes of a code's colour. */
void lakh_code_color(uint32_t code, uint8_t color[3]);

#endif

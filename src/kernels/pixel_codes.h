/* A colour as two numbers of 12 bits: a cell of colour space and a colour within it. */
#ifndef LAKH_KERNELS_PIXEL_CODES_H
#define LAKH_KERNELS_PIXEL_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The cell is made of the 4 high bits of b, g and r, in this order from the top, the colour within it of the 4 low bits; a code is
 * both, cell * LAKH_CELL_COLORS + color. */
enum {
  LAKH_CELLS = 4096,
  LAKH_CELL_COLORS = 4096,
  LAKH_CELL_SHIFT = 12,
  LAKH_TRANSPARENT_CELL = LAKH_CELLS, /* one after the last */
};

/* The cells and colours of `count` pixels of `channels` (3: RGB, 4: RGBA) bytes; `colors` may be NULL. With `skip_transparent`,
 * RGBA pixels whose alpha is 0 get LAKH_TRANSPARENT_CELL. */
void lakh_pixel_codes(const uint8_t *bytes, size_t count, int channels, bool skip_transparent, uint16_t *cells,
                      uint16_t *colors);

/* The bytes r, g, b of a code. */
void lakh_code_color(uint32_t code, uint8_t color[3]);

/* Those of `count` codes as floats, three a row. */
void lakh_code_rows(const uint32_t *codes, size_t count, float *rows);

#endif

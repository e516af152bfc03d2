#include "kernels/pixel_codes.h"

static uint32_t code_of(uint32_t r, uint32_t g, uint32_t b) {
  uint32_t cell = (r >> 4) << 8 | (g >> 4) << 4 | b >> 4;
  uint32_t octant = (r >> 3 & 1) << 2 | (g >> 3 & 1) << 1 | (b >> 3 & 1);
  uint32_t low = (r & 7) << 6 | (g & 7) << 3 | (b & 7);
  return cell << LAKH_CELL_SHIFT | octant << LAKH_OCTANT_SHIFT | low;
}

void lakh_pixel_codes(const uint8_t *bytes, size_t count, int channels, bool skip_transparent, uint32_t *codes) {
  const bool skip = skip_transparent && channels == 4;
  for (size_t i = 0; i < count; i++, bytes += channels) {
    codes[i] = skip && bytes[3] == 0 ? LAKH_TRANSPARENT_CODE : code_of(bytes[0], bytes[1], bytes[2]);
  }
}

void lakh_code_color(uint32_t code, uint8_t color[3]) {
  uint32_t cell = code >> LAKH_CELL_SHIFT, octant = code >> LAKH_OCTANT_SHIFT;
  color[0] = (uint8_t)((cell >> 8 & 15) << 4 | (octant >> 2 & 1) << 3 | (code >> 6 & 7));
  color[1] = (uint8_t)((cell >> 4 & 15) << 4 | (octant >> 1 & 1) << 3 | (code >> 3 & 7));
  color[2] = (uint8_t)((cell & 15) << 4 | (octant & 1) << 3 | (code & 7));
}

/* Eight pixels at a time: r and g side by side in one vector of 16 bits, b in another, and each group of 4 bits moved by one shift
 * and one mask. 13 operations for eight cells, 20 with their colours. */
#include "kernels/pixel_codes.h"

#include "kernels/simd.h"

static uint16_t cell_of(uint32_t r, uint32_t g, uint32_t b) { return (uint16_t)((b >> 4) << 8 | (g >> 4) << 4 | r >> 4); }

static uint16_t color_of(uint32_t r, uint32_t g, uint32_t b) { return (uint16_t)((b & 15) << 8 | (g & 15) << 4 | (r & 15)); }

void lakh_code_color(uint32_t code, uint8_t color[3]) {
  color[0] = (uint8_t)((code >> 8 & 0xF0) | (code & 15));
  color[1] = (uint8_t)((code >> 12 & 0xF0) | (code >> 4 & 15));
  color[2] = (uint8_t)((code >> 16 & 0xF0) | (code >> 8 & 15));
}

static inline v128_t masked16(v128_t x, int16_t mask) { return wasm_v128_and(x, wasm_i16x8_splat(mask)); }

static inline v128_t either(v128_t a, v128_t b, v128_t c) { return wasm_v128_or(wasm_v128_or(a, b), c); }

static inline v128_t cells_of(v128_t rg, v128_t b) {
  return either(masked16(wasm_u16x8_shr(rg, 4), 0x0F), masked16(wasm_u16x8_shr(rg, 8), 0xF0),
                masked16(wasm_i16x8_shl(b, 4), 0xF00));
}

static inline v128_t colors_of(v128_t rg, v128_t b) {
  return either(masked16(rg, 0x0F), masked16(wasm_u16x8_shr(rg, 4), 0xF0), masked16(wasm_i16x8_shl(b, 8), 0xF00));
}

/* r and g (as r | g << 8), and b, of two vectors of four pixels r | g << 8 | b << 16 | a << 24; all below 2^16, so that
 * narrowing keeps them. */
static inline v128_t red_green(v128_t first, v128_t second) {
  const v128_t low = wasm_i32x4_splat(0xFFFF);
  return wasm_u16x8_narrow_i32x4(wasm_v128_and(first, low), wasm_v128_and(second, low));
}

static inline v128_t blue_alpha(v128_t first, v128_t second) {
  return wasm_u16x8_narrow_i32x4(wasm_u32x4_shr(first, 16), wasm_u32x4_shr(second, 16));
}

/* Both return how many pixels they did. */
static inline size_t codes_of_rgba(const uint8_t *bytes, size_t count, bool skip_transparent, uint16_t *cells,
                                   uint16_t *colors) {
  const v128_t nowhere = wasm_i16x8_splat(LAKH_TRANSPARENT_CELL), zero = wasm_i16x8_splat(0);
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    v128_t first = wasm_v128_load(bytes + i * 4), second = wasm_v128_load(bytes + i * 4 + 16);
    v128_t rg = red_green(first, second), ba = blue_alpha(first, second);
    v128_t found = cells_of(rg, ba);
    if (skip_transparent) {
      v128_t transparent = wasm_i16x8_eq(wasm_u16x8_shr(ba, 8), zero);
      found = wasm_v128_bitselect(nowhere, found, transparent);
    }
    wasm_v128_store(cells + i, found);
    if (colors != NULL) wasm_v128_store(colors + i, colors_of(rg, ba));
  }
  return i;
}

/* Loads 28 bytes for the 24 of eight pixels: the last pixels are left to the caller. */
static inline size_t codes_of_rgb(const uint8_t *bytes, size_t count, uint16_t *cells, uint16_t *colors) {
  size_t i = 0;
  for (; i + 10 <= count; i += 8) {
    v128_t first = wasm_v128_load(bytes + i * 3), second = wasm_v128_load(bytes + i * 3 + 12);
    v128_t four = wasm_i8x16_shuffle(first, first, 0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 11);
    v128_t more = wasm_i8x16_shuffle(second, second, 0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 11);
    v128_t rg = red_green(four, more), b = blue_alpha(four, more);
    wasm_v128_store(cells + i, cells_of(rg, b));
    if (colors != NULL) wasm_v128_store(colors + i, colors_of(rg, b));
  }
  return i;
}

void lakh_pixel_codes(const uint8_t *bytes, size_t count, int channels, bool skip_transparent, uint16_t *cells,
                      uint16_t *colors) {
  const bool skip = skip_transparent && channels == 4;
  size_t i;
  /* The tests of `skip` and `colors` are constant in each call, so that the compiler makes loops without them. */
  if (channels == 3)
    i = colors == NULL ? codes_of_rgb(bytes, count, cells, NULL) : codes_of_rgb(bytes, count, cells, colors);
  else if (colors == NULL)
    i = codes_of_rgba(bytes, count, skip, cells, NULL);
  else
    i = codes_of_rgba(bytes, count, skip, cells, colors);
  for (; i < count; i++) {
    const uint8_t *pixel = bytes + i * (size_t)channels;
    cells[i] = skip && pixel[3] == 0 ? LAKH_TRANSPARENT_CELL : cell_of(pixel[0], pixel[1], pixel[2]);
    if (colors != NULL) colors[i] = color_of(pixel[0], pixel[1], pixel[2]);
  }
}

static inline v128_t channel_of(v128_t codes, uint32_t high_shift, uint32_t low_shift) {
  v128_t high = wasm_v128_and(wasm_u32x4_shr(codes, high_shift), wasm_i32x4_splat(0xF0));
  v128_t low = wasm_v128_and(wasm_u32x4_shr(codes, low_shift), wasm_i32x4_splat(15));
  return wasm_f32x4_convert_i32x4(wasm_v128_or(high, low));
}

void lakh_code_rows(const uint32_t *codes, size_t count, float *rows) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4, rows += 12) {
    v128_t four = wasm_v128_load(codes + i);
    v128_t r = channel_of(four, 8, 0), g = channel_of(four, 12, 4), b = channel_of(four, 16, 8);
    v128_t rg_low = wasm_i32x4_shuffle(r, g, 0, 4, 1, 5), rg_high = wasm_i32x4_shuffle(r, g, 2, 6, 3, 7);
    v128_t gb = wasm_i32x4_shuffle(g, b, 1, 5, 2, 6);
    wasm_v128_store(rows, wasm_i32x4_shuffle(rg_low, b, 0, 1, 4, 2));       /* r0 g0 b0 r1 */
    wasm_v128_store(rows + 4, wasm_i32x4_shuffle(gb, rg_high, 0, 1, 4, 5)); /* g1 b1 r2 g2 */
    wasm_v128_store(rows + 8, wasm_i32x4_shuffle(b, rg_high, 2, 6, 7, 3));  /* b2 r3 g3 b3 */
  }
  for (; i < count; i++, rows += 3) {
    uint8_t color[3];
    lakh_code_color(codes[i], color);
    for (int channel = 0; channel < 3; channel++) rows[channel] = color[channel];
  }
}

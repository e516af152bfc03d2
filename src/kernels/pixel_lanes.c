/* Bound: the stores, three vectors for four pixels. */
#include "kernels/pixel_lanes.h"

#include "kernels/simd.h"

static inline void store_channel(v128_t pixels, uint32_t shift, float *lanes) {
  v128_t channel = wasm_v128_and(wasm_u32x4_shr(pixels, shift), wasm_i32x4_splat(0xFF));
  wasm_v128_store(lanes, wasm_f32x4_convert_i32x4(channel));
}

/* Of four pixels r | g << 8 | b << 16. */
static inline void store_group(v128_t pixels, float *lanes) {
  store_channel(pixels, 0, lanes);
  store_channel(pixels, 8, lanes + 4);
  store_channel(pixels, 16, lanes + 8);
}

void lakh_pixel_lanes(const uint8_t *bytes, size_t count, int channels, float *lanes) {
  size_t i = 0;
  if (channels == 4) {
    for (; i + 4 <= count; i += 4) store_group(wasm_v128_load(bytes + i * 4), lanes + i * 3);
  } else {
    /* Loads 16 bytes for the 12 of four pixels: the last ones are left to the loop below. */
    for (; i + 6 <= count; i += 4) {
      v128_t packed = wasm_v128_load(bytes + i * 3);
      store_group(wasm_i8x16_shuffle(packed, packed, 0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 11), lanes + i * 3);
    }
  }
  const size_t padded = (count + 3) / 4 * 4;
  for (; i < padded; i++) {
    const uint8_t *pixel = bytes + (i < count ? i : count - 1) * (size_t)channels;
    for (size_t channel = 0; channel < 3; channel++) lanes[i / 4 * 12 + channel * 4 + i % 4] = pixel[channel];
  }
}

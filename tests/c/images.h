/* Images for tests. */
#ifndef LAKH_TESTS_IMAGES_H
#define LAKH_TESTS_IMAGES_H

#include "base/random.h"
#include "lakh.h"
#include "test.h"

typedef struct image {
  int width, height, channels;
  uint8_t *bytes;
} image;

static inline size_t pixels_of(const image *img) { return (size_t)img->width * (size_t)img->height; }

/* `n_levels` values a channel, spread over 0..255; every `hole`-th pixel transparent (0: none). */
static inline image noise(int width, int height, int channels, uint32_t n_levels, size_t hole, uint32_t seed) {
  image result = {width, height, channels, malloc((size_t)width * (size_t)height * (size_t)channels)};
  lakh_random random = lakh_random_stream(seed, 0);
  for (size_t i = 0; i < pixels_of(&result); i++) {
    uint8_t *pixel = result.bytes + i * (size_t)channels;
    for (int c = 0; c < 3; c++) {
      uint32_t level = lakh_random_below(&random, n_levels);
      pixel[c] = (uint8_t)(n_levels > 1 ? level * 255 / (n_levels - 1) : 77);
    }
    if (channels == 4) pixel[3] = hole > 0 && i % hole == 0 ? 0 : (uint8_t)(1 + lakh_random_below(&random, 255));
  }
  return result;
}

static inline bool is_left_out(const image *img, bool skip, size_t pixel) {
  return skip && img->channels == 4 && img->bytes[pixel * 4 + 3] == 0;
}

/* Runs the job over the image; the size and channels of `params` are filled in. */
static inline lakh_pixels *run_pixels(const image *img, lakh_pixels_params params, const float *sample_weight,
                                      lakh_pixels_state *state) {
  params.width = img->width;
  params.height = img->height;
  params.channels = img->channels;
  lakh_pixels *pixels = NULL;
  CHECK_EQ(lakh_pixels_create(&params, img->bytes, sample_weight, &pixels), LAKH_OK);
  CHECK_EQ(lakh_job_run((lakh_job *)pixels), LAKH_DONE);
  lakh_pixels_get(pixels, state);
  return pixels;
}

/* Runs a painter over the image in bands of at most `band` pixels; frees it. */
static inline void paint_bands(lakh_paint *paint, const image *img, size_t band, int32_t *labels) {
  CHECK_EQ(lakh_job_run((lakh_job *)paint), LAKH_DONE);
  for (size_t first = 0; first < pixels_of(img); first += band) {
    const size_t left = pixels_of(img) - first, count = left < band ? left : band;
    CHECK_EQ(lakh_paint_band(paint, img->bytes + first * (size_t)img->channels, count, labels + first), LAKH_OK);
    CHECK_EQ(lakh_job_run((lakh_job *)paint), LAKH_DONE);
  }
  lakh_job_free((lakh_job *)paint);
}

#endif

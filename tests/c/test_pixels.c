#include "base/alloc.h"
#include "base/random.h"
#include "kernels/pixel_codes.h"
#include "lakh.h"
#include "test.h"

/* ---- Images ------------------------------------------------------------------------------------------------------------ */

typedef struct image {
  int width, height, channels;
  uint8_t *bytes;
} image;

/* `n_levels` values a channel, spread over 0..255; every `hole`-th pixel transparent (0: none). */
static image noise(int width, int height, int channels, uint32_t n_levels, size_t hole, uint32_t seed) {
  image result = {width, height, channels, NULL};
  size_t n_pixels = (size_t)width * (size_t)height;
  result.bytes = malloc(n_pixels * (size_t)channels);
  lakh_random random = lakh_random_stream(seed, 0);
  for (size_t i = 0; i < n_pixels; i++) {
    uint8_t *pixel = result.bytes + i * (size_t)channels;
    for (int c = 0; c < 3; c++) {
      uint32_t level = lakh_random_below(&random, n_levels);
      pixel[c] = (uint8_t)(n_levels > 1 ? level * 255 / (n_levels - 1) : 77);
    }
    if (channels == 4) pixel[3] = hole > 0 && i % hole == 0 ? 0 : (uint8_t)(1 + lakh_random_below(&random, 255));
  }
  return result;
}

static bool is_left_out(const image *img, bool skip, size_t pixel) {
  return skip && img->channels == 4 && img->bytes[pixel * 4 + 3] == 0;
}

static lakh_pixels *run_pixels(const image *img, lakh_pixels_params params, const float *sample_weight,
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

/* ---- Rows ---------------------------------------------------------------------------------------------------------------- */

static void codes_are_one_to_one(void) {
  enum { COLORS = 1 << 24 };
  uint8_t *bytes = malloc((size_t)COLORS * 3), *seen = calloc(COLORS, 1);
  uint16_t *cells = malloc(COLORS * sizeof *cells), *colors = malloc(COLORS * sizeof *colors);
  for (uint32_t i = 0; i < COLORS; i++) {
    for (int c = 0; c < 3; c++) bytes[i * 3 + (uint32_t)c] = (uint8_t)(i >> 8 * c);
  }
  lakh_pixel_codes(bytes, COLORS, 3, false, cells, colors);
  for (uint32_t i = 0; i < COLORS; i++) {
    uint8_t back[3];
    uint32_t code = (uint32_t)cells[i] << LAKH_CELL_SHIFT | colors[i];
    CHECK(code < COLORS && !seen[code]);
    seen[code] = 1;
    lakh_code_color(code, back);
    CHECK(memcmp(bytes + i * 3, back, 3) == 0);
  }
  free(bytes);
  free(seen);
  free(cells);
  free(colors);
}

/* Each distinct colour is one row whose weight is the number of its pixels. */
static void check_merged(const image *img, bool skip) {
  lakh_pixels_state state;
  lakh_pixels *pixels = run_pixels(img, (lakh_pixels_params){.skip_transparent = skip, .count_exponent = 1}, NULL, &state);
  uint32_t *counts = calloc(1 << 24, sizeof *counts);
  size_t n_pixels = (size_t)img->width * (size_t)img->height, n_visible = 0, n_distinct = 0;
  for (size_t i = 0; i < n_pixels; i++) {
    if (is_left_out(img, skip, i)) continue;
    const uint8_t *p = img->bytes + i * (size_t)img->channels;
    uint32_t *count = &counts[p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16];
    n_distinct += *count == 0;
    *count += 1;
    n_visible++;
  }
  CHECK_EQ(state.n_visible, n_visible);
  CHECK_EQ(state.rows.rows, n_distinct);
  CHECK_EQ(state.rows.cols, 3);
  for (size_t row = 0; row < n_distinct; row++) {
    const float *rgb = state.rows.data + row * 3;
    uint32_t *count = &counts[(uint32_t)rgb[0] | (uint32_t)rgb[1] << 8 | (uint32_t)rgb[2] << 16];
    CHECK_EQ(*count, state.weights != NULL ? state.weights[row] : 1);
    CHECK(*count > 0);
    *count = 0;
  }
  free(counts);
  lakh_job_free((lakh_job *)pixels);
}

static void equal_colors_become_one_weighted_row(void) {
  static const struct {
    int width, height, channels;
    uint32_t n_levels;
    size_t hole;
  } cases[] = {{1, 1, 3, 256, 0},    {1, 1, 4, 256, 1},   {7, 5, 3, 2, 0},      {33, 31, 4, 3, 5},       {640, 427, 3, 256, 0},
               {640, 427, 4, 16, 3}, {500, 500, 4, 1, 0}, {1500, 800, 3, 1, 0}, {1100, 1000, 4, 256, 7}, {300, 300, 4, 256, 1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    image img = noise(cases[i].width, cases[i].height, cases[i].channels, cases[i].n_levels, cases[i].hole, (uint32_t)i);
    check_merged(&img, true);
    check_merged(&img, false);
    free(img.bytes);
  }
}

static const promise promises[] = {
    {"codes are one to one", codes_are_one_to_one},
    {"equal colours become one weighted row", equal_colors_become_one_weighted_row},
};

MAIN(promises)

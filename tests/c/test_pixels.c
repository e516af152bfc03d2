#include "image/color.h"
#include "images.h"
#include "jobs.h"
#include "kernels/pixel_codes.h"

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

static void colors_weigh_a_power_of_their_count(void) {
  image img = noise(100, 80, 3, 4, 0, 5);
  static const double exponents[] = {0, 0.25, 0.5, 0.3, 0.999, 1};
  lakh_pixels_state plain, state;
  lakh_pixels *counted = run_pixels(&img, (lakh_pixels_params){.count_exponent = 1}, NULL, &plain);
  for (size_t e = 0; e < sizeof exponents / sizeof *exponents; e++) {
    lakh_pixels *pixels = run_pixels(&img, (lakh_pixels_params){.count_exponent = exponents[e]}, NULL, &state);
    CHECK_EQ(state.rows.rows, plain.rows.rows);
    for (size_t row = 0; row < plain.rows.rows; row++) {
      double weight = state.weights != NULL ? (double)state.weights[row] : 1;
      CHECK_NEAR(weight, pow((double)plain.weights[row], exponents[e]), 1e-6);
    }
    lakh_job_free((lakh_job *)pixels);
  }
  lakh_job_free((lakh_job *)counted);
  free(img.bytes);
}

/* With positions or weights each visible pixel is a row. */
static void unmerged_pixels_keep_their_order(void) {
  image img = noise(37, 61, 4, 5, 3, 6);
  float *given = malloc(pixels_of(&img) * sizeof *given);
  for (size_t i = 0; i < pixels_of(&img); i++) given[i] = (float)(i % 7);
  for (int weighted = 0; weighted < 2; weighted++) {
    for (int positioned = 1 - weighted; positioned < 2; positioned++) {
      lakh_pixels_state state;
      lakh_pixels *pixels = run_pixels(
          &img, (lakh_pixels_params){.skip_transparent = 1, .position_weight = positioned ? 0.5 : 0, .count_exponent = 1},
          weighted ? given : NULL, &state);
      size_t row = 0, cols = positioned ? 5 : 3;
      CHECK_EQ(state.rows.cols, cols);
      CHECK_EQ(state.weights != NULL, weighted);
      for (size_t i = 0; i < pixels_of(&img); i++) {
        if (is_left_out(&img, true, i)) continue;
        const float *values = state.rows.data + row * cols;
        for (size_t c = 0; c < 3; c++) CHECK_EQ(values[c], img.bytes[i * 4 + c]);
        if (positioned) {
          CHECK_NEAR(values[3], 0.5 * 255 / 60 * (double)(i % 37), 1e-6);
          CHECK_NEAR(values[4], 0.5 * 255 / 60 * (double)(i / 37), 1e-6);
        }
        if (weighted) CHECK_EQ(state.weights[row], given[i]);
        row++;
      }
      CHECK_EQ(state.rows.rows, row);
      CHECK_EQ(state.n_visible, row);
      lakh_job_free((lakh_job *)pixels);
    }
  }
  free(given);
  free(img.bytes);
}

static void unmerged_pixels_share_the_weight_of_their_color(void) {
  image img = noise(50, 41, 4, 3, 4, 7);
  float *given = malloc(pixels_of(&img) * sizeof *given);
  for (size_t i = 0; i < pixels_of(&img); i++) given[i] = 3;
  for (int weighted = 0; weighted < 2; weighted++) {
    lakh_pixels_state state;
    lakh_pixels *pixels = run_pixels(
        &img, (lakh_pixels_params){.skip_transparent = 1, .position_weight = weighted ? 0 : 2, .count_exponent = 0.5},
        weighted ? given : NULL, &state);
    for (size_t row = 0; row < state.rows.rows; row++) {
      size_t count = 0;
      for (size_t other = 0; other < state.rows.rows; other++) {
        count +=
            memcmp(state.rows.data + row * state.rows.cols, state.rows.data + other * state.rows.cols, 3 * sizeof(float)) == 0;
      }
      CHECK_NEAR(state.weights[row], (weighted ? 3 : 1) * sqrt((double)count) / (double)count, 1e-6);
    }
    lakh_job_free((lakh_job *)pixels);
  }
  free(given);
  free(img.bytes);
}

static double decoded(uint8_t byte) {
  double encoded = byte / 255.0;
  return encoded <= 0.04045 ? encoded / 12.92 : pow((encoded + 0.055) / 1.055, 2.4);
}

/* CIE 15 and IEC 61966-2-1 with the C library's functions. */
static void reference_lab(const double linear[3], double lab[3]) {
  static const double from_rgb[3][3] = {
      {0.4124564, 0.3575761, 0.1804375}, {0.2126729, 0.7151522, 0.0721750}, {0.0193339, 0.1191920, 0.9503041}};
  static const double white[3] = {0.95047, 1, 1.08883};
  double f[3];
  for (int i = 0; i < 3; i++) {
    double t = (from_rgb[i][0] * linear[0] + from_rgb[i][1] * linear[1] + from_rgb[i][2] * linear[2]) / white[i];
    f[i] = t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116;
  }
  lab[0] = 116 * f[1] - 16;
  lab[1] = 500 * (f[0] - f[1]);
  lab[2] = 200 * (f[1] - f[2]);
}

static void reference_oklab(const double linear[3], double lab[3]) {
  static const double to_lms[3][3] = {{0.4122214708, 0.5363325363, 0.0514459929},
                                      {0.2119034982, 0.6806995451, 0.1073969566},
                                      {0.0883024619, 0.2817188376, 0.6299787005}};
  static const double to_lab[3][3] = {{0.2104542553, 0.7936177850, -0.0040720468},
                                      {1.9779984951, -2.4285922050, 0.4505937099},
                                      {0.0259040371, 0.7827717662, -0.8086757660}};
  double roots[3];
  for (int i = 0; i < 3; i++) {
    roots[i] = cbrt(to_lms[i][0] * linear[0] + to_lms[i][1] * linear[1] + to_lms[i][2] * linear[2]);
  }
  for (int i = 0; i < 3; i++) lab[i] = to_lab[i][0] * roots[0] + to_lab[i][1] * roots[1] + to_lab[i][2] * roots[2];
}

static void color_spaces_match_their_definitions(void) {
  image img = noise(200, 100, 3, 256, 0, 8);
  for (int i = 0; i < 256; i++) memset(img.bytes + i * 3, i, 3); /* greys */
  for (int space = LAKH_OKLAB; space <= LAKH_LAB; space++) {
    lakh_pixels_state state, plain;
    lakh_pixels *pixels = run_pixels(&img, (lakh_pixels_params){.color_space = space, .count_exponent = 1}, NULL, &state);
    lakh_pixels *bytes = run_pixels(&img, (lakh_pixels_params){.count_exponent = 1}, NULL, &plain);
    CHECK_EQ(state.rows.rows, plain.rows.rows);
    for (size_t row = 0; row < state.rows.rows; row++) {
      double linear[3], expected[3];
      for (size_t c = 0; c < 3; c++) linear[c] = decoded((uint8_t)plain.rows.data[row * 3 + c]);
      if (space == LAKH_LAB)
        reference_lab(linear, expected);
      else
        reference_oklab(linear, expected);
      for (size_t c = 0; c < 3; c++) {
        CHECK(fabs((double)state.rows.data[row * 3 + c] - expected[c]) < (space == LAKH_LAB ? 3e-5 : 3e-7));
      }
    }
    lakh_job_free((lakh_job *)pixels);
    lakh_job_free((lakh_job *)bytes);
  }
  free(img.bytes);
}

/* Known by heart: white, and CSS Color 4's examples for red. */
static void white_and_red_have_their_published_coordinates(void) {
  static uint8_t white_and_red[6] = {255, 255, 255, 255, 0, 0};
  static const double expected[2][2][3] = {{{1, 0, 0}, {0.62796, 0.22486, 0.12585}}, {{100, 0, 0}, {53.24, 80.09, 67.20}}};
  image img = {1, 1, 3, white_and_red};
  for (int space = LAKH_OKLAB; space <= LAKH_LAB; space++) {
    for (int i = 0; i < 2; i++) {
      lakh_pixels_state state;
      img.bytes = white_and_red + 3 * i;
      lakh_pixels *pixels = run_pixels(&img, (lakh_pixels_params){.color_space = space, .count_exponent = 1}, NULL, &state);
      for (int c = 0; c < 3; c++) {
        CHECK(fabs((double)state.rows.data[c] - expected[space - 1][i][c]) < (space == LAKH_LAB ? 0.02 : 1e-4));
      }
      lakh_job_free((lakh_job *)pixels);
    }
  }
}

static void images_without_visible_pixels_have_no_rows(void) {
  image img = noise(20, 10, 4, 256, 1, 9);
  for (int positioned = 0; positioned < 2; positioned++) {
    for (int exponent = 0; exponent < 2; exponent++) {
      lakh_pixels_state state;
      lakh_pixels *pixels = run_pixels(
          &img, (lakh_pixels_params){.skip_transparent = 1, .position_weight = positioned, .count_exponent = exponent}, NULL,
          &state);
      CHECK_EQ(state.n_visible, 0);
      CHECK_EQ(state.rows.rows, 0);
      lakh_job_free((lakh_job *)pixels);
    }
  }
  free(img.bytes);
}

static void bad_parameters_are_refused(void) {
  static const uint8_t bytes[16] = {0};
  static const float negative[4] = {1, -1, 1, 1}, endless[4] = {1, 1, INFINITY, 1};
  const lakh_pixels_params good = {.width = 2, .height = 2, .channels = 4, .count_exponent = 1};
  lakh_pixels_params bad[12];
  for (int i = 0; i < 12; i++) bad[i] = good;
  bad[0].width = 0;
  bad[1].height = -1;
  bad[2].width = bad[2].height = 1 << 16;
  bad[3].channels = 2;
  bad[4].channels = 5;
  bad[5].color_space = 3;
  bad[6].color_space = -1;
  bad[7].position_weight = -0.5;
  bad[8].position_weight = (double)NAN;
  bad[9].position_weight = (double)INFINITY;
  bad[10].count_exponent = 1.5;
  bad[11].count_exponent = (double)NAN;
  lakh_pixels *pixels = NULL;
  for (int i = 0; i < 12; i++) CHECK_EQ(lakh_pixels_create(&bad[i], bytes, NULL, &pixels), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_pixels_create(&good, NULL, NULL, &pixels), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_pixels_create(&good, bytes, negative, &pixels), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_pixels_create(&good, bytes, endless, &pixels), LAKH_NOT_FINITE);
  CHECK(pixels == NULL);
}

static void boxes_hold_the_features_of_their_colors(void) {
  for (int space = LAKH_SRGB; space <= LAKH_LAB; space++) {
    lakh_color_table table;
    lakh_color_table_fill(&table, (lakh_color_space)space);
    for (int cube = 0; cube < 32 * 32 * 32; cube += cube < 64 ? 1 : 41) {
      const uint8_t low[3] = {(uint8_t)(cube % 32 * 8), (uint8_t)(cube / 32 % 32 * 8), (uint8_t)(cube / 1024 * 8)};
      const uint8_t high[3] = {(uint8_t)(low[0] + 7), (uint8_t)(low[1] + 7), (uint8_t)(low[2] + 7)};
      double middle[3], half_widths[3];
      lakh_color_box(&table, low, high, middle, half_widths);
      for (int i = 0; i < 512; i++) {
        const uint8_t rgb[3] = {(uint8_t)(low[0] + i % 8), (uint8_t)(low[1] + i / 8 % 8), (uint8_t)(low[2] + i / 64)};
        float features[3];
        lakh_color_features(&table, rgb, features);
        for (int j = 0; j < 3; j++) CHECK(fabs((double)features[j] - middle[j]) <= half_widths[j]);
      }
    }
  }
}

typedef struct pixels_case {
  const image *img;
  lakh_pixels_params params;
  const float *sample_weight;
} pixels_case;

static lakh_status make_pixels(const void *context, lakh_job **job) {
  const pixels_case *c = context;
  return lakh_pixels_create(&c->params, c->img->bytes, c->sample_weight, (lakh_pixels **)job);
}

static void failing_allocations_and_early_ends_do_no_harm(void) {
  /* More distinct colours than there is room for at first. */
  image img = noise(1300, 1000, 4, 256, 9, 10);
  float *given = malloc(pixels_of(&img) * sizeof *given);
  for (size_t i = 0; i < pixels_of(&img); i++) given[i] = 1;
  for (int i = 0; i < 4; i++) {
    pixels_case c = {&img, {1300, 1000, 4, i == 1 ? LAKH_OKLAB : LAKH_SRGB, 1, 0, 0, 1}, NULL};
    if (i >= 2) c.params.height = 100;
    if (i == 2) c.sample_weight = given;
    if (i == 3) c.params.position_weight = 1;
    if (i == 3) c.params.count_exponent = 0.5;
    survive_failing_allocations(make_pixels, &c);
    survive_being_freed_early(make_pixels, &c);
  }
  free(given);
  free(img.bytes);
}

static const promise promises[] = {
    {"codes are one to one", codes_are_one_to_one},
    {"equal colours become one weighted row", equal_colors_become_one_weighted_row},
    {"colours weigh a power of their count", colors_weigh_a_power_of_their_count},
    {"unmerged pixels keep their order", unmerged_pixels_keep_their_order},
    {"unmerged pixels share the weight of their colour", unmerged_pixels_share_the_weight_of_their_color},
    {"colour spaces match their definitions", color_spaces_match_their_definitions},
    {"white and red have their published coordinates", white_and_red_have_their_published_coordinates},
    {"boxes hold the features of their colours", boxes_hold_the_features_of_their_colors},
    {"images without visible pixels have no rows", images_without_visible_pixels_have_no_rows},
    {"bad parameters are refused", bad_parameters_are_refused},
    {"failing allocations and early ends do no harm", failing_allocations_and_early_ends_do_no_harm},
};

MAIN(promises)

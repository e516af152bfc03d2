#include "images.h"
#include "jobs.h"

typedef struct painting {
  int32_t *labels;
  double *shares;
  uint8_t *means;
} painting;

static painting blank(size_t n_pixels, size_t n_labels) {
  return (painting){malloc(n_pixels * sizeof(int32_t)), malloc(n_labels * sizeof(double)), malloc(n_labels * 4)};
}

static void discard(painting *p) {
  free(p->labels);
  free(p->shares);
  free(p->means);
}

/* The label of a colour or of a visible pixel, by a rule that mixes labels in every cell or in none. */
static int32_t rule(const float *row, size_t index, size_t cols, size_t n_labels, bool mixed) {
  uint32_t r = (uint32_t)row[0], g = (uint32_t)row[1], b = (uint32_t)row[2];
  if (cols == 5) return (int32_t)(index * 7 % n_labels);
  return (int32_t)((mixed ? r * 31 + g * 17 + b : (r >> 4) * 31 + (g >> 4) * 17 + (b >> 4)) % n_labels);
}

/* Pixel by pixel. */
static void expect(const image *img, bool skip, const int32_t *pixel_labels, size_t n_labels, painting *p) {
  uint64_t *sums = calloc(n_labels * 4, sizeof *sums);
  size_t visible = 0, channels = (size_t)img->channels;
  for (size_t i = 0; i < pixels_of(img); i++) {
    p->labels[i] = is_left_out(img, skip, i) ? -1 : pixel_labels[visible++];
    if (p->labels[i] < 0) continue;
    uint64_t *sum = sums + (size_t)p->labels[i] * 4;
    for (size_t c = 0; c < 3; c++) sum[c] += img->bytes[i * channels + c];
    sum[3]++;
  }
  for (size_t label = 0; label < n_labels; label++) {
    const uint64_t *sum = sums + label * 4;
    p->shares[label] = (double)sum[3];
    for (size_t c = 0; c < 3; c++) {
      p->means[label * 4 + c] = sum[3] > 0 ? (uint8_t)floor((double)sum[c] / (double)sum[3] + 0.5) : 0;
    }
    p->means[label * 4 + 3] = sum[3] > 0 ? 255 : 0;
  }
  free(sums);
}

static void paint(const image *img, const lakh_pixels *pixels, const int32_t *row_labels, size_t n_labels, size_t band,
                  painting *p) {
  lakh_paint *job = NULL;
  CHECK_EQ(lakh_paint_create(pixels, row_labels, n_labels, p->shares, p->means, &job), LAKH_OK);
  paint_bands(job, img, band, p->labels);
}

static void check_painting(image *img, bool skip, double position_weight, size_t n_labels, bool mixed) {
  const size_t n_pixels = pixels_of(img);
  lakh_pixels_params params = {.skip_transparent = skip, .position_weight = position_weight, .count_exponent = 1};
  lakh_pixels_state state, unmerged_state;
  lakh_pixels *pixels = run_pixels(img, params, NULL, &state);
  int32_t *row_labels = malloc((state.rows.rows + 1) * sizeof *row_labels);
  for (size_t i = 0; i < state.rows.rows; i++) {
    row_labels[i] = rule(state.rows.data + i * state.rows.cols, i, state.rows.cols, n_labels, mixed);
  }
  /* What each visible pixel's own row would get. */
  params.position_weight = 1;
  lakh_pixels *unmerged = run_pixels(img, params, NULL, &unmerged_state);
  int32_t *pixel_labels = malloc((unmerged_state.rows.rows + 1) * sizeof *pixel_labels);
  for (size_t i = 0; i < unmerged_state.rows.rows; i++) {
    pixel_labels[i] = rule(unmerged_state.rows.data + i * 5, i, state.rows.cols, n_labels, mixed);
  }

  painting expected = blank(n_pixels, n_labels), got = blank(n_pixels, n_labels);
  expect(img, skip, pixel_labels, n_labels, &expected);
  const size_t bands[] = {n_pixels, n_pixels / 2 + 1, n_pixels / 7 + 1};
  for (size_t i = 0; i < sizeof bands / sizeof *bands; i++) {
    memset(got.labels, 9, n_pixels * sizeof(int32_t));
    paint(img, pixels, row_labels, n_labels, bands[i], &got);
    CHECK(memcmp(got.labels, expected.labels, n_pixels * sizeof(int32_t)) == 0);
    CHECK(memcmp(got.shares, expected.shares, n_labels * sizeof(double)) == 0);
    CHECK(memcmp(got.means, expected.means, n_labels * 4) == 0);
  }

  /* One of the sums alone, or none; and labels over the image itself. */
  paint(img, pixels, row_labels, n_labels, n_pixels, &(painting){got.labels, got.shares, NULL});
  CHECK(memcmp(got.shares, expected.shares, n_labels * sizeof(double)) == 0);
  paint(img, pixels, row_labels, n_labels, n_pixels, &(painting){got.labels, NULL, got.means});
  CHECK(memcmp(got.means, expected.means, n_labels * 4) == 0);
  if (img->channels == 4) {
    paint(img, pixels, row_labels, n_labels, n_pixels / 3 + 1, &(painting){(int32_t *)(void *)img->bytes, NULL, NULL});
    CHECK(memcmp(img->bytes, expected.labels, n_pixels * sizeof(int32_t)) == 0);
  }
  discard(&expected);
  discard(&got);
  free(row_labels);
  free(pixel_labels);
  lakh_job_free((lakh_job *)pixels);
  lakh_job_free((lakh_job *)unmerged);
}

static void pixels_get_the_labels_of_their_colors(void) {
  static const struct {
    int width, height, channels;
    uint32_t n_levels;
    size_t hole, n_labels;
    bool mixed;
  } cases[] = {{1, 1, 3, 256, 0, 1, false},    {1, 1, 4, 2, 1, 3, false},        {3, 3, 3, 2, 0, 2, true},
               {640, 427, 3, 256, 0, 5, true}, {641, 429, 4, 256, 3, 5, false},  {1000, 700, 4, 64, 7, 300, true},
               {200, 100, 4, 256, 1, 4, true}, {300, 200, 4, 40, 5, 70000, true}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    for (int skip = 0; skip < 2; skip++) {
      image img = noise(cases[i].width, cases[i].height, cases[i].channels, cases[i].n_levels, cases[i].hole, (uint32_t)i);
      check_painting(&img, skip, 0, cases[i].n_labels, cases[i].mixed);
      free(img.bytes);
    }
  }
}

static void unmerged_pixels_get_the_labels_of_their_rows(void) {
  for (int skip = 0; skip < 2; skip++) {
    for (int channels = 3; channels <= 4; channels++) {
      image img = noise(301, 203, channels, 256, 4, 3);
      check_painting(&img, skip, 1, 6, false);
      free(img.bytes);
    }
  }
}

static void labels_and_states_that_do_not_fit_are_refused(void) {
  image img = noise(4, 4, 3, 256, 0, 1);
  lakh_pixels_state state;
  lakh_pixels *pixels = run_pixels(&img, (lakh_pixels_params){.count_exponent = 1}, NULL, &state);
  int32_t row_labels[16] = {0};
  lakh_paint *job = NULL;
  CHECK_EQ(lakh_paint_create(pixels, row_labels, 0, NULL, NULL, &job), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_paint_create(pixels, NULL, 1, NULL, NULL, &job), LAKH_BAD_ARGUMENT);
  row_labels[state.rows.rows - 1] = 1;
  CHECK_EQ(lakh_paint_create(pixels, row_labels, 1, NULL, NULL, &job), LAKH_BAD_ARGUMENT);
  row_labels[state.rows.rows - 1] = -1;
  CHECK_EQ(lakh_paint_create(pixels, row_labels, 1, NULL, NULL, &job), LAKH_BAD_ARGUMENT);
  lakh_job_free((lakh_job *)pixels);
  lakh_pixels *unfinished = NULL;
  const lakh_pixels_params params = {.width = 4, .height = 4, .channels = 3, .count_exponent = 1};
  CHECK_EQ(lakh_pixels_create(&params, img.bytes, NULL, &unfinished), LAKH_OK);
  CHECK_EQ(lakh_paint_create(unfinished, row_labels, 1, NULL, NULL, &job), LAKH_BAD_ARGUMENT);
  CHECK(job == NULL);
  lakh_job_free((lakh_job *)unfinished);
  free(img.bytes);
}

static void bands_that_do_not_fit_are_refused(void) {
  image img = noise(4, 4, 3, 256, 0, 1);
  lakh_pixels_state state;
  lakh_pixels *pixels = run_pixels(&img, (lakh_pixels_params){.count_exponent = 1}, NULL, &state);
  int32_t row_labels[16] = {0}, labels[17];
  lakh_paint *paint = NULL;
  CHECK_EQ(lakh_paint_create(pixels, row_labels, 1, NULL, NULL, &paint), LAKH_OK);
  CHECK_EQ(lakh_paint_band(paint, img.bytes, 16, labels), LAKH_BAD_ARGUMENT); /* it has not been run */
  CHECK_EQ(lakh_job_run((lakh_job *)paint), LAKH_DONE);
  CHECK_EQ(lakh_paint_band(paint, img.bytes, 17, labels), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_paint_band(paint, img.bytes, 0, labels), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_paint_band(paint, NULL, 16, labels), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_paint_band(paint, img.bytes, 16, NULL), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_paint_band(paint, img.bytes, 10, labels), LAKH_OK);
  CHECK_EQ(lakh_paint_band(paint, img.bytes, 6, labels), LAKH_BAD_ARGUMENT); /* nor has the band before */
  CHECK_EQ(lakh_job_run((lakh_job *)paint), LAKH_DONE);
  CHECK_EQ(lakh_paint_band(paint, img.bytes, 7, labels), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_paint_band(paint, img.bytes, 6, labels), LAKH_OK);
  lakh_job_free((lakh_job *)paint);
  lakh_job_free((lakh_job *)pixels);
  free(img.bytes);
}

/* An image that shows more visible pixels than when its rows were made. */
static void an_image_that_changed_does_no_harm(void) {
  image img = noise(20, 20, 4, 256, 2, 1);
  lakh_pixels_state state;
  lakh_pixels *pixels =
      run_pixels(&img, (lakh_pixels_params){.skip_transparent = 1, .position_weight = 1, .count_exponent = 1}, NULL, &state);
  int32_t *row_labels = calloc(state.rows.rows, sizeof *row_labels), labels[400];
  for (size_t i = 0; i < 400; i++) img.bytes[i * 4 + 3] = 255;
  lakh_paint *paint = NULL;
  CHECK_EQ(lakh_paint_create(pixels, row_labels, 1, NULL, NULL, &paint), LAKH_OK);
  paint_bands(paint, &img, 300, labels);
  for (size_t i = 0; i < 400; i++) CHECK_EQ(labels[i], i < state.rows.rows ? 0 : -1);
  free(row_labels);
  lakh_job_free((lakh_job *)pixels);
  free(img.bytes);
}

typedef struct paint_case {
  const lakh_pixels *pixels;
  const int32_t *row_labels;
  size_t n_labels;
  painting *p;
} paint_case;

static lakh_status make_paint(const void *context, lakh_job **job) {
  const paint_case *c = context;
  return lakh_paint_create(c->pixels, c->row_labels, c->n_labels, c->p->shares, c->p->means, (lakh_paint **)job);
}

static void failing_allocations_and_early_ends_do_no_harm(void) {
  image img = noise(1200, 600, 4, 30, 9, 2);
  painting p = blank(pixels_of(&img), 3);
  for (int positioned = 0; positioned < 2; positioned++) {
    lakh_pixels_state state;
    lakh_pixels *pixels =
        run_pixels(&img, (lakh_pixels_params){.position_weight = positioned, .count_exponent = 1}, NULL, &state);
    int32_t *row_labels = malloc(state.rows.rows * sizeof *row_labels);
    for (size_t i = 0; i < state.rows.rows; i++) row_labels[i] = (int32_t)(i % 3);
    paint_case c = {pixels, row_labels, 3, &p};
    survive_failing_allocations(make_paint, &c);
    survive_being_freed_early(make_paint, &c);
    free(row_labels);
    lakh_job_free((lakh_job *)pixels);
  }
  discard(&p);
  free(img.bytes);
}

static const promise promises[] = {
    {"pixels get the labels of their colours", pixels_get_the_labels_of_their_colors},
    {"unmerged pixels get the labels of their rows", unmerged_pixels_get_the_labels_of_their_rows},
    {"labels and states that do not fit are refused", labels_and_states_that_do_not_fit_are_refused},
    {"bands that do not fit are refused", bands_that_do_not_fit_are_refused},
    {"an image that changed does no harm", an_image_that_changed_does_no_harm},
    {"failing allocations and early ends do no harm", failing_allocations_and_early_ends_do_no_harm},
};

MAIN(promises)

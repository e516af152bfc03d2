#include "images.h"
#include "jobs.h"

enum { K = 5 };

static lakh_pixels_params params_of(const image *img, lakh_color_space space, bool skip, double position_weight) {
  return (lakh_pixels_params){.width = img->width,
                              .height = img->height,
                              .channels = img->channels,
                              .color_space = (int32_t)space,
                              .skip_transparent = skip,
                              .position_weight = position_weight,
                              .count_exponent = 1};
}

/* Labels by the long way: a row for each pixel, as a position makes, compared with the centres by lakh_assign. */
static int32_t *labels_by_rows(const image *img, lakh_pixels_params params, const float *centers, size_t n_centers,
                               size_t cols) {
  lakh_pixels_state state;
  double weight = params.position_weight;
  params.position_weight = weight > 0 ? weight : 1;
  lakh_pixels *pixels = run_pixels(img, params, NULL, &state);
  float *rows = malloc((state.rows.rows * cols + 1) * sizeof *rows);
  for (size_t i = 0; i < state.rows.rows; i++) memcpy(rows + i * cols, state.rows.data + i * 5, cols * sizeof *rows);
  int32_t *visible = malloc((state.rows.rows + 1) * sizeof *visible), *labels = malloc(pixels_of(img) * sizeof *labels);
  if (state.rows.rows > 0) {
    lakh_assign *assign = NULL;
    CHECK_EQ(lakh_assign_create((lakh_matrix){rows, state.rows.rows, cols}, centers, n_centers, visible, NULL, NULL, &assign),
             LAKH_OK);
    CHECK_EQ(lakh_job_run((lakh_job *)assign), LAKH_DONE);
    lakh_job_free((lakh_job *)assign);
  }
  for (size_t i = 0, next = 0; i < pixels_of(img); i++)
    labels[i] = is_left_out(img, params.skip_transparent != 0, i) ? -1 : visible[next++];
  lakh_job_free((lakh_job *)pixels);
  free(rows);
  free(visible);
  return labels;
}

/* What the labels make of the shares and the means. */
static void check_sums(const image *img, const int32_t *labels, const double *shares, const uint8_t *means) {
  uint64_t sums[K][4] = {{0}};
  for (size_t i = 0; i < pixels_of(img); i++) {
    const uint8_t *pixel = img->bytes + i * (size_t)img->channels;
    if (labels[i] < 0) continue;
    for (int c = 0; c < 3; c++) sums[labels[i]][c] += pixel[c];
    sums[labels[i]][3]++;
  }
  for (int label = 0; label < K; label++) {
    double count = (double)sums[label][3];
    CHECK(shares[label] == count);
    for (int c = 0; c < 3; c++) CHECK_EQ(means[label * 4 + c], count > 0 ? floor((double)sums[label][c] / count + 0.5) : 0);
    CHECK_EQ(means[label * 4 + 3], count > 0 ? 255 : 0);
  }
}

static void check_nearest(image *img, lakh_color_space space, bool skip, double position_weight) {
  const size_t n_pixels = pixels_of(img), cols = position_weight > 0 ? 5 : 3;
  static const float unit[K][5] = {
      {0.1F, 0.2F, 0.3F, 0.1F, 0.9F}, {0.9F, 0.8F, 0.7F, 0.5F, 0.5F}, {0.5F, 0.1F, 0.1F, 0.3F, 0.2F},
      {0.5F, 0.5F, 0.5F, 0, 0},       {0.5F, 0.5F, 0.5F, 0, 0}, /* a second one in the same place: never the nearest */
  };
  const float range = space == LAKH_SRGB ? 255 : space == LAKH_LAB ? 100 : 1;
  float centers[K * 5];
  for (size_t i = 0; i < K * cols; i++) centers[i] = unit[i / cols][i % cols] * range;
  lakh_pixels_params params = params_of(img, space, skip, position_weight);
  int32_t *expected = labels_by_rows(img, params, centers, K, cols);
  int32_t *labels = malloc(n_pixels * sizeof *labels);
  uint8_t means[K * 4];
  double shares[K];
  lakh_pixels *pixels = NULL;
  CHECK_EQ(lakh_pixels_create(&params, img->bytes, NULL, &pixels), LAKH_OK);
  const size_t bands[] = {n_pixels, n_pixels / 3 + 1};
  for (size_t i = 0; i < sizeof bands / sizeof *bands; i++) {
    lakh_paint *paint = NULL;
    CHECK_EQ(lakh_paint_nearest_create(pixels, centers, K, shares, means, &paint), LAKH_OK);
    paint_bands(paint, img, bands[i], labels);
    CHECK(memcmp(labels, expected, n_pixels * sizeof *labels) == 0);
    check_sums(img, labels, shares, means);
  }
  if (img->channels == 4) {
    lakh_paint *paint = NULL;
    CHECK_EQ(lakh_paint_nearest_create(pixels, centers, K, NULL, NULL, &paint), LAKH_OK);
    paint_bands(paint, img, n_pixels, (int32_t *)(void *)img->bytes);
    CHECK(memcmp(img->bytes, expected, n_pixels * sizeof *labels) == 0);
  }
  lakh_job_free((lakh_job *)pixels);
  free(expected);
  free(labels);
}

static void pixels_get_the_label_that_their_row_would_get(void) {
  static const struct {
    int width, height, channels;
    uint32_t n_levels;
    size_t hole;
  } cases[] = {{1, 1, 3, 256, 0}, {1, 1, 4, 256, 1},    {7, 5, 3, 2, 0},       {33, 31, 4, 3, 5},
               {5, 1, 3, 256, 0}, {640, 427, 3, 11, 0}, {320, 211, 4, 256, 3}, {1030, 1100, 4, 4, 7}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    for (int space = LAKH_SRGB; space <= LAKH_LAB; space++) {
      for (int position = 0; position < 2; position++) {
        image img = noise(cases[i].width, cases[i].height, cases[i].channels, cases[i].n_levels, cases[i].hole, (uint32_t)i);
        check_nearest(&img, (lakh_color_space)space, i % 2 == 0, position);
        free(img.bytes);
      }
    }
  }
}

/* Centres side by side, so close that rounding decides, and so many that cubes of colours cannot be kept. */
static void labels_are_exact_however_close_and_many_the_centers_are(void) {
  enum { MOST = 300 };
  static const size_t numbers[] = {1, 2, 6, 40, 254, 255, MOST};
  static const float spreads[] = {1, 0.1F, 1e-3F, 1e-6F, 0};
  image img = noise(256, 160, 4, 256, 9, 4);
  int32_t *labels = malloc(pixels_of(&img) * sizeof *labels);
  float centers[MOST * 3];
  lakh_random random = lakh_random_stream(5, 0);
  for (int space = LAKH_SRGB; space <= LAKH_LAB; space++) {
    const lakh_pixels_params params = params_of(&img, (lakh_color_space)space, true, 0);
    const float range = space == LAKH_SRGB ? 255 : space == LAKH_LAB ? 100 : 1;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers * (sizeof spreads / sizeof *spreads); i++) {
      const size_t n_centers = numbers[i % (sizeof numbers / sizeof *numbers)];
      const float spread = spreads[i / (sizeof numbers / sizeof *numbers)];
      for (size_t j = 0; j < n_centers * 3; j++) {
        const float middle = space == LAKH_SRGB || j % 3 == 0 ? 0.5F : 0;
        centers[j] = range * (middle + spread * ((float)lakh_random_below(&random, 1000) / 1000 - 0.5F));
      }
      int32_t *expected = labels_by_rows(&img, params, centers, n_centers, 3);
      lakh_pixels *pixels = NULL;
      lakh_paint *paint = NULL;
      CHECK_EQ(lakh_pixels_create(&params, img.bytes, NULL, &pixels), LAKH_OK);
      CHECK_EQ(lakh_paint_nearest_create(pixels, centers, n_centers, NULL, NULL, &paint), LAKH_OK);
      paint_bands(paint, &img, pixels_of(&img), labels);
      CHECK(memcmp(labels, expected, pixels_of(&img) * sizeof *labels) == 0);
      lakh_job_free((lakh_job *)pixels);
      free(expected);
    }
  }
  free(labels);
  free(img.bytes);
}

/* With few levels many pixels lie exactly between two centres: the first one has them, as in lakh_assign. */
static void pixels_between_two_centers_belong_to_the_first(void) {
  uint8_t bytes[256 * 3];
  for (int i = 0; i < 256; i++) memset(bytes + 3 * i, i, 3);
  image img = {256, 1, 3, bytes};
  lakh_pixels_params params = params_of(&img, LAKH_SRGB, false, 0);
  const float centers[] = {100, 100, 100, 0, 0, 0, 200, 200, 200};
  int32_t labels[256];
  lakh_pixels *pixels = NULL;
  lakh_paint *paint = NULL;
  CHECK_EQ(lakh_pixels_create(&params, bytes, NULL, &pixels), LAKH_OK);
  CHECK_EQ(lakh_paint_nearest_create(pixels, centers, 3, NULL, NULL, &paint), LAKH_OK);
  paint_bands(paint, &img, 256, labels);
  for (int i = 0; i < 256; i++) CHECK_EQ(labels[i], i < 50 ? 1 : i <= 150 ? 0 : 2);
  lakh_job_free((lakh_job *)pixels);
}

static void a_sample_is_a_grid_of_the_image(void) {
  for (int channels = 3; channels <= 4; channels++) {
    image img = noise(101, 67, channels, 256, 5, 3);
    for (int32_t size = 1; size < 8000; size = size * 3 + 1) {
      size_t stride = 1;
      while ((size_t)size < pixels_of(&img) && stride * stride * (size_t)size < pixels_of(&img)) stride++;
      lakh_pixels_params params = params_of(&img, LAKH_LAB, true, 0.5);
      lakh_pixels_state all, sample;
      lakh_pixels *whole = run_pixels(&img, params, NULL, &all);
      params.sample_size = size;
      lakh_pixels *part = run_pixels(&img, params, NULL, &sample);
      size_t row = 0, found = 0;
      for (size_t i = 0; i < pixels_of(&img); i++) {
        if (is_left_out(&img, true, i)) continue;
        if (i % 101 % stride == 0 && i / 101 % stride == 0)
          CHECK(memcmp(sample.rows.data + 5 * found++, all.rows.data + 5 * row, 5 * sizeof(float)) == 0);
        row++;
      }
      CHECK_EQ(found, sample.rows.rows);
      CHECK_EQ(found, sample.n_visible);
      lakh_job_free((lakh_job *)whole);
      lakh_job_free((lakh_job *)part);
    }
    free(img.bytes);
  }
}

static void what_a_sample_cannot_do_is_refused(void) {
  image img = noise(10, 10, 4, 256, 0, 1);
  float weights[100], centers[3] = {1, 2, NAN};
  for (int i = 0; i < 100; i++) weights[i] = 1;
  lakh_pixels_params params = params_of(&img, LAKH_SRGB, false, 0);
  lakh_pixels *pixels = NULL;
  lakh_paint *paint = NULL;
  params.sample_size = -1;
  CHECK_EQ(lakh_pixels_create(&params, img.bytes, NULL, &pixels), LAKH_BAD_ARGUMENT);
  params.sample_size = 20;
  CHECK_EQ(lakh_pixels_create(&params, img.bytes, weights, &pixels), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_pixels_create(&params, img.bytes, NULL, &pixels), LAKH_OK);
  CHECK_EQ(lakh_job_run((lakh_job *)pixels), LAKH_DONE);
  int32_t labels[100] = {0};
  CHECK_EQ(lakh_paint_create(pixels, labels, 1, NULL, NULL, &paint), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_paint_nearest_create(pixels, NULL, 1, NULL, NULL, &paint), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_paint_nearest_create(pixels, centers, 0, NULL, NULL, &paint), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_paint_nearest_create(pixels, centers, 1, NULL, NULL, &paint), LAKH_NOT_FINITE);
  CHECK(paint == NULL);
  lakh_job_free((lakh_job *)pixels);
  free(img.bytes);
}

static lakh_status make_paint(const void *pixels, lakh_job **job) {
  static const float centers[] = {0, 0, 0, 255, 255, 255, 200, 0, 0};
  static double shares[3];
  return lakh_paint_nearest_create(pixels, centers, 3, shares, NULL, (lakh_paint **)job);
}

static void painting_survives_failing_allocations_and_being_freed(void) {
  image img = noise(1300, 900, 4, 256, 9, 2);
  lakh_pixels_params params = params_of(&img, LAKH_SRGB, true, 0);
  lakh_pixels *pixels = NULL;
  CHECK_EQ(lakh_pixels_create(&params, img.bytes, NULL, &pixels), LAKH_OK);
  survive_failing_allocations(make_paint, pixels);
  survive_being_freed_early(make_paint, pixels);
  lakh_job_free((lakh_job *)pixels);
  free(img.bytes);
}

static const promise promises[] = {
    {"pixels get the label that their row would get", pixels_get_the_label_that_their_row_would_get},
    {"labels are exact however close and many the centres are", labels_are_exact_however_close_and_many_the_centers_are},
    {"pixels between two centres belong to the first", pixels_between_two_centers_belong_to_the_first},
    {"a sample is a grid of the image", a_sample_is_a_grid_of_the_image},
    {"what a sample cannot do is refused", what_a_sample_cannot_do_is_refused},
    {"painting survives failing allocations and being freed", painting_survives_failing_allocations_and_being_freed},
};

MAIN(promises)

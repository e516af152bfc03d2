/* Pixels and painting against what each pixel says for itself. */
#include "input.h"

typedef struct picture {
  lakh_pixels_params params;
  size_t n_pixels;
  uint8_t *bytes;
} picture;

static picture take_picture(input *in) {
  picture p = {.params = {.width = take_int(in, 1, 40), .height = take_int(in, 1, 40), .channels = take_int(in, 3, 4)}};
  p.params.color_space = take_int(in, LAKH_SRGB, LAKH_LAB);
  p.params.skip_transparent = take_int(in, 0, 1);
  p.params.position_weight = take_int(in, 0, 2) * 0.5;
  p.params.count_exponent = take_int(in, 0, 4) * 0.25;
  p.n_pixels = (size_t)p.params.width * (size_t)p.params.height;
  const uint8_t mask = take_byte(in); /* few bits give few colours */
  p.bytes = malloc(p.n_pixels * (size_t)p.params.channels);
  uint8_t last[4] = {0};
  for (size_t i = 0; i < p.n_pixels * (size_t)p.params.channels; i++) {
    uint8_t *value = &last[i % (size_t)p.params.channels];
    *value = in->size > 0 ? take_byte(in) & mask : (uint8_t)(*value * 5 + 1) & mask;
    p.bytes[i] = *value;
  }
  return p;
}

static bool is_visible(const picture *p, size_t pixel) {
  return !p->params.skip_transparent || p->params.channels == 3 || p->bytes[pixel * 4 + 3] != 0;
}

static uint32_t color_of(const picture *p, size_t pixel) {
  const uint8_t *bytes = p->bytes + pixel * (size_t)p->params.channels;
  return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16;
}

/* Paints each row with its own label: pixels of one label are those of one colour, and their weight is the row's. */
static void check_rows(const picture *p, const lakh_pixels_state *state, const int32_t *labels, const float *sample_weight,
                       const double *shares, const uint8_t *means) {
  size_t n_visible = 0;
  double *weights = calloc(state->rows.rows + 1, sizeof *weights);
  for (size_t i = 0; i < p->n_pixels; i++) {
    REQUIRE((labels[i] >= 0) == is_visible(p, i));
    if (labels[i] < 0) continue;
    const uint32_t color = color_of(p, i);
    const uint8_t *mean = means + (size_t)labels[i] * 4;
    REQUIRE((mean[0] | (uint32_t)mean[1] << 8 | (uint32_t)mean[2] << 16) == color && mean[3] == 255);
    weights[labels[i]] += sample_weight != NULL ? (double)sample_weight[i] : 1;
    n_visible++;
  }
  REQUIRE(n_visible == state->n_visible);
  const bool merges = p->params.position_weight == 0 && sample_weight == NULL;
  for (size_t row = 0; row < state->rows.rows; row++) {
    REQUIRE(merges ? shares[row] >= 1 : shares[row] == 1);
    const double weight = state->weights != NULL ? (double)state->weights[row] : 1;
    if (merges)
      REQUIRE(fabs(weight - pow(weights[row], p->params.count_exponent)) <= 1e-5 * weight);
    else if (p->params.count_exponent == 1)
      REQUIRE(weight == weights[row]);
    for (size_t j = 0; j < state->rows.cols; j++) {
      float value = state->rows.data[row * state->rows.cols + j];
      REQUIRE(isfinite(value));
      if (j < 3 && p->params.color_space == LAKH_SRGB) REQUIRE(value == (float)means[row * 4 + j]);
    }
  }
  free(weights);
}

/* Paints in bands of at most `band` pixels; frees the painter. False when an allocation was made to fail. */
static bool paint_bands(const picture *p, lakh_status created, lakh_paint *job, size_t band, int32_t *labels, bool may_fail) {
  if (!run_job(created, (lakh_job *)job, may_fail)) return false;
  for (size_t first = 0; first < p->n_pixels; first += band) {
    const size_t left = p->n_pixels - first, count = left < band ? left : band;
    REQUIRE(lakh_paint_band(job, p->bytes + first * (size_t)p->params.channels, count, labels + first) == LAKH_OK);
    REQUIRE(run_job(LAKH_OK, (lakh_job *)job, false));
  }
  lakh_job_free((lakh_job *)job);
  return true;
}

static void paint(const picture *p, const lakh_pixels *pixels, const lakh_pixels_state *state, const float *sample_weight,
                  bool may_fail) {
  const size_t n_rows = state->rows.rows;
  int32_t *row_labels = malloc((n_rows + 1) * sizeof *row_labels), *labels = malloc(p->n_pixels * sizeof *labels);
  uint8_t *means = malloc((n_rows + 1) * 4);
  double *shares = malloc((n_rows + 1) * sizeof *shares);
  for (size_t row = 0; row < n_rows; row++) row_labels[row] = (int32_t)row;
  lakh_paint *job = NULL;
  lakh_status status = lakh_paint_create(pixels, row_labels, n_rows > 0 ? n_rows : 1, shares, means, &job);
  if (paint_bands(p, status, job, p->n_pixels, labels, may_fail)) {
    check_rows(p, state, labels, sample_weight, shares, means);
    /* Few classes, so that whole cells have one; in bands; over the image itself where that is possible. */
    int32_t *again = p->params.channels == 4 ? (int32_t *)(void *)p->bytes : malloc(p->n_pixels * sizeof *again);
    for (size_t row = 0; row < n_rows; row++) row_labels[row] = means[row * 4] >> 6;
    status = lakh_paint_create(pixels, row_labels, 4, NULL, NULL, &job);
    REQUIRE(paint_bands(p, status, job, p->n_pixels / 5 + 1, again, false));
    for (size_t i = 0; i < p->n_pixels; i++) REQUIRE(again[i] == (labels[i] < 0 ? -1 : means[(size_t)labels[i] * 4] >> 6));
    if (p->params.channels == 3) free(again);
  }
  free(row_labels);
  free(labels);
  free(means);
  free(shares);
}

/* Painting by the nearest of some rows is what painting does with the rows' own nearest ones. */
static void paint_nearest(const picture *p, const lakh_pixels *pixels, const lakh_pixels_state *state) {
  enum { MOST_CENTERS = 5 };
  const lakh_matrix rows = state->rows;
  const size_t n_centers = rows.rows < MOST_CENTERS ? rows.rows : MOST_CENTERS;
  if (n_centers == 0) return;
  float *centers = malloc(n_centers * rows.cols * sizeof *centers);
  for (size_t c = 0; c < n_centers; c++) {
    memcpy(centers + c * rows.cols, rows.data + c * (rows.rows / n_centers) * rows.cols, rows.cols * sizeof *centers);
  }
  int32_t *row_labels = malloc(rows.rows * sizeof *row_labels);
  int32_t *expected = malloc(p->n_pixels * sizeof *expected), *labels = malloc(p->n_pixels * sizeof *labels);
  lakh_assign *assign = NULL;
  REQUIRE(run_job(lakh_assign_create(rows, centers, n_centers, row_labels, NULL, NULL, &assign), (lakh_job *)assign, false));
  lakh_job_free((lakh_job *)assign);
  lakh_paint *job = NULL;
  lakh_status status = lakh_paint_create(pixels, row_labels, n_centers, NULL, NULL, &job);
  REQUIRE(paint_bands(p, status, job, p->n_pixels, expected, false));
  status = lakh_paint_nearest_create(pixels, centers, n_centers, NULL, NULL, &job);
  REQUIRE(paint_bands(p, status, job, p->n_pixels / 3 + 1, labels, false));
  REQUIRE(memcmp(labels, expected, p->n_pixels * sizeof *labels) == 0);
  free(centers);
  free(row_labels);
  free(expected);
  free(labels);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  input in = {data, size};
  const bool pixels_may_fail_later = take_int(&in, 0, 1), paint_may_fail_later = take_int(&in, 0, 1);
  picture p = take_picture(&in);
  float *sample_weight = take_weights(&in, p.n_pixels);
  const bool pixels_may_fail = pixels_may_fail_later && take_failure(&in);
  lakh_pixels *pixels = NULL;
  lakh_status status = lakh_pixels_create(&p.params, p.bytes, sample_weight, &pixels);
  if (run_job(status, (lakh_job *)pixels, pixels_may_fail)) {
    lakh_pixels_state state;
    lakh_pixels_get(pixels, &state);
    paint_nearest(&p, pixels, &state);
    paint(&p, pixels, &state, sample_weight, paint_may_fail_later && take_failure(&in));
    lakh_job_free((lakh_job *)pixels);
  }
  free(sample_weight);
  free(p.bytes);
  return 0;
}

/* An image as weighted rows.
 *
 * A photo has several times fewer colours than pixels, and clustering needs each colour only once, with the number of its
 * pixels as its weight: the colours are counted (color_counts.c), and each becomes a row. Rows come out cell by cell, and within
 * a cell in the order of their first pixels: neighbours in the table are neighbours in colour space, which suits the methods that
 * skip whole regions.
 *
 * With positions, or with a weight for each pixel, nothing is merged and each visible pixel is a row. Where colours are to weigh
 * less than their count, that weight is shared by the pixels of the colour.
 *
 * Time: O(pixels). Memory beside the image: 2 bytes a pixel while it runs, 24 bytes a colour after it; without merging, the rows. */
#include "image/pixels.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/sizes.h"

/* Work of a step, 1 to 2 ms: pixels that are looked at, and rows that are made. */
enum { PIXELS_A_STEP = 1 << 20, ROWS_A_STEP = 1 << 16 };

static lakh_status step(lakh_job *job);
static void release(lakh_job *job);
static lakh_status count_colors(lakh_pixels *pixels);
static lakh_status convert_colors(lakh_pixels *pixels);
static lakh_status weigh_colors(lakh_pixels *pixels);
static lakh_status count_visible(lakh_pixels *pixels);
static lakh_status copy_pixels(lakh_pixels *pixels);

static lakh_status check(const lakh_pixels_params *params, const uint8_t *bytes, const float *sample_weight) {
  if (bytes == NULL || params->width < 1 || params->height < 1) return LAKH_BAD_ARGUMENT;
  if (params->width > INT32_MAX / params->height) return LAKH_BAD_ARGUMENT;
  if (params->channels != 3 && params->channels != 4) return LAKH_BAD_ARGUMENT;
  if (params->color_space < LAKH_SRGB || params->color_space > LAKH_LAB) return LAKH_BAD_ARGUMENT;
  if (!(params->position_weight >= 0 && params->position_weight <= (double)FLT_MAX / 255)) return LAKH_BAD_ARGUMENT;
  if (!(params->count_exponent >= 0 && params->count_exponent <= 1)) return LAKH_BAD_ARGUMENT;
  if (params->sample_size < 0) return LAKH_BAD_ARGUMENT;
  if (sample_weight == NULL) return LAKH_OK;
  if (params->sample_size > 0) return LAKH_BAD_ARGUMENT;
  const size_t n_pixels = (size_t)params->width * (size_t)params->height;
  for (size_t i = 0; i < n_pixels; i++) {
    if (!isfinite(sample_weight[i])) return LAKH_NOT_FINITE;
    if (sample_weight[i] < 0) return LAKH_BAD_ARGUMENT;
  }
  return LAKH_OK;
}

/* How far apart neighbouring pixels are. */
static double position_scale(const lakh_pixels_params *params) {
  const int32_t longer = params->width > params->height ? params->width : params->height;
  if (longer == 1) return 0;
  return params->position_weight * lakh_color_range((lakh_color_space)params->color_space) / (longer - 1);
}

/* Every stride-th pixel of every stride-th line, as an image of its own. The stride is the smallest that leaves at most
 * `sample_size` pixels (a line or column more where the sides are no multiples of it). */
static lakh_status take_sample(lakh_pixels *pixels) {
  const size_t size = (size_t)pixels->params.sample_size, channels = (size_t)pixels->params.channels;
  const size_t width = (size_t)pixels->params.width, height = (size_t)pixels->params.height;
  pixels->source = pixels->image;
  pixels->stride = 1;
  if (size == 0 || size >= pixels->image.count) return LAKH_OK;
  pixels->stride = (size_t)ceil(sqrt((double)pixels->image.count / (double)size));
  const size_t stride = pixels->stride;
  pixels->source.count = ((width + stride - 1) / stride) * ((height + stride - 1) / stride);
  pixels->sample = lakh_alloc(pixels->source.count, channels);
  if (pixels->sample == NULL) return LAKH_NO_MEMORY;
  pixels->source.bytes = pixels->sample;
  uint8_t *next = pixels->sample;
  for (size_t y = 0; y < height; y += stride) {
    for (size_t x = 0; x < width; x += stride, next += channels)
      memcpy(next, pixels->image.bytes + (y * width + x) * channels, channels);
  }
  return LAKH_OK;
}

lakh_status lakh_pixels_create(const lakh_pixels_params *params, const uint8_t *bytes, const float *sample_weight,
                               lakh_pixels **out) {
  lakh_status status = check(params, bytes, sample_weight);
  if (status != LAKH_OK) return status;
  lakh_pixels *pixels = lakh_alloc_zeroed(1, sizeof *pixels);
  if (pixels == NULL) return LAKH_NO_MEMORY;
  pixels->params = *params;
  pixels->image = (lakh_pixel_bytes){
      .bytes = bytes,
      .count = (size_t)params->width * (size_t)params->height,
      .channels = params->channels,
      .skip_transparent = params->skip_transparent != 0,
  };
  pixels->sample_weight = sample_weight;
  pixels->merges = params->position_weight == 0 && sample_weight == NULL;
  pixels->n_cols = params->position_weight > 0 ? 5 : 3;
  pixels->position_scale = position_scale(params);
  lakh_color_table_fill(&pixels->table, (lakh_color_space)params->color_space);
  status = take_sample(pixels);
  const bool counts = pixels->merges || params->count_exponent < 1;
  const int passes = (counts ? 3 : 0) + (pixels->merges ? 0 : 2);
  lakh_job_begin(&pixels->job, step, release, (double)pixels->source.count * passes);
  pixels->phase = counts ? count_colors : count_visible;
  if (status == LAKH_OK && counts) status = lakh_color_counter_begin(&pixels->counter, pixels->source, &pixels->distinct);
  if (status != LAKH_OK) {
    release(&pixels->job);
    return status;
  }
  *out = pixels;
  return LAKH_OK;
}

void lakh_pixels_get(const lakh_pixels *pixels, lakh_pixels_state *state) {
  state->rows = (lakh_matrix){pixels->rows, pixels->n_rows, pixels->n_cols};
  state->weights = pixels->weights;
  state->n_visible = pixels->n_visible;
}

static void release(lakh_job *job) {
  lakh_pixels *pixels = (lakh_pixels *)job;
  lakh_color_counter_release(&pixels->counter);
  lakh_color_counts_release(&pixels->distinct);
  lakh_color_map_release(&pixels->map);
  lakh_free(pixels->pixel_weights);
  lakh_free(pixels->rows);
  lakh_free(pixels->weights);
  lakh_free(pixels->sample);
  lakh_free(pixels);
}

static lakh_status step(lakh_job *job) {
  lakh_pixels *pixels = (lakh_pixels *)job;
  return pixels->phase(pixels);
}

static lakh_status go_on_with(lakh_pixels *pixels, lakh_status (*phase)(lakh_pixels *)) {
  pixels->phase = phase;
  pixels->next = 0;
  return LAKH_MORE;
}

/* Ends the job. Weights that are all one are no weights. */
static lakh_status finish(lakh_pixels *pixels) {
  bool all_one = true;
  for (size_t row = 0; row < pixels->n_rows && pixels->weights != NULL && all_one; row++) {
    all_one = pixels->weights[row] == 1.0F;
  }
  if (all_one) {
    lakh_free(pixels->weights);
    pixels->weights = NULL;
  }
  pixels->done = true;
  return LAKH_DONE;
}

/* ---- A row a colour ------------------------------------------------------------------------------------------------------ */

static lakh_status count_colors(lakh_pixels *pixels) {
  double work = 0;
  lakh_status status = lakh_color_counter_step(&pixels->counter, &work);
  lakh_job_advance(&pixels->job, work);
  if (status != LAKH_DONE) return status;
  pixels->n_visible = pixels->counter.n_visible;
  lakh_color_counter_release(&pixels->counter);
  if (pixels->n_visible == 0) return finish(pixels);
  if (!pixels->merges) return go_on_with(pixels, weigh_colors);

  pixels->n_rows = pixels->distinct.size;
  pixels->rows = lakh_alloc(pixels->n_rows, 3 * sizeof *pixels->rows);
  pixels->weights = lakh_alloc(pixels->n_rows, sizeof *pixels->weights);
  if (pixels->rows == NULL || pixels->weights == NULL) return LAKH_NO_MEMORY;
  return go_on_with(pixels, convert_colors);
}

/* count^exponent by the binary digits of the exponent: the square root, the fourth root, ... of the count. Square roots are the
 * same on every machine. 2^-30 of the exponent is below what a float can show. */
static double power_of_count(double count, double exponent) {
  if (exponent >= 1) return count;
  double power = 1, root = count;
  for (int digit = 0; digit < 30 && root > 1; digit++) {
    root = sqrt(root);
    exponent *= 2;
    if (exponent < 1) continue;
    power *= root;
    exponent -= 1;
  }
  return power;
}

static lakh_status convert_colors(lakh_pixels *pixels) {
  const lakh_color_counts *distinct = &pixels->distinct;
  const size_t begin = pixels->next, end = lakh_smaller(pixels->n_rows, begin + ROWS_A_STEP);
  if (pixels->params.color_space == LAKH_SRGB) {
    lakh_code_rows(distinct->codes + begin, end - begin, pixels->rows + begin * 3);
  } else {
    for (size_t row = begin; row < end; row++) {
      uint8_t color[3];
      lakh_code_color(distinct->codes[row], color);
      lakh_color_features(&pixels->table, color, pixels->rows + row * 3);
    }
  }
  const double exponent = pixels->params.count_exponent;
  for (size_t row = begin; row < end; row++) pixels->weights[row] = (float)power_of_count(distinct->counts[row], exponent);
  pixels->next = end;
  return end < pixels->n_rows ? LAKH_MORE : finish(pixels);
}

/* ---- A row a pixel ------------------------------------------------------------------------------------------------------- */

/* The weight of each pixel of a colour that is seen c times: c^exponent / c. */
static lakh_status weigh_colors(lakh_pixels *pixels) {
  lakh_color_counts *distinct = &pixels->distinct;
  if (pixels->pixel_weights == NULL) {
    pixels->pixel_weights = lakh_alloc(distinct->size, sizeof *pixels->pixel_weights);
    if (pixels->pixel_weights == NULL) return LAKH_NO_MEMORY;
  }
  const size_t end = lakh_smaller(distinct->size, pixels->next + ROWS_A_STEP);
  for (size_t color = pixels->next; color < end; color++) {
    double count = distinct->counts[color];
    pixels->pixel_weights[color] = (float)(power_of_count(count, pixels->params.count_exponent) / count);
  }
  pixels->next = end;
  if (end < distinct->size) return LAKH_MORE;
  lakh_status status = lakh_color_map_fill(&pixels->map, distinct, NULL, distinct->size);
  lakh_color_counts_release(distinct);
  return status == LAKH_OK ? go_on_with(pixels, count_visible) : status;
}

static lakh_status count_visible(lakh_pixels *pixels) {
  const size_t begin = pixels->next, end = lakh_smaller(pixels->source.count, begin + PIXELS_A_STEP);
  if (begin == 0) pixels->n_visible = 0;
  for (size_t pixel = begin; pixel < end; pixel++) pixels->n_visible += !lakh_is_left_out(&pixels->source, pixel);
  lakh_job_advance(&pixels->job, (double)(end - begin));
  pixels->next = end;
  if (end < pixels->source.count) return LAKH_MORE;
  if (pixels->n_visible == 0) return finish(pixels);

  pixels->rows = lakh_alloc(pixels->n_visible, pixels->n_cols * sizeof *pixels->rows);
  if (pixels->rows == NULL) return LAKH_NO_MEMORY;
  if (pixels->sample_weight != NULL || pixels->pixel_weights != NULL) {
    pixels->weights = lakh_alloc(pixels->n_visible, sizeof *pixels->weights);
    if (pixels->weights == NULL) return LAKH_NO_MEMORY;
  }
  return go_on_with(pixels, copy_pixels);
}

void lakh_pixel_features(const lakh_pixels *pixels, size_t x, size_t y, const uint8_t *rgb, float *features) {
  lakh_color_features(&pixels->table, rgb, features);
  if (pixels->n_cols == 3) return;
  features[3] = (float)((double)x * pixels->position_scale);
  features[4] = (float)((double)y * pixels->position_scale);
}

static void copy_row(const lakh_pixels *pixels, size_t pixel, float *row) {
  const size_t width = ((size_t)pixels->params.width + pixels->stride - 1) / pixels->stride;
  const uint8_t *rgb = pixels->source.bytes + pixel * (size_t)pixels->source.channels;
  lakh_pixel_features(pixels, pixel % width * pixels->stride, pixel / width * pixels->stride, rgb, row);
}

static void copy_block(lakh_pixels *pixels, size_t first, size_t count) {
  uint16_t cells[LAKH_PIXEL_BLOCK], colors[LAKH_PIXEL_BLOCK];
  uint32_t numbers[LAKH_PIXEL_BLOCK];
  if (pixels->pixel_weights != NULL) {
    lakh_read_codes(&pixels->source, first, count, cells, colors);
    lakh_color_map_read(&pixels->map, cells, colors, count, numbers);
  }
  for (size_t i = 0; i < count; i++) {
    if (lakh_is_left_out(&pixels->source, first + i)) continue;
    copy_row(pixels, first + i, pixels->rows + pixels->n_rows * pixels->n_cols);
    if (pixels->weights != NULL) {
      float weight = pixels->sample_weight != NULL ? pixels->sample_weight[first + i] : 1;
      if (pixels->pixel_weights != NULL) weight *= pixels->pixel_weights[numbers[i] - 1];
      pixels->weights[pixels->n_rows] = weight;
    }
    pixels->n_rows++;
  }
}

static lakh_status copy_pixels(lakh_pixels *pixels) {
  const size_t begin = pixels->next, end = lakh_smaller(pixels->source.count, begin + ROWS_A_STEP);
  for (size_t first = begin; first < end; first += LAKH_PIXEL_BLOCK) {
    copy_block(pixels, first, lakh_smaller(end - first, LAKH_PIXEL_BLOCK));
  }
  lakh_job_advance(&pixels->job, (double)(end - begin));
  pixels->next = end;
  return end < pixels->source.count ? LAKH_MORE : finish(pixels);
}

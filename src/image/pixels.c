/* An image as weighted rows.
 *
 * A photo has several times fewer colours than pixels, and clustering needs each colour only once, with the number of its
 * pixels as its weight. The colours are merged by sorting, in two rounds of counting that stay in the first-level cache:
 *
 * 1. Pixels are counted by cell, one of 4096 cubes of colour space (kernels/pixel_codes.h).
 * 2. The other 12 bits of each pixel are scattered to the place of its cell.
 * 3. Cell by cell, its colours are counted in a histogram of 4096 entries; a list of those that were touched makes reading and
 *    clearing it as cheap as the cell is poor in colours.
 * 4. The distinct colours become rows of features.
 *
 * Rows come out cell by cell, and within a cell in the order of their first pixels: neighbours in the table are neighbours in
 * colour space, which suits the methods that skip whole regions.
 *
 * With positions, or with a weight for each pixel, nothing is merged and each visible pixel is a row.
 *
 * Time: O(pixels), about 3 passes. Memory beside the image: 2 bytes a pixel while it runs, 24 bytes a colour after it. */
#include "image/pixels.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "kernels/pixel_codes.h"

/* Work of a step, about 2 ms: pixels that are counted, scattered or made rows, and colours that are converted. */
enum { PIXELS_A_STEP = 1 << 19, COLORS_A_STEP = 1 << 16 };

/* Room for colours, twice that when it is full, and so on: 8 MB at first. */
enum { COLORS_AT_FIRST = 1 << 20 };

static lakh_status step(lakh_job *job);
static void release(lakh_job *job);
static lakh_status count_cells(lakh_pixels *pixels);
static lakh_status scatter(lakh_pixels *pixels);
static lakh_status count_colors(lakh_pixels *pixels);
static lakh_status convert_colors(lakh_pixels *pixels);
static lakh_status count_visible(lakh_pixels *pixels);
static lakh_status copy_pixels(lakh_pixels *pixels);

static lakh_status check(const lakh_pixels_params *params, const uint8_t *bytes, const float *sample_weight) {
  if (params->width < 1 || params->height < 1 || bytes == NULL) return LAKH_BAD_ARGUMENT;
  if (params->width > INT32_MAX / params->height) return LAKH_BAD_ARGUMENT;
  if (params->channels != 3 && params->channels != 4) return LAKH_BAD_ARGUMENT;
  if (params->color_space < LAKH_SRGB || params->color_space > LAKH_LAB) return LAKH_BAD_ARGUMENT;
  if (!(params->position_weight >= 0 && params->position_weight <= (double)FLT_MAX / 255)) return LAKH_BAD_ARGUMENT;
  if (!(params->count_exponent >= 0 && params->count_exponent <= 1)) return LAKH_BAD_ARGUMENT;
  if (sample_weight == NULL) return LAKH_OK;
  size_t n_pixels = (size_t)params->width * (size_t)params->height;
  for (size_t i = 0; i < n_pixels; i++) {
    if (!isfinite(sample_weight[i])) return LAKH_NOT_FINITE;
    if (sample_weight[i] < 0) return LAKH_BAD_ARGUMENT;
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
  pixels->bytes = bytes;
  pixels->sample_weight = sample_weight;
  pixels->n_pixels = (size_t)params->width * (size_t)params->height;
  pixels->merges = params->position_weight == 0 && sample_weight == NULL;
  pixels->n_cols = params->position_weight > 0 ? 5 : 3;
  lakh_color_table_fill(&pixels->table, (lakh_color_space)params->color_space);
  lakh_job_begin(&pixels->job, step, release, (double)pixels->n_pixels * (pixels->merges ? 3 : 2));
  if (pixels->merges) {
    lakh_merge *merge = &pixels->merge;
    merge->places = lakh_alloc_zeroed(LAKH_PLACES, sizeof *merge->places);
    merge->sorted = lakh_alloc(pixels->n_pixels, sizeof *merge->sorted);
    merge->seen = lakh_alloc_zeroed(LAKH_CELL_COLORS, sizeof *merge->seen);
    merge->touched = lakh_alloc(LAKH_CELL_COLORS + 1, sizeof *merge->touched);
    pixels->distinct.first_rows = lakh_alloc_zeroed(LAKH_CELLS + 1, sizeof *pixels->distinct.first_rows);
    if (merge->places == NULL || merge->sorted == NULL || merge->seen == NULL || merge->touched == NULL ||
        pixels->distinct.first_rows == NULL) {
      release(&pixels->job);
      return LAKH_NO_MEMORY;
    }
    pixels->phase = count_cells;
  } else {
    pixels->phase = count_visible;
  }
  *out = pixels;
  return LAKH_OK;
}

void lakh_pixels_get(const lakh_pixels *pixels, lakh_pixels_state *state) {
  state->rows = (lakh_matrix){pixels->rows, pixels->n_rows, pixels->n_cols};
  state->weights = pixels->weights;
  state->n_visible = pixels->n_visible;
}

static void release_merge(lakh_merge *merge) {
  lakh_free(merge->places);
  lakh_free(merge->sorted);
  lakh_free(merge->seen);
  lakh_free(merge->touched);
  *merge = (lakh_merge){0};
}

static void release(lakh_job *job) {
  lakh_pixels *pixels = (lakh_pixels *)job;
  release_merge(&pixels->merge);
  lakh_free(pixels->distinct.codes);
  lakh_free(pixels->distinct.counts);
  lakh_free(pixels->distinct.first_rows);
  lakh_free(pixels->rows);
  lakh_free(pixels->weights);
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

static lakh_status finish(lakh_pixels *pixels) {
  pixels->done = true;
  return LAKH_DONE;
}

/* Cells and, unless NULL, colours of a block of pixels. */
static void codes_of(const lakh_pixels *pixels, size_t first, size_t count, uint16_t *cells, uint16_t *colors) {
  const int channels = pixels->params.channels;
  lakh_pixel_codes(pixels->bytes + first * (size_t)channels, count, channels, pixels->params.skip_transparent != 0, cells,
                   colors);
}

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* ---- Merging ------------------------------------------------------------------------------------------------------------ */

/* Counts pixels by cell and stream, and makes the counts the places where they begin. */
static lakh_status count_cells(lakh_pixels *pixels) {
  uint16_t cells[LAKH_PIXEL_BLOCK];
  uint32_t *places = pixels->merge.places;
  const size_t begin = pixels->next, end = smaller(pixels->n_pixels, begin + PIXELS_A_STEP);
  for (size_t first = begin; first < end; first += LAKH_PIXEL_BLOCK) {
    size_t count = smaller(end - first, LAKH_PIXEL_BLOCK), i = 0;
    codes_of(pixels, first, count, cells, NULL);
    for (; i + 2 <= count; i += 2) {
      places[cells[i] * 2]++;
      places[cells[i + 1] * 2 + 1]++;
    }
    if (i < count) places[cells[i] * 2]++;
  }
  lakh_job_advance(&pixels->job, (double)(end - begin));
  pixels->next = end;
  if (end < pixels->n_pixels) return LAKH_MORE;

  uint32_t sum = 0;
  for (size_t i = 0; i < LAKH_PLACES; i++) {
    uint32_t count = places[i];
    if (i == LAKH_TRANSPARENT_CELL * 2) pixels->n_visible = sum;
    places[i] = sum;
    sum += count;
  }
  return go_on_with(pixels, scatter);
}

/* Afterwards the place of a cell's second stream is the end of the cell. */
static lakh_status scatter(lakh_pixels *pixels) {
  uint16_t cells[LAKH_PIXEL_BLOCK], colors[LAKH_PIXEL_BLOCK];
  uint32_t *places = pixels->merge.places;
  uint16_t *sorted = pixels->merge.sorted;
  const size_t begin = pixels->next, end = smaller(pixels->n_pixels, begin + PIXELS_A_STEP);
  for (size_t first = begin; first < end; first += LAKH_PIXEL_BLOCK) {
    size_t count = smaller(end - first, LAKH_PIXEL_BLOCK), i = 0;
    codes_of(pixels, first, count, cells, colors);
    for (; i + 2 <= count; i += 2) {
      sorted[places[cells[i] * 2]++] = colors[i];
      sorted[places[cells[i + 1] * 2 + 1]++] = colors[i + 1];
    }
    if (i < count) sorted[places[cells[i] * 2]++] = colors[i];
  }
  lakh_job_advance(&pixels->job, (double)(end - begin));
  pixels->next = end;
  return end < pixels->n_pixels ? LAKH_MORE : go_on_with(pixels, count_colors);
}

/* Room for all colours of one more cell. */
static lakh_status reserve(lakh_color_counts *distinct, size_t at_most) {
  if (distinct->capacity - distinct->size >= LAKH_CELL_COLORS) return LAKH_OK;
  size_t capacity = smaller(2 * distinct->capacity, at_most) + LAKH_CELL_COLORS;
  if (distinct->capacity == 0) capacity = smaller(at_most, COLORS_AT_FIRST) + LAKH_CELL_COLORS;
  uint32_t *codes = lakh_alloc(capacity, sizeof *codes);
  uint32_t *counts = lakh_alloc(capacity, sizeof *counts);
  if (codes == NULL || counts == NULL) {
    lakh_free(codes);
    lakh_free(counts);
    return LAKH_NO_MEMORY;
  }
  if (distinct->size > 0) {
    memcpy(codes, distinct->codes, distinct->size * sizeof *codes);
    memcpy(counts, distinct->counts, distinct->size * sizeof *counts);
  }
  lakh_free(distinct->codes);
  lakh_free(distinct->counts);
  distinct->codes = codes;
  distinct->counts = counts;
  distinct->capacity = capacity;
  return LAKH_OK;
}

/* Takes the cell's colours out of the histogram. */
static lakh_status collect(lakh_pixels *pixels) {
  lakh_merge *merge = &pixels->merge;
  lakh_color_counts *distinct = &pixels->distinct;
  lakh_status status = reserve(distinct, pixels->n_visible);
  if (status != LAKH_OK) return status;
  uint32_t *codes = distinct->codes + distinct->size, *counts = distinct->counts + distinct->size, *seen = merge->seen;
  const uint16_t *touched = merge->touched;
  const uint32_t cell = (uint32_t)merge->cell << LAKH_CELL_SHIFT;
  for (size_t i = 0; i < merge->n_touched; i++) {
    codes[i] = cell | touched[i];
    counts[i] = seen[touched[i]];
    seen[touched[i]] = 0;
  }
  distinct->size += merge->n_touched;
  merge->n_touched = 0;
  return LAKH_OK;
}

/* Counts the colours of a stretch of one cell; returns how many are known of it now. */
static size_t count_stretch(const uint16_t *sorted, size_t count, uint32_t *seen, uint16_t *touched, size_t n_touched) {
  for (size_t i = 0; i < count; i++) {
    uint16_t color = sorted[i];
    touched[n_touched] = color; /* stays only when the colour is new */
    n_touched += seen[color]++ == 0;
  }
  return n_touched;
}

static lakh_status count_colors(lakh_pixels *pixels) {
  lakh_merge *merge = &pixels->merge;
  const size_t begin = pixels->next, stop = smaller(pixels->n_visible, begin + PIXELS_A_STEP);
  size_t next = begin;
  while (merge->cell < LAKH_CELLS) {
    size_t end_of_cell = merge->places[merge->cell * 2 + 1], end = smaller(end_of_cell, stop);
    merge->n_touched = count_stretch(merge->sorted + next, end - next, merge->seen, merge->touched, merge->n_touched);
    next = end;
    if (next < end_of_cell) break;
    if (merge->n_touched > 0) {
      lakh_status status = collect(pixels);
      if (status != LAKH_OK) return status;
    }
    pixels->distinct.first_rows[++merge->cell] = (uint32_t)pixels->distinct.size;
  }
  lakh_job_advance(&pixels->job, (double)(next - begin));
  pixels->next = next;
  if (merge->cell < LAKH_CELLS) return LAKH_MORE;

  release_merge(merge);
  pixels->n_rows = pixels->distinct.size;
  if (pixels->n_rows == 0) return finish(pixels); /* nothing is visible */
  pixels->rows = lakh_alloc(pixels->n_rows * 3, sizeof *pixels->rows);
  pixels->weights = lakh_alloc(pixels->n_rows, sizeof *pixels->weights);
  if (pixels->rows == NULL || pixels->weights == NULL) return LAKH_NO_MEMORY;
  return go_on_with(pixels, convert_colors);
}

/* count^exponent by the binary digits of the exponent: the square root, the fourth root, ... of the count. Square roots are the
 * same on every machine. 2^-24 of the exponent is below what a float weight can show for counts under 2^31. */
static double power_of_count(double count, double exponent) {
  if (exponent >= 1) return count;
  double power = 1, root = count;
  for (int digit = 0; digit < 30; digit++) {
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
  const size_t begin = pixels->next, end = smaller(pixels->n_rows, begin + COLORS_A_STEP);
  if (pixels->params.color_space == LAKH_SRGB) {
    lakh_code_rows(distinct->codes + begin, end - begin, pixels->rows + begin * 3);
  } else {
    for (size_t row = begin; row < end; row++) {
      uint8_t color[3];
      lakh_code_color(distinct->codes[row], color);
      lakh_color_features(&pixels->table, color, pixels->rows + row * 3);
    }
  }
  if (pixels->params.count_exponent >= 1) {
    for (size_t row = begin; row < end; row++) pixels->weights[row] = (float)distinct->counts[row];
  } else {
    for (size_t row = begin; row < end; row++) {
      pixels->weights[row] = (float)power_of_count(distinct->counts[row], pixels->params.count_exponent);
    }
  }
  pixels->next = end;
  if (end < pixels->n_rows) return LAKH_MORE;
  bool all_one = true;
  for (size_t row = 0; row < pixels->n_rows && all_one; row++) all_one = pixels->weights[row] == 1.0F;
  if (all_one) {
    lakh_free(pixels->weights);
    pixels->weights = NULL;
  }
  return finish(pixels);
}

/* ---- A row a pixel ------------------------------------------------------------------------------------------------------- */

static bool left_out(const lakh_pixels *pixels, size_t pixel) {
  return pixels->params.skip_transparent != 0 && pixels->params.channels == 4 && pixels->bytes[pixel * 4 + 3] == 0;
}

static lakh_status count_visible(lakh_pixels *pixels) {
  const size_t begin = pixels->next, end = smaller(pixels->n_pixels, begin + PIXELS_A_STEP);
  for (size_t pixel = begin; pixel < end; pixel++) pixels->n_visible += !left_out(pixels, pixel);
  lakh_job_advance(&pixels->job, (double)(end - begin));
  pixels->next = end;
  if (end < pixels->n_pixels) return LAKH_MORE;

  pixels->rows = lakh_alloc(pixels->n_visible * pixels->n_cols, sizeof *pixels->rows);
  if (pixels->rows == NULL) return LAKH_NO_MEMORY;
  if (pixels->sample_weight != NULL) {
    pixels->weights = lakh_alloc(pixels->n_visible, sizeof *pixels->weights);
    if (pixels->weights == NULL) return LAKH_NO_MEMORY;
  }
  return go_on_with(pixels, copy_pixels);
}

static lakh_status copy_pixels(lakh_pixels *pixels) {
  const size_t width = (size_t)pixels->params.width, height = (size_t)pixels->params.height, n_cols = pixels->n_cols;
  const size_t longer = width > height ? width : height;
  const double range = lakh_color_range((lakh_color_space)pixels->params.color_space);
  const double scale = longer > 1 ? pixels->params.position_weight * range / (double)(longer - 1) : 0;
  const size_t begin = pixels->next, end = smaller(pixels->n_pixels, begin + COLORS_A_STEP);
  for (size_t pixel = begin; pixel < end; pixel++) {
    if (left_out(pixels, pixel)) continue;
    float *row = pixels->rows + pixels->n_rows * n_cols;
    lakh_color_features(&pixels->table, pixels->bytes + pixel * (size_t)pixels->params.channels, row);
    if (n_cols == 5) {
      row[3] = (float)((double)(pixel % width) * scale);
      row[4] = (float)((double)(pixel / width) * scale);
    }
    if (pixels->weights != NULL) pixels->weights[pixels->n_rows] = pixels->sample_weight[pixel];
    pixels->n_rows++;
  }
  lakh_job_advance(&pixels->job, (double)(end - begin));
  pixels->next = end;
  return end < pixels->n_pixels ? LAKH_MORE : finish(pixels);
}

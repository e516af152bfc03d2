/* From classes back to the pixels.
 *
 * When colours were merged, a pixel's label is that of its colour, which a colour map knows (color_map.h). Otherwise it is that of
 * its row. Or it is that of the nearest centre (classify.h). The image comes in bands, so that neither it nor its labels need be
 * in memory as a whole. Within a band, blocks of pixels are read and labelled one after the other, so that the labels may replace
 * them.
 *
 * Time: O(rows + pixels), one pass. Memory: that of the colour map. */
#include "base/alloc.h"
#include "base/sizes.h"
#include "image/classify.h"

/* Work of a step, about 2 ms. */
enum { PIXELS_A_STEP = 1 << 19 };

typedef struct lakh_class_sums {
  uint64_t pixels;
  uint64_t channels[3];
  /* Of a step's pixels, those of even and of odd index apart, so that neighbours, which are often of one class, do not wait for each
   * other: red | green << 32, and blue | pixels << 32. */
  uint64_t streams[2][2];
} lakh_class_sums;

struct lakh_paint {
  lakh_job job;
  const lakh_pixels *pixels;
  const int32_t *row_labels; /* NULL: by the nearest centre */
  size_t n_labels;
  double *shares;
  uint8_t *means;
  lakh_status (*phase)(lakh_paint *paint);
  size_t next;     /* where the phase goes on: a row, or a pixel of the band */
  size_t next_row; /* when not merged: the row of the next visible pixel */
  lakh_band band;
  int32_t *labels; /* of the band */
  lakh_color_map map;
  lakh_classifier classifier;
  lakh_class_sums *sums; /* n_labels + 1, by class, the first of what is left out; NULL when they are not wanted */
};

static lakh_status step(lakh_job *job);
static void release(lakh_job *job);
static lakh_status sum_colors(lakh_paint *paint);
static lakh_status look_up(lakh_paint *paint);
static lakh_status wait_for_band(lakh_paint *paint);
static lakh_status paint_band(lakh_paint *paint);

static lakh_status begin(const lakh_pixels *pixels, size_t n_labels, double *shares, uint8_t *means, lakh_paint **out) {
  lakh_paint *paint = lakh_alloc_zeroed(1, sizeof *paint);
  if (paint == NULL) return LAKH_NO_MEMORY;
  paint->pixels = pixels;
  paint->n_labels = n_labels;
  paint->shares = shares;
  paint->means = means;
  paint->phase = wait_for_band;
  paint->band.image = pixels->image;
  paint->band.image.count = 0;
  lakh_job_begin(&paint->job, step, release, (double)pixels->image.count);
  if (shares != NULL || means != NULL) {
    paint->sums = lakh_alloc_zeroed(n_labels + 1, sizeof *paint->sums);
    if (paint->sums == NULL) {
      release(&paint->job);
      return LAKH_NO_MEMORY;
    }
  }
  *out = paint;
  return LAKH_OK;
}

lakh_status lakh_paint_create(const lakh_pixels *pixels, const int32_t *row_labels, size_t n_labels, double *shares,
                              uint8_t *means, lakh_paint **out) {
  if (!pixels->done || pixels->stride > 1 || n_labels < 1 || n_labels > INT32_MAX || row_labels == NULL) {
    return LAKH_BAD_ARGUMENT;
  }
  for (size_t row = 0; row < pixels->n_rows; row++) {
    if (row_labels[row] < 0 || (size_t)row_labels[row] >= n_labels) return LAKH_BAD_ARGUMENT;
  }
  lakh_paint *paint;
  lakh_status status = begin(pixels, n_labels, shares, means, &paint);
  if (status != LAKH_OK) return status;
  paint->row_labels = row_labels;
  if (pixels->merges) paint->phase = paint->sums != NULL ? sum_colors : look_up;
  *out = paint;
  return LAKH_OK;
}

lakh_status lakh_paint_nearest_create(const lakh_pixels *pixels, const float *centers, size_t n_labels, double *shares,
                                      uint8_t *means, lakh_paint **out) {
  if (centers == NULL || n_labels < 1 || n_labels > INT32_MAX) return LAKH_BAD_ARGUMENT;
  lakh_paint *paint;
  lakh_status status = begin(pixels, n_labels, shares, means, &paint);
  if (status != LAKH_OK) return status;
  status = lakh_classifier_init(&paint->classifier, pixels, centers, n_labels);
  if (status != LAKH_OK) {
    release(&paint->job);
    return status;
  }
  *out = paint;
  return LAKH_OK;
}

lakh_status lakh_paint_band(lakh_paint *paint, const uint8_t *bytes, size_t count, int32_t *labels) {
  const size_t start = paint->band.start + paint->band.image.count;
  if (paint->job.status != LAKH_DONE || bytes == NULL || labels == NULL) return LAKH_BAD_ARGUMENT;
  if (count < 1 || count > paint->pixels->image.count - start) return LAKH_BAD_ARGUMENT;
  paint->band.start = start;
  paint->band.image.bytes = bytes;
  paint->band.image.count = count;
  paint->labels = labels;
  paint->next = 0;
  paint->phase = paint_band;
  paint->job.status = LAKH_MORE;
  paint->job.done = (double)start;
  return LAKH_OK;
}

static void release(lakh_job *job) {
  lakh_paint *paint = (lakh_paint *)job;
  lakh_color_map_release(&paint->map);
  lakh_classifier_release(&paint->classifier);
  lakh_free(paint->sums);
  lakh_free(paint);
}

static lakh_status step(lakh_job *job) {
  lakh_paint *paint = (lakh_paint *)job;
  return paint->phase(paint);
}

static lakh_status wait_for_band(lakh_paint *paint) {
  (void)paint;
  return LAKH_DONE;
}

/* ---- Sums of the classes -------------------------------------------------------------------------------------------------- */

static void write_sums(const lakh_paint *paint) {
  for (size_t label = 0; label < paint->n_labels; label++) {
    const lakh_class_sums *sums = &paint->sums[label + 1];
    if (paint->shares != NULL) paint->shares[label] = (double)sums->pixels;
    if (paint->means == NULL) continue;
    uint8_t *mean = paint->means + label * 4;
    mean[3] = sums->pixels > 0 ? 255 : 0;
    for (int channel = 0; channel < 3; channel++) {
      mean[channel] = sums->pixels > 0 ? (uint8_t)((sums->channels[channel] + sums->pixels / 2) / sums->pixels) : 0;
    }
  }
}

/* Merged colours know how many pixels they have. */
static lakh_status sum_colors(lakh_paint *paint) {
  const lakh_color_counts *distinct = &paint->pixels->distinct;
  const size_t end = lakh_smaller(distinct->size, paint->next + PIXELS_A_STEP);
  for (size_t row = paint->next; row < end; row++) {
    uint8_t color[3];
    lakh_code_color(distinct->codes[row], color);
    lakh_class_sums *sums = &paint->sums[paint->row_labels[row] + 1];
    sums->pixels += distinct->counts[row];
    for (int channel = 0; channel < 3; channel++) sums->channels[channel] += (uint64_t)distinct->counts[row] * color[channel];
  }
  paint->next = end;
  if (end < distinct->size) return LAKH_MORE;
  write_sums(paint);
  paint->phase = look_up;
  return LAKH_MORE;
}

/* Adds a block's pixels to the sums of their classes. */
static void add_pixels(lakh_paint *paint, size_t first, size_t count, const uint32_t *classes) {
  const size_t channels = (size_t)paint->band.image.channels;
  const uint8_t *pixel = paint->band.image.bytes + first * channels;
  for (size_t i = 0; i < count; i++, pixel += channels) {
    uint64_t *stream = paint->sums[classes[i]].streams[i % 2];
    stream[0] += pixel[0] | (uint64_t)pixel[1] << 32;
    stream[1] += pixel[2] | (uint64_t)1 << 32;
  }
}

/* Ends a step: 2^19 times 255 still fits 32 bits. */
static void gather_streams(const lakh_paint *paint) {
  for (size_t class = 1; class <= paint->n_labels; class ++) {
    lakh_class_sums *sums = &paint->sums[class];
    for (int stream = 0; stream < 2; stream++) {
      uint64_t *packed = sums->streams[stream];
      sums->channels[0] += packed[0] & UINT32_MAX;
      sums->channels[1] += packed[0] >> 32;
      sums->channels[2] += packed[1] & UINT32_MAX;
      sums->pixels += packed[1] >> 32;
      packed[0] = packed[1] = 0;
    }
  }
}

/* ---- Classes of pixels ---------------------------------------------------------------------------------------------------- */

/* The class of a pixel is its label + 1, and 0 when it is left out. */

static lakh_status look_up(lakh_paint *paint) {
  paint->phase = wait_for_band;
  lakh_status status = lakh_color_map_fill(&paint->map, &paint->pixels->distinct, paint->row_labels, paint->n_labels);
  return status == LAKH_OK ? LAKH_DONE : status;
}

static void classes_of_colors(const lakh_paint *paint, size_t first, size_t count, uint32_t *classes) {
  uint16_t cells[LAKH_PIXEL_BLOCK], colors[LAKH_PIXEL_BLOCK];
  lakh_read_codes(&paint->band.image, first, count, cells, colors);
  lakh_color_map_read(&paint->map, cells, colors, count, classes);
}

static void classes_of_rows(lakh_paint *paint, size_t first, size_t count, uint32_t *classes) {
  for (size_t i = 0; i < count; i++) {
    const bool has_row = !lakh_is_left_out(&paint->band.image, first + i) && paint->next_row < paint->pixels->n_rows;
    classes[i] = has_row ? (uint32_t)paint->row_labels[paint->next_row++] + 1 : 0;
  }
}

static void paint_block(lakh_paint *paint, size_t first, size_t count) {
  uint32_t classes[LAKH_PIXEL_BLOCK];
  const bool is_merged = paint->row_labels != NULL && paint->pixels->merges;
  if (paint->row_labels == NULL)
    lakh_classify(&paint->classifier, &paint->band, first, count, classes);
  else if (is_merged)
    classes_of_colors(paint, first, count, classes);
  else
    classes_of_rows(paint, first, count, classes);
  if (paint->sums != NULL && !is_merged) add_pixels(paint, first, count, classes);
  /* The block's pixels have been read: its labels may overwrite them. */
  for (size_t i = 0; i < count; i++) paint->labels[first + i] = (int32_t)classes[i] - 1;
}

static lakh_status paint_band(lakh_paint *paint) {
  const size_t n_pixels = paint->band.image.count, begin = paint->next, end = lakh_smaller(n_pixels, begin + PIXELS_A_STEP);
  for (size_t first = begin; first < end; first += LAKH_PIXEL_BLOCK) {
    paint_block(paint, first, lakh_smaller(end - first, LAKH_PIXEL_BLOCK));
  }
  if (paint->sums != NULL) gather_streams(paint);
  lakh_job_advance(&paint->job, (double)(end - begin));
  paint->next = end;
  if (end < n_pixels) return LAKH_MORE;
  paint->phase = wait_for_band;
  if (paint->sums != NULL && paint->band.start + n_pixels == paint->pixels->image.count) write_sums(paint);
  return LAKH_DONE;
}

void lakh_recolor(const int32_t *labels, size_t count, const uint32_t *colors, uint32_t *recolored) {
  for (size_t i = 0; i < count; i++) recolored[i] = labels[i] < 0 ? 0 : colors[labels[i]];
}

/* From classes back to the pixels.
 *
 * When colours were merged, a pixel's label is that of its colour, which a colour map knows (color_map.h). Otherwise it is that of
 * its row. Or it is that of the nearest centre (classify.h). Blocks of pixels are read, labelled and written one after the other,
 * so that the labels may replace the image.
 *
 * Time: O(rows + pixels), one pass, two when sums of unmerged pixels are wanted. Memory: that of the colour map. */
#include <string.h>

#include "base/alloc.h"
#include "base/sizes.h"
#include "image/classify.h"

/* Work of a step, about 2 ms. */
enum { PIXELS_A_STEP = 1 << 19 };

typedef struct lakh_class_sums {
  uint64_t pixels;
  uint64_t channels[3];
} lakh_class_sums;

struct lakh_paint {
  lakh_job job;
  const lakh_pixels *pixels;
  const int32_t *row_labels;
  size_t n_labels;
  lakh_painting to;
  lakh_status (*phase)(lakh_paint *paint);
  size_t next;     /* the next pixel */
  size_t next_row; /* when not merged: the row of the next visible pixel */
  lakh_color_map map;
  lakh_classifier classifier;
  lakh_class_sums *sums;  /* n_labels */
  uint32_t *class_colors; /* n_labels + 1 RGBA colours by class; the first is transparent */
};

static lakh_status step(lakh_job *job);
static void release(lakh_job *job);
static lakh_status sum_colors(lakh_paint *paint);
static lakh_status sum_pixels(lakh_paint *paint);
static lakh_status look_up(lakh_paint *paint);
static lakh_status paint_pixels(lakh_paint *paint);
static lakh_status classify_pixels(lakh_paint *paint);
static lakh_status color_classes(lakh_paint *paint);

static lakh_status begin(const lakh_pixels *pixels, size_t n_labels, const lakh_painting *to,
                         lakh_status (*phase)(lakh_paint *), lakh_paint **out) {
  lakh_paint *paint = lakh_alloc_zeroed(1, sizeof *paint);
  if (paint == NULL) return LAKH_NO_MEMORY;
  paint->pixels = pixels;
  paint->n_labels = n_labels;
  paint->to = *to;
  paint->phase = phase;
  lakh_job_begin(&paint->job, step, release, (double)pixels->image.count);
  paint->sums = lakh_alloc_zeroed(n_labels, sizeof *paint->sums);
  paint->class_colors = lakh_alloc_zeroed(n_labels + 1, sizeof *paint->class_colors);
  if (paint->sums == NULL || paint->class_colors == NULL) {
    release(&paint->job);
    return LAKH_NO_MEMORY;
  }
  *out = paint;
  return LAKH_OK;
}

lakh_status lakh_paint_create(const lakh_pixels *pixels, const int32_t *row_labels, size_t n_labels,
                              const lakh_painting *painting, lakh_paint **out) {
  if (!pixels->done || pixels->stride > 1 || n_labels < 1 || n_labels > INT32_MAX) return LAKH_BAD_ARGUMENT;
  if (row_labels == NULL && pixels->n_rows > 0) return LAKH_BAD_ARGUMENT;
  for (size_t row = 0; row < pixels->n_rows; row++) {
    if (row_labels[row] < 0 || (size_t)row_labels[row] >= n_labels) return LAKH_BAD_ARGUMENT;
  }
  lakh_paint *paint;
  lakh_status status = begin(pixels, n_labels, painting, pixels->merges ? sum_colors : sum_pixels, &paint);
  if (status != LAKH_OK) return status;
  paint->row_labels = row_labels;
  *out = paint;
  return LAKH_OK;
}

lakh_status lakh_paint_nearest_create(const lakh_pixels *pixels, const float *centers, size_t n_labels,
                                      const lakh_painting *painting, lakh_paint **out) {
  if (centers == NULL || n_labels < 1 || n_labels > INT32_MAX) return LAKH_BAD_ARGUMENT;
  lakh_paint *paint;
  lakh_status status = begin(pixels, n_labels, painting, classify_pixels, &paint);
  if (status != LAKH_OK) return status;
  status = lakh_classifier_init(&paint->classifier, pixels, centers, n_labels);
  if (status != LAKH_OK) {
    release(&paint->job);
    return status;
  }
  *out = paint;
  return LAKH_OK;
}

static void release(lakh_job *job) {
  lakh_paint *paint = (lakh_paint *)job;
  lakh_color_map_release(&paint->map);
  lakh_classifier_release(&paint->classifier);
  lakh_free(paint->sums);
  lakh_free(paint->class_colors);
  lakh_free(paint);
}

static lakh_status step(lakh_job *job) {
  lakh_paint *paint = (lakh_paint *)job;
  return paint->phase(paint);
}

/* ---- Sums of the classes -------------------------------------------------------------------------------------------------- */

static void add_color(lakh_class_sums *sums, const uint8_t color[3], uint64_t count) {
  sums->pixels += count;
  for (int channel = 0; channel < 3; channel++) sums->channels[channel] += count * color[channel];
}

/* Writes shares and means, and chooses the colours to paint with. */
static void write_sums(lakh_paint *paint) {
  for (size_t label = 0; label < paint->n_labels; label++) {
    const lakh_class_sums *sums = &paint->sums[label];
    uint8_t mean[4] = {0, 0, 0, 0};
    if (sums->pixels > 0) {
      for (int channel = 0; channel < 3; channel++) {
        mean[channel] = (uint8_t)((sums->channels[channel] + sums->pixels / 2) / sums->pixels);
      }
      mean[3] = 255;
    }
    if (paint->to.shares != NULL) paint->to.shares[label] = (double)sums->pixels;
    if (paint->to.means != NULL) memcpy(paint->to.means + label * 4, mean, 4);
    memcpy(paint->class_colors + label + 1, paint->to.colors != NULL ? paint->to.colors + label * 4 : mean, 4);
  }
  paint->next = 0;
  paint->next_row = 0;
}

static lakh_status finish_sums(lakh_paint *paint) {
  write_sums(paint);
  if (paint->to.labels == NULL && paint->to.recolored == NULL) return LAKH_DONE;
  paint->phase = paint->pixels->merges ? look_up : paint_pixels;
  return LAKH_MORE;
}

static bool wants_sums(const lakh_paint *paint) {
  return paint->to.shares != NULL || paint->to.means != NULL || (paint->to.recolored != NULL && paint->to.colors == NULL);
}

static lakh_status sum_colors(lakh_paint *paint) {
  const lakh_color_counts *distinct = &paint->pixels->distinct;
  if (!wants_sums(paint)) return finish_sums(paint);
  const size_t end = lakh_smaller(distinct->size, paint->next + PIXELS_A_STEP);
  for (size_t row = paint->next; row < end; row++) {
    uint8_t color[3];
    lakh_code_color(distinct->codes[row], color);
    add_color(&paint->sums[paint->row_labels[row]], color, distinct->counts[row]);
  }
  paint->next = end;
  return end < distinct->size ? LAKH_MORE : finish_sums(paint);
}

static lakh_status sum_pixels(lakh_paint *paint) {
  const lakh_pixels *pixels = paint->pixels;
  if (!wants_sums(paint)) return finish_sums(paint);
  const size_t end = lakh_smaller(pixels->image.count, paint->next + PIXELS_A_STEP);
  for (size_t pixel = paint->next; pixel < end; pixel++) {
    if (lakh_is_left_out(&pixels->image, pixel)) continue;
    int32_t label = paint->row_labels[paint->next_row++];
    add_color(&paint->sums[label], pixels->image.bytes + pixel * (size_t)pixels->params.channels, 1);
  }
  paint->next = end;
  return end < pixels->image.count ? LAKH_MORE : finish_sums(paint);
}

/* ---- Classes of pixels ---------------------------------------------------------------------------------------------------- */

/* The class of a pixel is its label + 1, and 0 when it is left out. */

static lakh_status look_up(lakh_paint *paint) {
  paint->phase = paint_pixels;
  lakh_status status = lakh_color_map_fill(&paint->map, &paint->pixels->distinct, paint->row_labels, paint->n_labels);
  return status == LAKH_OK ? LAKH_MORE : status;
}

static void classes_of_colors(const lakh_paint *paint, size_t first, size_t count, uint32_t *classes) {
  uint16_t cells[LAKH_PIXEL_BLOCK], colors[LAKH_PIXEL_BLOCK];
  lakh_read_codes(&paint->pixels->image, first, count, cells, colors);
  lakh_color_map_read(&paint->map, cells, colors, count, classes);
}

static void classes_of_rows(lakh_paint *paint, size_t first, size_t count, uint32_t *classes) {
  for (size_t i = 0; i < count; i++) {
    classes[i] = lakh_is_left_out(&paint->pixels->image, first + i) ? 0 : (uint32_t)paint->row_labels[paint->next_row++] + 1;
  }
}

static lakh_status paint_pixels(lakh_paint *paint) {
  uint32_t classes[LAKH_PIXEL_BLOCK];
  const size_t n_pixels = paint->pixels->image.count, begin = paint->next, end = lakh_smaller(n_pixels, begin + PIXELS_A_STEP);
  for (size_t first = begin; first < end; first += LAKH_PIXEL_BLOCK) {
    size_t count = lakh_smaller(end - first, LAKH_PIXEL_BLOCK);
    if (paint->pixels->merges)
      classes_of_colors(paint, first, count, classes);
    else
      classes_of_rows(paint, first, count, classes);
    /* The block's pixels have been read: its labels may overwrite them. */
    if (paint->to.labels != NULL) {
      for (size_t i = 0; i < count; i++) paint->to.labels[first + i] = (int32_t)classes[i] - 1;
    }
    if (paint->to.recolored != NULL) {
      for (size_t i = 0; i < count; i++) memcpy(paint->to.recolored + (first + i) * 4, &paint->class_colors[classes[i]], 4);
    }
  }
  lakh_job_advance(&paint->job, (double)(end - begin));
  paint->next = end;
  return end < n_pixels ? LAKH_MORE : LAKH_DONE;
}

/* ---- Classes by the nearest centre ---------------------------------------------------------------------------------------- */

/* Adds a block's pixels to the sums of their classes. */
static void add_pixels(lakh_paint *paint, size_t first, size_t count, const uint32_t *classes) {
  const lakh_pixel_bytes *image = &paint->pixels->image;
  for (size_t i = 0; i < count; i++) {
    if (classes[i] != 0) add_color(&paint->sums[classes[i] - 1], image->bytes + (first + i) * (size_t)image->channels, 1);
  }
}

/* One look at each pixel gives its label and its share of the sums. What colour its class will have is known only in the end:
 * until then `recolored` holds the classes. */
static lakh_status classify_pixels(lakh_paint *paint) {
  uint32_t classes[LAKH_PIXEL_BLOCK];
  const size_t n_pixels = paint->pixels->image.count, begin = paint->next, end = lakh_smaller(n_pixels, begin + PIXELS_A_STEP);
  for (size_t first = begin; first < end; first += LAKH_PIXEL_BLOCK) {
    size_t count = lakh_smaller(end - first, LAKH_PIXEL_BLOCK);
    lakh_classify(&paint->classifier, first, count, classes);
    if (wants_sums(paint)) add_pixels(paint, first, count, classes);
    if (paint->to.labels != NULL) {
      for (size_t i = 0; i < count; i++) paint->to.labels[first + i] = (int32_t)classes[i] - 1;
    }
    if (paint->to.recolored != NULL) memcpy(paint->to.recolored + first * 4, classes, count * 4);
  }
  lakh_job_advance(&paint->job, (double)(end - begin));
  paint->next = end;
  if (end < n_pixels) return LAKH_MORE;
  write_sums(paint);
  if (paint->to.recolored == NULL) return LAKH_DONE;
  paint->phase = color_classes;
  return LAKH_MORE;
}

static lakh_status color_classes(lakh_paint *paint) {
  const size_t n_pixels = paint->pixels->image.count, end = lakh_smaller(n_pixels, paint->next + 2 * PIXELS_A_STEP);
  for (size_t pixel = paint->next; pixel < end; pixel++) {
    uint32_t class;
    memcpy(&class, paint->to.recolored + pixel * 4, 4);
    memcpy(paint->to.recolored + pixel * 4, &paint->class_colors[class], 4);
  }
  paint->next = end;
  return end < n_pixels ? LAKH_MORE : LAKH_DONE;
}

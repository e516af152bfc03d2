/* A labelling of rows carried back to the pixels.
 *
 * When colours were merged, a pixel's label is that of its colour, which a colour map knows (color_map.h). Otherwise it is that of
 * its row. Blocks of pixels are read, labelled and written one after the other, so that the labels may replace the image.
 *
 * Time: O(rows + pixels), one pass, two when sums of unmerged pixels are wanted. Memory: that of the colour map. */
#include <string.h>

#include "base/alloc.h"
#include "image/pixels.h"

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
  const uint8_t *colors;
  int32_t *labels;
  uint8_t *recolored;
  double *shares;
  uint8_t *means;
  lakh_status (*phase)(lakh_paint *paint);
  size_t next;     /* the next pixel */
  size_t next_row; /* when not merged: the row of the next visible pixel */
  lakh_color_map map;
  lakh_class_sums *sums;  /* n_labels */
  uint32_t *class_colors; /* n_labels + 1 RGBA colours by class; the first is transparent */
};

static lakh_status step(lakh_job *job);
static void release(lakh_job *job);
static lakh_status sum_colors(lakh_paint *paint);
static lakh_status sum_pixels(lakh_paint *paint);
static lakh_status look_up(lakh_paint *paint);
static lakh_status paint_pixels(lakh_paint *paint);

lakh_status lakh_paint_create(const lakh_pixels *pixels, const int32_t *row_labels, size_t n_labels, const uint8_t *colors,
                              int32_t *labels, uint8_t *recolored, double *shares, uint8_t *means, lakh_paint **out) {
  if (!pixels->done || n_labels < 1 || n_labels > INT32_MAX) return LAKH_BAD_ARGUMENT;
  if (row_labels == NULL && pixels->n_rows > 0) return LAKH_BAD_ARGUMENT;
  for (size_t row = 0; row < pixels->n_rows; row++) {
    if (row_labels[row] < 0 || (size_t)row_labels[row] >= n_labels) return LAKH_BAD_ARGUMENT;
  }
  lakh_paint *paint = lakh_alloc_zeroed(1, sizeof *paint);
  if (paint == NULL) return LAKH_NO_MEMORY;
  paint->pixels = pixels;
  paint->row_labels = row_labels;
  paint->n_labels = n_labels;
  paint->colors = colors;
  paint->labels = labels;
  paint->recolored = recolored;
  paint->shares = shares;
  paint->means = means;
  paint->phase = pixels->merges ? sum_colors : sum_pixels;
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

static void release(lakh_job *job) {
  lakh_paint *paint = (lakh_paint *)job;
  lakh_color_map_release(&paint->map);
  lakh_free(paint->sums);
  lakh_free(paint->class_colors);
  lakh_free(paint);
}

static lakh_status step(lakh_job *job) {
  lakh_paint *paint = (lakh_paint *)job;
  return paint->phase(paint);
}

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* ---- Sums of the classes -------------------------------------------------------------------------------------------------- */

static void add_color(lakh_class_sums *sums, const uint8_t color[3], uint64_t count) {
  sums->pixels += count;
  for (int channel = 0; channel < 3; channel++) sums->channels[channel] += count * color[channel];
}

/* Writes shares and means, and chooses the colours to paint with. */
static lakh_status finish_sums(lakh_paint *paint) {
  for (size_t label = 0; label < paint->n_labels; label++) {
    const lakh_class_sums *sums = &paint->sums[label];
    uint8_t mean[4] = {0, 0, 0, 0};
    if (sums->pixels > 0) {
      for (int channel = 0; channel < 3; channel++) {
        mean[channel] = (uint8_t)((sums->channels[channel] + sums->pixels / 2) / sums->pixels);
      }
      mean[3] = 255;
    }
    if (paint->shares != NULL) paint->shares[label] = (double)sums->pixels;
    if (paint->means != NULL) memcpy(paint->means + label * 4, mean, 4);
    memcpy(paint->class_colors + label + 1, paint->colors != NULL ? paint->colors + label * 4 : mean, 4);
  }
  paint->next = 0;
  paint->next_row = 0;
  if (paint->labels == NULL && paint->recolored == NULL) return LAKH_DONE;
  paint->phase = paint->pixels->merges ? look_up : paint_pixels;
  return LAKH_MORE;
}

static bool wants_sums(const lakh_paint *paint) {
  return paint->shares != NULL || paint->means != NULL || (paint->recolored != NULL && paint->colors == NULL);
}

static lakh_status sum_colors(lakh_paint *paint) {
  const lakh_color_counts *distinct = &paint->pixels->distinct;
  if (!wants_sums(paint)) return finish_sums(paint);
  const size_t end = smaller(distinct->size, paint->next + PIXELS_A_STEP);
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
  const size_t end = smaller(pixels->image.count, paint->next + PIXELS_A_STEP);
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
  const size_t n_pixels = paint->pixels->image.count, begin = paint->next, end = smaller(n_pixels, begin + PIXELS_A_STEP);
  for (size_t first = begin; first < end; first += LAKH_PIXEL_BLOCK) {
    size_t count = smaller(end - first, LAKH_PIXEL_BLOCK);
    if (paint->pixels->merges)
      classes_of_colors(paint, first, count, classes);
    else
      classes_of_rows(paint, first, count, classes);
    /* The block's pixels have been read: its labels may overwrite them. */
    if (paint->labels != NULL) {
      for (size_t i = 0; i < count; i++) paint->labels[first + i] = (int32_t)classes[i] - 1;
    }
    if (paint->recolored != NULL) {
      for (size_t i = 0; i < count; i++) memcpy(paint->recolored + (first + i) * 4, &paint->class_colors[classes[i]], 4);
    }
  }
  lakh_job_advance(&paint->job, (double)(end - begin));
  paint->next = end;
  return end < n_pixels ? LAKH_MORE : LAKH_DONE;
}

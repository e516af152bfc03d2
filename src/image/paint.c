/* A labelling of rows carried back to the pixels.
 *
 * When colours were merged, a pixel's label is that of its colour. It is found by the colour's octant, one of 32768 cubes of 512
 * colours (kernels/pixel_codes.h): most octants lie within one class and give the label at once; the octants through which a
 * border between classes runs have a table of their 512 labels.
 *
 * Time: O(rows + pixels), one pass. Memory: 128 kB and 2 kB for each octant on a border. */
#include <string.h>

#include "base/alloc.h"
#include "image/pixels.h"
#include "kernels/pixel_codes.h"

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
  size_t next;           /* the next pixel */
  size_t next_row;       /* when not merged: the row of the next visible pixel */
  int32_t *octants;      /* LAKH_OCTANTS + 1: label >= 0, UNUSED, or BORDER - (number of the table) */
  int32_t *tables;       /* LAKH_OCTANT_COLORS labels for each octant on a border */
  lakh_class_sums *sums; /* n_labels + 1 */
  uint8_t *class_colors; /* n_labels + 1 RGBA colours, the last one transparent */
};

enum { UNUSED = -1, BORDER = -2 };

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
  lakh_job_begin(&paint->job, step, release, (double)pixels->n_pixels);
  paint->sums = lakh_alloc_zeroed(n_labels, sizeof *paint->sums);
  paint->class_colors = lakh_alloc_zeroed(n_labels + 1, 4);
  if (paint->sums == NULL || paint->class_colors == NULL) {
    release(&paint->job);
    return LAKH_NO_MEMORY;
  }
  *out = paint;
  return LAKH_OK;
}

static void release(lakh_job *job) {
  lakh_paint *paint = (lakh_paint *)job;
  lakh_free(paint->octants);
  lakh_free(paint->tables);
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
    memcpy(paint->class_colors + label * 4, paint->colors != NULL ? paint->colors + label * 4 : mean, 4);
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

static bool left_out(const lakh_pixels *pixels, size_t pixel) {
  return pixels->params.skip_transparent != 0 && pixels->params.channels == 4 && pixels->bytes[pixel * 4 + 3] == 0;
}

static lakh_status sum_pixels(lakh_paint *paint) {
  const lakh_pixels *pixels = paint->pixels;
  if (!wants_sums(paint)) return finish_sums(paint);
  const size_t end = smaller(pixels->n_pixels, paint->next + PIXELS_A_STEP);
  for (size_t pixel = paint->next; pixel < end; pixel++) {
    if (left_out(pixels, pixel)) continue;
    int32_t label = paint->row_labels[paint->next_row++];
    add_color(&paint->sums[label], pixels->bytes + pixel * (size_t)pixels->params.channels, 1);
  }
  paint->next = end;
  return end < pixels->n_pixels ? LAKH_MORE : finish_sums(paint);
}

/* ---- Labels of colours ----------------------------------------------------------------------------------------------------- */

/* Octants of one label get it, the others a table. */
static lakh_status look_up(lakh_paint *paint) {
  const lakh_color_counts *distinct = &paint->pixels->distinct;
  paint->octants = lakh_alloc(LAKH_OCTANTS + 1, sizeof *paint->octants);
  if (paint->octants == NULL) return LAKH_NO_MEMORY;
  for (size_t octant = 0; octant <= LAKH_OCTANTS; octant++) paint->octants[octant] = UNUSED;
  int32_t n_tables = 0;
  for (size_t row = 0; row < distinct->size; row++) {
    int32_t *octant = &paint->octants[distinct->codes[row] >> LAKH_OCTANT_SHIFT], label = paint->row_labels[row];
    if (*octant == UNUSED)
      *octant = label;
    else if (*octant >= 0 && *octant != label)
      *octant = BORDER - n_tables++;
  }
  paint->tables = lakh_alloc((size_t)n_tables * LAKH_OCTANT_COLORS, sizeof *paint->tables);
  if (paint->tables == NULL) return LAKH_NO_MEMORY;
  for (size_t row = 0; row < distinct->size; row++) {
    uint32_t code = distinct->codes[row];
    int32_t octant = paint->octants[code >> LAKH_OCTANT_SHIFT];
    if (octant > BORDER) continue;
    paint->tables[(size_t)(BORDER - octant) * LAKH_OCTANT_COLORS + (code & (LAKH_OCTANT_COLORS - 1))] = paint->row_labels[row];
  }
  paint->phase = paint_pixels;
  return LAKH_MORE;
}

static void labels_of_colors(const lakh_paint *paint, size_t first, size_t count, int32_t *labels) {
  const lakh_pixels *pixels = paint->pixels;
  const int channels = pixels->params.channels;
  uint32_t codes[LAKH_PIXEL_BLOCK];
  lakh_pixel_codes(pixels->bytes + first * (size_t)channels, count, channels, pixels->params.skip_transparent != 0, codes);
  for (size_t i = 0; i < count; i++) {
    int32_t label = paint->octants[codes[i] >> LAKH_OCTANT_SHIFT];
    if (label <= BORDER) {
      label = paint->tables[(size_t)(BORDER - label) * LAKH_OCTANT_COLORS + (codes[i] & (LAKH_OCTANT_COLORS - 1))];
    }
    labels[i] = label;
  }
}

static void labels_of_rows(lakh_paint *paint, size_t first, size_t count, int32_t *labels) {
  for (size_t i = 0; i < count; i++) labels[i] = left_out(paint->pixels, first + i) ? -1 : paint->row_labels[paint->next_row++];
}

/* ---- Pixels ---------------------------------------------------------------------------------------------------------------- */

static lakh_status paint_pixels(lakh_paint *paint) {
  int32_t labels[LAKH_PIXEL_BLOCK];
  const size_t n_pixels = paint->pixels->n_pixels, begin = paint->next, end = smaller(n_pixels, begin + PIXELS_A_STEP);
  for (size_t first = begin; first < end; first += LAKH_PIXEL_BLOCK) {
    size_t count = smaller(end - first, LAKH_PIXEL_BLOCK);
    if (paint->pixels->merges)
      labels_of_colors(paint, first, count, labels);
    else
      labels_of_rows(paint, first, count, labels);
    /* The block's pixels have been read: its labels may overwrite them. */
    if (paint->labels != NULL) memcpy(paint->labels + first, labels, count * sizeof *labels);
    if (paint->recolored == NULL) continue;
    for (size_t i = 0; i < count; i++) {
      size_t color = labels[i] >= 0 ? (size_t)labels[i] : paint->n_labels;
      memcpy(paint->recolored + (first + i) * 4, paint->class_colors + color * 4, 4);
    }
  }
  lakh_job_advance(&paint->job, (double)(end - begin));
  paint->next = end;
  return end < n_pixels ? LAKH_MORE : LAKH_DONE;
}

/* Assigns rows to the nearest of given centres (nearest.h), as k-means does when it labels its rows: a few rows at a time are put
 * into lanes and compared with all centres in tiles, and those that the kernel is not sure about in double.
 *
 * Time: O(n k d). Memory: 64 rows, and the centres twice. */
#include "base/alloc.h"
#include "base/job.h"
#include "cluster/kmeans_rows.h"
#include "cluster/nearest.h"
#include "kernels/range.h"
#include "lakh.h"

#include <math.h>

enum {
  GROUPS = 16, /* packed at a time */
  ROWS = GROUPS * LAKH_LANES,
  WORK_A_STEP = 1 << 22, /* multiplications: 1 to 2 ms */
};

struct lakh_assign {
  lakh_job job;
  lakh_matrix x;
  size_t n_centers;
  int32_t *labels;
  float *distances;
  float *nearest;
  size_t next_row;

  lakh_frame frame;
  double *centers; /* as given */
  float *lines;
  float *packed;
  float longest;
  float *lanes; /* GROUPS of rows */
};

/* The squared lengths of the rows that are packed, their labels, and what the kernel reports. */
typedef struct batch {
  float squares[ROWS];
  int32_t labels[ROWS];
  uint8_t reports[GROUPS];
} batch;

static const float *row_of(const lakh_assign *self, size_t row) {
  size_t last = self->x.rows - 1;
  return self->x.data + (row < last ? row : last) * self->x.cols;
}

/* Packs n rows from `begin` on; rows past the last are copies of it. */
static size_t pack(lakh_assign *self, size_t begin, size_t n, batch *batch) {
  size_t n_groups = (n + 2 * LAKH_LANES - 1) / (2 * LAKH_LANES) * 2;
  for (size_t g = 0; g < n_groups; g++) {
    const float *four[LAKH_LANES];
    for (size_t l = 0; l < LAKH_LANES; l++) four[l] = row_of(self, begin + g * LAKH_LANES + l);
    lakh_lanes_pack(four, self->x.cols, self->frame.scale, self->frame.shift, self->lanes + g * LAKH_LANES * self->x.cols,
                    batch->squares + g * LAKH_LANES);
  }
  return n_groups;
}

static void write_distances(lakh_assign *self, size_t begin, size_t n) {
  size_t cols = self->x.cols, k = self->n_centers;
  float unit = 1 / self->frame.scale;
  for (size_t i = 0; i < n; i += LAKH_LANES) {
    const float *lanes = self->lanes + i * cols;
    float *out = self->distances + (begin + i) * k;
    if (n - i >= LAKH_LANES) {
      lakh_lanes_distances(lanes, cols, self->lines, k, unit, out, k);
      continue;
    }
    for (size_t c = 0; c < k; c++) {
      float column[LAKH_LANES];
      lakh_lanes_distances(lanes, cols, self->lines + c * (1 + cols), 1, unit, column, 1);
      for (size_t l = 0; l < n - i; l++) out[l * k + c] = column[l];
    }
  }
}

static void assign_rows(lakh_assign *self, size_t begin, size_t n) {
  size_t cols = self->x.cols;
  batch batch = {.labels = {0}};
  size_t n_groups = pack(self, begin, n, &batch);
  if (self->distances != NULL) write_distances(self, begin, n);
  if (self->labels == NULL && self->nearest == NULL) return;
  float error = lakh_score_error(cols), fixed = error * self->longest * self->longest + LAKH_LEAST_ERROR;
  lakh_lanes_nearest(self->lanes, n_groups, cols, self->packed, self->n_centers, batch.squares, fixed,
                     2 * error * self->longest, batch.labels, batch.labels, batch.reports);
  for (size_t i = 0; i < n; i++) {
    const float *row = row_of(self, begin + i);
    int32_t label = batch.labels[i];
    if (batch.reports[i / LAKH_LANES] >> (LAKH_LANES + i % LAKH_LANES) & 1)
      label = lakh_nearest_center(row, self->centers, self->n_centers, cols);
    if (self->labels != NULL) self->labels[begin + i] = label;
    if (self->nearest != NULL)
      self->nearest[begin + i] = (float)lakh_squared_distance(row, self->centers + (size_t)label * cols, cols);
  }
}

static lakh_status step(lakh_job *job) {
  lakh_assign *self = (lakh_assign *)job;
  double work = WORK_A_STEP, work_a_row = ((double)self->n_centers + 4) * (double)self->x.cols;
  while (self->next_row < self->x.rows && work > 0) {
    size_t left = self->x.rows - self->next_row, n = left < ROWS ? left : ROWS;
    assign_rows(self, self->next_row, n);
    self->next_row += n;
    work -= work_a_row * ROWS;
    lakh_job_advance(job, (double)n);
  }
  return self->next_row == self->x.rows ? LAKH_DONE : LAKH_MORE;
}

static void free_assign(lakh_job *job) {
  lakh_assign *self = (lakh_assign *)job;
  lakh_frame_free(&self->frame);
  lakh_free(self->centers);
  lakh_free(self->lines);
  lakh_free(self->packed);
  lakh_free(self->lanes);
  lakh_free(self);
}

static lakh_status prepare(lakh_assign *self, const float *centers, float max_abs) {
  size_t k = self->n_centers, cols = self->x.cols;
  if (lakh_frame_create(self->x, max_abs, &self->frame) != LAKH_OK) return LAKH_NO_MEMORY;
  self->centers = lakh_alloc(k, cols * sizeof(double));
  self->lines = lakh_alloc(k, (1 + cols) * sizeof(float));
  self->packed = lakh_alloc(k, (1 + cols) * sizeof(float));
  self->lanes = lakh_alloc(cols, ROWS * sizeof(float));
  if (self->centers == NULL || self->lines == NULL || self->packed == NULL || self->lanes == NULL) return LAKH_NO_MEMORY;
  for (size_t i = 0; i < k * cols; i++) self->centers[i] = (double)centers[i];
  for (size_t c = 0; c < k; c++)
    self->longest =
        fmaxf(self->longest, lakh_frame_line(&self->frame, self->centers + c * cols, cols, self->lines + c * (1 + cols)));
  lakh_pack_lines(self->lines, k, cols, self->packed);
  return LAKH_OK;
}

lakh_status lakh_assign_create(lakh_matrix x, const float *centers, size_t n_centers, int32_t *labels, float *distances,
                               float *nearest, lakh_assign **out) {
  if (x.data == NULL || x.rows < 1 || x.cols < 1 || centers == NULL || n_centers < 1) return LAKH_BAD_ARGUMENT;
  if (x.cols > SIZE_MAX / 16 / x.rows || x.cols > SIZE_MAX / 16 / n_centers) return LAKH_BAD_ARGUMENT;
  float max_abs = lakh_max_abs(x.data, x.rows * x.cols), max_abs_center = lakh_max_abs(centers, n_centers * x.cols);
  if (!isfinite(max_abs) || !isfinite(max_abs_center)) return LAKH_NOT_FINITE;
  lakh_assign *self = lakh_alloc_zeroed(1, sizeof *self);
  if (self == NULL) return LAKH_NO_MEMORY;
  lakh_job_begin(&self->job, step, free_assign, (double)x.rows);
  self->x = x;
  self->n_centers = n_centers;
  self->labels = labels;
  self->distances = distances;
  self->nearest = nearest;
  lakh_status status = prepare(self, centers, fmaxf(max_abs, max_abs_center));
  if (status != LAKH_OK) {
    free_assign(&self->job);
    return status;
  }
  *out = self;
  return LAKH_OK;
}

/* Assigns rows to the nearest of given centres: O(n k d), in steps of a bounded number of distances. */
#include "base/alloc.h"
#include "base/job.h"
#include "lakh.h"

#include <math.h>

struct lakh_assign {
  lakh_job job;
  lakh_matrix x;
  const float *centers;
  size_t n_centers;
  int32_t *labels;
  float *distances;
  float *nearest;
  size_t next_row;
};

/* Multiplications a step: about 2 ms. */
enum { WORK_A_STEP = 1 << 21 };

static void assign_row(lakh_assign *self, size_t row) {
  size_t cols = self->x.cols;
  const float *sample = self->x.data + row * cols;
  double nearest = HUGE_VAL;
  int32_t label = 0;
  for (size_t c = 0; c < self->n_centers; c++) {
    double distance = 0;
    for (size_t j = 0; j < cols; j++) {
      double difference = (double)sample[j] - (double)self->centers[c * cols + j];
      distance += difference * difference;
    }
    if (self->distances != NULL) self->distances[row * self->n_centers + c] = (float)sqrt(distance);
    if (distance >= nearest) continue;
    nearest = distance;
    label = (int32_t)c;
  }
  if (self->labels != NULL) self->labels[row] = label;
  if (self->nearest != NULL) self->nearest[row] = (float)nearest;
}

static lakh_status step(lakh_job *job) {
  lakh_assign *self = (lakh_assign *)job;
  size_t rows = WORK_A_STEP / (self->n_centers * self->x.cols) + 1;
  size_t end = rows < self->x.rows - self->next_row ? self->next_row + rows : self->x.rows;
  lakh_job_advance(job, (double)(end - self->next_row));
  for (; self->next_row < end; self->next_row++) assign_row(self, self->next_row);
  return end == self->x.rows ? LAKH_DONE : LAKH_MORE;
}

static void free_assign(lakh_job *job) { lakh_free(job); }

lakh_status lakh_assign_create(lakh_matrix x, const float *centers, size_t n_centers, int32_t *labels, float *distances,
                               float *nearest, lakh_assign **out) {
  if (x.data == NULL || x.rows < 1 || x.cols < 1 || centers == NULL || n_centers < 1) return LAKH_BAD_ARGUMENT;
  size_t row, col;
  lakh_status status = lakh_check_finite(x, &row, &col);
  if (status == LAKH_OK) status = lakh_check_finite((lakh_matrix){centers, n_centers, x.cols}, &row, &col);
  if (status != LAKH_OK) return status;
  lakh_assign *self = lakh_alloc_zeroed(1, sizeof *self);
  if (self == NULL) return LAKH_NO_MEMORY;
  lakh_job_begin(&self->job, step, free_assign, (double)x.rows);
  self->x = x;
  self->centers = centers;
  self->n_centers = n_centers;
  self->labels = labels;
  self->distances = distances;
  self->nearest = nearest;
  *out = self;
  return LAKH_OK;
}

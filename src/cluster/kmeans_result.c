/* What is shown of a run: labels in the caller's order, and the inertia. Both cost a pass over the rows, which is made when
 * somebody asks. */
#include "cluster/kmeans_state.h"
#include "cluster/nearest.h"

#include <string.h>

static void show_labels_of_cells(lakh_kmeans *self) {
  const lakh_grid *grid = &self->rows->grid;
  const uint32_t *rows = grid->rows;
  const int32_t *slot_labels = self->slot_labels;
  int32_t *labels = self->now.labels;
  for (size_t cell = 0; cell < grid->n_cells; cell++) {
    int32_t owner = self->owners[cell];
    size_t begin = (size_t)grid->first[cell] * LAKH_LANES, end = begin + grid->sizes[cell];
    if (owner >= 0)
      for (size_t slot = begin; slot < end; slot++) labels[rows[slot]] = owner;
    else
      for (size_t slot = begin; slot < end; slot++) labels[rows[slot]] = slot_labels[slot];
  }
}

/* The same arithmetic as lakh_lanes_inertia, row by row. */
static double inertia_of_mixed_cell(const lakh_kmeans *self, size_t cell) {
  const lakh_grid *grid = &self->rows->grid;
  const float *lines = self->lines, *weights = grid->weights;
  const int32_t *labels = self->slot_labels;
  size_t cols = grid->cols, begin = (size_t)grid->first[cell] * LAKH_LANES;
  double inertia = 0;
  for (size_t slot = begin; slot < begin + grid->sizes[cell]; slot++) {
    const float *slopes = lines + (size_t)labels[slot] * (1 + cols) + 1;
    const float *lane = grid->lanes + slot / LAKH_LANES * LAKH_LANES * cols + slot % LAKH_LANES;
    float distance = 0;
    for (size_t j = 0; j < cols; j++) {
      float difference = lane[j * LAKH_LANES] - -0.5f * slopes[j];
      distance += difference * difference;
    }
    inertia += (double)weights[slot] * (double)distance;
  }
  return inertia;
}

static double inertia_of_cells(const lakh_kmeans *self) {
  const lakh_grid *grid = &self->rows->grid;
  double inertia = 0;
  for (size_t cell = 0; cell < grid->n_cells; cell++) {
    int32_t owner = self->owners[cell];
    if (owner < 0) {
      inertia += inertia_of_mixed_cell(self, cell);
      continue;
    }
    float center[LAKH_FEW_COLUMNS];
    size_t first = grid->first[cell];
    for (size_t j = 0; j < grid->cols; j++) center[j] = -0.5f * self->lines[(size_t)owner * (1 + grid->cols) + 1 + j];
    inertia += lakh_lanes_inertia(grid->lanes + first * LAKH_LANES * grid->cols, grid->first[cell + 1] - first, grid->cols,
                                  center, grid->weights + first * LAKH_LANES);
  }
  return inertia / ((double)self->frame.scale * (double)self->frame.scale);
}

static double inertia_of_rows(const lakh_kmeans *self) {
  size_t cols = self->x.cols;
  double inertia = 0;
  for (size_t row = 0; row < self->x.rows; row++) {
    const double *center = self->positions + (size_t)self->now.labels[row] * cols;
    inertia += lakh_kmeans_weight(self, row) * lakh_squared_distance(self->x.data + row * cols, center, cols);
  }
  return inertia;
}

void lakh_kmeans_show(lakh_kmeans *self) {
  if (self->shown) return;
  if (self->rows->few) {
    show_labels_of_cells(self);
    self->now.inertia = inertia_of_cells(self);
  } else {
    memcpy(self->now.labels, self->slot_labels, self->x.rows * sizeof(int32_t));
    self->now.inertia = inertia_of_rows(self);
  }
  self->shown = true;
}

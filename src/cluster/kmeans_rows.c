#include "cluster/kmeans_rows.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

enum { SAMPLED_ROWS = 256 };

/* 2^exponent within float's normal range. */
static float power_of_two(int exponent) { return ldexpf(1, exponent < -126 ? -126 : exponent > 126 ? 126 : exponent); }

/* Means and mean squares of the columns less those of the first row, from rows at equal distances. */
static void sample_columns(lakh_matrix x, double *means, double *squares) {
  size_t n = x.rows < SAMPLED_ROWS ? x.rows : SAMPLED_ROWS;
  for (size_t i = 0; i < n; i++) {
    const float *row = x.data + i * x.rows / n * x.cols;
    for (size_t j = 0; j < x.cols; j++) {
      double difference = (double)row[j] - (double)x.data[j];
      means[j] += difference / (double)n;
      squares[j] += difference * difference / (double)n;
    }
  }
}

lakh_status lakh_frame_create(lakh_matrix x, float max_abs, lakh_frame *frame) {
  int exponent = 0;
  if (max_abs > 0) frexpf(max_abs, &exponent);
  frame->scale = power_of_two(-exponent);
  frame->shift = lakh_alloc(x.cols, sizeof(float));
  double *sample = lakh_alloc_zeroed(x.cols, 2 * sizeof(double));
  if (frame->shift == NULL || sample == NULL) {
    lakh_free(sample);
    return LAKH_NO_MEMORY; /* lakh_frame_free takes the rest */
  }
  sample_columns(x, sample, sample + x.cols);
  for (size_t j = 0; j < x.cols; j++) {
    double mean = sample[j], variance = sample[x.cols + j] - mean * mean;
    mean = (mean + (double)x.data[j]) * (double)frame->scale;
    /* Steps of at least four deviations: data that are centred, or nearly so, stay as they are. */
    double step = 0;
    if (variance > 0) {
      frexp(sqrt(variance) * (double)frame->scale, &exponent);
      step = ldexp(4, exponent);
    }
    frame->shift[j] = (float)(step > 0 ? rint(mean / step) * step : mean);
  }
  lakh_free(sample);
  return LAKH_OK;
}

void lakh_frame_free(lakh_frame *frame) {
  lakh_free(frame->shift);
  frame->shift = NULL;
}

float lakh_frame_line(const lakh_frame *frame, const double *center, size_t cols, float *line) {
  double squares = 0;
  for (size_t j = 0; j < cols; j++) {
    float value = (float)(center[j] * (double)frame->scale - (double)frame->shift[j]);
    line[1 + j] = -2 * value;
    squares += (double)value * (double)value;
  }
  line[0] = (float)squares;
  return (float)sqrt(squares);
}

lakh_status lakh_kmeans_rows_begin(lakh_kmeans_rows *rows, lakh_matrix x, const float *sample_weight, const lakh_frame *frame,
                                   bool few) {
  *rows = (lakh_kmeans_rows){.x = x, .sample_weight = sample_weight, .frame = frame, .few = few};
  if (rows->few) return lakh_grid_begin(&rows->grid, x, sample_weight, rows->frame->scale, rows->frame->shift);
  rows->n_groups = (x.rows + 2 * LAKH_LANES - 1) / (2 * LAKH_LANES) * 2;
  rows->n_blocks = (rows->n_groups + LAKH_BLOCK_GROUPS - 1) / LAKH_BLOCK_GROUPS;
  rows->lanes = lakh_alloc(rows->n_groups, x.cols * LAKH_LANES * sizeof(float));
  rows->weights = lakh_alloc(rows->n_groups, LAKH_LANES * sizeof(float));
  rows->squares = lakh_alloc(rows->n_groups, LAKH_LANES * sizeof(float));
  return rows->lanes != NULL && rows->weights != NULL && rows->squares != NULL ? LAKH_OK : LAKH_NO_MEMORY;
}

static void pack_group(lakh_kmeans_rows *rows, size_t group) {
  size_t cols = rows->x.cols;
  const float *four[LAKH_LANES];
  for (size_t l = 0; l < LAKH_LANES; l++) {
    size_t slot = group * LAKH_LANES + l;
    four[l] = rows->x.data + lakh_row_of_slot(rows, slot) * cols;
    float weight = rows->sample_weight != NULL ? rows->sample_weight[lakh_row_of_slot(rows, slot)] : 1;
    rows->weights[slot] = slot < rows->x.rows ? weight : 0;
  }
  float *squares = rows->squares + group * LAKH_LANES;
  lakh_lanes_pack(four, cols, rows->frame->scale, rows->frame->shift, rows->lanes + group * LAKH_LANES * cols, squares);
  for (size_t l = 0; l < LAKH_LANES; l++)
    rows->square_sum += (double)squares[l] * (double)rows->weights[group * LAKH_LANES + l];
}

/* What the grid made is the grid's; the rows' own pointers lead there. */
static void adopt_grid(lakh_kmeans_rows *rows) {
  const lakh_grid *grid = &rows->grid;
  rows->n_groups = grid->n_groups;
  rows->n_blocks = grid->n_cells;
  rows->lanes = grid->lanes;
  rows->weights = grid->weights;
  for (size_t cell = 0; cell < grid->n_cells; cell++) rows->square_sum += grid->sums[cell * (2 + grid->cols) + 1 + grid->cols];
}

lakh_status lakh_kmeans_rows_build(lakh_kmeans_rows *rows, size_t n_rows) {
  if (rows->few) {
    lakh_status status = lakh_grid_build(&rows->grid, n_rows);
    if (status == LAKH_DONE) adopt_grid(rows);
    return status;
  }
  size_t left = rows->n_groups - rows->next_group, part = n_rows / LAKH_LANES + 1;
  size_t end = rows->next_group + (left < part ? left : part);
  for (; rows->next_group < end; rows->next_group++) pack_group(rows, rows->next_group);
  return end == rows->n_groups ? LAKH_DONE : LAKH_MORE;
}

void lakh_kmeans_rows_free(lakh_kmeans_rows *rows) {
  if (!rows->few) {
    lakh_free(rows->lanes);
    lakh_free(rows->weights);
  }
  lakh_free(rows->squares);
  lakh_grid_free(&rows->grid);
}

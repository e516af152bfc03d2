/* The silhouette (Rousseeuw 1987, "Silhouettes: a graphical aid to the interpretation and validation of cluster analysis").
 *
 * For row i, a is the mean distance to the other rows of its cluster, b the smallest mean distance to the rows of another
 * cluster, and s = (b - a) / max(a, b). It is 0 in a cluster of one row, and where a = b = 0.
 *
 * A row of weight w stands for w equal rows: its copies are at distance 0 from it and count among the others.
 *
 * The rows are copied cluster by cluster, each cluster filled up to whole groups of four lanes, so that one kernel sums the
 * distances from four rows to a stretch of one cluster. Distances are summed by cluster as they arise: there is no matrix.
 *
 * Time: O(n^2 d). Memory: a copy of the data, and O(n + k). */
#include <float.h>
#include <math.h>

#include "base/alloc.h"
#include "base/job.h"
#include "kernels/distance_sums.h"
#include "metrics/labels.h"

enum { LANES = 4 };

/* Squared differences that are added in a step, about 2 ms, and groups that are handed to the kernel at once: these are fixed
 * pieces of a cluster, so that the sums do not depend on the steps. */
static const double WORK_A_STEP = 8e6;
enum { GROUPS_A_PIECE = 512 };

struct lakh_silhouette {
  lakh_job job;
  lakh_matrix x;
  const int32_t *labels;
  size_t n_labels;
  const float *sample_weight;
  double *counts;      /* n_labels: weight of each cluster */
  size_t *first_group; /* n_labels + 1 */
  size_t *rows;        /* LANES a group: the row of each lane, x.rows where a cluster is filled up */
  float *lanes;        /* LANES * cols a group */
  float *weights;      /* LANES a group, 0 where a cluster is filled up */
  double *sums;        /* LANES a label: weighted distances from the rows of the group at hand to each cluster */
  float *values;       /* x.rows */
  size_t group;        /* whose rows are compared */
  size_t label;        /* with which cluster, */
  size_t next_group;   /* from which of its groups on */
  double weighted_sum;
  double weight;
};

static lakh_status step(lakh_job *job);
static void release(lakh_job *job);
static void group_rows(lakh_silhouette *self);
static double scale_of(lakh_matrix x);
static void copy_rows(lakh_silhouette *self, float scale);

static size_t n_groups(const lakh_silhouette *self) { return self->first_group[self->n_labels]; }

/* Counts the rows of each cluster and allocates room for their groups. */
static lakh_status begin_groups(lakh_silhouette *self) {
  const size_t n_labels = self->n_labels;
  self->counts = lakh_alloc(n_labels, sizeof *self->counts);
  self->first_group = lakh_alloc_zeroed(n_labels + 1, sizeof *self->first_group);
  self->sums = lakh_alloc_zeroed(n_labels, LANES * sizeof *self->sums);
  self->values = lakh_alloc(self->x.rows, sizeof *self->values);
  if (self->counts == NULL || self->first_group == NULL || self->sums == NULL || self->values == NULL) return LAKH_NO_MEMORY;
  lakh_status status = lakh_count_labels(self->x, self->labels, n_labels, self->sample_weight, self->counts);
  if (status != LAKH_OK) return status;

  for (size_t row = 0; row < self->x.rows; row++) self->first_group[(size_t)self->labels[row] + 1]++;
  for (size_t label = 0; label < n_labels; label++) {
    size_t n_rows = self->first_group[label + 1];
    self->first_group[label + 1] = self->first_group[label] + (n_rows + LANES - 1) / LANES;
  }
  self->rows = lakh_alloc(n_groups(self), LANES * sizeof *self->rows);
  self->lanes = lakh_alloc(n_groups(self) * LANES, self->x.cols * sizeof *self->lanes);
  self->weights = lakh_alloc_zeroed(n_groups(self), LANES * sizeof *self->weights);
  return self->rows != NULL && self->lanes != NULL && self->weights != NULL ? LAKH_OK : LAKH_NO_MEMORY;
}

lakh_status lakh_silhouette_create(lakh_matrix x, const int32_t *labels, size_t n_labels, const float *sample_weight,
                                   lakh_silhouette **out) {
  if (x.data == NULL || labels == NULL || x.rows < 2 || x.cols < 1) return LAKH_BAD_ARGUMENT;
  if (n_labels < 2 || n_labels > x.rows) return LAKH_BAD_ARGUMENT;
  size_t row, col;
  lakh_status status = lakh_check_finite(x, &row, &col);
  if (status != LAKH_OK) return status;
  lakh_silhouette *self = lakh_alloc_zeroed(1, sizeof *self);
  if (self == NULL) return LAKH_NO_MEMORY;
  self->x = x;
  self->labels = labels;
  self->n_labels = n_labels;
  self->sample_weight = sample_weight;
  lakh_job_begin(&self->job, step, release, 1);
  status = begin_groups(self);
  if (status != LAKH_OK) {
    release(&self->job);
    return status;
  }
  group_rows(self);
  copy_rows(self, (float)scale_of(x));
  self->job.total = (double)n_groups(self) * (double)n_groups(self);
  *out = self;
  return LAKH_OK;
}

void lakh_silhouette_get(const lakh_silhouette *self, const float **values, double *mean) {
  *values = self->values;
  *mean = self->weight > 0 ? self->weighted_sum / self->weight : 0;
}

static void release(lakh_job *job) {
  lakh_silhouette *self = (lakh_silhouette *)job;
  lakh_free(self->counts);
  lakh_free(self->first_group);
  lakh_free(self->rows);
  lakh_free(self->lanes);
  lakh_free(self->weights);
  lakh_free(self->sums);
  lakh_free(self->values);
  lakh_free(self);
}

static double weight_of(const lakh_silhouette *self, size_t row) {
  return self->sample_weight != NULL ? (double)self->sample_weight[row] : 1;
}

/* Gives each row its lane, in the order of clusters and, within them, of rows. */
static void group_rows(lakh_silhouette *self) {
  for (size_t lane = 0; lane < n_groups(self) * LANES; lane++) self->rows[lane] = self->x.rows;
  /* sums[label] is borrowed to count the lanes taken so far. */
  for (size_t row = 0; row < self->x.rows; row++) {
    const size_t label = (size_t)self->labels[row];
    size_t taken = (size_t)self->sums[label];
    self->rows[self->first_group[label] * LANES + taken] = row;
    self->sums[label] = (double)(taken + 1);
  }
  for (size_t label = 0; label < self->n_labels; label++) self->sums[label] = 0;
}

/* Columns that are looked at together, so that rows are read in order. */
enum { COLUMNS_AT_ONCE = 64 };

static double widest_of(lakh_matrix x, size_t first, size_t count) {
  float low[COLUMNS_AT_ONCE], high[COLUMNS_AT_ONCE];
  for (size_t j = 0; j < count; j++) low[j] = high[j] = x.data[first + j];
  for (size_t i = 1; i < x.rows; i++) {
    const float *values = x.data + i * x.cols + first;
    for (size_t j = 0; j < count; j++) {
      low[j] = values[j] < low[j] ? values[j] : low[j];
      high[j] = values[j] > high[j] ? values[j] : high[j];
    }
  }
  double widest = 0;
  for (size_t j = 0; j < count; j++) widest = fmax(widest, (double)high[j] - (double)low[j]);
  return widest;
}

/* The power of two that brings the widest column to a width of about one: silhouettes do not change, and squares of very large or
 * very small differences stay within the range of a float. Distances below 1e-19 of that width count as 0. */
static double scale_of(lakh_matrix x) {
  double widest = 0;
  for (size_t first = 0; first < x.cols; first += COLUMNS_AT_ONCE) {
    size_t left = x.cols - first;
    widest = fmax(widest, widest_of(x, first, left < COLUMNS_AT_ONCE ? left : COLUMNS_AT_ONCE));
  }
  int exponent = 0;
  if (widest > 0) (void)frexp(widest, &exponent);
  return ldexp(1, exponent < -126 ? 126 : -exponent);
}

/* Lanes that fill a cluster up hold its last row, for any other could be too far away for a float. */
static void copy_rows(lakh_silhouette *self, float scale) {
  const size_t cols = self->x.cols;
  size_t last = 0;
  for (size_t lane = 0; lane < n_groups(self) * LANES; lane++) {
    if (self->rows[lane] < self->x.rows) {
      last = self->rows[lane];
      self->weights[lane] = (float)weight_of(self, last);
    }
    float *to = self->lanes + lane / LANES * LANES * cols + lane % LANES;
    for (size_t j = 0; j < cols; j++) to[j * LANES] = self->x.data[last * cols + j] * scale;
  }
}

/* ---- Steps ------------------------------------------------------------------------------------------------------------------ */

/* The silhouette of the row in lane q of the group at hand. */
static double value_of(const lakh_silhouette *self, size_t row, size_t q) {
  const size_t own = (size_t)self->labels[row];
  const double others = self->counts[own] - 1;
  if (!(others > 0) || weight_of(self, row) == 0) return 0;
  double a = self->sums[own * LANES + q] / others, b = DBL_MAX;
  for (size_t label = 0; label < self->n_labels; label++) {
    if (label == own || self->counts[label] == 0) continue;
    double mean = self->sums[label * LANES + q] / self->counts[label];
    if (mean < b) b = mean;
  }
  const double larger = a > b ? a : b;
  return larger > 0 && b < DBL_MAX ? (b - a) / larger : 0;
}

static void finish_group(lakh_silhouette *self) {
  for (size_t q = 0; q < LANES; q++) {
    const size_t row = self->rows[self->group * LANES + q];
    if (row == self->x.rows) continue;
    const double value = value_of(self, row, q), weight = weight_of(self, row);
    self->values[row] = (float)value;
    self->weighted_sum += weight * value;
    self->weight += weight;
  }
  for (size_t i = 0; i < self->n_labels * LANES; i++) self->sums[i] = 0;
  self->group++;
  self->label = 0;
  self->next_group = 0;
}

/* Compares the group at hand with the next piece of a cluster; returns the groups of the piece. */
static size_t compare_piece(lakh_silhouette *self) {
  const size_t cols = self->x.cols, left = self->first_group[self->label + 1] - self->next_group;
  const size_t count = left < GROUPS_A_PIECE ? left : GROUPS_A_PIECE;
  lakh_distance_sums(self->lanes + self->next_group * LANES * cols, self->weights + self->next_group * LANES, count, cols,
                     self->lanes + self->group * LANES * cols, self->sums + self->label * LANES);
  self->next_group += count;
  if (self->next_group == self->first_group[self->label + 1]) self->label++;
  return count;
}

/* Square roots and calls cost about as much as this many columns. */
enum { COLUMNS_A_ROOT = 4 };

static lakh_status step(lakh_job *job) {
  lakh_silhouette *self = (lakh_silhouette *)job;
  double work = 0;
  while (work < WORK_A_STEP && self->group < n_groups(self)) {
    size_t count = compare_piece(self);
    lakh_job_advance(job, (double)count);
    work += (double)count * LANES * LANES * (double)(self->x.cols + COLUMNS_A_ROOT);
    if (self->label == self->n_labels) finish_group(self);
  }
  return self->group < n_groups(self) ? LAKH_MORE : LAKH_DONE;
}

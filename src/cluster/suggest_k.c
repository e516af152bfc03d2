/* How many clusters the data have, by three criteria:
 *
 * - elbow: the k whose inertia lies farthest below the chord of the normalised curve (Satopaa, Albrecht, Irwin & Raghavan 2011,
 *   "Finding a kneedle in a haystack");
 * - silhouette: the k with the largest mean silhouette (Rousseeuw 1987);
 * - gap: the smallest k whose log inertia, compared with that of uniform data in the same box, is not beaten by k + 1 by more
 *   than the error (Tibshirani, Walther & Hastie 2001, "Estimating the number of clusters in a data set via the gap statistic").
 *   The box lies along the principal axes, their choice (b).
 *
 * Only the gap can say that there are no clusters, for every k divides uniform noise somehow: it must rise clearly above its value
 * at k = 1. If it does, the silhouette's k is suggested, unless the other two agree on another k and the gap is no higher at the
 * silhouette's. (The published rule stops at the first k that k + 1 does not beat, and so misses clusters that lie in groups.)
 *
 * On large data the curves are computed on rows drawn evenly over the weight: one from each of sample_size equal parts of the
 * total. A row that is drawn several times stands once, with the number of times as its weight.
 *
 * Time: (1 + n_references) k-means for each k, and O(m^2 d) for each silhouette of m rows. Memory: O(m d) beside the data. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/job.h"
#include "base/logarithm.h"
#include "base/random.h"
#include "cluster/principal_box.h"

struct lakh_suggest_k {
  lakh_job job;
  lakh_suggest_k_params params;
  lakh_matrix x;              /* as given, or the rows drawn */
  const float *sample_weight; /* likewise */
  float *drawn_rows;
  float *drawn_weights;
  double total_weight;
  float *reference; /* n_reference_rows x cols: uniform rows */
  size_t n_reference_rows;
  size_t n_drawn; /* of the reference under way */
  lakh_random random;
  lakh_principal_box box;
  double unit;      /* the longest side of the box, or 1 when all rows are equal */
  int32_t *labels;  /* x.rows: the fit's, numbered without holes */
  int32_t *numbers; /* k_max: new number of each label */

  lakh_status (*phase)(lakh_suggest_k *self);
  lakh_kmeans *kmeans;
  lakh_silhouette *scoring;
  int32_t data_set; /* 0: the data; then the references */
  int32_t at;       /* which k, from 0 */

  int32_t n_ks;
  double *inertia; /* n_ks each */
  double *silhouette;
  double *log_inertia;
  double *reference_sum; /* of the log inertias over the references, and of their squares */
  double *reference_squares;
  double *gap;
  double *gap_error;
  lakh_suggest_k_state suggestion;
};

/* Streams of random numbers: the sample, and one a reference. */
enum { SAMPLE_STREAM = 0, REFERENCE_STREAM = 1 };

enum { MAX_ITER = 100 };

/* Uniform rows for few rows of large weight, unless sample_size says otherwise. */
enum { REPEATED_ROWS = 2000 };

/* Random values of a step, about 2 ms. */
enum { VALUES_A_STEP = 1 << 17 };
static const double TOL = 1e-4;

static lakh_status step(lakh_job *job);
static void release(lakh_job *job);
static lakh_status measure(lakh_suggest_k *self);
static lakh_status draw_reference(lakh_suggest_k *self);
static lakh_status begin_fit(lakh_suggest_k *self);
static lakh_status fit(lakh_suggest_k *self);
static lakh_status score(lakh_suggest_k *self);
static lakh_status next_fit(lakh_suggest_k *self);

static lakh_status check_arguments(const lakh_suggest_k_params *params, lakh_matrix x, const float *sample_weight,
                                   double *total_weight) {
  if (x.data == NULL || x.rows < 1 || x.cols < 1 || x.cols > SIZE_MAX / 16 / x.rows) return LAKH_BAD_ARGUMENT;
  if (params->k_min < 1 || params->k_max <= params->k_min || params->n_references < 2 || params->n_init < 1) {
    return LAKH_BAD_ARGUMENT;
  }
  if (params->sample_size < 0) return LAKH_BAD_ARGUMENT;
  size_t row, col;
  lakh_status status = lakh_check_finite(x, &row, &col);
  *total_weight = (double)x.rows;
  if (status != LAKH_OK || sample_weight == NULL) return status;
  *total_weight = 0;
  for (size_t i = 0; i < x.rows; i++) {
    if (!isfinite(sample_weight[i])) return LAKH_NOT_FINITE;
    if (sample_weight[i] < 0) return LAKH_BAD_ARGUMENT;
    *total_weight += (double)sample_weight[i];
  }
  return *total_weight > 0 ? LAKH_OK : LAKH_BAD_ARGUMENT;
}

/* Draws rows evenly over the weight, see above. */
static lakh_status draw_sample(lakh_suggest_k *self) {
  const size_t size = (size_t)self->params.sample_size, cols = self->x.cols;
  if (size == 0 || size >= self->x.rows) return LAKH_OK;
  self->drawn_rows = lakh_alloc(size, cols * sizeof(float));
  self->drawn_weights = lakh_alloc(size, sizeof(float));
  if (self->drawn_rows == NULL || self->drawn_weights == NULL) return LAKH_NO_MEMORY;
  lakh_random random = lakh_random_stream(self->params.random_state, SAMPLE_STREAM);
  const double part = self->total_weight / (double)size;
  size_t n_drawn = 0, row = 0, last = SIZE_MAX;
  double passed = self->sample_weight != NULL ? (double)self->sample_weight[0] : 1; /* weight up to and including `row` */
  for (size_t i = 0; i < size; i++) {
    double place = ((double)i + lakh_random_unit(&random)) * part;
    while (place >= passed && row + 1 < self->x.rows) {
      row++;
      passed += self->sample_weight != NULL ? (double)self->sample_weight[row] : 1;
    }
    if (row == last) {
      self->drawn_weights[n_drawn - 1] += 1;
      continue;
    }
    memcpy(self->drawn_rows + n_drawn * cols, self->x.data + row * cols, cols * sizeof(float));
    self->drawn_weights[n_drawn++] = 1;
    last = row;
  }
  self->x = (lakh_matrix){self->drawn_rows, n_drawn, cols};
  self->sample_weight = self->drawn_weights;
  self->total_weight = (double)size;
  return LAKH_OK;
}

/* As many uniform rows as the data would have if each row were repeated by its weight, but not many more than there are. */
static size_t reference_rows(const lakh_suggest_k *self) {
  size_t most = self->params.sample_size > 0 ? (size_t)self->params.sample_size : REPEATED_ROWS;
  if (most < self->x.rows) most = self->x.rows;
  if (self->total_weight >= (double)most) return most;
  return self->total_weight <= (double)self->x.rows ? self->x.rows : (size_t)(self->total_weight + 0.5);
}

static lakh_status allocate(lakh_suggest_k *self) {
  const size_t cols = self->x.cols, n_ks = (size_t)self->n_ks;
  self->reference = lakh_alloc(self->n_reference_rows, cols * sizeof(float));
  self->labels = lakh_alloc(self->x.rows, sizeof(int32_t));
  self->numbers = lakh_alloc((size_t)self->params.k_max, sizeof(int32_t));
  self->inertia = lakh_alloc_zeroed(7 * n_ks, sizeof(double)); /* the other curves follow it */
  if (self->reference == NULL || self->labels == NULL || self->numbers == NULL || self->inertia == NULL) {
    return LAKH_NO_MEMORY;
  }
  self->silhouette = self->inertia + n_ks;
  self->log_inertia = self->inertia + 2 * n_ks;
  self->reference_sum = self->inertia + 3 * n_ks;
  self->reference_squares = self->inertia + 4 * n_ks;
  self->gap = self->inertia + 5 * n_ks;
  self->gap_error = self->inertia + 6 * n_ks;
  return LAKH_OK;
}

lakh_status lakh_suggest_k_create(const lakh_suggest_k_params *params, lakh_matrix x, const float *sample_weight,
                                  lakh_suggest_k **out) {
  double total_weight;
  lakh_status status = check_arguments(params, x, sample_weight, &total_weight);
  if (status != LAKH_OK) return status;
  lakh_suggest_k *self = lakh_alloc_zeroed(1, sizeof *self);
  if (self == NULL) return LAKH_NO_MEMORY;
  self->params = *params;
  self->x = x;
  self->sample_weight = sample_weight;
  self->total_weight = total_weight;
  self->n_ks = params->k_max - params->k_min + 1;
  self->phase = measure;
  lakh_job_begin(&self->job, step, release, (double)self->n_ks * ((double)params->n_references + 2));
  status = draw_sample(self);
  if (status == LAKH_OK) {
    self->n_reference_rows = reference_rows(self);
    status = allocate(self);
  }
  if (status == LAKH_OK) status = lakh_principal_box_begin(&self->box, self->x, self->sample_weight);
  if (status != LAKH_OK) {
    release(&self->job);
    return status;
  }
  *out = self;
  return LAKH_OK;
}

void lakh_suggest_k_get(const lakh_suggest_k *self, lakh_suggest_k_state *state) {
  *state = self->suggestion;
  state->inertia = self->inertia;
  state->silhouette = self->silhouette;
  state->gap = self->gap;
  state->gap_error = self->gap_error;
}

static void release(lakh_job *job) {
  lakh_suggest_k *self = (lakh_suggest_k *)job;
  lakh_job_free((lakh_job *)self->kmeans);
  lakh_job_free((lakh_job *)self->scoring);
  lakh_free(self->drawn_rows);
  lakh_free(self->drawn_weights);
  lakh_principal_box_release(&self->box);
  lakh_free(self->reference);
  lakh_free(self->labels);
  lakh_free(self->numbers);
  lakh_free(self->inertia);
  lakh_free(self);
}

static lakh_status step(lakh_job *job) {
  lakh_suggest_k *self = (lakh_suggest_k *)job;
  return self->phase(self);
}

/* ---- Curves ----------------------------------------------------------------------------------------------------------------- */

static lakh_status measure(lakh_suggest_k *self) {
  lakh_status status = lakh_principal_box_step(&self->box);
  if (status != LAKH_DONE) return status;
  for (size_t j = 0; j < self->x.cols; j++) self->unit = fmax(self->unit, self->box.high[j] - self->box.low[j]);
  if (self->unit == 0) self->unit = 1;
  self->phase = begin_fit;
  return LAKH_MORE;
}

static lakh_status begin_reference(lakh_suggest_k *self) {
  self->random = lakh_random_stream(self->params.random_state, REFERENCE_STREAM + (uint64_t)self->data_set);
  self->n_drawn = 0;
  self->phase = draw_reference;
  return LAKH_MORE;
}

/* In the box's own axes, since turning the rows back would not change any inertia, and in units of its longest side, so that they
 * are floats whatever the data. */
static lakh_status draw_reference(lakh_suggest_k *self) {
  const size_t cols = self->x.cols, left = self->n_reference_rows - self->n_drawn, count = VALUES_A_STEP / cols + 1;
  const size_t end = self->n_drawn + (left < count ? left : count);
  for (; self->n_drawn < end; self->n_drawn++) {
    for (size_t j = 0; j < cols; j++) {
      double side = (self->box.high[j] - self->box.low[j]) / self->unit;
      self->reference[self->n_drawn * cols + j] = (float)((lakh_random_unit(&self->random) - 0.5) * side);
    }
  }
  if (end == self->n_reference_rows) self->phase = begin_fit;
  return LAKH_MORE;
}

static lakh_status begin_fit(lakh_suggest_k *self) {
  const bool is_data = self->data_set == 0;
  const lakh_kmeans_params params = {
      .n_clusters = self->params.k_min + self->at,
      .init = LAKH_INIT_KMEANS_PLUS_PLUS,
      .n_init = self->params.n_init,
      .max_iter = MAX_ITER,
      .tol = TOL,
      .random_state = self->params.random_state,
      .algorithm = LAKH_KMEANS_AUTO,
  };
  self->phase = fit;
  lakh_matrix rows = is_data ? self->x : (lakh_matrix){self->reference, self->n_reference_rows, self->x.cols};
  lakh_status status = lakh_kmeans_create(&params, rows, is_data ? self->sample_weight : NULL, NULL, &self->kmeans);
  return status == LAKH_OK ? LAKH_MORE : status;
}

/* Numbers the labels that occur from 0, for the silhouette; returns how many there are. */
static size_t number_labels(lakh_suggest_k *self, const int32_t *labels) {
  int32_t used = 0;
  for (int32_t c = 0; c < self->params.k_max; c++) self->numbers[c] = -1;
  for (size_t i = 0; i < self->x.rows; i++) {
    int32_t *number = &self->numbers[labels[i]];
    if (*number < 0) *number = used++;
    self->labels[i] = *number;
  }
  return (size_t)used;
}

/* The inertia a unit of weight, with lengths in units of the box. Where the clusters are perfect it is 0; a billionth of a
 * millionth keeps its logarithm finite, and far below what any real clustering reaches. */
static double log_mean_inertia(double inertia, double weight) { return lakh_log(fmax(inertia / weight, 1e-15)); }

static lakh_status fit(lakh_suggest_k *self) {
  lakh_status status = lakh_job_step((lakh_job *)self->kmeans);
  if (status < LAKH_OK) return status;
  if (status != LAKH_DONE) return LAKH_MORE;
  lakh_kmeans_state state;
  lakh_kmeans_get(self->kmeans, &state);
  lakh_job_advance(&self->job, 1);
  self->phase = next_fit;
  if (self->data_set > 0) {
    double log_inertia = log_mean_inertia(state.inertia, (double)self->n_reference_rows);
    self->reference_sum[self->at] += log_inertia;
    self->reference_squares[self->at] += log_inertia * log_inertia;
  } else {
    self->inertia[self->at] = state.inertia;
    self->silhouette[self->at] = (double)NAN;
    self->log_inertia[self->at] = log_mean_inertia(state.inertia / self->unit / self->unit, self->total_weight);
    size_t n_labels = number_labels(self, state.labels);
    if (n_labels >= 2 && n_labels <= self->x.rows) {
      status = lakh_silhouette_create(self->x, self->labels, n_labels, self->sample_weight, &self->scoring);
      if (status == LAKH_NO_MEMORY) return status;
      if (status == LAKH_OK) self->phase = score; /* otherwise there is none: a cluster for each row */
    }
  }
  lakh_job_free((lakh_job *)self->kmeans);
  self->kmeans = NULL;
  return LAKH_MORE;
}

static lakh_status score(lakh_suggest_k *self) {
  lakh_status status = lakh_job_step((lakh_job *)self->scoring);
  if (status != LAKH_DONE) return status;
  const float *values;
  lakh_silhouette_get(self->scoring, &values, &self->silhouette[self->at]);
  lakh_job_free((lakh_job *)self->scoring);
  self->scoring = NULL;
  lakh_job_advance(&self->job, 1);
  self->phase = next_fit;
  return LAKH_MORE;
}

/* ---- Criteria ---------------------------------------------------------------------------------------------------------------- */

/* With fewer points than this below the chord (of a square of side 1) the curve is called straight. */
static const double LEAST_ELBOW = 0.1;

static int32_t elbow(const lakh_suggest_k *self) {
  const double first = self->inertia[0], last = self->inertia[self->n_ks - 1];
  double deepest = LEAST_ELBOW;
  int32_t best = 0;
  for (int32_t at = 1; at + 1 < self->n_ks; at++) {
    double across = (double)at / (self->n_ks - 1), down = (first - self->inertia[at]) / (first - last);
    if (!(first > last) || down - across <= deepest) continue;
    deepest = down - across;
    best = self->params.k_min + at;
  }
  return best;
}

static int32_t best_silhouette(const lakh_suggest_k *self) {
  double highest = -2;
  int32_t best = self->params.k_min;
  for (int32_t at = 0; at < self->n_ks; at++) {
    if (!(self->silhouette[at] > highest)) continue; /* also when it is NaN */
    highest = self->silhouette[at];
    best = self->params.k_min + at;
  }
  return best;
}

static void find_gaps(lakh_suggest_k *self) {
  const double n = self->params.n_references;
  for (int32_t at = 0; at < self->n_ks; at++) {
    double mean = self->reference_sum[at] / n, variance = self->reference_squares[at] / n - mean * mean;
    self->gap[at] = mean - self->log_inertia[at];
    self->gap_error[at] = sqrt((variance > 0 ? variance : 0) * (1 + 1 / n));
  }
}

/* How many ks are fewer than the uniform rows: beyond, there is nothing to compare with. */
static int32_t n_comparable(const lakh_suggest_k *self) {
  int32_t count = 1;
  while (count < self->n_ks && (size_t)self->params.k_min + (size_t)count < self->n_reference_rows) count++;
  return count;
}

static int32_t first_gap(const lakh_suggest_k *self) {
  int32_t at = 0, last = n_comparable(self) - 1;
  while (at < last && self->gap[at] < self->gap[at + 1] - self->gap_error[at + 1]) at++;
  return self->params.k_min + at;
}

/* How many times its error the gap must rise above its value at k = 1 for the data to be called clustered. Over 40 sets of noise
 * (uniform, 1 to 5 columns, 100 to 2000 rows, k up to 10) the largest rise was 3.3 errors and its median 0.9; two normal clouds
 * four deviations apart gave 5.6 and more, and blobs with a space between them 35. */
static const double CLEAR_RISE = 4;

static bool is_clustered(const lakh_suggest_k *self) {
  if (self->params.k_min > 1) return true; /* one cluster was not in question */
  for (int32_t at = 1; at < n_comparable(self); at++) {
    double error = sqrt(self->gap_error[0] * self->gap_error[0] + self->gap_error[at] * self->gap_error[at]);
    if (self->gap[at] - self->gap[0] > CLEAR_RISE * error) return true;
  }
  return false;
}

static double gap_at(const lakh_suggest_k *self, int32_t k) { return self->gap[k - self->params.k_min]; }

static void suggest(lakh_suggest_k *self) {
  lakh_suggest_k_state *suggestion = &self->suggestion;
  find_gaps(self);
  suggestion->elbow_k = elbow(self);
  suggestion->silhouette_k = best_silhouette(self);
  suggestion->gap_k = first_gap(self);
  suggestion->suggested_k = suggestion->silhouette_k;
  if (!is_clustered(self))
    suggestion->suggested_k = 1;
  else if (suggestion->gap_k == suggestion->elbow_k &&
           gap_at(self, suggestion->gap_k) >= gap_at(self, suggestion->silhouette_k))
    suggestion->suggested_k = suggestion->gap_k;
}

static lakh_status next_fit(lakh_suggest_k *self) {
  self->phase = begin_fit;
  if (++self->at < self->n_ks) return LAKH_MORE;
  self->at = 0;
  if (++self->data_set <= self->params.n_references) return begin_reference(self);
  suggest(self);
  return LAKH_DONE;
}

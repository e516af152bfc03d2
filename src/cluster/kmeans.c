/* K-means clustering: Lloyd's iterations (Lloyd 1982) from greedy k-means++ starts (Arthur & Vassilvitskii 2007), with the
 * conventions of scikit-learn's KMeans.
 *
 * Time: O(n k d) an iteration. Memory: O(n) beside the data. Sums are double. */
#include "base/alloc.h"
#include "base/job.h"
#include "base/random.h"
#include "lakh.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef enum phase { SEED, ITERATE, FINISH } phase;

struct lakh_kmeans {
  lakh_job job;
  lakh_kmeans_params params;
  lakh_matrix x;
  const float *weights;
  const float *init_centers;
  float *centers;
  float *best_centers;
  float *nearest; /* n: squared distance to the nearest centre */
  int32_t *labels;
  int32_t *best_labels;
  double *sums;
  double *cluster_weights;
  double tolerance;
  double inertia;
  double best_inertia;
  int32_t n_iter, best_n_iter;
  int32_t converged, best_converged;
  int32_t run;
  phase phase;
};

static double weight_of(const lakh_kmeans *self, size_t row) { return self->weights != NULL ? (double)self->weights[row] : 1; }

static double squared_distance(const float *a, const float *b, size_t n) {
  double sum = 0;
  for (size_t j = 0; j < n; j++) {
    double difference = (double)a[j] - (double)b[j];
    sum += difference * difference;
  }
  return sum;
}

/* Draws a row in proportion to nearest[] * weight, or to the weight alone when `nearest` is NULL. */
static size_t draw_row(const lakh_kmeans *self, const float *nearest, double total, lakh_random *random) {
  double left = lakh_random_unit(random) * total;
  size_t last = 0;
  for (size_t i = 0; i < self->x.rows; i++) {
    double mass = weight_of(self, i) * (nearest != NULL ? (double)nearest[i] : 1);
    if (mass > 0) last = i;
    left -= mass;
    if (left < 0) return i;
  }
  return last;
}

static double potential_with(lakh_kmeans *self, const float *candidate, bool keep) {
  double potential = 0;
  for (size_t i = 0; i < self->x.rows; i++) {
    double distance = squared_distance(self->x.data + i * self->x.cols, candidate, self->x.cols);
    double nearest = fmin(distance, (double)self->nearest[i]);
    if (keep) self->nearest[i] = (float)nearest;
    potential += weight_of(self, i) * nearest;
  }
  return potential;
}

static void seed_plus_plus(lakh_kmeans *self, lakh_random *random) {
  size_t k = (size_t)self->params.n_clusters, d = self->x.cols;
  int trials = 2 + (int)log((double)k);
  double total = 0;
  for (size_t i = 0; i < self->x.rows; i++) {
    self->nearest[i] = FLT_MAX;
    total += weight_of(self, i);
  }
  size_t first = draw_row(self, NULL, total, random);
  memcpy(self->centers, self->x.data + first * d, d * sizeof(float));
  double potential = potential_with(self, self->centers, true);
  for (size_t c = 1; c < k; c++) {
    size_t best = 0;
    double best_potential = HUGE_VAL;
    for (int trial = 0; trial < trials; trial++) {
      size_t candidate = draw_row(self, self->nearest, potential, random);
      double with = potential_with(self, self->x.data + candidate * d, false);
      if (with < best_potential) {
        best_potential = with;
        best = candidate;
      }
    }
    memcpy(self->centers + c * d, self->x.data + best * d, d * sizeof(float));
    potential = potential_with(self, self->centers + c * d, true);
  }
}

/* k different rows, each drawn by weight among those not drawn yet; when there are none left, any row by weight. */
static void seed_random(lakh_kmeans *self, lakh_random *random) {
  size_t k = (size_t)self->params.n_clusters, d = self->x.cols;
  for (size_t i = 0; i < self->x.rows; i++) self->nearest[i] = 1;
  for (size_t c = 0; c < k; c++) {
    double total = 0;
    for (size_t i = 0; i < self->x.rows; i++) total += weight_of(self, i) * (double)self->nearest[i];
    if (total == 0) {
      for (size_t i = 0; i < self->x.rows; i++) {
        self->nearest[i] = 1;
        total += weight_of(self, i);
      }
    }
    size_t row = draw_row(self, self->nearest, total, random);
    self->nearest[row] = 0;
    memcpy(self->centers + c * d, self->x.data + row * d, d * sizeof(float));
  }
}

/* Labels every row, with its distance in nearest[]; returns how many labels changed. */
static size_t assign(lakh_kmeans *self) {
  size_t k = (size_t)self->params.n_clusters, d = self->x.cols, changed = 0;
  self->inertia = 0;
  for (size_t i = 0; i < self->x.rows; i++) {
    double nearest = HUGE_VAL;
    int32_t label = 0;
    for (size_t c = 0; c < k; c++) {
      double distance = squared_distance(self->x.data + i * d, self->centers + c * d, d);
      if (distance < nearest) {
        nearest = distance;
        label = (int32_t)c;
      }
    }
    changed += label != self->labels[i];
    self->labels[i] = label;
    self->nearest[i] = (float)nearest;
    self->inertia += weight_of(self, i) * nearest;
  }
  return changed;
}

/* Gives each empty cluster the row that is farthest from its centre, as scikit-learn does. */
static void relocate_empty_clusters(lakh_kmeans *self) {
  size_t k = (size_t)self->params.n_clusters, d = self->x.cols;
  for (size_t c = 0; c < k; c++) {
    if (self->cluster_weights[c] > 0) continue;
    size_t farthest = 0;
    for (size_t i = 1; i < self->x.rows; i++)
      if (self->nearest[i] > self->nearest[farthest]) farthest = i;
    double weight = weight_of(self, farthest);
    if (self->nearest[farthest] <= 0 || weight == 0) return;
    size_t old = (size_t)self->labels[farthest];
    for (size_t j = 0; j < d; j++) {
      double moved = weight * (double)self->x.data[farthest * d + j];
      self->sums[old * d + j] -= moved;
      self->sums[c * d + j] = moved;
    }
    self->cluster_weights[old] -= weight;
    self->cluster_weights[c] = weight;
    self->nearest[farthest] = 0;
  }
}

/* Moves the centres to the means of their rows; returns how far they moved, squared. */
static double update_centers(lakh_kmeans *self) {
  size_t k = (size_t)self->params.n_clusters, d = self->x.cols;
  memset(self->sums, 0, k * d * sizeof(double));
  memset(self->cluster_weights, 0, k * sizeof(double));
  for (size_t i = 0; i < self->x.rows; i++) {
    size_t c = (size_t)self->labels[i];
    double weight = weight_of(self, i);
    self->cluster_weights[c] += weight;
    for (size_t j = 0; j < d; j++) self->sums[c * d + j] += weight * (double)self->x.data[i * d + j];
  }
  relocate_empty_clusters(self);
  double movement = 0;
  for (size_t c = 0; c < k; c++) {
    if (!(self->cluster_weights[c] > 0)) continue;
    for (size_t j = 0; j < d; j++) {
      float center = (float)(self->sums[c * d + j] / self->cluster_weights[c]);
      double shift = (double)center - (double)self->centers[c * d + j];
      movement += shift * shift;
      self->centers[c * d + j] = center;
    }
  }
  return movement;
}

static double mean_variance(const lakh_kmeans *self) {
  double total = 0;
  for (size_t j = 0; j < self->x.cols; j++) {
    double weight = 0, mean = 0, squares = 0;
    for (size_t i = 0; i < self->x.rows; i++) {
      weight += weight_of(self, i);
      mean += weight_of(self, i) * (double)self->x.data[i * self->x.cols + j];
    }
    mean /= weight;
    for (size_t i = 0; i < self->x.rows; i++) {
      double difference = (double)self->x.data[i * self->x.cols + j] - mean;
      squares += weight_of(self, i) * difference * difference;
    }
    total += squares / weight;
  }
  return total / (double)self->x.cols;
}

static void begin_run(lakh_kmeans *self) {
  lakh_random random = lakh_random_stream(self->params.random_state, (uint64_t)self->run);
  size_t size = (size_t)self->params.n_clusters * self->x.cols;
  if (self->params.init == LAKH_INIT_CENTERS) memcpy(self->centers, self->init_centers, size * sizeof(float));
  if (self->params.init == LAKH_INIT_KMEANS_PLUS_PLUS) seed_plus_plus(self, &random);
  if (self->params.init == LAKH_INIT_RANDOM) seed_random(self, &random);
  self->n_iter = 0;
  self->converged = 0;
  assign(self);
}

static void end_run(lakh_kmeans *self) {
  if (self->run == 0 || self->inertia < self->best_inertia) {
    memcpy(self->best_centers, self->centers, (size_t)self->params.n_clusters * self->x.cols * sizeof(float));
    memcpy(self->best_labels, self->labels, self->x.rows * sizeof(int32_t));
    self->best_inertia = self->inertia;
    self->best_n_iter = self->n_iter;
    self->best_converged = self->converged;
  }
  self->run++;
}

static lakh_status step(lakh_job *job) {
  lakh_kmeans *self = (lakh_kmeans *)job;
  switch (self->phase) {
  case SEED:
    begin_run(self);
    self->phase = ITERATE;
    return LAKH_ITERATION;
  case ITERATE: {
    double movement = update_centers(self);
    size_t changed = assign(self);
    self->n_iter++;
    lakh_job_advance(job, 1);
    self->converged = changed == 0 || movement <= self->tolerance;
    /* scikit-learn notices labels at rest only in the iteration after. */
    if (changed == 0 && movement > self->tolerance && self->n_iter < self->params.max_iter) self->n_iter++;
    if (self->converged || self->n_iter == self->params.max_iter) self->phase = FINISH;
    return LAKH_ITERATION;
  }
  default:
    end_run(self);
    self->phase = SEED;
    return self->run == self->params.n_init ? LAKH_DONE : LAKH_MORE;
  }
}

static void free_kmeans(lakh_job *job) {
  lakh_kmeans *self = (lakh_kmeans *)job;
  lakh_free(self->centers);
  lakh_free(self->best_centers);
  lakh_free(self->nearest);
  lakh_free(self->labels);
  lakh_free(self->best_labels);
  lakh_free(self->sums);
  lakh_free(self->cluster_weights);
  lakh_free(self);
}

static lakh_status check_arguments(const lakh_kmeans_params *params, lakh_matrix x, const float *sample_weight,
                                   const float *init_centers) {
  if (params == NULL || x.data == NULL || x.rows < 1 || x.cols < 1) return LAKH_BAD_ARGUMENT;
  if (params->n_clusters < 1 || params->n_init < 1 || params->max_iter < 1 || !(params->tol >= 0)) return LAKH_BAD_ARGUMENT;
  if (params->init < LAKH_INIT_KMEANS_PLUS_PLUS || params->init > LAKH_INIT_CENTERS) return LAKH_BAD_ARGUMENT;
  if (params->algorithm < LAKH_KMEANS_AUTO || params->algorithm > LAKH_KMEANS_FILTERING) return LAKH_BAD_ARGUMENT;
  if ((params->init == LAKH_INIT_CENTERS) != (init_centers != NULL)) return LAKH_BAD_ARGUMENT;
  size_t row, col;
  lakh_status status = lakh_check_finite(x, &row, &col);
  if (status == LAKH_OK && init_centers != NULL)
    status = lakh_check_finite((lakh_matrix){init_centers, (size_t)params->n_clusters, x.cols}, &row, &col);
  if (status != LAKH_OK || sample_weight == NULL) return status;
  double total = 0;
  for (size_t i = 0; i < x.rows; i++) {
    if (!(sample_weight[i] >= 0) || isinf(sample_weight[i])) return LAKH_BAD_ARGUMENT;
    total += (double)sample_weight[i];
  }
  return total > 0 ? LAKH_OK : LAKH_BAD_ARGUMENT;
}

lakh_status lakh_kmeans_create(const lakh_kmeans_params *params, lakh_matrix x, const float *sample_weight,
                               const float *init_centers, lakh_kmeans **out) {
  lakh_status status = check_arguments(params, x, sample_weight, init_centers);
  if (status != LAKH_OK) return status;
  lakh_kmeans *self = lakh_alloc_zeroed(1, sizeof *self);
  if (self == NULL) return LAKH_NO_MEMORY;
  lakh_job_begin(&self->job, step, free_kmeans, (double)params->n_init * params->max_iter);
  self->params = *params;
  self->x = x;
  self->weights = sample_weight;
  self->init_centers = init_centers;
  size_t k = (size_t)params->n_clusters;
  self->centers = lakh_alloc(k, x.cols * sizeof(float));
  self->best_centers = lakh_alloc(k, x.cols * sizeof(float));
  self->nearest = lakh_alloc(x.rows, sizeof(float));
  self->labels = lakh_alloc_zeroed(x.rows, sizeof(int32_t));
  self->best_labels = lakh_alloc(x.rows, sizeof(int32_t));
  self->sums = lakh_alloc(k, x.cols * sizeof(double));
  self->cluster_weights = lakh_alloc(k, sizeof(double));
  if (self->centers == NULL || self->best_centers == NULL || self->nearest == NULL || self->labels == NULL ||
      self->best_labels == NULL || self->sums == NULL || self->cluster_weights == NULL) {
    free_kmeans(&self->job);
    return LAKH_NO_MEMORY;
  }
  self->tolerance = params->tol == 0 ? 0 : params->tol * mean_variance(self);
  *out = self;
  return LAKH_OK;
}

void lakh_kmeans_get(lakh_kmeans *self, lakh_kmeans_state *state) {
  bool done = self->job.status == LAKH_DONE;
  *state = (lakh_kmeans_state){
      .centers = done ? self->best_centers : self->centers,
      .labels = done ? self->best_labels : self->labels,
      .inertia = done ? self->best_inertia : self->inertia,
      .n_iter = done ? self->best_n_iter : self->n_iter,
      .run = self->run,
      .converged = done ? self->best_converged : self->converged,
  };
}

/* Mini-batch k-means (Sculley 2010, "Web-scale k-means clustering"), with the conventions of scikit-learn's MiniBatchKMeans.
 *
 * Each step draws batch_size rows, labels them, and moves each centre to the mean of all rows that it has ever been given: a
 * running mean whose rate falls as one over the weight seen. Centres that were given very little are moved to rows of the batch.
 * The fit ends when the smoothed inertia of the batches has not improved for a while, when the centres have come to rest, or
 * after max_iter times as many rows as there are.
 *
 * Every batch has its own stream of random numbers, numbered by the batches seen so far: partial fits continue where the last
 * one ended without a state of the generator.
 *
 * Time: O(batch_size k d) a step, and O(n k d) for the labels at the end. Memory: O(batch_size d + k d + n). */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/job.h"
#include "base/random.h"
#include "base/sizes.h"

struct lakh_mini_batch_kmeans {
  lakh_job job;
  lakh_mini_batch_kmeans_params params;
  lakh_matrix x;
  const float *sample_weight;
  const float *init_centers;
  bool partial;
  size_t batch_size; /* at most x.rows */
  size_t init_size;
  uint32_t n_batches; /* of the whole fit */
  lakh_status (*phase)(lakh_mini_batch_kmeans *self);

  float *centers;     /* n_clusters x cols */
  double *counts;     /* n_clusters: weight seen */
  double *sums;       /* n_clusters x cols: weighted rows of the batch */
  double *weights;    /* n_clusters: weight of the batch */
  float *rows;        /* rows that were drawn: of a batch, or to start from */
  float *row_weights; /* theirs */
  int32_t *row_labels;
  float *validation; /* rows on which starts are compared, when there are several */
  float *validation_weights;
  lakh_kmeans *seeding;
  lakh_assign *assign;

  int32_t *labels; /* x.rows, at the end */
  size_t next_row;
  int32_t init; /* the start under way */
  float *init_candidate;
  double init_inertia;

  uint32_t n_steps;          /* batches seen, those of earlier partial fits included */
  uint32_t n_steps_here;     /* of this job */
  size_t since_reassignment; /* rows */
  double tolerance;
  double smoothed_inertia;
  double lowest_inertia;
  int32_t n_without_improvement;
  double inertia;
  int32_t converged;
};

/* Streams of random numbers: one to compare starts, one for each start, one for each batch. */
enum { VALIDATION_STREAM = 0, START_STREAM = 1 };
static const uint64_t BATCH_STREAM = UINT64_C(1) << 32;

/* Values whose distances are summed in a step, about 2 ms. */
enum { VALUES_A_STEP = 1 << 20 };

static lakh_status step(lakh_job *job);
static void release(lakh_job *job);
static lakh_status begin_start(lakh_mini_batch_kmeans *self);
static lakh_status seed(lakh_mini_batch_kmeans *self);
static lakh_status compare_starts(lakh_mini_batch_kmeans *self);
static lakh_status begin_batch(lakh_mini_batch_kmeans *self);
static lakh_status label_batch(lakh_mini_batch_kmeans *self);
static lakh_status label_all(lakh_mini_batch_kmeans *self);
static lakh_status add_inertia(lakh_mini_batch_kmeans *self);

static lakh_status check_arguments(const lakh_mini_batch_kmeans_params *params, lakh_matrix x, const float *sample_weight,
                                   const float *init_centers) {
  if (x.data == NULL || x.rows < 1 || x.rows > UINT32_MAX || x.cols < 1) return LAKH_BAD_ARGUMENT;
  if (x.cols > SIZE_MAX / 16 / x.rows) return LAKH_BAD_ARGUMENT;
  if (params->n_clusters < 1 || params->n_init < 1 || params->max_iter < 1 || params->batch_size < 1) return LAKH_BAD_ARGUMENT;
  if (params->init_size < 0 || params->max_no_improvement < 0) return LAKH_BAD_ARGUMENT;
  if (!(params->tol >= 0) || !(params->reassignment_ratio >= 0)) return LAKH_BAD_ARGUMENT;
  if (params->init < LAKH_INIT_KMEANS_PLUS_PLUS || params->init > LAKH_INIT_CENTERS) return LAKH_BAD_ARGUMENT;
  if ((params->init == LAKH_INIT_CENTERS) != (init_centers != NULL)) return LAKH_BAD_ARGUMENT;
  size_t row, col;
  lakh_status status = lakh_check_finite(x, &row, &col);
  if (status == LAKH_OK && init_centers != NULL) {
    status = lakh_check_finite((lakh_matrix){init_centers, (size_t)params->n_clusters, x.cols}, &row, &col);
  }
  if (status != LAKH_OK || sample_weight == NULL) return status;
  double total = 0;
  for (size_t i = 0; i < x.rows; i++) {
    if (!isfinite(sample_weight[i])) return LAKH_NOT_FINITE;
    if (sample_weight[i] < 0) return LAKH_BAD_ARGUMENT;
    total += (double)sample_weight[i];
  }
  return total > 0 ? LAKH_OK : LAKH_BAD_ARGUMENT;
}

/* scikit-learn's sizes: three batches to start from, and never fewer rows than clusters when there are enough. */
static void choose_sizes(lakh_mini_batch_kmeans *self) {
  const size_t n_clusters = (size_t)self->params.n_clusters;
  self->batch_size = self->partial ? self->x.rows : lakh_smaller((size_t)self->params.batch_size, self->x.rows);
  self->init_size = self->params.init_size > 0 ? (size_t)self->params.init_size : 3 * self->batch_size;
  if (self->init_size < n_clusters) self->init_size = 3 * n_clusters;
  self->init_size = lakh_smaller(self->init_size, self->x.rows);
  double n_batches = floor((double)self->params.max_iter * (double)self->x.rows / (double)self->batch_size);
  self->n_batches = n_batches < (double)UINT32_MAX ? (uint32_t)n_batches : UINT32_MAX;
  if (self->partial) self->n_batches = 1;
}

/* The mean over the columns of their variance, as scikit-learn scales tol: without weights. `means` has room for x.cols. */
static double mean_variance(lakh_matrix x, double *means) {
  for (size_t j = 0; j < x.cols; j++) means[j] = 0;
  for (size_t i = 0; i < x.rows; i++) {
    for (size_t j = 0; j < x.cols; j++) means[j] += (double)x.data[i * x.cols + j];
  }
  for (size_t j = 0; j < x.cols; j++) means[j] /= (double)x.rows;
  double squares = 0;
  for (size_t i = 0; i < x.rows; i++) {
    for (size_t j = 0; j < x.cols; j++) {
      double difference = (double)x.data[i * x.cols + j] - means[j];
      squares += difference * difference;
    }
  }
  return squares / ((double)x.rows * (double)x.cols);
}

static lakh_status allocate(lakh_mini_batch_kmeans *self) {
  const size_t k = (size_t)self->params.n_clusters, cols = self->x.cols;
  const size_t drawn = self->init_size > self->batch_size ? self->init_size : self->batch_size;
  self->centers = lakh_alloc(k, cols * sizeof(float));
  self->counts = lakh_alloc_zeroed(k, sizeof(double));
  self->sums = lakh_alloc(k, cols * sizeof(double));
  self->weights = lakh_alloc(k, sizeof(double));
  self->rows = lakh_alloc(drawn, cols * sizeof(float));
  self->row_weights = lakh_alloc(drawn, sizeof(float));
  self->row_labels = lakh_alloc(drawn, sizeof(int32_t));
  self->labels = lakh_alloc(self->x.rows, sizeof(int32_t));
  const bool all = self->centers != NULL && self->counts != NULL && self->sums != NULL && self->weights != NULL &&
                   self->rows != NULL && self->row_weights != NULL && self->row_labels != NULL && self->labels != NULL;
  if (!all) return LAKH_NO_MEMORY;
  if (self->partial || self->params.n_init == 1) return LAKH_OK;
  self->init_candidate = lakh_alloc(k, cols * sizeof(float));
  self->validation = lakh_alloc(self->init_size, cols * sizeof(float));
  self->validation_weights = lakh_alloc(self->init_size, sizeof(float));
  return self->init_candidate != NULL && self->validation != NULL && self->validation_weights != NULL ? LAKH_OK
                                                                                                      : LAKH_NO_MEMORY;
}

/* A job with everything but its beginning. */
static lakh_status create(const lakh_mini_batch_kmeans_params *params, lakh_matrix x, const float *sample_weight,
                          const float *init_centers, bool partial, lakh_mini_batch_kmeans **out) {
  lakh_status status = check_arguments(params, x, sample_weight, init_centers);
  if (status != LAKH_OK) return status;
  lakh_mini_batch_kmeans *self = lakh_alloc_zeroed(1, sizeof *self);
  if (self == NULL) return LAKH_NO_MEMORY;
  self->params = *params;
  self->x = x;
  self->sample_weight = sample_weight;
  self->init_centers = init_centers;
  self->partial = partial;
  if (partial) self->params.n_init = 1;
  choose_sizes(self);
  self->init_inertia = DBL_MAX;
  self->lowest_inertia = DBL_MAX;
  self->phase = begin_start;
  lakh_job_begin(&self->job, step, release, (double)self->n_batches);
  status = allocate(self);
  if (status != LAKH_OK) {
    release(&self->job);
    return status;
  }
  if (params->tol > 0) self->tolerance = params->tol * mean_variance(x, self->sums);
  *out = self;
  return LAKH_OK;
}

lakh_status lakh_mini_batch_kmeans_create(const lakh_mini_batch_kmeans_params *params, lakh_matrix x,
                                          const float *sample_weight, const float *init_centers, lakh_mini_batch_kmeans **out) {
  return create(params, x, sample_weight, init_centers, false, out);
}

static lakh_status check_model(const lakh_mini_batch_kmeans_params *params, const lakh_mini_batch_kmeans_model *model,
                               size_t cols) {
  if (!model->initialized) return LAKH_OK;
  size_t row, col;
  for (int32_t c = 0; c < params->n_clusters; c++) {
    if (!(model->counts[c] >= 0 && model->counts[c] <= DBL_MAX)) return LAKH_BAD_ARGUMENT;
  }
  return lakh_check_finite((lakh_matrix){model->centers, (size_t)params->n_clusters, cols}, &row, &col);
}

lakh_status lakh_mini_batch_kmeans_create_partial(const lakh_mini_batch_kmeans_params *params,
                                                  const lakh_mini_batch_kmeans_model *model, lakh_matrix x,
                                                  const float *sample_weight, const float *init_centers,
                                                  lakh_mini_batch_kmeans **out) {
  if (params->n_clusters < 1) return LAKH_BAD_ARGUMENT;
  lakh_status status = check_model(params, model, x.cols);
  if (status != LAKH_OK) return status;
  lakh_mini_batch_kmeans *self;
  status = create(params, x, sample_weight, init_centers, true, &self);
  if (status != LAKH_OK) return status;
  self->n_steps = model->n_steps;
  if (model->initialized) {
    memcpy(self->centers, model->centers, (size_t)params->n_clusters * x.cols * sizeof(float));
    memcpy(self->counts, model->counts, (size_t)params->n_clusters * sizeof(double));
    /* The rows since the last reassignment, if all batches had this one's size. */
    size_t period = (10 * (size_t)params->n_clusters + x.rows - 1) / x.rows;
    self->since_reassignment = model->n_steps % period * x.rows;
    self->phase = begin_batch;
  }
  *out = self;
  return LAKH_OK;
}

void lakh_mini_batch_kmeans_get(const lakh_mini_batch_kmeans *self, lakh_mini_batch_kmeans_state *state) {
  double rows_seen = (double)self->n_steps_here * (double)self->batch_size;
  *state = (lakh_mini_batch_kmeans_state){
      .centers = self->centers,
      .counts = self->counts,
      .labels = self->labels,
      .inertia = self->inertia,
      .n_steps = self->n_steps,
      .n_iter = (int32_t)ceil(rows_seen / (double)self->x.rows),
      .converged = self->converged,
  };
}

static void release(lakh_job *job) {
  lakh_mini_batch_kmeans *self = (lakh_mini_batch_kmeans *)job;
  lakh_job_free((lakh_job *)self->seeding);
  lakh_job_free((lakh_job *)self->assign);
  lakh_free(self->centers);
  lakh_free(self->counts);
  lakh_free(self->sums);
  lakh_free(self->weights);
  lakh_free(self->rows);
  lakh_free(self->row_weights);
  lakh_free(self->row_labels);
  lakh_free(self->validation);
  lakh_free(self->validation_weights);
  lakh_free(self->labels);
  lakh_free(self->init_candidate);
  lakh_free(self);
}

static lakh_status step(lakh_job *job) {
  lakh_mini_batch_kmeans *self = (lakh_mini_batch_kmeans *)job;
  return self->phase(self);
}

static float weight_of(const lakh_mini_batch_kmeans *self, size_t row) {
  return self->sample_weight != NULL ? self->sample_weight[row] : 1;
}

/* Draws rows with replacement, as scikit-learn does; all rows in order when as many as there are are asked for as a start. */
static void draw_rows(const lakh_mini_batch_kmeans *self, lakh_random *random, size_t count, bool in_order, float *rows,
                      float *weights) {
  const size_t cols = self->x.cols;
  for (size_t i = 0; i < count; i++) {
    size_t row = in_order ? i : lakh_random_below(random, (uint32_t)self->x.rows);
    memcpy(rows + i * cols, self->x.data + row * cols, cols * sizeof *rows);
    weights[i] = weight_of(self, row);
  }
}

/* The weighted squared distances of rows to the centres that they are labelled with, in double, where nothing overflows. */
static double inertia_of(const float *rows, const float *weights, const int32_t *labels, size_t count, const float *centers,
                         size_t cols) {
  double inertia = 0;
  for (size_t i = 0; i < count; i++) {
    const float *row = rows + i * cols, *center = centers + (size_t)labels[i] * cols;
    double distance = 0;
    for (size_t j = 0; j < cols; j++) {
      double difference = (double)row[j] - (double)center[j];
      distance += difference * difference;
    }
    inertia += distance * (weights != NULL ? (double)weights[i] : 1);
  }
  return inertia;
}

/* ---- Choosing a start ------------------------------------------------------------------------------------------------------ */

/* The start is the one that k-means would have on the rows drawn. */
static lakh_status begin_start(lakh_mini_batch_kmeans *self) {
  if (self->params.init == LAKH_INIT_CENTERS) {
    memcpy(self->centers, self->init_centers, (size_t)self->params.n_clusters * self->x.cols * sizeof *self->centers);
    self->phase = begin_batch;
    return LAKH_MORE;
  }
  lakh_random random = lakh_random_stream(self->params.random_state, START_STREAM + (uint64_t)self->init);
  draw_rows(self, &random, self->init_size, self->init_size == self->x.rows, self->rows, self->row_weights);
  bool any_weight = false;
  for (size_t i = 0; i < self->init_size && !any_weight; i++) any_weight = self->row_weights[i] > 0;
  const lakh_kmeans_params params = {
      .n_clusters = self->params.n_clusters,
      .init = self->params.init,
      .n_init = 1,
      .max_iter = 1,
      .random_state = lakh_random_u32(&random),
      .algorithm = LAKH_KMEANS_LLOYD,
  };
  lakh_status status = lakh_kmeans_create(&params, (lakh_matrix){self->rows, self->init_size, self->x.cols},
                                          any_weight ? self->row_weights : NULL, NULL, &self->seeding);
  if (status != LAKH_OK) return status;
  self->phase = seed;
  return LAKH_MORE;
}

static lakh_status seed(lakh_mini_batch_kmeans *self) {
  lakh_status status = lakh_job_step((lakh_job *)self->seeding);
  if (status < LAKH_OK || status == LAKH_MORE) return status;
  const size_t size = (size_t)self->params.n_clusters * self->x.cols * sizeof(float);
  const bool single = self->init_candidate == NULL;
  lakh_kmeans_state state;
  lakh_kmeans_get(self->seeding, &state);
  memcpy(single ? self->centers : self->init_candidate, state.centers, size);
  lakh_job_free((lakh_job *)self->seeding);
  self->seeding = NULL;
  if (single) {
    self->phase = begin_batch;
    return LAKH_ITERATION;
  }
  if (self->init == 0) {
    lakh_random random = lakh_random_stream(self->params.random_state, VALIDATION_STREAM);
    draw_rows(self, &random, self->init_size, false, self->validation, self->validation_weights);
  }
  self->phase = compare_starts;
  status = lakh_assign_create((lakh_matrix){self->validation, self->init_size, self->x.cols}, self->init_candidate,
                              (size_t)self->params.n_clusters, self->row_labels, NULL, NULL, &self->assign);
  return status == LAKH_OK ? LAKH_MORE : status;
}

/* Steps the assignment under way; LAKH_DONE when it is complete and released. */
static lakh_status go_on_assigning(lakh_mini_batch_kmeans *self) {
  lakh_status status = lakh_job_step((lakh_job *)self->assign);
  if (status != LAKH_DONE) return status;
  lakh_job_free((lakh_job *)self->assign);
  self->assign = NULL;
  return LAKH_DONE;
}

static lakh_status compare_starts(lakh_mini_batch_kmeans *self) {
  lakh_status status = go_on_assigning(self);
  if (status != LAKH_DONE) return status;
  double inertia = inertia_of(self->validation, self->validation_weights, self->row_labels, self->init_size,
                              self->init_candidate, self->x.cols);
  if (inertia < self->init_inertia) {
    memcpy(self->centers, self->init_candidate, (size_t)self->params.n_clusters * self->x.cols * sizeof *self->centers);
    self->init_inertia = inertia;
  }
  self->init++;
  self->phase = self->init < self->params.n_init ? begin_start : begin_batch;
  return LAKH_MORE;
}

/* ---- Batches ----------------------------------------------------------------------------------------------------------------- */

static lakh_random batch_random(const lakh_mini_batch_kmeans *self) {
  return lakh_random_stream(self->params.random_state, BATCH_STREAM + self->n_steps);
}

static lakh_status begin_batch(lakh_mini_batch_kmeans *self) {
  lakh_random random = batch_random(self);
  draw_rows(self, &random, self->batch_size, self->partial, self->rows, self->row_weights);
  self->phase = label_batch;
  lakh_status status = lakh_assign_create((lakh_matrix){self->rows, self->batch_size, self->x.cols}, self->centers,
                                          (size_t)self->params.n_clusters, self->row_labels, NULL, NULL, &self->assign);
  return status == LAKH_OK ? label_batch(self) : status;
}

/* Moves each centre to the mean of all rows that it has been given; returns how far they moved, squared. */
static double update_centers(lakh_mini_batch_kmeans *self) {
  const size_t k = (size_t)self->params.n_clusters, cols = self->x.cols;
  memset(self->sums, 0, k * cols * sizeof *self->sums);
  memset(self->weights, 0, k * sizeof *self->weights);
  for (size_t i = 0; i < self->batch_size; i++) {
    double *sum = self->sums + (size_t)self->row_labels[i] * cols, weight = (double)self->row_weights[i];
    self->weights[self->row_labels[i]] += weight;
    for (size_t j = 0; j < cols; j++) sum[j] += weight * (double)self->rows[i * cols + j];
  }
  double movement = 0;
  for (size_t c = 0; c < k; c++) {
    if (!(self->weights[c] > 0)) continue;
    double before = self->counts[c];
    self->counts[c] += self->weights[c];
    for (size_t j = 0; j < cols; j++) {
      double old = (double)self->centers[c * cols + j];
      float center = (float)((old * before + self->sums[c * cols + j]) / self->counts[c]);
      movement += ((double)center - old) * ((double)center - old);
      self->centers[c * cols + j] = center;
    }
  }
  return movement;
}

/* As scikit-learn: after every 10 n_clusters rows, and whenever a centre has been given nothing. */
static bool must_reassign(lakh_mini_batch_kmeans *self) {
  bool any_empty = false;
  for (int32_t c = 0; c < self->params.n_clusters; c++) any_empty |= self->counts[c] == 0;
  self->since_reassignment += self->batch_size;
  if (!any_empty && self->since_reassignment < 10 * (size_t)self->params.n_clusters) return false;
  self->since_reassignment = 0;
  return true;
}

/* A centre that was given less than reassignment_ratio of what the largest was given, smallest count first; -1: none. */
static int32_t next_to_reassign(const lakh_mini_batch_kmeans *self, double limit, const bool *reassigned) {
  int32_t smallest = -1;
  for (int32_t c = 0; c < self->params.n_clusters; c++) {
    if (reassigned[c] || !(self->counts[c] < limit)) continue;
    if (smallest < 0 || self->counts[c] < self->counts[smallest]) smallest = c;
  }
  return smallest;
}

/* Moves centres with little weight to different rows of the batch, at most to half of them. Their counts become the smallest of
 * the others', so that they are not moved again at once. */
static lakh_status reassign_centers(lakh_mini_batch_kmeans *self, lakh_random *random) {
  const int32_t n_clusters = self->params.n_clusters;
  const size_t cols = self->x.cols;
  bool *reassigned = lakh_alloc_zeroed((size_t)n_clusters, sizeof *reassigned);
  if (reassigned == NULL) return LAKH_NO_MEMORY;
  double largest = 0;
  for (int32_t c = 0; c < n_clusters; c++) largest = self->counts[c] > largest ? self->counts[c] : largest;
  const double limit = self->params.reassignment_ratio * largest;
  size_t n_left = self->batch_size; /* rows not taken yet; they are kept at the front */
  for (size_t moved = 0; moved < self->batch_size / 2; moved++) {
    int32_t center = next_to_reassign(self, limit, reassigned);
    if (center < 0) break;
    size_t row = lakh_random_below(random, (uint32_t)n_left--);
    memcpy(self->centers + (size_t)center * cols, self->rows + row * cols, cols * sizeof *self->centers);
    memmove(self->rows + row * cols, self->rows + n_left * cols, cols * sizeof *self->rows);
    reassigned[center] = true;
  }
  double smallest = largest;
  for (int32_t c = 0; c < n_clusters; c++) {
    if (!reassigned[c] && self->counts[c] < smallest) smallest = self->counts[c];
  }
  for (int32_t c = 0; c < n_clusters; c++) {
    if (reassigned[c]) self->counts[c] = smallest;
  }
  lakh_free(reassigned);
  return LAKH_OK;
}

/* Whether the fit has come to rest, judged as scikit-learn does. */
static bool has_converged(lakh_mini_batch_kmeans *self, double movement) {
  if (self->n_steps_here == 1) return false; /* its inertia is the start's */
  if (self->n_steps_here == 2) {
    self->smoothed_inertia = self->inertia;
  } else {
    double rate = fmin(1, 2 * (double)self->batch_size / ((double)self->x.rows + 1));
    self->smoothed_inertia = self->smoothed_inertia * (1 - rate) + self->inertia * rate;
  }
  if (self->tolerance > 0 && movement <= self->tolerance) return true;
  if (self->smoothed_inertia < self->lowest_inertia) {
    self->lowest_inertia = self->smoothed_inertia;
    self->n_without_improvement = 0;
  } else {
    self->n_without_improvement++;
  }
  return self->params.max_no_improvement > 0 && self->n_without_improvement >= self->params.max_no_improvement;
}

static lakh_status label_batch(lakh_mini_batch_kmeans *self) {
  lakh_status status = go_on_assigning(self);
  if (status != LAKH_DONE) return status;
  self->inertia = inertia_of(self->rows, self->row_weights, self->row_labels, self->batch_size, self->centers, self->x.cols);
  self->inertia /= (double)self->batch_size;
  const bool reassigns = must_reassign(self) && self->params.reassignment_ratio > 0; /* judged before the update */
  double movement = update_centers(self);
  if (reassigns) {
    lakh_random random = batch_random(self);
    random.counter[1] = 1; /* past the numbers that chose the batch */
    status = reassign_centers(self, &random);
    if (status != LAKH_OK) return status;
  }
  self->n_steps++;
  self->n_steps_here++;
  lakh_job_advance(&self->job, 1);
  self->converged = !self->partial && has_converged(self, movement);
  if (!self->converged && self->n_steps_here < self->n_batches) {
    self->phase = begin_batch;
    return LAKH_ITERATION;
  }
  self->phase = label_all;
  status = lakh_assign_create(self->x, self->centers, (size_t)self->params.n_clusters, self->labels, NULL, NULL, &self->assign);
  return status == LAKH_OK ? LAKH_ITERATION : status;
}

static lakh_status label_all(lakh_mini_batch_kmeans *self) {
  lakh_status status = go_on_assigning(self);
  if (status != LAKH_DONE) return status;
  self->inertia = 0;
  self->phase = add_inertia;
  return LAKH_MORE;
}

static lakh_status add_inertia(lakh_mini_batch_kmeans *self) {
  const size_t cols = self->x.cols, count = lakh_smaller(VALUES_A_STEP / cols + 1, self->x.rows - self->next_row);
  self->inertia += inertia_of(self->x.data + self->next_row * cols,
                              self->sample_weight != NULL ? self->sample_weight + self->next_row : NULL,
                              self->labels + self->next_row, count, self->centers, cols);
  self->next_row += count;
  return self->next_row < self->x.rows ? LAKH_MORE : LAKH_DONE;
}

/* K-means clustering: Lloyd's iterations (Lloyd 1982) from greedy k-means++ starts (kmeans_seed.c), with the conventions of
 * scikit-learn's KMeans: what counts as an iteration, when it has converged, how empty clusters are filled, which run is best.
 *
 * An iteration moves each centre to the mean of its rows and labels the rows anew: cell by cell of a grid (kmeans_filtering.c)
 * or row by row (kmeans_bounds.c, kmeans_lloyd.c). All decide as nearest.h defines, so that the choice of algorithm changes the
 * time only. The sums behind the means are kept in double and in step with the labels: a row enters them when it is labelled
 * first, and again when its label changes. For bytes and other whole numbers they are exact, so that merging equal rows into one
 * with their weight changes nothing at all.
 *
 * Memory beside the data: about 4 (cols + 5) bytes a row, and that of bounds. */
#include "base/alloc.h"
#include "cluster/kmeans_state.h"
#include "cluster/nearest.h"
#include "kernels/range.h"

#include <math.h>
#include <string.h>

/* Multiplications in a step: 1 to 2 ms. */
static const double WORK_A_STEP = 4e6;
/* The build, in multiplications: of a row, and of each of its values. */
static const double WORK_A_ROW = 14, WORK_A_VALUE = 2;

/* Bounds begin when at most one label in 8 has changed. */
enum { CHANGES_FOR_BOUNDS = 8 };

/* ---- Creation ---------------------------------------------------------------------------------------------------------- */

static lakh_status check_arguments(const lakh_kmeans_params *params, lakh_matrix x, const float *sample_weight,
                                   const float *init_centers, float *max_abs) {
  if (params == NULL || x.data == NULL || x.rows < 1 || x.cols < 1) return LAKH_BAD_ARGUMENT;
  if (x.rows > UINT32_MAX / 8 || x.cols > SIZE_MAX / 16 / x.rows) return LAKH_BAD_ARGUMENT;
  if (params->n_clusters < 1 || params->n_init < 1 || params->max_iter < 1 || !(params->tol >= 0)) return LAKH_BAD_ARGUMENT;
  if (params->init < LAKH_INIT_KMEANS_PLUS_PLUS || params->init > LAKH_INIT_CENTERS) return LAKH_BAD_ARGUMENT;
  if (params->algorithm < LAKH_KMEANS_AUTO || params->algorithm > LAKH_KMEANS_FILTERING) return LAKH_BAD_ARGUMENT;
  if (params->algorithm == LAKH_KMEANS_FILTERING && x.cols > LAKH_FEW_COLUMNS) return LAKH_BAD_ARGUMENT;
  if ((params->init == LAKH_INIT_CENTERS) != (init_centers != NULL)) return LAKH_BAD_ARGUMENT;
  if (sample_weight != NULL) {
    lakh_range weights = lakh_range_of(sample_weight, x.rows);
    if (!(weights.low >= 0) || isinf(weights.high) || !(weights.sum > 0)) return LAKH_BAD_ARGUMENT;
  }
  *max_abs = lakh_max_abs(x.data, x.rows * x.cols);
  float max_abs_center = init_centers != NULL ? lakh_max_abs(init_centers, (size_t)params->n_clusters * x.cols) : 0;
  if (!isfinite(*max_abs) || !isfinite(max_abs_center)) return LAKH_NOT_FINITE;
  if (max_abs_center > *max_abs) *max_abs = max_abs_center;
  return LAKH_OK;
}

static void free_run(lakh_kmeans_run *run) {
  lakh_free(run->centers);
  lakh_free(run->labels);
}

static void free_kmeans(lakh_job *job) {
  lakh_kmeans *self = (lakh_kmeans *)job;
  lakh_seeding_free(self->seeding);
  lakh_kmeans_rows_free(&self->seed_rows);
  lakh_kmeans_rows_free(&self->plain_rows);
  lakh_frame_free(&self->frame);
  free_run(&self->now);
  free_run(&self->best);
  lakh_free(self->positions);
  lakh_free(self->lines);
  lakh_free(self->packed);
  lakh_free(self->center_shifts);
  lakh_free(self->slot_labels);
  lakh_free(self->sums);
  lakh_free(self->means);
  lakh_free(self->owners);
  lakh_free(self->candidates);
  lakh_free(self->scores);
  lakh_kmeans_bounds_free(self->bounds);
  lakh_free(self);
}

static bool create_run(lakh_kmeans_run *run, size_t k, lakh_matrix x) {
  run->centers = lakh_alloc(k, x.cols * sizeof(float));
  run->labels = lakh_alloc(x.rows, sizeof(int32_t));
  return run->centers != NULL && run->labels != NULL;
}

static lakh_status allocate(lakh_kmeans *self, float max_abs) {
  lakh_matrix x = self->x;
  size_t k = self->k;
  bool few = x.cols <= LAKH_FEW_COLUMNS;
  bool filtering = few && (self->params.algorithm == LAKH_KMEANS_AUTO || self->params.algorithm == LAKH_KMEANS_FILTERING);
  bool seeded = self->params.init != LAKH_INIT_CENTERS;
  if (lakh_frame_create(x, max_abs, &self->frame) != LAKH_OK) return LAKH_NO_MEMORY;
  if (filtering || seeded || !few) {
    lakh_status status = lakh_kmeans_rows_begin(&self->seed_rows, x, self->sample_weight, &self->frame, few);
    if (status != LAKH_OK) return status;
    self->rows = &self->seed_rows;
  }
  if (few && !filtering) {
    lakh_status status = lakh_kmeans_rows_begin(&self->plain_rows, x, self->sample_weight, &self->frame, false);
    if (status != LAKH_OK) return status;
    self->rows = &self->plain_rows;
  }
  if (!create_run(&self->now, k, x)) return LAKH_NO_MEMORY;
  if (self->params.n_init > 1 && !create_run(&self->best, k, x)) return LAKH_NO_MEMORY;
  self->positions = lakh_alloc(k, x.cols * sizeof(double));
  self->lines = lakh_alloc(k, (1 + x.cols) * sizeof(float));
  self->packed = lakh_alloc(k, (1 + x.cols) * sizeof(float));
  self->center_shifts = lakh_alloc(k, sizeof(float));
  self->sums = lakh_alloc(k, (1 + x.cols) * sizeof(double));
  self->means = lakh_alloc(k, (1 + x.cols) * sizeof(double));
  self->candidates = lakh_alloc(k, sizeof(int32_t));
  self->scores = lakh_alloc(k, sizeof(float));
  bool complete = self->positions != NULL && self->lines != NULL && self->packed != NULL && self->center_shifts != NULL &&
                  self->sums != NULL && self->means != NULL && self->candidates != NULL && self->scores != NULL;
  return complete ? LAKH_OK : LAKH_NO_MEMORY;
}

static lakh_status step(lakh_job *job);

lakh_status lakh_kmeans_create(const lakh_kmeans_params *params, lakh_matrix x, const float *sample_weight,
                               const float *init_centers, lakh_kmeans **out) {
  float max_abs;
  lakh_status status = check_arguments(params, x, sample_weight, init_centers, &max_abs);
  if (status != LAKH_OK) return status;
  lakh_kmeans *self = lakh_alloc_zeroed(1, sizeof *self);
  if (self == NULL) return LAKH_NO_MEMORY;
  lakh_job_begin(&self->job, step, free_kmeans, (double)params->n_init * ((double)params->max_iter + 2));
  self->params = *params;
  self->x = x;
  self->sample_weight = sample_weight;
  self->init_centers = init_centers;
  self->k = (size_t)params->n_clusters;
  status = allocate(self, max_abs);
  if (status != LAKH_OK) {
    free_kmeans(&self->job);
    return status;
  }
  *out = self;
  return LAKH_OK;
}

/* ---- The steps, in the order in which they run --------------------------------------------------------------------------- */

static bool filtering(const lakh_kmeans *self) { return self->rows->few; }

static lakh_status build_rows(lakh_kmeans_rows *rows, double *work) {
  if (rows->x.data == NULL) return LAKH_DONE; /* not used */
  lakh_status status = lakh_kmeans_rows_build(rows, (size_t)(*work / (WORK_A_ROW + WORK_A_VALUE * (double)rows->x.cols)) + 1);
  *work -= status == LAKH_DONE ? 0 : *work;
  return status;
}

/* What only the built layout tells: how many slots there are. */
static lakh_status prepare_labels(lakh_kmeans *self) {
  self->slot_labels = lakh_alloc(self->rows->n_groups, LAKH_LANES * sizeof(int32_t));
  if (self->slot_labels == NULL) return LAKH_NO_MEMORY;
  if (filtering(self)) {
    self->owners = lakh_alloc(self->rows->n_blocks, sizeof(int32_t));
    if (self->owners == NULL) return LAKH_NO_MEMORY;
  }
  if (self->params.init != LAKH_INIT_CENTERS) {
    lakh_status status = lakh_seeding_create(&self->seed_rows, self->k, self->params.init, &self->seeding);
    if (status != LAKH_OK) return status;
  }
  return LAKH_OK;
}

static void begin_run(lakh_kmeans *self) {
  self->now.run = self->run;
  self->now.n_iter = 0;
  self->now.converged = 0;
  self->ended = false;
  self->bounded = false;
  self->movement = 0;
  memset(self->sums, 0, self->k * (1 + self->x.cols) * sizeof(double));
  for (size_t slot = 0; slot < self->rows->n_groups * LAKH_LANES; slot++) self->slot_labels[slot] = LAKH_UNLABELLED;
  if (self->owners != NULL)
    for (size_t cell = 0; cell < self->rows->n_blocks; cell++) self->owners[cell] = LAKH_UNLABELLED;
  if (self->seeding != NULL) lakh_seeding_begin(self->seeding, self->params.random_state, (uint32_t)self->run);
}

/* How far a centre moved, in the frame, rounded up. */
static void set_shift(lakh_kmeans *self, size_t center, double squares) {
  self->center_shifts[center] = (float)(sqrt(squares) * (double)self->frame.scale) * (1 + 0x1p-20f);
}

/* The positions become the centres as they are reported. */
static void take_centers(lakh_kmeans *self) {
  size_t cols = self->x.cols;
  for (size_t c = 0; c < self->k; c++) {
    double squares = 0;
    for (size_t i = c * cols; i < (c + 1) * cols; i++) {
      double shift = (double)self->now.centers[i] - self->positions[i];
      squares += shift * shift;
      self->positions[i] = (double)self->now.centers[i];
    }
    set_shift(self, c, squares);
  }
}

/* Most data need no more than a few iterations with all distances before few enough labels change for bounds to pay. */
static bool wants_bounds(const lakh_kmeans *self) {
  bool allowed = !filtering(self) && self->params.algorithm != LAKH_KMEANS_LLOYD && !self->unbounded;
  return allowed && !self->bounded && self->n_changed <= self->x.rows / CHANGES_FOR_BOUNDS;
}

static void give_up_bounds(lakh_kmeans *self) {
  lakh_kmeans_bounds_free(self->bounds);
  self->bounds = NULL;
  self->bounded = false;
  self->unbounded = true;
}

/* True when bounds can begin, or will not. */
static bool prepare_bounds(lakh_kmeans *self, double *work) {
  if (self->bounds == NULL) self->bounds = lakh_kmeans_bounds_create(self);
  if (self->bounds == NULL) {
    self->unbounded = true;
    return true;
  }
  if (!lakh_kmeans_bounds_build(self, work)) return false;
  lakh_kmeans_bounds_begin_run(self);
  self->bounded = true;
  return true;
}

/* Makes the centres ready for the labelling that follows. */
static void begin_labels(lakh_kmeans *self) {
  size_t cols = self->x.cols;
  self->longest = 0;
  for (size_t c = 0; c < self->k; c++) {
    float length = lakh_frame_line(&self->frame, self->positions + c * cols, cols, self->lines + c * (1 + cols));
    if (length > self->longest) self->longest = length;
  }
  if (!filtering(self)) lakh_pack_lines(self->lines, self->k, cols, self->packed);
  if (self->bounded && !lakh_kmeans_bounds_begin(self)) give_up_bounds(self);
  self->next_block = 0;
  self->n_changed = 0;
  self->shown = false;
  self->phase = KMEANS_LABEL;
}

/* True when the first centres are in place. */
static bool seed(lakh_kmeans *self, double *work) {
  size_t cols = self->x.cols;
  float *centers = self->now.centers;
  if (self->seeding == NULL) {
    memcpy(centers, self->init_centers, self->k * cols * sizeof(float));
  } else {
    if (lakh_seeding_continue(self->seeding, work) != LAKH_DONE) return false;
    const uint32_t *chosen = lakh_seeding_chosen(self->seeding);
    for (size_t c = 0; c < self->k; c++)
      memcpy(centers + c * cols, self->x.data + (size_t)chosen[c] * cols, cols * sizeof(float));
  }
  take_centers(self);
  return true;
}

static bool label(lakh_kmeans *self, double *work) {
  if (filtering(self)) return lakh_kmeans_filter(self, work);
  return self->bounded ? lakh_kmeans_bounds_label(self, work) : lakh_kmeans_compare(self, work);
}

/* Gives each empty cluster the row that is farthest from its centre, taking it from the row's own cluster, as scikit-learn
 * does. Only `means` change: the labels follow when the rows are labelled anew. */
static lakh_status fill_empty_clusters(lakh_kmeans *self) {
  size_t cols = self->x.cols, empty = 0;
  double *means = self->means;
  for (size_t c = 0; c < self->k; c++) empty += !(means[c * (1 + cols)] > 0);
  if (empty == 0) return LAKH_OK;
  lakh_kmeans_show(self);
  double *distances = lakh_alloc(self->x.rows, sizeof(double));
  if (distances == NULL) return LAKH_NO_MEMORY;
  for (size_t row = 0; row < self->x.rows; row++) {
    const double *own = self->positions + (size_t)self->now.labels[row] * cols;
    distances[row] = lakh_kmeans_weight(self, row) > 0 ? lakh_squared_distance(self->x.data + row * cols, own, cols) : 0;
  }
  for (size_t c = 0; c < self->k; c++) {
    double *gains = means + c * (1 + cols);
    if (gains[0] > 0) continue;
    size_t farthest = 0;
    for (size_t row = 1; row < self->x.rows; row++)
      if (distances[row] > distances[farthest]) farthest = row;
    if (!(distances[farthest] > 0)) break; /* fewer different rows than clusters */
    distances[farthest] = 0;
    double weight = lakh_kmeans_weight(self, farthest);
    double *loses = means + (size_t)self->now.labels[farthest] * (1 + cols);
    gains[0] = weight;
    loses[0] -= weight;
    for (size_t j = 0; j < cols; j++) {
      float value = self->x.data[farthest * cols + j] * self->frame.scale - self->frame.shift[j];
      gains[1 + j] = weight * (double)value;
      loses[1 + j] -= weight * (double)value;
    }
  }
  lakh_free(distances);
  return LAKH_OK;
}

/* Moves the centres to the means of their rows. A cluster that stays empty keeps its centre. */
static lakh_status move_centers(lakh_kmeans *self) {
  size_t cols = self->x.cols;
  memcpy(self->means, self->sums, self->k * (1 + cols) * sizeof(double));
  lakh_status status = fill_empty_clusters(self);
  if (status != LAKH_OK) return status;
  double scale = (double)self->frame.scale;
  self->movement = 0;
  for (size_t c = 0; c < self->k; c++) {
    const double *mean = self->means + c * (1 + cols);
    double squares = 0;
    for (size_t j = 0; j < cols && mean[0] > 0; j++) {
      double position = (mean[1 + j] / mean[0] + (double)self->frame.shift[j]) / scale;
      double shift = position - self->positions[c * cols + j];
      squares += shift * shift;
      self->positions[c * cols + j] = position;
      self->now.centers[c * cols + j] = (float)position;
    }
    self->movement += squares;
    set_shift(self, c, squares);
  }
  return LAKH_OK;
}

/* Of the columns, in the caller's units. Once all rows are labelled, the clusters' sums add up to those of the table. */
static double mean_variance(const lakh_kmeans *self) {
  size_t cols = self->x.cols;
  double squares = self->rows->square_sum, weight = 0, scale = (double)self->frame.scale;
  for (size_t c = 0; c < self->k; c++) weight += self->sums[c * (1 + cols)];
  for (size_t j = 1; j <= cols; j++) {
    double sum = 0;
    for (size_t c = 0; c < self->k; c++) sum += self->sums[c * (1 + cols) + j];
    squares -= sum * sum / weight;
  }
  return fmax(squares, 0) / weight / (double)cols / (scale * scale);
}

/* After the rows were labelled: has the run come to rest? scikit-learn notices unchanged labels in the iteration after. */
static void judge(lakh_kmeans *self) {
  lakh_kmeans_run *now = &self->now;
  lakh_job_advance(&self->job, 1);
  if (now->n_iter == 0) {
    self->tolerance = self->params.tol > 0 ? self->params.tol * mean_variance(self) : 0;
  } else {
    bool moved_little = self->movement <= self->tolerance;
    now->converged = moved_little || self->n_changed == 0;
    if (now->converged && !moved_little && now->n_iter < self->params.max_iter) now->n_iter++;
  }
  self->ended = now->converged || now->n_iter == self->params.max_iter;
  self->phase = self->ended ? KMEANS_SETTLE : KMEANS_MOVE;
}

/* Runs are equally good when their inertia differs by less than what rounding, which is not the same in all algorithms, may have
 * put there: the first one is kept. */
static const double TIE = 0x1p-20;

static void swap_runs(lakh_kmeans *self) {
  lakh_kmeans_run run = self->now;
  self->now = self->best;
  self->best = run;
}

static lakh_status end_run(lakh_kmeans *self) {
  if (self->params.n_init > 1) {
    lakh_kmeans_show(self);
    if (self->run == 0 || self->now.inertia < self->best.inertia * (1 - TIE)) swap_runs(self);
    lakh_job_advance(&self->job, (double)(self->run + 1) * (self->params.max_iter + 2) - self->job.done);
  }
  self->run++;
  if (self->run < self->params.n_init) {
    begin_run(self);
    self->phase = KMEANS_SEED;
    return LAKH_MORE;
  }
  if (self->params.n_init > 1) swap_runs(self);
  return LAKH_DONE;
}

static lakh_status step(lakh_job *job) {
  lakh_kmeans *self = (lakh_kmeans *)job;
  double work = WORK_A_STEP;
  while (work > 0) {
    lakh_status status;
    switch (self->phase) {
    case KMEANS_BUILD:
      status = build_rows(&self->seed_rows, &work);
      if (status == LAKH_DONE) status = build_rows(&self->plain_rows, &work);
      if (status == LAKH_DONE) status = prepare_labels(self);
      if (status < LAKH_OK) return status;
      if (status == LAKH_MORE) break;
      begin_run(self);
      self->phase = KMEANS_SEED;
      break;
    case KMEANS_SEED:
      if (seed(self, &work)) begin_labels(self);
      break;
    case KMEANS_LABEL:
      if (!label(self, &work)) break;
      if (self->ended) {
        self->phase = KMEANS_END;
        break;
      }
      judge(self);
      return LAKH_ITERATION;
    case KMEANS_MOVE:
      status = move_centers(self);
      if (status != LAKH_OK) return status;
      self->now.n_iter++;
      if (wants_bounds(self))
        self->phase = KMEANS_BOUND;
      else
        begin_labels(self);
      break;
    case KMEANS_BOUND:
      if (prepare_bounds(self, &work)) begin_labels(self);
      break;
    case KMEANS_SETTLE:
      take_centers(self);
      begin_labels(self);
      break;
    case KMEANS_END:
      status = end_run(self);
      if (status != LAKH_MORE) return status;
    }
  }
  return LAKH_MORE;
}

/* ---- Results --------------------------------------------------------------------------------------------------------------- */

void lakh_kmeans_get(lakh_kmeans *self, lakh_kmeans_state *state) {
  bool done = self->job.status == LAKH_DONE;
  if (self->job.status == LAKH_ITERATION || (done && self->params.n_init == 1)) lakh_kmeans_show(self);
  *state = (lakh_kmeans_state){
      .centers = self->now.centers,
      .labels = self->now.labels,
      .inertia = self->now.inertia,
      .n_iter = self->now.n_iter,
      .run = self->now.run,
      .converged = self->now.converged,
  };
}

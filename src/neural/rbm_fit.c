/* The restricted Boltzmann machine: training. One step of the job is a piece of one step of learning, or of scores.
 *
 * The gradient of the log-likelihood is the mean of h v over the data minus its mean under the model, with h the probabilities of
 * the hidden units. The model's mean is taken from the ends of chains of Gibbs sampling: chains that begin at the rows of the batch
 * (contrastive divergence) or that go on for the whole of training (persistent, also called stochastic maximum likelihood).
 *
 *   velocity = momentum velocity + learning_rate (mean over rows - mean over chains)
 *   weights += velocity, components -= learning_rate weight_decay components
 *
 * Rows and ends of chains lie one behind the other, so that one matrix product takes both means: the hidden units are multiplied by
 * what each is to weigh, with a minus for the chains. */
#include "base/alloc.h"
#include "base/job.h"
#include "base/sizes.h"
#include "kernels/matmul.h"
#include "kernels/range.h"
#include "neural/network.h"
#include "neural/rbm.h"
#include "neural/rows.h"
#include "neural/training.h"

#include <math.h>
#include <string.h>

/* The batch under way: rows first..first+n-1 in the order of the epoch, and behind them the ends of `chains` chains. */
typedef struct batch {
  size_t first, n, chains;
  double weight, reconstruction;
  lakh_random random;      /* of the chains */
  int32_t n_gibbs;         /* steps of the chains done */
  float *visible, *hidden; /* of the ends of the chains */
} batch;

struct lakh_rbm_fit {
  lakh_job job;
  lakh_rbm *rbm;
  lakh_matrix x, validation;
  const float *sample_weight;
  double mean_weight;
  size_t until_epoch, n_batches;
  uint32_t *order; /* x.rows, when rows are shuffled */
  bool ordered;    /* `order` is that of the present epoch */
  float *scores;   /* batch_size */
  size_t stage;    /* of the step under way: index into STAGES */
  size_t done;     /* within the stage */
  double work;     /* multiply-adds that the present step of the job may still do */
  batch batch;
  size_t validated; /* rows of validation done */
  double score_sum; /* over them */
  lakh_rbm_fit_state state;
};

/* ---- One step of learning ---------------------------------------------------------------------------------------------- */

static size_t row_of(const lakh_rbm_fit *fit, size_t place) { return fit->order != NULL ? fit->order[place] : place; }
static double weight_of(const lakh_rbm_fit *fit, size_t row) {
  return fit->sample_weight == NULL ? 1 : (double)fit->sample_weight[row];
}

/* The stages answer LAKH_DONE when they are over, LAKH_MORE after a piece of them. Some go over rows or components piece by piece;
 * how many make a piece follows from the shape alone. */
typedef struct piece {
  size_t first, n;
  lakh_status status; /* after it */
} piece;

static piece next_piece(lakh_rbm_fit *fit, size_t count, size_t work_of_one) {
  size_t fitting = (size_t)(LAKH_PIECE_OF_WORK / (double)work_of_one) / 4 * 4;
  piece piece = {.first = fit->done, .n = lakh_smaller(lakh_larger(fitting, 32), count - fit->done)};
  fit->work -= (double)piece.n * (double)work_of_one;
  fit->done += piece.n;
  piece.status = fit->done < count ? LAKH_MORE : LAKH_DONE;
  if (piece.status == LAKH_DONE) fit->done = 0;
  return piece;
}

static lakh_status begin_batch(lakh_rbm_fit *fit) {
  lakh_rbm *rbm = fit->rbm;
  size_t first = (size_t)rbm->position.batch * rbm->batch_size, n = lakh_smaller(rbm->batch_size, fit->x.rows - first);
  uint64_t stream = lakh_rbm_stream(LAKH_RBM_CHAINS, (uint64_t)rbm->position.step);
  fit->batch = (batch){.first = first,
                       .n = n,
                       .chains = rbm->params.method == LAKH_RBM_PERSISTENT ? rbm->batch_size : n,
                       .random = lakh_random_stream(rbm->params.random_state, stream),
                       .visible = rbm->visible + n * rbm->n_features,
                       .hidden = rbm->hidden + n * rbm->n_components};
  for (size_t i = 0; i < n; i++) fit->batch.weight += weight_of(fit, row_of(fit, first + i));
  return LAKH_DONE;
}

static lakh_status take_rows(lakh_rbm_fit *fit) {
  lakh_rbm *rbm = fit->rbm;
  size_t features = rbm->n_features, components = rbm->n_components;
  piece piece = next_piece(fit, fit->batch.n, features * components);
  for (size_t i = piece.first; i < piece.first + piece.n; i++) {
    const float *row = fit->x.data + row_of(fit, fit->batch.first + i) * features;
    memcpy(rbm->visible + i * features, row, features * sizeof *row);
  }
  lakh_rbm_mean_hidden(rbm, rbm->visible + piece.first * features, rbm->hidden + piece.first * components, piece.n);
  return piece.status;
}

static lakh_status begin_chains(lakh_rbm_fit *fit) {
  lakh_rbm *rbm = fit->rbm;
  if (rbm->params.method == LAKH_RBM_PERSISTENT) return LAKH_DONE;
  lakh_rbm_sample(rbm->hidden, rbm->chains, fit->batch.chains * rbm->n_components, &fit->batch.random);
  return LAKH_DONE;
}

static lakh_status sample_visible(lakh_rbm_fit *fit) {
  lakh_rbm *rbm = fit->rbm;
  piece piece = next_piece(fit, fit->batch.chains, rbm->n_features * rbm->n_components);
  lakh_rbm_sample_visible(rbm, rbm->chains + piece.first * rbm->n_components,
                          fit->batch.visible + piece.first * rbm->n_features, piece.n, &fit->batch.random);
  return piece.status;
}

static lakh_status infer_hidden(lakh_rbm_fit *fit) {
  lakh_rbm *rbm = fit->rbm;
  piece piece = next_piece(fit, fit->batch.chains, rbm->n_features * rbm->n_components);
  lakh_rbm_mean_hidden(rbm, fit->batch.visible + piece.first * rbm->n_features,
                       fit->batch.hidden + piece.first * rbm->n_components, piece.n);
  if (piece.status == LAKH_MORE) return LAKH_MORE;
  bool is_last = ++fit->batch.n_gibbs == rbm->params.n_gibbs;
  if (!is_last || rbm->params.method == LAKH_RBM_PERSISTENT) {
    lakh_rbm_sample(fit->batch.hidden, rbm->chains, fit->batch.chains * rbm->n_components, &fit->batch.random);
  }
  if (is_last) return LAKH_DONE;
  fit->stage--; /* sample_visible again */
  return LAKH_MORE;
}

/* Weighted sum over the rows of the squared distance from the end of their chain, NaN when they have none. */
static double measure_reconstruction(const lakh_rbm_fit *fit) {
  const lakh_rbm *rbm = fit->rbm;
  size_t n = fit->batch.n;
  if (rbm->params.method == LAKH_RBM_PERSISTENT) return (double)NAN;
  const float *rows = rbm->visible, *ends = fit->batch.visible;
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    size_t at = i * rbm->n_features;
    sum +=
        weight_of(fit, row_of(fit, fit->batch.first + i)) * lakh_squared_error(rows + at, ends + at, rbm->n_features, 0, NULL);
  }
  return sum;
}

static void draw_to_sparsity(lakh_rbm *rbm, size_t n) {
  const lakh_rbm_params *p = &rbm->params;
  if (p->sparsity_cost == 0) return;
  for (size_t j = 0; j < rbm->n_components; j++) {
    double activity = 0;
    for (size_t i = 0; i < n; i++) activity += (double)rbm->hidden[i * rbm->n_components + j];
    rbm->velocity.hidden[j] += (float)(p->learning_rate * p->sparsity_cost * (p->sparsity_target - activity / (double)n));
  }
}

/* The factor of a row, or of the end of a chain, in the means, times the learning rate. */
static float share_of(const lakh_rbm_fit *fit, size_t i) {
  const batch *b = &fit->batch;
  double rate = fit->rbm->params.learning_rate;
  bool is_end = i >= b->n;
  if (is_end && fit->rbm->params.method == LAKH_RBM_PERSISTENT) return (float)(-rate / (double)b->chains);
  size_t row = row_of(fit, b->first + (is_end ? i - b->n : i));
  float share = (float)(rate * weight_of(fit, row) / (fit->mean_weight * (double)b->n));
  return is_end ? -share : share;
}

/* What a step leaves of the components, before the velocity is added. */
static float kept_share(const lakh_rbm *rbm) { return (float)(1 - rbm->params.learning_rate * rbm->params.weight_decay); }

/* Whether moving leaves finite weights. Decay at too high a learning rate multiplies them. */
static bool can_move(const lakh_rbm *rbm) {
  size_t components = rbm->n_components * rbm->n_features;
  return lakh_all_moderate(rbm->memory + rbm->n_weights, rbm->n_weights) &&
         fabsf(kept_share(rbm)) * lakh_max_abs(rbm->weights.components, components) <= LAKH_MODERATE;
}

static void move(lakh_rbm *rbm) {
  float *restrict weights = rbm->memory, *restrict velocity = rbm->memory + rbm->n_weights;
  float keep = kept_share(rbm);
  size_t components = rbm->n_components * rbm->n_features;
  for (size_t i = 0; i < components; i++) weights[i] = keep * weights[i] + velocity[i];
  for (size_t i = components; i < rbm->n_weights; i++) weights[i] += velocity[i];
}

/* Velocity times momentum; without momentum the product will overwrite that of the components. */
static void slow_down(lakh_rbm *rbm, float *velocity) {
  float momentum = (float)rbm->params.momentum;
  size_t first = momentum == 0 ? rbm->n_components * rbm->n_features : 0;
  for (size_t i = first; i < rbm->n_weights; i++) velocity[i] *= momentum;
}

static lakh_status weigh(lakh_rbm_fit *fit) {
  lakh_rbm *rbm = fit->rbm;
  size_t features = rbm->n_features, components = rbm->n_components;
  fit->batch.reconstruction = measure_reconstruction(fit);
  fit->state.step_reconstruction = fit->batch.reconstruction / fit->batch.weight;
  slow_down(rbm, rbm->memory + rbm->n_weights);
  draw_to_sparsity(rbm, fit->batch.n);
  for (size_t i = 0; i < fit->batch.n + fit->batch.chains; i++) {
    float share = share_of(fit, i), *hidden = rbm->hidden + i * components;
    const float *visible = rbm->visible + i * features;
    for (size_t j = 0; j < components; j++) hidden[j] *= share;
    for (size_t j = 0; j < components; j++) rbm->velocity.hidden[j] += hidden[j];
    for (size_t j = 0; j < features; j++) rbm->velocity.visible[j] += share * visible[j];
  }
  return LAKH_DONE;
}

static lakh_status multiply(lakh_rbm_fit *fit) {
  lakh_rbm *rbm = fit->rbm;
  size_t features = rbm->n_features, components = rbm->n_components, depth = fit->batch.n + fit->batch.chains;
  piece piece = next_piece(fit, components, features * depth);
  lakh_matmul_shape shape = {.rows = piece.n, .cols = features, .depth = depth, .a_transposed = true};
  lakh_matmul(&shape, rbm->hidden + piece.first, components, rbm->visible, features,
              rbm->velocity.components + piece.first * features, features,
              (lakh_matmul_finish){.accumulate = rbm->params.momentum > 0}, rbm->workspace);
  return piece.status;
}

static lakh_status end_batch(lakh_rbm_fit *fit) {
  lakh_rbm *rbm = fit->rbm;
  lakh_rbm_position *position = &rbm->position;
  if (!can_move(rbm)) return LAKH_NOT_FINITE;
  move(rbm);
  position->step++;
  position->batch++;
  position->rows += fit->batch.weight;
  position->reconstruction += fit->batch.reconstruction;
  return LAKH_DONE;
}

static lakh_status (*const STAGES[])(lakh_rbm_fit *) = {begin_batch,  take_rows, begin_chains, sample_visible,
                                                        infer_hidden, weigh,     multiply,     end_batch};
enum { N_STAGES = sizeof STAGES / sizeof *STAGES };

/* LAKH_DONE when a step of learning is complete. */
static lakh_status learn_some(lakh_rbm_fit *fit) {
  for (fit->work = LAKH_PIECE_OF_WORK; fit->work > 0;) {
    lakh_status status = STAGES[fit->stage](fit);
    if (status < LAKH_DONE) return status;
    if (status == LAKH_DONE) fit->stage++;
    if (fit->stage < N_STAGES) continue;
    fit->stage = 0;
    return LAKH_DONE;
  }
  return LAKH_MORE;
}

/* ---- Epochs ------------------------------------------------------------------------------------------------------------ */

static void score_some(lakh_rbm_fit *fit) {
  size_t first = fit->validated, n = lakh_smaller(lakh_rbm_rows_together(fit->rbm), fit->validation.rows - first);
  lakh_rbm_score_rows(fit->rbm, fit->validation.data + first * fit->x.cols, first, n, fit->rbm->params.random_state,
                      fit->scores);
  for (size_t i = 0; i < n; i++) fit->score_sum += (double)fit->scores[i];
  fit->validated += n;
  lakh_job_advance(&fit->job, (double)n / (double)fit->rbm->batch_size);
}

static lakh_status end_epoch(lakh_rbm_fit *fit) {
  lakh_rbm_position *position = &fit->rbm->position;
  fit->state.epoch_reconstruction = position->reconstruction / position->rows;
  fit->state.validation_score = fit->score_sum / (double)fit->validated; /* NaN without validation */
  position->epoch++;
  position->batch = position->rows = position->reconstruction = 0;
  fit->ordered = false;
  fit->validated = 0;
  fit->score_sum = 0;
  return LAKH_ITERATION;
}

static lakh_status step(lakh_job *job) {
  lakh_rbm_fit *fit = (lakh_rbm_fit *)job;
  const lakh_rbm_position *position = &fit->rbm->position;
  if (position->epoch >= (double)fit->until_epoch) return LAKH_DONE;
  if (fit->order != NULL && !fit->ordered) {
    uint64_t stream = lakh_rbm_stream(LAKH_RBM_SHUFFLE, (uint64_t)position->epoch);
    lakh_rows_shuffle(fit->rbm->params.random_state, stream, fit->order, fit->x.rows);
    fit->ordered = true;
  }
  if (position->batch < (double)fit->n_batches) {
    lakh_status status = learn_some(fit);
    if (status != LAKH_DONE) return status;
    lakh_job_advance(job, 1);
  } else if (fit->validated < fit->validation.rows) {
    score_some(fit);
  }
  bool over = position->batch >= (double)fit->n_batches && fit->validated == fit->validation.rows;
  return over ? end_epoch(fit) : LAKH_MORE;
}

/* ---- The job ----------------------------------------------------------------------------------------------------------- */

static void free_fit(lakh_job *job) {
  lakh_rbm_fit *fit = (lakh_rbm_fit *)job;
  lakh_free(fit->order);
  lakh_free(fit->scores);
  lakh_free(fit);
}

static lakh_status allocate(lakh_rbm_fit *fit) {
  fit->scores = lakh_alloc(fit->rbm->batch_size, sizeof *fit->scores);
  if (fit->scores == NULL) return LAKH_NO_MEMORY;
  if (fit->rbm->params.shuffle == 0) return LAKH_OK;
  fit->order = lakh_alloc(fit->x.rows, sizeof *fit->order);
  return fit->order == NULL ? LAKH_NO_MEMORY : LAKH_OK;
}

lakh_status lakh_rbm_fit_create(lakh_rbm *rbm, lakh_matrix x, const float *sample_weight, lakh_matrix validation,
                                size_t until_epoch, lakh_rbm_fit **out) {
  double mean_weight = lakh_rows_mean_weight(sample_weight, x.rows);
  if (!rbm->training || x.rows < rbm->batch_size || x.rows > UINT32_MAX || !(mean_weight > 0)) return LAKH_BAD_ARGUMENT;
  const lakh_rbm_position *position = &rbm->position;
  size_t n_batches = (x.rows - 1) / rbm->batch_size + 1;
  if (!lakh_rows_position_fits(position->step, position->epoch, position->batch, n_batches)) return LAKH_BAD_ARGUMENT;
  lakh_status status = lakh_rows_check(x, rbm->n_features, !rbm->gaussian);
  if (status == LAKH_OK && validation.rows > 0) status = lakh_rows_check(validation, rbm->n_features, !rbm->gaussian);
  if (status != LAKH_OK) return status;
  lakh_rbm_fit *fit = lakh_alloc_zeroed(1, sizeof *fit);
  if (fit == NULL) return LAKH_NO_MEMORY;
  fit->rbm = rbm;
  fit->x = x;
  fit->sample_weight = sample_weight;
  fit->validation = validation;
  fit->mean_weight = mean_weight;
  fit->until_epoch = until_epoch;
  fit->n_batches = n_batches;
  if (allocate(fit) != LAKH_OK) {
    free_fit(&fit->job);
    return LAKH_NO_MEMORY;
  }
  double steps = (double)fit->n_batches + (double)validation.rows / (double)rbm->batch_size;
  lakh_job_begin(&fit->job, step, free_fit, ((double)until_epoch - position->epoch) * steps - position->batch);
  *out = fit;
  return LAKH_OK;
}

void lakh_rbm_fit_get(const lakh_rbm_fit *fit, lakh_rbm_fit_state *state) { *state = fit->state; }

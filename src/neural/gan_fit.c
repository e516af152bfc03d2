/* The adversarial network: training. One step of the job is a piece of a batch, or of what belongs to the measure of quality
 * (gan_quality.c). What changes lies in the model (weights, moments, position), so that training goes on exactly where it was left
 * after any batch. */
#include "base/alloc.h"
#include "base/job.h"
#include "base/sizes.h"
#include "neural/gan.h"
#include "neural/gan_quality.h"
#include "neural/rows.h"

#include <math.h>
#include <string.h>

/* The batch under way: first the discriminator's round, then those of the generator. */
typedef struct batch {
  const uint32_t *rows; /* n of them */
  size_t n;
  double weight;       /* of all */
  lakh_gan_losses sum; /* over its rows, as far as they are known */
  int32_t generator_steps;
} batch;

struct lakh_gan_fit {
  lakh_job job;
  lakh_gan *gan;
  lakh_matrix x;
  const float *sample_weight;
  const int32_t *labels;
  double mean_weight;
  size_t until_epoch, n_batches;
  uint32_t *order; /* x.rows: the rows in the order of the present epoch */
  bool ordered;    /* `order` is that of the present epoch */
  batch batch;
  int32_t round;         /* of the batch under way: 0 for the discriminator's */
  size_t stage;          /* of the round */
  lakh_cursor cursor;    /* within the stage */
  lakh_gan_judge *judge; /* NULL without a measure of quality */
  lakh_gan_fit_state state;
};

static double weight_of(const lakh_gan_fit *fit, size_t row) {
  return fit->sample_weight == NULL ? 1 : (double)fit->sample_weight[row];
}

static int32_t label_of(const lakh_gan_fit *fit, size_t row) { return fit->labels == NULL ? 0 : fit->labels[row]; }

/* The part of the batch's i-th row, and of the sample beside it, in the mean loss. */
static float share_of(const lakh_gan_fit *fit, size_t i) {
  return (float)(weight_of(fit, fit->batch.rows[i]) / (fit->mean_weight * (double)fit->batch.n));
}

static lakh_gan_losses divided(lakh_gan_losses sum, double taught, double rows) {
  return (lakh_gan_losses){sum.generator / taught, sum.discriminator / rows, sum.penalty / rows, sum.real / rows,
                           sum.fake / rows};
}

/* ---- Losses of one score ----------------------------------------------------------------------------------------------- */

typedef enum side { DATA, SAMPLE, GENERATOR } side;

static double loss_of_score(const lakh_gan_params *p, side side, const float *score, float share, float *gradient) {
  const float targets[] = {(float)(1 - p->label_smoothing), 0, 1};
  if (p->loss == LAKH_GAN_BCE) return lakh_cross_entropy(score, &targets[side], 1, share, gradient);
  float sign = side == SAMPLE ? -1 : 1;
  if (p->loss == LAKH_GAN_HINGE && side != GENERATOR) return lakh_hinge(score, sign, 1, share, gradient);
  return lakh_wasserstein(score, sign, 1, share, gradient);
}

/* The weighted sum of the losses of the batch's scores, and their gradient; adds to *opinion what the discriminator says. */
static double measure(const lakh_gan_fit *fit, side side, const float *scores, float *gradient, double *opinion) {
  const lakh_gan_params *p = &fit->gan->params;
  double sum = 0;
  for (size_t i = 0; i < fit->batch.n; i++) {
    double weight = weight_of(fit, fit->batch.rows[i]);
    float says;
    lakh_activate(p->loss == LAKH_GAN_BCE ? LAKH_SIGMOID : LAKH_LINEAR, scores + i, &says, 1);
    *opinion += weight * (double)says;
    sum += weight * loss_of_score(p, side, scores + i, share_of(fit, i), gradient + i);
  }
  return sum;
}

/* ---- Stages of a batch --------------------------------------------------------------------------------------------------- */

/* The stages answer LAKH_DONE when they are over and LAKH_MORE when the cursor's work was used up before. */

static lakh_status done_if(bool over) { return over ? LAKH_DONE : LAKH_MORE; }

static float *samples_input(const lakh_gan_fit *fit) {
  return fit->gan->input + fit->batch.n * fit->gan->discriminator.in_size;
}

static lakh_pass pass_of(const lakh_gan_fit *fit) { return (lakh_pass){.n = fit->batch.n, .training = true}; }

static lakh_status take_batch(lakh_gan_fit *fit) {
  lakh_gan *gan = fit->gan;
  size_t first = (size_t)gan->position.batch * gan->batch_size, n = lakh_smaller(gan->batch_size, fit->x.rows - first);
  fit->batch = (batch){.rows = fit->order + first, .n = n, .sum = {.generator = (double)NAN}};
  for (size_t i = 0; i < n; i++) {
    size_t row = fit->batch.rows[i];
    fit->batch.weight += weight_of(fit, row);
    lakh_gan_write_input(gan, fit->x.data + row * fit->x.cols, label_of(fit, row), gan->input + i * gan->discriminator.in_size);
  }
  return LAKH_DONE;
}

/* Steps of the generator before the one that is next; the first of a batch learns from the discriminator's samples. */
static double generator_steps_before(const lakh_gan_fit *fit) {
  const lakh_gan_params *p = &fit->gan->params;
  return floor(fit->gan->position.step / p->discriminator_steps) * p->generator_steps + (double)fit->batch.generator_steps;
}

static lakh_status draw_codes(lakh_gan_fit *fit) {
  lakh_gan *gan = fit->gan;
  bool more = fit->batch.generator_steps > 0;
  uint64_t stream = more ? lakh_gan_stream(LAKH_GAN_MORE_NOISE, (uint64_t)generator_steps_before(fit))
                         : lakh_gan_stream(LAKH_GAN_NOISE, (uint64_t)gan->position.step);
  lakh_gan_draw_codes(gan, stream, fit->batch.n);
  for (size_t i = 0; i < fit->batch.n; i++) lakh_gan_label_code(gan, i, label_of(fit, fit->batch.rows[i]));
  memcpy(gan->running_before, gan->generator.running, gan->generator.n_running * sizeof(float));
  return LAKH_DONE;
}

static lakh_status generate(lakh_gan_fit *fit) {
  return done_if(lakh_network_forward_some(&fit->gan->generator, fit->gan->codes, pass_of(fit), &fit->cursor));
}

/* Writes samples behind the batch's rows of data. */
static lakh_status place_samples(lakh_gan_fit *fit) {
  lakh_gan *gan = fit->gan;
  const float *samples = lakh_network_output(&gan->generator);
  float *to = samples_input(fit);
  for (size_t i = 0; i < fit->batch.n; i++, samples += gan->n_features, to += gan->discriminator.in_size) {
    lakh_gan_write_input(gan, samples, label_of(fit, fit->batch.rows[i]), to);
  }
  return LAKH_DONE;
}

static lakh_status update(lakh_gan_fit *fit, lakh_network *network, int32_t kind, double learning_rate, double step) {
  const lakh_gan_params *p = &fit->gan->params;
  lakh_optimizer optimizer = {.kind = kind,
                              .learning_rate = learning_rate,
                              .beta1 = kind == LAKH_RMSPROP ? 0 : p->beta1,
                              .beta2 = p->beta2,
                              .epsilon = 1e-8,
                              .weight_decay = kind == LAKH_ADAMW ? 0.01 : 0};
  return done_if(lakh_network_update_some(network, &optimizer, (uint64_t)step, &fit->cursor));
}

static lakh_status check_network(const lakh_network *network) {
  return lakh_network_is_moderate(network) ? LAKH_DONE : LAKH_NOT_FINITE;
}

/* ---- The discriminator --------------------------------------------------------------------------------------------------- */

/* Data and samples together. */
static lakh_status judge_both(lakh_gan_fit *fit) {
  lakh_pass pass = pass_of(fit);
  pass.n *= 2;
  return done_if(lakh_network_forward_some(&fit->gan->discriminator, fit->gan->input, pass, &fit->cursor));
}

static lakh_status measure_both(lakh_gan_fit *fit) {
  lakh_gan *gan = fit->gan;
  batch *batch = &fit->batch;
  const float *scores = lakh_network_output(&gan->discriminator);
  batch->sum.discriminator = measure(fit, DATA, scores, gan->scores_gradient, &batch->sum.real) +
                             measure(fit, SAMPLE, scores + batch->n, gan->scores_gradient + batch->n, &batch->sum.fake);
  lakh_network_zero_gradients(&gan->discriminator);
  return LAKH_DONE;
}

static lakh_status back_through_discriminator(lakh_gan_fit *fit) {
  lakh_gan *gan = fit->gan;
  lakh_pass pass = pass_of(fit);
  pass.n *= 2;
  return done_if(lakh_network_backward_some(&gan->discriminator, gan->input, gan->scores_gradient, NULL, pass, &fit->cursor));
}

/* Where the penalty is taken: at a random place between each row and its sample. */
static lakh_status go_between(lakh_gan_fit *fit) {
  lakh_gan *gan = fit->gan;
  if (gan->params.loss != LAKH_GAN_WGAN_GP) return LAKH_DONE;
  size_t size = gan->discriminator.in_size;
  float *parts = gan->scores_gradient;
  lakh_random random =
      lakh_random_stream(gan->params.random_state, lakh_gan_stream(LAKH_GAN_BETWEEN, (uint64_t)gan->position.step));
  lakh_fill_uniform(&random, parts, fit->batch.n, 0, 1);
  for (size_t i = 0; i < fit->batch.n; i++) {
    const float *data = gan->input + i * size, *sample = samples_input(fit) + i * size;
    float *between = gan->penalty.x + i * size;
    for (size_t j = 0; j < size; j++) between[j] = sample[j] + parts[i] * (data[j] - sample[j]);
    parts[i] = (float)gan->params.gradient_penalty * share_of(fit, i);
  }
  return LAKH_DONE;
}

static lakh_status add_penalty(lakh_gan_fit *fit) {
  lakh_gan *gan = fit->gan;
  batch *batch = &fit->batch;
  if (gan->params.loss != LAKH_GAN_WGAN_GP) return LAKH_DONE;
  double sum = 0;
  bool over = lakh_gradient_penalty_add_some(&gan->penalty, &gan->discriminator, batch->n, gan->n_features,
                                             gan->scores_gradient, &sum, &fit->cursor);
  batch->sum.penalty += sum * fit->mean_weight * (double)batch->n;
  return done_if(over);
}

static lakh_status check_discriminator(lakh_gan_fit *fit) {
  batch *batch = &fit->batch;
  batch->sum.discriminator += batch->sum.penalty;
  if (batch->weight > 0) fit->state.step = divided(batch->sum, batch->weight, batch->weight);
  return isfinite(batch->sum.discriminator) ? check_network(&fit->gan->discriminator) : LAKH_NOT_FINITE;
}

static lakh_status update_discriminator(lakh_gan_fit *fit) {
  const lakh_gan_params *p = &fit->gan->params;
  return update(fit, &fit->gan->discriminator, p->discriminator_optimizer, p->discriminator_learning_rate,
                fit->gan->position.step + 1);
}

/* ---- The generator -------------------------------------------------------------------------------------------------------- */

static lakh_status judge_samples(lakh_gan_fit *fit) {
  return done_if(lakh_network_forward_some(&fit->gan->discriminator, samples_input(fit), pass_of(fit), &fit->cursor));
}

static lakh_status measure_generator(lakh_gan_fit *fit) {
  lakh_gan *gan = fit->gan;
  batch *batch = &fit->batch;
  double opinion = 0;
  batch->sum.generator = measure(fit, GENERATOR, lakh_network_output(&gan->discriminator), gan->scores_gradient, &opinion);
  if (batch->weight > 0) fit->state.step.generator = batch->sum.generator / batch->weight;
  lakh_network_zero_gradients(&gan->generator);
  return isfinite(batch->sum.generator) ? LAKH_DONE : LAKH_NOT_FINITE;
}

static lakh_status back_to_samples(lakh_gan_fit *fit) {
  lakh_gan *gan = fit->gan;
  lakh_pass pass = pass_of(fit);
  pass.frozen = true;
  return done_if(lakh_network_backward_some(&gan->discriminator, samples_input(fit), gan->scores_gradient, gan->input_gradient,
                                            pass, &fit->cursor));
}

/* The derivative by the samples without that by their labels: what comes first in each row moves together. */
static lakh_status leave_labels_out(lakh_gan_fit *fit) {
  lakh_gan *gan = fit->gan;
  size_t stride = gan->discriminator.in_size, size = gan->n_features;
  for (size_t i = 1; i < fit->batch.n && stride > size; i++) {
    memmove(gan->input_gradient + i * size, gan->input_gradient + i * stride, size * sizeof(float));
  }
  return LAKH_DONE;
}

static lakh_status back_through_generator(lakh_gan_fit *fit) {
  lakh_gan *gan = fit->gan;
  return done_if(
      lakh_network_backward_some(&gan->generator, gan->codes, gan->input_gradient, NULL, pass_of(fit), &fit->cursor));
}

static lakh_status check_generator(lakh_gan_fit *fit) { return check_network(&fit->gan->generator); }

static lakh_status update_generator(lakh_gan_fit *fit) {
  const lakh_gan_params *p = &fit->gan->params;
  return update(fit, &fit->gan->generator, p->generator_optimizer, p->generator_learning_rate, generator_steps_before(fit) + 1);
}

/* ---- Batches and epochs ---------------------------------------------------------------------------------------------------- */

typedef lakh_status (*stage)(lakh_gan_fit *fit);

static const stage DISCRIMINATOR_STAGES[] = {take_batch,
                                             draw_codes,
                                             generate,
                                             place_samples,
                                             judge_both,
                                             measure_both,
                                             back_through_discriminator,
                                             go_between,
                                             add_penalty,
                                             check_discriminator,
                                             update_discriminator};

static const stage GENERATOR_STAGES[] = {
    draw_codes,      generate,          place_samples, /* these not in the first round, which has the discriminator's samples */
    judge_samples,   measure_generator, back_to_samples, leave_labels_out, back_through_generator,
    check_generator, update_generator};

enum {
  N_DISCRIMINATOR_STAGES = sizeof DISCRIMINATOR_STAGES / sizeof *DISCRIMINATOR_STAGES,
  N_GENERATOR_STAGES = sizeof GENERATOR_STAGES / sizeof *GENERATOR_STAGES,
  FIRST_GENERATOR_STAGE = 3
};

/* How many steps the generator takes after the batch under way. */
static int32_t generator_steps_due(const lakh_gan *gan) {
  double batches = gan->position.step + 1, period = gan->params.discriminator_steps;
  return floor(batches / period) * period == batches ? gan->params.generator_steps : 0;
}

static void end_batch(lakh_gan_fit *fit) {
  lakh_gan_position *position = &fit->gan->position;
  const batch *batch = &fit->batch;
  if (batch->generator_steps > 0) {
    position->sums.generator += batch->sum.generator;
    position->taught += batch->weight;
  }
  position->sums.discriminator += batch->sum.discriminator;
  position->sums.penalty += batch->sum.penalty;
  position->sums.real += batch->sum.real;
  position->sums.fake += batch->sum.fake;
  position->rows += batch->weight;
  position->step++;
  position->batch++;
}

/* LAKH_DONE when the round is over. */
static lakh_status go_through_stages(lakh_gan_fit *fit) {
  const stage *stages = fit->round == 0 ? DISCRIMINATOR_STAGES : GENERATOR_STAGES;
  size_t count = fit->round == 0 ? N_DISCRIMINATOR_STAGES : N_GENERATOR_STAGES;
  for (; fit->stage < count; fit->stage++) {
    lakh_status status = stages[fit->stage](fit);
    if (status != LAKH_DONE) return status;
  }
  return LAKH_DONE;
}

/* LAKH_DONE when the batch is complete. */
static lakh_status train_some(lakh_gan_fit *fit) {
  fit->cursor.work = LAKH_PIECE_OF_WORK;
  while (fit->round <= generator_steps_due(fit->gan)) {
    lakh_status status = go_through_stages(fit);
    if (status == LAKH_NOT_FINITE) {
      memcpy(fit->gan->generator.running, fit->gan->running_before, fit->gan->generator.n_running * sizeof(float));
    }
    if (status != LAKH_DONE) return status;
    fit->batch.generator_steps = fit->round++;
    fit->stage = fit->round == 1 ? FIRST_GENERATOR_STAGE : 0;
  }
  end_batch(fit);
  fit->round = 0;
  fit->stage = 0;
  return LAKH_DONE;
}

static lakh_status end_epoch(lakh_gan_fit *fit) {
  lakh_gan_position *position = &fit->gan->position;
  fit->state.epoch = divided(position->sums, position->taught, position->rows);
  position->epoch++;
  position->batch = position->rows = position->taught = 0;
  position->sums = (lakh_gan_losses){0};
  fit->ordered = false;
  return LAKH_ITERATION;
}

static lakh_status step(lakh_job *job) {
  lakh_gan_fit *fit = (lakh_gan_fit *)job;
  lakh_gan *gan = fit->gan;
  if (gan->position.epoch >= (double)fit->until_epoch) return LAKH_DONE;
  if (fit->judge != NULL && !lakh_gan_judge_is_trained(fit->judge)) return lakh_gan_judge_train(fit->judge, fit->order);
  if (gan->position.batch >= (double)fit->n_batches) {
    lakh_status status = lakh_gan_judge_measure(fit->judge, &fit->state.quality);
    return status == LAKH_DONE ? end_epoch(fit) : status;
  }
  if (!fit->ordered) {
    uint64_t stream = lakh_gan_stream(LAKH_GAN_SHUFFLE, (uint64_t)gan->position.epoch);
    lakh_rows_shuffle(gan->params.random_state, stream, fit->order, fit->x.rows);
    fit->ordered = true;
  }
  lakh_status status = train_some(fit);
  if (status != LAKH_DONE) return status;
  lakh_job_advance(job, 1);
  bool over = gan->position.batch >= (double)fit->n_batches && fit->judge == NULL;
  return over ? end_epoch(fit) : LAKH_MORE;
}

/* ---- The job ----------------------------------------------------------------------------------------------------------- */

static void free_fit(lakh_job *job) {
  lakh_gan_fit *fit = (lakh_gan_fit *)job;
  lakh_gan_judge_free(fit->judge);
  lakh_free(fit->order);
  lakh_free(fit);
}

static bool position_fits(const lakh_gan *gan, size_t n_batches) {
  const lakh_gan_position *p = &gan->position;
  return lakh_rows_position_fits(p->step, p->epoch, p->batch, n_batches) && p->classifier >= 0 && p->classifier < 0x1p32 &&
         p->classifier == floor(p->classifier);
}

static lakh_status check(const lakh_gan *gan, lakh_matrix x, const int32_t *labels, double mean_weight) {
  if (!gan->training || x.rows < gan->batch_size || x.rows > UINT32_MAX || !(mean_weight > 0)) return LAKH_BAD_ARGUMENT;
  if (!position_fits(gan, (x.rows - 1) / gan->batch_size + 1)) return LAKH_BAD_ARGUMENT;
  bool modes_given = gan->n_classes == 0 && gan->classifier.n_layers > 0 && labels != NULL;
  bool labels_fit =
      modes_given ? lakh_rows_labels_fit(labels, x.rows, gan->classifier.out_size) : lakh_gan_labels_fit(gan, labels, x.rows);
  return labels_fit ? lakh_gan_check_rows(gan, x) : LAKH_BAD_ARGUMENT;
}

lakh_status lakh_gan_fit_create(lakh_gan *gan, lakh_matrix x, const float *sample_weight, const int32_t *labels,
                                size_t until_epoch, lakh_gan_fit **out) {
  double mean_weight = lakh_rows_mean_weight(sample_weight, x.rows);
  lakh_status status = check(gan, x, labels, mean_weight);
  if (status != LAKH_OK) return status;
  lakh_gan_fit *fit = lakh_alloc_zeroed(1, sizeof *fit);
  if (fit == NULL) return LAKH_NO_MEMORY;
  fit->order = lakh_alloc(x.rows, sizeof *fit->order);
  status = fit->order == NULL ? LAKH_NO_MEMORY : LAKH_OK;
  if (status == LAKH_OK && gan->classifier.n_layers > 0) {
    status = lakh_gan_judge_create(gan, x, sample_weight, labels, &fit->judge);
  }
  if (status != LAKH_OK) {
    free_fit(&fit->job);
    return status;
  }
  fit->gan = gan;
  fit->x = x;
  fit->sample_weight = sample_weight;
  fit->labels = gan->n_classes > 0 ? labels : NULL;
  fit->mean_weight = mean_weight;
  fit->until_epoch = until_epoch;
  fit->n_batches = (x.rows - 1) / gan->batch_size + 1;
  fit->state.step = fit->state.epoch = divided((lakh_gan_losses){0}, 0, 0); /* NaN */
  fit->state.quality = (lakh_gan_quality){(double)NAN, (double)NAN, (double)NAN, (double)NAN, 0};
  lakh_job_begin(&fit->job, step, free_fit,
                 ((double)until_epoch - gan->position.epoch) * (double)fit->n_batches - gan->position.batch);
  *out = fit;
  return LAKH_OK;
}

void lakh_gan_fit_get(const lakh_gan_fit *fit, lakh_gan_fit_state *state) { *state = fit->state; }

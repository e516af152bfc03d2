/* The adversarial network: training. One step of the job is one step of one player's optimiser, or a piece of what belongs to the
 * measure of quality (gan_quality.c). What changes lies in the model (weights, moments, position), so that training goes on
 * exactly where it was left, also between the players' steps. */
#include "base/alloc.h"
#include "base/job.h"
#include "base/sizes.h"
#include "neural/gan.h"
#include "neural/gan_quality.h"
#include "neural/rows.h"

#include <math.h>
#include <string.h>

struct lakh_gan_fit {
  lakh_job job;
  lakh_gan *gan;
  lakh_matrix x;
  const float *sample_weight;
  const int32_t *labels;
  double mean_weight;
  size_t until_epoch, n_batches;
  uint32_t *order;       /* x.rows: the rows in the order of the present epoch */
  bool ordered;          /* `order` is that of the present epoch */
  bool generated;        /* the generator's activations are those of the batch under way */
  lakh_gan_judge *judge; /* NULL without a measure of quality */
  lakh_gan_fit_state state;
};

/* The rows of one batch, and what the sample beside the i-th is to be like. */
typedef struct batch {
  const uint32_t *rows;
  size_t n;
  double weight; /* of all of them */
} batch;

static double weight_of(const lakh_gan_fit *fit, size_t row) {
  return fit->sample_weight == NULL ? 1 : (double)fit->sample_weight[row];
}

static int32_t label_of(const lakh_gan_fit *fit, size_t row) { return fit->labels == NULL ? 0 : fit->labels[row]; }

/* Its part of the batch's mean loss. */
static float share_of(const lakh_gan_fit *fit, batch b, size_t i) {
  return (float)(weight_of(fit, b.rows[i]) / (fit->mean_weight * (double)b.n));
}

static batch present_batch(const lakh_gan_fit *fit) {
  size_t first = (size_t)fit->gan->position.batch * fit->gan->batch_size;
  batch b = {.rows = fit->order + first, .n = lakh_smaller(fit->gan->batch_size, fit->x.rows - first)};
  for (size_t i = 0; i < b.n; i++) b.weight += weight_of(fit, b.rows[i]);
  return b;
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

/* The weighted sum of the losses of b.n scores, and their gradient; adds to *opinion what the discriminator says. */
static double measure(const lakh_gan_fit *fit, batch b, side side, const float *scores, float *gradient, double *opinion) {
  const lakh_gan_params *p = &fit->gan->params;
  double sum = 0;
  for (size_t i = 0; i < b.n; i++) {
    double weight = weight_of(fit, b.rows[i]);
    float says;
    lakh_activate(p->loss == LAKH_GAN_BCE ? LAKH_SIGMOID : LAKH_LINEAR, scores + i, &says, 1);
    *opinion += weight * (double)says;
    sum += weight * loss_of_score(p, side, scores + i, share_of(fit, b, i), gradient + i);
  }
  return sum;
}

/* ---- What both players need --------------------------------------------------------------------------------------------- */

/* Draws codes and writes samples behind the batch's rows of data. */
static void generate(lakh_gan_fit *fit, batch b, uint64_t stream) {
  lakh_gan *gan = fit->gan;
  lakh_gan_draw_codes(gan, stream, b.n);
  for (size_t i = 0; i < b.n; i++) lakh_gan_label_code(gan, i, label_of(fit, b.rows[i]));
  memcpy(gan->running_before, gan->generator.running, gan->generator.n_running * sizeof(float));
  const float *samples = lakh_network_forward(&gan->generator, gan->codes, (lakh_pass){.n = b.n, .training = true});
  float *to = gan->input + b.n * gan->discriminator.in_size;
  for (size_t i = 0; i < b.n; i++, to += gan->discriminator.in_size) {
    lakh_gan_write_input(gan, samples + i * gan->n_features, label_of(fit, b.rows[i]), to);
  }
}

static void restore_running(lakh_gan *gan) {
  memcpy(gan->generator.running, gan->running_before, gan->generator.n_running * sizeof(float));
}

static lakh_status update(const lakh_gan_params *p, lakh_network *network, int32_t kind, double learning_rate, double step) {
  if (!lakh_all_finite(network->gradients, network->n_parameters)) return LAKH_NOT_FINITE;
  lakh_optimizer optimizer = {.kind = kind,
                              .learning_rate = learning_rate,
                              .beta1 = kind == LAKH_RMSPROP ? 0 : p->beta1,
                              .beta2 = p->beta2,
                              .epsilon = 1e-8,
                              .weight_decay = kind == LAKH_ADAMW ? 0.01 : 0};
  lakh_optimizer_update(&optimizer, (uint64_t)step, network->parameters, network->gradients, network->first, network->second,
                        network->n_parameters);
  return LAKH_MORE;
}

/* ---- The discriminator --------------------------------------------------------------------------------------------------- */

/* The penalty at a random place between each row and its sample; a mean over the batch, times its weight. */
static double add_penalty(lakh_gan_fit *fit, batch b) {
  lakh_gan *gan = fit->gan;
  size_t size = gan->discriminator.in_size;
  float *weights = gan->scores_gradient;
  lakh_random random =
      lakh_random_stream(gan->params.random_state, lakh_gan_stream(LAKH_GAN_BETWEEN, (uint64_t)gan->position.step));
  lakh_fill_uniform(&random, weights, b.n, 0, 1);
  for (size_t i = 0; i < b.n; i++) {
    const float *data = gan->input + i * size, *sample = data + b.n * size;
    float *between = gan->penalty.x + i * size;
    for (size_t j = 0; j < size; j++) between[j] = sample[j] + weights[i] * (data[j] - sample[j]);
    weights[i] = (float)gan->params.gradient_penalty * share_of(fit, b, i);
  }
  double sum = lakh_gradient_penalty_add(&gan->penalty, &gan->discriminator, b.n, gan->n_features, weights);
  return sum * fit->mean_weight * (double)b.n;
}

static lakh_status teach_discriminator(lakh_gan_fit *fit) {
  lakh_gan *gan = fit->gan;
  batch b = present_batch(fit);
  size_t size = gan->discriminator.in_size;
  lakh_pass pass = {.n = 2 * b.n, .training = true};
  for (size_t i = 0; i < b.n; i++) {
    lakh_gan_write_input(gan, fit->x.data + b.rows[i] * fit->x.cols, label_of(fit, b.rows[i]), gan->input + i * size);
  }
  generate(fit, b, lakh_gan_stream(LAKH_GAN_NOISE, (uint64_t)gan->position.step));
  fit->generated = true;

  const float *scores = lakh_network_forward(&gan->discriminator, gan->input, pass);
  lakh_gan_losses sum = {.generator = (double)NAN};
  sum.discriminator = measure(fit, b, DATA, scores, gan->scores_gradient, &sum.real);
  sum.discriminator += measure(fit, b, SAMPLE, scores + b.n, gan->scores_gradient + b.n, &sum.fake);
  lakh_network_zero_gradients(&gan->discriminator);
  lakh_network_backward(&gan->discriminator, gan->input, gan->scores_gradient, NULL, pass);
  if (gan->params.loss == LAKH_GAN_WGAN_GP && gan->params.gradient_penalty > 0) sum.penalty = add_penalty(fit, b);
  sum.discriminator += sum.penalty;

  lakh_gan_losses *last = &gan->position.last;
  if (b.weight > 0) {
    *last = (lakh_gan_losses){sum.generator, sum.discriminator / b.weight, sum.penalty / b.weight, sum.real / b.weight,
                              sum.fake / b.weight};
  }
  if (!isfinite(sum.discriminator)) return LAKH_NOT_FINITE;
  return update(&gan->params, &gan->discriminator, gan->params.discriminator_optimizer, gan->params.discriminator_learning_rate,
                gan->position.step + 1);
}

/* ---- The generator -------------------------------------------------------------------------------------------------------- */

/* The derivative by the discriminator's input, without labels: what comes first in each row moves together. */
static void leave_labels_out(lakh_gan *gan, size_t n) {
  size_t stride = gan->discriminator.in_size, size = gan->n_features;
  for (size_t i = 1; i < n && stride > size; i++) {
    memmove(gan->input_gradient + i * size, gan->input_gradient + i * stride, size * sizeof(float));
  }
}

/* The samples to learn from: those that the discriminator has just seen, or for further steps new ones. */
static void take_samples(lakh_gan_fit *fit, batch b, double steps_before) {
  lakh_gan *gan = fit->gan;
  if (gan->position.updates > 1) {
    generate(fit, b, lakh_gan_stream(LAKH_GAN_MORE_NOISE, (uint64_t)steps_before));
  } else if (!fit->generated) {
    /* Training went on between the players' steps: the running statistics have moved already. */
    generate(fit, b, lakh_gan_stream(LAKH_GAN_NOISE, (uint64_t)gan->position.step));
    restore_running(gan);
  }
}

static lakh_status teach_generator(lakh_gan_fit *fit) {
  lakh_gan *gan = fit->gan;
  const lakh_gan_params *p = &gan->params;
  batch b = present_batch(fit);
  const float *input = gan->input + b.n * gan->discriminator.in_size;
  lakh_pass pass = {.n = b.n, .training = true, .frozen = true};
  double steps_before = floor(gan->position.step / p->discriminator_steps) * p->generator_steps + gan->position.updates - 1;
  take_samples(fit, b, steps_before);

  double opinion = 0;
  const float *scores = lakh_network_forward(&gan->discriminator, input, pass);
  double sum = measure(fit, b, GENERATOR, scores, gan->scores_gradient, &opinion);
  if (b.weight > 0) gan->position.last.generator = sum / b.weight;
  if (!isfinite(sum)) return LAKH_NOT_FINITE;
  lakh_network_backward(&gan->discriminator, input, gan->scores_gradient, gan->input_gradient, pass);
  leave_labels_out(gan, b.n);
  pass.frozen = false;
  lakh_network_zero_gradients(&gan->generator);
  lakh_network_backward(&gan->generator, gan->codes, gan->input_gradient, NULL, pass);
  return update(p, &gan->generator, p->generator_optimizer, p->generator_learning_rate, steps_before + 1);
}

/* ---- Batches and epochs ---------------------------------------------------------------------------------------------------- */

/* How many steps the generator takes after the batch under way. */
static double generator_steps_due(const lakh_gan *gan) {
  double batches = gan->position.step + 1, period = gan->params.discriminator_steps;
  return floor(batches / period) * period == batches ? gan->params.generator_steps : 0;
}

static void end_batch(lakh_gan_fit *fit) {
  lakh_gan_position *position = &fit->gan->position;
  const lakh_gan_losses *last = &position->last;
  double weight = present_batch(fit).weight;
  if (position->updates > 1 && weight > 0) {
    position->sums.generator += weight * last->generator;
    position->taught += weight;
  }
  if (weight > 0) {
    position->sums.discriminator += weight * last->discriminator;
    position->sums.penalty += weight * last->penalty;
    position->sums.real += weight * last->real;
    position->sums.fake += weight * last->fake;
    position->rows += weight;
  }
  position->updates = 0;
  position->step++;
  position->batch++;
  fit->generated = false;
}

static lakh_status train(lakh_gan_fit *fit) {
  lakh_gan *gan = fit->gan;
  if (!fit->ordered) {
    uint64_t stream = lakh_gan_stream(LAKH_GAN_SHUFFLE, (uint64_t)gan->position.epoch);
    lakh_rows_shuffle(gan->params.random_state, stream, fit->order, fit->x.rows);
    fit->ordered = true;
  }
  double due = 1 + generator_steps_due(gan);
  lakh_status status = gan->position.updates == 0 ? teach_discriminator(fit) : teach_generator(fit);
  fit->state.step = gan->position.last;
  if (status != LAKH_MORE) {
    restore_running(gan);
    return status;
  }
  gan->position.updates++;
  lakh_job_advance(&fit->job, 1 / due);
  if (gan->position.updates == due) end_batch(fit);
  return LAKH_MORE;
}

static lakh_status end_epoch(lakh_gan_fit *fit) {
  lakh_gan_position *position = &fit->gan->position;
  const lakh_gan_losses *sums = &position->sums;
  double rows = position->rows;
  fit->state.epoch = (lakh_gan_losses){sums->generator / position->taught, sums->discriminator / rows, sums->penalty / rows,
                                       sums->real / rows, sums->fake / rows};
  position->epoch++;
  position->batch = position->rows = position->taught = 0;
  position->sums = (lakh_gan_losses){0};
  fit->ordered = false;
  return LAKH_ITERATION;
}

static lakh_status step(lakh_job *job) {
  lakh_gan_fit *fit = (lakh_gan_fit *)job;
  const lakh_gan_position *position = &fit->gan->position;
  if (position->epoch >= (double)fit->until_epoch) return LAKH_DONE;
  if (fit->judge != NULL && !lakh_gan_judge_is_trained(fit->judge)) {
    fit->ordered = false;
    return lakh_gan_judge_train(fit->judge, fit->order);
  }
  if (position->batch < (double)fit->n_batches) {
    lakh_status status = train(fit);
    if (status != LAKH_MORE || position->batch < (double)fit->n_batches) return status;
  } else if (fit->judge != NULL) {
    lakh_status status = lakh_gan_judge_measure(fit->judge, &fit->state.quality);
    if (status != LAKH_DONE) return status;
    return end_epoch(fit);
  }
  return fit->judge != NULL ? LAKH_MORE : end_epoch(fit);
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
  if (!lakh_rows_position_fits(p->step, p->epoch, p->batch, n_batches)) return false;
  bool whole =
      p->updates >= 0 && p->updates == floor(p->updates) && p->classifier >= 0 && p->classifier == floor(p->classifier);
  bool open = p->batch < (double)n_batches && p->updates <= generator_steps_due(gan);
  return whole && p->classifier < 0x1p32 && (p->updates == 0 || open);
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
  fit->state.step = gan->position.last;
  fit->state.epoch = (lakh_gan_losses){(double)NAN, (double)NAN, (double)NAN, (double)NAN, (double)NAN};
  fit->state.quality = (lakh_gan_quality){(double)NAN, (double)NAN, (double)NAN, (double)NAN, 0};
  lakh_job_begin(&fit->job, step, free_fit,
                 ((double)until_epoch - gan->position.epoch) * (double)fit->n_batches - gan->position.batch);
  *out = fit;
  return LAKH_OK;
}

void lakh_gan_fit_get(const lakh_gan_fit *fit, lakh_gan_fit_state *state) { *state = fit->state; }

/* The variational autoencoder: training. One step of the job is one step of the optimiser, or one batch of validation. What
 * changes lies in the model (weights, moments, position), so that training goes on exactly where it was left. */
#include "base/alloc.h"
#include "base/job.h"
#include "base/sizes.h"
#include "neural/rows.h"
#include "neural/vae.h"

#include <math.h>

struct lakh_vae_fit {
  lakh_job job;
  lakh_vae *vae;
  lakh_matrix x, validation;
  const float *sample_weight;
  const int32_t *labels, *validation_labels;
  double mean_weight;
  size_t until_epoch, n_batches;
  uint32_t *order;          /* x.rows: the rows in the order of the present epoch */
  bool ordered;             /* `order` is that of the present epoch */
  size_t validated;         /* rows of validation done */
  lakh_vae_loss validating; /* sums over them */
  lakh_vae_fit_state state;
};

static double weight_of(const lakh_vae_fit *fit, size_t row) {
  return fit->sample_weight == NULL ? 1 : (double)fit->sample_weight[row];
}

static void add_loss(lakh_vae_loss *sum, double weight, double reconstruction, double divergence, double beta) {
  sum->reconstruction += weight * reconstruction;
  sum->divergence += weight * divergence;
  sum->loss += weight * (reconstruction + beta * divergence);
}

static lakh_vae_loss divided(lakh_vae_loss sum, double by) {
  return (lakh_vae_loss){sum.reconstruction / by, sum.divergence / by, sum.loss / by};
}

/* ---- One step of the optimiser ----------------------------------------------------------------------------------------- */

static double beta_now(const lakh_vae_fit *fit) {
  const lakh_vae_params *p = &fit->vae->params;
  double epochs = fit->vae->position.epoch + fit->vae->position.batch / (double)fit->n_batches;
  return epochs < p->warmup_epochs ? p->beta * epochs / p->warmup_epochs : p->beta;
}

/* Losses of the batch, and its gradients by the decoder's and the encoder's outputs. */
static lakh_vae_loss measure_batch(lakh_vae_fit *fit, const uint32_t *rows, size_t n, const float *heads, const float *decoded,
                                   double beta) {
  lakh_vae *vae = fit->vae;
  lakh_vae_loss sum = {0};
  for (size_t i = 0; i < n; i++) {
    double weight = weight_of(fit, rows[i]);
    float share = (float)(weight / (fit->mean_weight * (double)n));
    const float *mean = heads + i * 2 * vae->latent_dim;
    float *dmean = vae->head_gradient + i * 2 * vae->latent_dim;
    double reconstruction = lakh_vae_reconstruction(vae, decoded + i * vae->n_features, vae->input + i * vae->encoder.in_size,
                                                    share, vae->loss_gradient + i * vae->n_features);
    double divergence =
        lakh_divergence(mean, mean + vae->latent_dim, vae->latent_dim, share * (float)beta, dmean, dmean + vae->latent_dim);
    add_loss(&sum, weight, reconstruction, divergence, beta);
  }
  return sum;
}

/* code = mean + noise, where noise is proportional to e^(log-variance / 2). */
static void pass_gradient_through_codes(lakh_vae *vae, size_t n) {
  size_t dim = vae->latent_dim;
  for (size_t i = 0; i < n; i++) {
    const float *dcode = vae->code_gradient + i * vae->decoder.in_size, *noise = vae->noise + i * dim;
    float *dmean = vae->head_gradient + i * 2 * dim, *dlog_variance = dmean + dim;
    for (size_t j = 0; j < dim; j++) {
      dmean[j] += dcode[j];
      dlog_variance[j] += 0.5f * dcode[j] * noise[j];
    }
  }
}

/* The norm is that of all gradients together. */
static void clip(lakh_vae *vae) {
  double limit = vae->params.clip_norm;
  if (limit == 0) return;
  double encoder = lakh_clip_by_norm(vae->encoder.gradients, vae->encoder.n_parameters, HUGE_VAL);
  double decoder = lakh_clip_by_norm(vae->decoder.gradients, vae->decoder.n_parameters, HUGE_VAL);
  double norm = sqrt(encoder * encoder + decoder * decoder);
  if (norm <= limit) return;
  lakh_clip_by_norm(vae->encoder.gradients, vae->encoder.n_parameters, encoder * limit / norm);
  lakh_clip_by_norm(vae->decoder.gradients, vae->decoder.n_parameters, decoder * limit / norm);
}

static void update(lakh_vae *vae, lakh_network *network) {
  /* The defaults that the optimisers' authors gave. */
  const lakh_vae_params *p = &vae->params;
  bool adam = p->optimizer == LAKH_ADAM || p->optimizer == LAKH_ADAMW;
  lakh_optimizer optimizer = {.kind = p->optimizer,
                              .learning_rate = p->learning_rate,
                              .beta1 = p->optimizer == LAKH_RMSPROP ? 0 : 0.9,
                              .beta2 = adam ? 0.999 : 0.99,
                              .epsilon = 1e-8,
                              .weight_decay = p->optimizer == LAKH_ADAMW ? 0.01 : 0};
  lakh_optimizer_update(&optimizer, (uint64_t)vae->position.step, network->parameters, network->gradients, network->first,
                        network->second, network->n_parameters);
}

static lakh_status train_batch(lakh_vae_fit *fit) {
  lakh_vae *vae = fit->vae;
  size_t first = (size_t)vae->position.batch * vae->batch_size, n = lakh_smaller(vae->batch_size, fit->x.rows - first);
  const uint32_t *rows = fit->order + first;
  lakh_pass pass = {.n = n, .training = true};
  double beta = fit->state.beta = beta_now(fit), weight = 0;
  for (size_t i = 0; i < n; i++) weight += weight_of(fit, rows[i]);

  lakh_vae_gather(vae, fit->x, fit->labels, rows, 0, n);
  const float *heads = lakh_network_forward(&vae->encoder, vae->input, pass);
  lakh_vae_draw_codes(vae, heads, n, lakh_vae_stream(LAKH_VAE_NOISE, (uint64_t)vae->position.step));
  lakh_vae_label_codes(vae, fit->labels, rows, 0, n);
  const float *decoded = lakh_network_forward(&vae->decoder, vae->codes, pass);
  lakh_vae_loss sum = measure_batch(fit, rows, n, heads, decoded, beta);
  if (weight > 0) fit->state.step = divided(sum, weight);
  if (!isfinite(sum.loss)) return LAKH_NOT_FINITE;

  lakh_network_zero_gradients(&vae->encoder);
  lakh_network_zero_gradients(&vae->decoder);
  lakh_network_backward(&vae->decoder, vae->codes, vae->loss_gradient, vae->code_gradient, pass);
  pass_gradient_through_codes(vae, n);
  lakh_network_backward(&vae->encoder, vae->input, vae->head_gradient, NULL, pass);
  bool finite = lakh_all_finite(vae->encoder.gradients, vae->encoder.n_parameters) &&
                lakh_all_finite(vae->decoder.gradients, vae->decoder.n_parameters);
  if (!finite) return LAKH_NOT_FINITE;
  clip(vae);

  lakh_vae_position *position = &vae->position;
  position->step++;
  update(vae, &vae->encoder);
  update(vae, &vae->decoder);
  position->batch++;
  position->rows += weight;
  position->sums.reconstruction += sum.reconstruction;
  position->sums.divergence += sum.divergence;
  position->sums.loss += sum.loss;
  return LAKH_MORE;
}

/* ---- Epochs ------------------------------------------------------------------------------------------------------------ */

static lakh_status validate_batch(lakh_vae_fit *fit) {
  lakh_vae *vae = fit->vae;
  size_t n = lakh_smaller(vae->batch_size, fit->validation.rows - fit->validated);
  lakh_vae_evaluation evaluation = lakh_vae_evaluate(vae, fit->validation, fit->validation_labels, fit->validated, n);
  for (size_t i = 0; i < n; i++) {
    lakh_vae_loss loss = lakh_vae_loss_of_row(vae, evaluation, i);
    add_loss(&fit->validating, 1, loss.reconstruction, loss.divergence, vae->params.beta);
  }
  fit->validated += n;
  return LAKH_MORE;
}

static lakh_status end_epoch(lakh_vae_fit *fit) {
  lakh_vae_position *position = &fit->vae->position;
  fit->state.epoch = divided(position->sums, position->rows);
  fit->state.validation = divided(fit->validating, (double)fit->validated); /* NaN without validation */
  position->epoch++;
  position->batch = position->rows = 0;
  position->sums = (lakh_vae_loss){0};
  fit->ordered = false;
  fit->validated = 0;
  fit->validating = (lakh_vae_loss){0};
  if (fit->validation.rows > 0) {
    bool better = fit->state.validation.loss < position->best_validation;
    if (better) position->best_validation = fit->state.validation.loss;
    position->epochs_since_best = better ? 0 : position->epochs_since_best + 1;
    int32_t patience = fit->vae->params.patience;
    fit->state.stopped_early = patience > 0 && position->epochs_since_best >= patience;
  }
  return LAKH_ITERATION;
}

static lakh_status step(lakh_job *job) {
  lakh_vae_fit *fit = (lakh_vae_fit *)job;
  const lakh_vae_position *position = &fit->vae->position;
  if (position->epoch >= (double)fit->until_epoch || fit->state.stopped_early) return LAKH_DONE;
  if (!fit->ordered) {
    uint64_t stream = lakh_vae_stream(LAKH_VAE_SHUFFLE, (uint64_t)position->epoch);
    lakh_rows_shuffle(fit->vae->params.random_state, stream, fit->order, fit->x.rows);
    fit->ordered = true;
  }
  lakh_status status = LAKH_MORE;
  if (position->batch < (double)fit->n_batches) {
    status = train_batch(fit);
  } else if (fit->validated < fit->validation.rows) {
    status = validate_batch(fit);
  }
  if (status != LAKH_MORE) return status;
  lakh_job_advance(job, 1);
  bool over = position->batch >= (double)fit->n_batches && fit->validated == fit->validation.rows;
  return over ? end_epoch(fit) : LAKH_MORE;
}

/* ---- The job ----------------------------------------------------------------------------------------------------------- */

static void free_fit(lakh_job *job) {
  lakh_vae_fit *fit = (lakh_vae_fit *)job;
  lakh_free(fit->order);
  lakh_free(fit);
}

lakh_status lakh_vae_fit_create(lakh_vae *vae, lakh_matrix x, const float *sample_weight, const int32_t *labels,
                                lakh_matrix validation, const int32_t *validation_labels, size_t until_epoch,
                                lakh_vae_fit **out) {
  double mean_weight = lakh_rows_mean_weight(sample_weight, x.rows);
  if (!vae->training || x.rows < vae->batch_size || x.rows > UINT32_MAX || !(mean_weight > 0)) return LAKH_BAD_ARGUMENT;
  const lakh_vae_position *position = &vae->position;
  size_t n_batches = (x.rows - 1) / vae->batch_size + 1;
  if (!lakh_rows_position_fits(position->step, position->epoch, position->batch, n_batches)) return LAKH_BAD_ARGUMENT;
  if (!lakh_vae_labels_fit(vae, labels, x.rows)) return LAKH_BAD_ARGUMENT;
  lakh_status status = lakh_vae_check_rows(vae, x);
  if (status != LAKH_OK) return status;
  if (validation.rows > 0) {
    if (!lakh_vae_labels_fit(vae, validation_labels, validation.rows)) return LAKH_BAD_ARGUMENT;
    status = lakh_vae_check_rows(vae, validation);
    if (status != LAKH_OK) return status;
  }
  lakh_vae_fit *fit = lakh_alloc_zeroed(1, sizeof *fit);
  if (fit == NULL) return LAKH_NO_MEMORY;
  fit->order = lakh_alloc(x.rows, sizeof *fit->order);
  if (fit->order == NULL) {
    free_fit(&fit->job);
    return LAKH_NO_MEMORY;
  }
  fit->vae = vae;
  fit->x = x;
  fit->sample_weight = sample_weight;
  fit->labels = labels;
  fit->validation = validation;
  fit->validation_labels = validation_labels;
  fit->mean_weight = mean_weight;
  fit->until_epoch = until_epoch;
  fit->n_batches = n_batches;
  double steps = (double)fit->n_batches + ceil((double)validation.rows / (double)vae->batch_size);
  lakh_job_begin(&fit->job, step, free_fit, ((double)until_epoch - position->epoch) * steps - position->batch);
  *out = fit;
  return LAKH_OK;
}

void lakh_vae_fit_get(const lakh_vae_fit *fit, lakh_vae_fit_state *state) { *state = fit->state; }

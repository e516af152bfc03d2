/* The variational autoencoder: training. One step of the job is a piece of one step of the optimiser, or of validation. What
 * changes lies in the model (weights, moments, position), so that training goes on exactly where it was left after any step of the
 * optimiser. */
#include "base/alloc.h"
#include "base/job.h"
#include "base/sizes.h"
#include "neural/rows.h"
#include "neural/vae.h"

#include <math.h>

/* The batch under way. */
typedef struct batch {
  const uint32_t *rows; /* n of them */
  size_t n;
  double weight, beta;
  lakh_vae_loss sum; /* over its rows */
} batch;

struct lakh_vae_fit {
  lakh_job job;
  lakh_vae *vae;
  lakh_matrix x, validation;
  const float *sample_weight;
  const int32_t *labels, *validation_labels;
  double mean_weight;
  size_t until_epoch, n_batches;
  uint32_t *order;    /* x.rows: the rows in the order of the present epoch */
  bool ordered;       /* `order` is that of the present epoch */
  size_t stage;       /* of the optimiser's step under way: index into STAGES */
  lakh_cursor cursor; /* within the stage */
  batch batch;
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

/* The stages answer LAKH_DONE when they are over and LAKH_MORE when the cursor's work was used up before. */

static lakh_status take_batch(lakh_vae_fit *fit) {
  lakh_vae *vae = fit->vae;
  size_t first = (size_t)vae->position.batch * vae->batch_size, n = lakh_smaller(vae->batch_size, fit->x.rows - first);
  fit->batch = (batch){.rows = fit->order + first, .n = n, .beta = beta_now(fit)};
  for (size_t i = 0; i < n; i++) fit->batch.weight += weight_of(fit, fit->batch.rows[i]);
  fit->state.beta = fit->batch.beta;
  lakh_vae_gather(vae, fit->x, fit->labels, fit->batch.rows, 0, n);
  return LAKH_DONE;
}

static lakh_pass pass_of(const lakh_vae_fit *fit) { return (lakh_pass){.n = fit->batch.n, .training = true}; }

static lakh_status encode(lakh_vae_fit *fit) {
  lakh_vae *vae = fit->vae;
  return lakh_network_forward_some(&vae->encoder, vae->input, pass_of(fit), &fit->cursor) ? LAKH_DONE : LAKH_MORE;
}

static lakh_status draw_codes(lakh_vae_fit *fit) {
  lakh_vae *vae = fit->vae;
  uint64_t stream = lakh_vae_stream(LAKH_VAE_NOISE, (uint64_t)vae->position.step);
  lakh_vae_draw_codes(vae, lakh_network_output(&vae->encoder), fit->batch.n, stream);
  lakh_vae_label_codes(vae, fit->labels, fit->batch.rows, 0, fit->batch.n);
  return LAKH_DONE;
}

static lakh_status decode(lakh_vae_fit *fit) {
  lakh_vae *vae = fit->vae;
  return lakh_network_forward_some(&vae->decoder, vae->codes, pass_of(fit), &fit->cursor) ? LAKH_DONE : LAKH_MORE;
}

/* Losses of the batch, and its gradients by the decoder's and the encoder's outputs. */
static lakh_status measure(lakh_vae_fit *fit) {
  lakh_vae *vae = fit->vae;
  batch *batch = &fit->batch;
  const float *heads = lakh_network_output(&vae->encoder), *decoded = lakh_network_output(&vae->decoder);
  for (size_t i = 0; i < batch->n; i++) {
    double weight = weight_of(fit, batch->rows[i]);
    float share = (float)(weight / (fit->mean_weight * (double)batch->n));
    const float *mean = heads + i * 2 * vae->latent_dim;
    float *dmean = vae->head_gradient + i * 2 * vae->latent_dim;
    double reconstruction = lakh_vae_reconstruction(vae, decoded + i * vae->n_features, vae->input + i * vae->encoder.in_size,
                                                    share, vae->loss_gradient + i * vae->n_features);
    double divergence = lakh_divergence(mean, mean + vae->latent_dim, vae->latent_dim, share * (float)batch->beta, dmean,
                                        dmean + vae->latent_dim);
    add_loss(&batch->sum, weight, reconstruction, divergence, batch->beta);
  }
  if (batch->weight > 0) fit->state.step = divided(batch->sum, batch->weight);
  if (!isfinite(batch->sum.loss)) return LAKH_NOT_FINITE;
  lakh_network_zero_gradients(&vae->encoder);
  lakh_network_zero_gradients(&vae->decoder);
  return LAKH_DONE;
}

static lakh_status back_through_decoder(lakh_vae_fit *fit) {
  lakh_vae *vae = fit->vae;
  bool over =
      lakh_network_backward_some(&vae->decoder, vae->codes, vae->loss_gradient, vae->code_gradient, pass_of(fit), &fit->cursor);
  return over ? LAKH_DONE : LAKH_MORE;
}

/* code = mean + noise, where noise is proportional to e^(log-variance / 2). */
static lakh_status back_through_codes(lakh_vae_fit *fit) {
  lakh_vae *vae = fit->vae;
  size_t dim = vae->latent_dim;
  for (size_t i = 0; i < fit->batch.n; i++) {
    const float *dcode = vae->code_gradient + i * vae->decoder.in_size, *noise = vae->noise + i * dim;
    float *dmean = vae->head_gradient + i * 2 * dim, *dlog_variance = dmean + dim;
    for (size_t j = 0; j < dim; j++) {
      dmean[j] += dcode[j];
      dlog_variance[j] += 0.5f * dcode[j] * noise[j];
    }
  }
  return LAKH_DONE;
}

static lakh_status back_through_encoder(lakh_vae_fit *fit) {
  lakh_vae *vae = fit->vae;
  bool over = lakh_network_backward_some(&vae->encoder, vae->input, vae->head_gradient, NULL, pass_of(fit), &fit->cursor);
  return over ? LAKH_DONE : LAKH_MORE;
}

/* The norm is that of all gradients together. */
static lakh_status clip(lakh_vae_fit *fit) {
  lakh_network *encoder = &fit->vae->encoder, *decoder = &fit->vae->decoder;
  if (!lakh_network_is_moderate(encoder) || !lakh_network_is_moderate(decoder)) return LAKH_NOT_FINITE;
  double limit = fit->vae->params.clip_norm;
  if (limit == 0) return LAKH_DONE;
  double of_encoder = lakh_clip_by_norm(encoder->gradients, encoder->n_parameters, HUGE_VAL);
  double of_decoder = lakh_clip_by_norm(decoder->gradients, decoder->n_parameters, HUGE_VAL);
  double norm = sqrt(of_encoder * of_encoder + of_decoder * of_decoder);
  if (norm <= limit) return LAKH_DONE;
  lakh_clip_by_norm(encoder->gradients, encoder->n_parameters, of_encoder * limit / norm);
  lakh_clip_by_norm(decoder->gradients, decoder->n_parameters, of_decoder * limit / norm);
  return LAKH_DONE;
}

static lakh_status update(lakh_vae_fit *fit, lakh_network *network) {
  /* The defaults that the optimisers' authors gave. */
  const lakh_vae_params *p = &fit->vae->params;
  bool adam = p->optimizer == LAKH_ADAM || p->optimizer == LAKH_ADAMW;
  lakh_optimizer optimizer = {.kind = p->optimizer,
                              .learning_rate = p->learning_rate,
                              .beta1 = p->optimizer == LAKH_RMSPROP ? 0 : 0.9,
                              .beta2 = adam ? 0.999 : 0.99,
                              .epsilon = 1e-8,
                              .weight_decay = p->optimizer == LAKH_ADAMW ? 0.01 : 0};
  return lakh_network_update_some(network, &optimizer, (uint64_t)fit->vae->position.step + 1, &fit->cursor) ? LAKH_DONE
                                                                                                            : LAKH_MORE;
}
static lakh_status update_encoder(lakh_vae_fit *fit) { return update(fit, &fit->vae->encoder); }
static lakh_status update_decoder(lakh_vae_fit *fit) { return update(fit, &fit->vae->decoder); }

static lakh_status end_batch(lakh_vae_fit *fit) {
  lakh_vae_position *position = &fit->vae->position;
  position->step++;
  position->batch++;
  position->rows += fit->batch.weight;
  position->sums.reconstruction += fit->batch.sum.reconstruction;
  position->sums.divergence += fit->batch.sum.divergence;
  position->sums.loss += fit->batch.sum.loss;
  return LAKH_DONE;
}

static lakh_status (*const STAGES[])(lakh_vae_fit *) = {
    take_batch,           encode, draw_codes,     decode,         measure,  back_through_decoder, back_through_codes,
    back_through_encoder, clip,   update_encoder, update_decoder, end_batch};
enum { N_STAGES = sizeof STAGES / sizeof *STAGES };

/* LAKH_DONE when a step of the optimiser is complete. */
static lakh_status train_some(lakh_vae_fit *fit) {
  fit->cursor.work = LAKH_PIECE_OF_WORK;
  for (; fit->stage < N_STAGES; fit->stage++) {
    lakh_status status = STAGES[fit->stage](fit);
    if (status != LAKH_DONE) return status;
  }
  fit->stage = 0;
  return LAKH_DONE;
}

/* ---- Epochs ------------------------------------------------------------------------------------------------------------ */

static void validate_some(lakh_vae_fit *fit) {
  lakh_vae *vae = fit->vae;
  size_t n = lakh_smaller(lakh_vae_rows_together(vae), fit->validation.rows - fit->validated);
  lakh_vae_evaluation evaluation = lakh_vae_evaluate(vae, fit->validation, fit->validation_labels, fit->validated, n);
  for (size_t i = 0; i < n; i++) {
    lakh_vae_loss loss = lakh_vae_loss_of_row(vae, evaluation, i);
    add_loss(&fit->validating, 1, loss.reconstruction, loss.divergence, vae->params.beta);
  }
  fit->validated += n;
  lakh_job_advance(&fit->job, (double)n / (double)vae->batch_size);
}

static void heed_validation(lakh_vae_fit *fit) {
  lakh_vae *vae = fit->vae;
  lakh_vae_position *position = &vae->position;
  bool better = fit->state.validation.loss < position->best_validation;
  if (better) position->best_validation = fit->state.validation.loss;
  position->epochs_since_best = better ? 0 : position->epochs_since_best + 1;
  if (vae->params.patience == 0) return;
  if (better) lakh_vae_keep_best(vae);
  fit->state.stopped_early = position->epochs_since_best >= vae->params.patience;
  if (fit->state.stopped_early && isfinite(position->best_validation)) lakh_vae_restore_best(vae);
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
  if (fit->validation.rows > 0) heed_validation(fit);
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
  if (position->batch < (double)fit->n_batches) {
    lakh_status status = train_some(fit);
    if (status != LAKH_DONE) return status;
    lakh_job_advance(job, 1);
  } else if (fit->validated < fit->validation.rows) {
    validate_some(fit);
  }
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
  double steps = (double)fit->n_batches + (double)validation.rows / (double)vae->batch_size;
  lakh_job_begin(&fit->job, step, free_fit, ((double)until_epoch - position->epoch) * steps - position->batch);
  *out = fit;
  return LAKH_OK;
}

void lakh_vae_fit_get(const lakh_vae_fit *fit, lakh_vae_fit_state *state) { *state = fit->state; }

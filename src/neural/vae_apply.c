/* The variational autoencoder: encoding, decoding, reconstruction and scores, a piece of a batch a step. */
#include "base/alloc.h"
#include "base/job.h"
#include "base/sizes.h"
#include "neural/vae.h"

#include <string.h>

struct lakh_vae_apply {
  lakh_job job;
  lakh_vae *vae;
  lakh_vae_task task;
  lakh_matrix x;
  const int32_t *labels;
  float *out;
  size_t row; /* the next to be worked on */
};

static void take_means_as_codes(lakh_vae *vae, const float *heads, size_t n) {
  for (size_t i = 0; i < n; i++) {
    memcpy(vae->codes + i * vae->decoder.in_size, heads + i * 2 * vae->latent_dim, vae->latent_dim * sizeof(float));
  }
}

static void take_rows_as_codes(lakh_vae *vae, lakh_matrix x, size_t first, size_t n) {
  for (size_t i = 0; i < n; i++) {
    memcpy(vae->codes + i * vae->decoder.in_size, x.data + (first + i) * x.cols, x.cols * sizeof(float));
  }
}

/* From codes to probabilities or means. */
static void decode(lakh_vae_apply *apply, size_t n) {
  lakh_vae *vae = apply->vae;
  lakh_vae_label_codes(vae, apply->labels, NULL, apply->row, n);
  const float *decoded = lakh_network_forward(&vae->decoder, vae->codes, (lakh_pass){.n = n});
  lakh_activation last = vae->params.likelihood == LAKH_VAE_BERNOULLI ? LAKH_SIGMOID : LAKH_LINEAR;
  lakh_activate(last, decoded, apply->out + apply->row * vae->n_features, n * vae->n_features);
}

static void score(lakh_vae_apply *apply, size_t n) {
  lakh_vae_evaluation evaluation = lakh_vae_evaluate(apply->vae, apply->x, apply->labels, apply->row, n);
  for (size_t i = 0; i < n; i++) {
    lakh_vae_loss loss = lakh_vae_loss_of_row(apply->vae, evaluation, i);
    float *out = apply->out + (apply->row + i) * 3;
    out[0] = (float)-loss.loss;
    out[1] = (float)loss.reconstruction;
    out[2] = (float)loss.divergence;
  }
}

static void encode(lakh_vae_apply *apply, size_t n) {
  lakh_vae *vae = apply->vae;
  lakh_vae_gather(vae, apply->x, apply->labels, NULL, apply->row, n);
  const float *heads = lakh_network_forward(&vae->encoder, vae->input, (lakh_pass){.n = n});
  if (apply->task == LAKH_VAE_ENCODE) {
    memcpy(apply->out + apply->row * vae->encoder.out_size, heads, n * vae->encoder.out_size * sizeof(float));
  } else {
    take_means_as_codes(vae, heads, n);
    decode(apply, n);
  }
}

static lakh_status step(lakh_job *job) {
  lakh_vae_apply *apply = (lakh_vae_apply *)job;
  size_t n = lakh_smaller(lakh_vae_rows_together(apply->vae), apply->x.rows - apply->row);
  if (n == 0) return LAKH_DONE;
  switch (apply->task) {
  case LAKH_VAE_ENCODE:
  case LAKH_VAE_RECONSTRUCT:
    encode(apply, n);
    break;
  case LAKH_VAE_DECODE:
    take_rows_as_codes(apply->vae, apply->x, apply->row, n);
    decode(apply, n);
    break;
  case LAKH_VAE_SCORE:
    score(apply, n);
    break;
  }
  apply->row += n;
  lakh_job_advance(job, (double)n);
  return apply->row < apply->x.rows ? LAKH_MORE : LAKH_DONE;
}

static void free_apply(lakh_job *job) { lakh_free(job); }

static lakh_status check_codes(const lakh_vae *vae, lakh_matrix codes) {
  size_t row, col;
  return codes.cols != vae->latent_dim ? LAKH_BAD_ARGUMENT : lakh_check_finite(codes, &row, &col);
}

lakh_status lakh_vae_apply_create(lakh_vae *vae, lakh_vae_task task, lakh_matrix x, const int32_t *labels, float *out,
                                  lakh_vae_apply **job) {
  if (task < LAKH_VAE_ENCODE || task > LAKH_VAE_SCORE) return LAKH_BAD_ARGUMENT;
  if (!lakh_vae_labels_fit(vae, labels, x.rows)) return LAKH_BAD_ARGUMENT;
  lakh_status status = task == LAKH_VAE_DECODE ? check_codes(vae, x) : lakh_vae_check_rows(vae, x);
  if (status != LAKH_OK) return status;
  lakh_vae_apply *apply = lakh_alloc_zeroed(1, sizeof *apply);
  if (apply == NULL) return LAKH_NO_MEMORY;
  lakh_job_begin(&apply->job, step, free_apply, (double)x.rows);
  apply->vae = vae;
  apply->task = task;
  apply->x = x;
  apply->labels = labels;
  apply->out = out;
  *job = apply;
  return LAKH_OK;
}

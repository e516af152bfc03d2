/* The adversarial network: samples from codes, and what the discriminator says of rows, one batch a step. */
#include "base/alloc.h"
#include "base/job.h"
#include "base/sizes.h"
#include "neural/gan.h"

#include <string.h>

struct lakh_gan_apply {
  lakh_job job;
  lakh_gan *gan;
  lakh_gan_task task;
  lakh_matrix x;
  const int32_t *labels;
  float *out;
  size_t row; /* the next to be worked on */
};

static int32_t label_of(const lakh_gan_apply *apply, size_t row) { return apply->labels == NULL ? 0 : apply->labels[row]; }

static void generate(lakh_gan_apply *apply, size_t n) {
  lakh_gan *gan = apply->gan;
  for (size_t i = 0; i < n; i++) {
    size_t row = apply->row + i;
    memcpy(gan->codes + i * gan->generator.in_size, apply->x.data + row * apply->x.cols, gan->latent_dim * sizeof(float));
    lakh_gan_label_code(gan, i, label_of(apply, row));
  }
  const float *samples = lakh_network_forward(&gan->generator, gan->codes, (lakh_pass){.n = n});
  memcpy(apply->out + apply->row * gan->n_features, samples, n * gan->n_features * sizeof *samples);
}

static void discriminate(lakh_gan_apply *apply, size_t n) {
  lakh_gan *gan = apply->gan;
  for (size_t i = 0; i < n; i++) {
    size_t row = apply->row + i;
    lakh_gan_write_input(gan, apply->x.data + row * apply->x.cols, label_of(apply, row),
                         gan->input + i * gan->discriminator.in_size);
  }
  const float *scores = lakh_network_forward(&gan->discriminator, gan->input, (lakh_pass){.n = n});
  lakh_activate(gan->params.loss == LAKH_GAN_BCE ? LAKH_SIGMOID : LAKH_LINEAR, scores, apply->out + apply->row, n);
}

static lakh_status step(lakh_job *job) {
  lakh_gan_apply *apply = (lakh_gan_apply *)job;
  size_t n = lakh_smaller(lakh_gan_rows_together(apply->gan), apply->x.rows - apply->row);
  if (n == 0) return LAKH_DONE;
  if (apply->task == LAKH_GAN_GENERATE) {
    generate(apply, n);
  } else {
    discriminate(apply, n);
  }
  apply->row += n;
  lakh_job_advance(job, (double)n);
  return apply->row < apply->x.rows ? LAKH_MORE : LAKH_DONE;
}

static void free_apply(lakh_job *job) { lakh_free(job); }

static lakh_status check_codes(const lakh_gan *gan, lakh_matrix codes) {
  size_t row, col;
  return codes.cols != gan->latent_dim ? LAKH_BAD_ARGUMENT : lakh_check_finite(codes, &row, &col);
}

lakh_status lakh_gan_apply_create(lakh_gan *gan, lakh_gan_task task, lakh_matrix x, const int32_t *labels, float *out,
                                  lakh_gan_apply **job) {
  if (task < LAKH_GAN_GENERATE || task > LAKH_GAN_DISCRIMINATE) return LAKH_BAD_ARGUMENT;
  if (!lakh_gan_labels_fit(gan, labels, x.rows)) return LAKH_BAD_ARGUMENT;
  lakh_status status = task == LAKH_GAN_GENERATE ? check_codes(gan, x) : lakh_gan_check_rows(gan, x);
  if (status != LAKH_OK) return status;
  lakh_gan_apply *apply = lakh_alloc_zeroed(1, sizeof *apply);
  if (apply == NULL) return LAKH_NO_MEMORY;
  lakh_job_begin(&apply->job, step, free_apply, (double)x.rows);
  apply->gan = gan;
  apply->task = task;
  apply->x = x;
  apply->labels = labels;
  apply->out = out;
  *job = apply;
  return LAKH_OK;
}

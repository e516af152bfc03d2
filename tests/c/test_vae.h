/* What the tests of the variational autoencoder share: small models, and how they are trained and applied. */
#ifndef LAKH_TESTS_TEST_VAE_H
#define LAKH_TESTS_TEST_VAE_H

#include "lakh.h"
#include "test_neural.h"

enum { FEATURES = 16, ROWS = 7 };

static inline lakh_vae_params small_params(void) {
  return (lakh_vae_params){.latent_dim = 2,
                           .n_hidden = 2,
                           .hidden = {4, 3},
                           .activation = 6 /* tanh */,
                           .batch_size = 3,
                           .random_state = 5,
                           .beta = 0.5,
                           .learning_rate = 0.01};
}

static inline lakh_vae *make(lakh_vae_params params) {
  lakh_vae *vae;
  CHECK_EQ(lakh_vae_create(&params, FEATURES, true, &vae), LAKH_OK);
  return vae;
}

static inline lakh_matrix make_rows(size_t seed, size_t rows) {
  float *values = pattern(seed, rows * FEATURES);
  for (size_t i = 0; i < rows * FEATURES; i++) values[i] = (values[i] + 1) / 2;
  return (lakh_matrix){values, rows, FEATURES};
}

static inline void free_rows(lakh_matrix x) { free((float *)(uintptr_t)x.data); }

static const lakh_matrix NOTHING = {NULL, 0, FEATURES};

static inline lakh_vae_fit *begin(lakh_vae *vae, lakh_matrix x, lakh_matrix validation, size_t until_epoch) {
  lakh_vae_fit *fit;
  CHECK_EQ(lakh_vae_fit_create(vae, x, NULL, NULL, validation, NULL, until_epoch, &fit), LAKH_OK);
  return fit;
}

static inline void train(lakh_vae *vae, lakh_matrix x, size_t until_epoch) {
  lakh_vae_fit *fit = begin(vae, x, NOTHING, until_epoch);
  CHECK_EQ(lakh_job_run((lakh_job *)fit), LAKH_DONE);
  lakh_job_free((lakh_job *)fit);
}

static inline float *apply(lakh_vae *vae, lakh_vae_task task, lakh_matrix x, const int32_t *labels, size_t width) {
  float *out = zeros(x.rows * width);
  lakh_vae_apply *job;
  CHECK_EQ(lakh_vae_apply_create(vae, task, x, labels, out, &job), LAKH_OK);
  CHECK_EQ(lakh_job_run((lakh_job *)job), LAKH_DONE);
  lakh_job_free((lakh_job *)job);
  return out;
}

static inline lakh_vae_params convolutional_params(void) {
  lakh_vae_params params = small_params();
  params.n_hidden = 1;
  params.hidden[0] = 5;
  params.n_filters = 2;
  params.filters[0] = 2;
  params.filters[1] = 3;
  params.image_channels = 1;
  params.image_height = params.image_width = 4;
  params.activation = 4; /* gelu */
  params.optimizer = 1;  /* AdamW */
  params.beta = 1;
  return params;
}

#endif

/* What the tests of the adversarial network share: small models, and how they are trained and applied. */
#ifndef LAKH_TESTS_TEST_GAN_H
#define LAKH_TESTS_TEST_GAN_H

#include "lakh.h"
#include "neural/network.h"
#include "neural/training.h"
#include "test_neural.h"

enum { FEATURES = 16, ROWS = 7 };

static const float WEIGHTS[ROWS] = {0, 1, 2, 0, 1, 2, 0};
static const int32_t LABELS[ROWS] = {0, 1, 2, 0, 1, 2, 0};

/* As "bce" in tests/oracle/neural/make_gan_fixture.py. */
static inline lakh_gan_params small_params(void) {
  return (lakh_gan_params){.latent_dim = 2,
                           .n_hidden = 2,
                           .hidden = {4, 3},
                           .output = LAKH_SIGMOID,
                           .batch_size = 3,
                           .discriminator_steps = 1,
                           .generator_steps = 1,
                           .random_state = 5,
                           .generator_learning_rate = 0.01,
                           .discriminator_learning_rate = 0.01,
                           .beta1 = 0.5,
                           .beta2 = 0.9,
                           .label_smoothing = 0.1,
                           .gradient_penalty = 10};
}

/* "wasserstein" */
static inline lakh_gan_params conditional_params(void) {
  lakh_gan_params params = small_params();
  params.n_hidden = 1;
  params.n_classes = 3;
  params.loss = LAKH_GAN_WGAN_GP;
  params.output = LAKH_LINEAR;
  params.discriminator_steps = params.generator_steps = 2;
  params.generator_optimizer = params.discriminator_optimizer = LAKH_SGD;
  return params;
}

/* "hinge" */
static inline lakh_gan_params convolutional_params(void) {
  lakh_gan_params params = small_params();
  params.n_hidden = 1;
  params.hidden[0] = 5;
  params.n_filters = 2;
  params.filters[0] = 2;
  params.filters[1] = 3;
  params.image_channels = 1;
  params.image_height = params.image_width = 4;
  params.loss = LAKH_GAN_HINGE;
  params.output = LAKH_TANH;
  params.batch_size = 4;
  params.generator_optimizer = params.discriminator_optimizer = LAKH_SGD;
  return params;
}

/* "critic" */
static inline lakh_gan_params convolutional_conditional_params(void) {
  lakh_gan_params params = convolutional_params();
  params.n_classes = 3;
  params.loss = LAKH_GAN_WGAN_GP;
  params.output = LAKH_SIGMOID;
  return params;
}

static inline lakh_gan *make(lakh_gan_params params) {
  lakh_gan *gan;
  CHECK_EQ(lakh_gan_create(&params, FEATURES, true, &gan), LAKH_OK);
  return gan;
}

/* Within [0, 1]. */
static inline lakh_matrix make_rows(size_t seed, size_t rows) {
  float *values = pattern(seed, rows * FEATURES);
  for (size_t i = 0; i < rows * FEATURES; i++) values[i] = (values[i] + 1) / 2;
  return (lakh_matrix){values, rows, FEATURES};
}

static inline void free_rows(lakh_matrix x) { free((float *)(uintptr_t)x.data); }

static inline lakh_gan_fit *begin(lakh_gan *gan, lakh_matrix x, const int32_t *labels, size_t until_epoch) {
  lakh_gan_fit *fit;
  CHECK_EQ(lakh_gan_fit_create(gan, x, NULL, labels, until_epoch, &fit), LAKH_OK);
  return fit;
}

static inline lakh_gan_fit_state train(lakh_gan *gan, lakh_matrix x, const int32_t *labels, size_t until_epoch) {
  lakh_gan_fit *fit = begin(gan, x, labels, until_epoch);
  lakh_gan_fit_state state;
  CHECK_EQ(lakh_job_run((lakh_job *)fit), LAKH_DONE);
  lakh_gan_fit_get(fit, &state);
  lakh_job_free((lakh_job *)fit);
  return state;
}

static inline float *apply(lakh_gan *gan, lakh_gan_task task, lakh_matrix x, const int32_t *labels, size_t width) {
  float *out = zeros(x.rows * width);
  lakh_gan_apply *job;
  CHECK_EQ(lakh_gan_apply_create(gan, task, x, labels, out, &job), LAKH_OK);
  CHECK_EQ(lakh_job_run((lakh_job *)job), LAKH_DONE);
  lakh_job_free((lakh_job *)job);
  return out;
}

static inline uint32_t hash_of_model(uint32_t hash, const lakh_gan *gan) {
  lakh_tensor tensor;
  for (size_t i = 0; lakh_gan_tensor(gan, i, &tensor); i++) hash = hash_of(hash, tensor.values, tensor.size);
  return hash;
}

#endif

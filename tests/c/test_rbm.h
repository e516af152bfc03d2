/* What the tests of the restricted Boltzmann machine share: a small model, and how it is trained and applied. */
#ifndef LAKH_TESTS_TEST_RBM_H
#define LAKH_TESTS_TEST_RBM_H

#include "lakh.h"
#include "test_neural.h"

enum { FEATURES = 6, ROWS = 8, HIDDEN = 3 };

static inline lakh_rbm_params persistent_params(void) {
  return (lakh_rbm_params){
      .n_components = HIDDEN, .batch_size = 4, .n_gibbs = 1, .random_state = 5, .learning_rate = 0.1, .sparsity_target = 0.5};
}

static inline lakh_rbm_params contrastive_params(void) {
  lakh_rbm_params params = persistent_params();
  params.method = LAKH_RBM_CONTRASTIVE;
  params.n_gibbs = 2;
  params.shuffle = 1;
  return params;
}

static inline lakh_rbm *make(lakh_rbm_params params) {
  lakh_rbm *rbm;
  CHECK_EQ(lakh_rbm_create(&params, FEATURES, true, &rbm), LAKH_OK);
  return rbm;
}

static inline lakh_tensor tensor_of(const lakh_rbm *rbm, size_t index) {
  lakh_tensor tensor;
  CHECK(lakh_rbm_tensor(rbm, index, &tensor));
  return tensor;
}

/* Weights as in the fixture. */
static inline lakh_rbm *make_known(lakh_rbm_params params) {
  lakh_rbm *rbm = make(params);
  for (size_t i = 0; i < 3; i++) {
    lakh_tensor tensor = tensor_of(rbm, i);
    float *values = pattern(20 + i, tensor.size);
    memcpy(tensor.values, values, tensor.size * sizeof *values);
    free(values);
  }
  return rbm;
}

static inline lakh_matrix make_rows(size_t seed, size_t rows) {
  float *values = pattern(seed, rows * FEATURES);
  for (size_t i = 0; i < rows * FEATURES; i++) values[i] = (values[i] + 1) / 2;
  return (lakh_matrix){values, rows, FEATURES};
}

static inline void free_rows(lakh_matrix x) { free((float *)(uintptr_t)x.data); }

static const lakh_matrix NOTHING = {NULL, 0, FEATURES};

static inline lakh_rbm_fit_state train(lakh_rbm *rbm, lakh_matrix x, const float *sample_weight, lakh_matrix validation,
                                       size_t until_epoch) {
  lakh_rbm_fit *fit;
  CHECK_EQ(lakh_rbm_fit_create(rbm, x, sample_weight, validation, until_epoch, &fit), LAKH_OK);
  CHECK_EQ(lakh_job_run((lakh_job *)fit), LAKH_DONE);
  lakh_rbm_fit_state state;
  lakh_rbm_fit_get(fit, &state);
  lakh_job_free((lakh_job *)fit);
  return state;
}

static inline float *apply(lakh_rbm *rbm, lakh_rbm_task task, lakh_matrix x, int32_t n_gibbs, uint32_t seed, size_t width) {
  float *out = zeros(x.rows * width);
  lakh_rbm_apply *job;
  CHECK_EQ(lakh_rbm_apply_create(rbm, task, x, n_gibbs, seed, out, &job), LAKH_OK);
  CHECK_EQ(lakh_job_run((lakh_job *)job), LAKH_DONE);
  lakh_job_free((lakh_job *)job);
  return out;
}

#endif

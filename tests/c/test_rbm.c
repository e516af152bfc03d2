#include "test_rbm.h"
#include "../oracle/neural/rbm_fixture.h"
#include "base/alloc.h"

static void persistent_training_and_all_answers_are_scikit_learns(void) {
  lakh_rbm *rbm = make_known(persistent_params());
  lakh_matrix x = make_rows(1, ROWS);
  lakh_rbm_fit_state state = train(rbm, x, NULL, NOTHING, 3);
  CHECK_ARRAY(tensor_of(rbm, 0).values, persistent_components, 1e-6);
  CHECK_ARRAY(tensor_of(rbm, 1).values, persistent_hidden, 1e-6);
  CHECK_ARRAY(tensor_of(rbm, 2).values, persistent_visible, 1e-6);
  CHECK_ARRAY(tensor_of(rbm, 3).values, persistent_chains, 0);
  CHECK(isnan(state.step_reconstruction) && isnan(state.epoch_reconstruction) && isnan(state.validation_score));

  float *hidden = apply(rbm, LAKH_RBM_TRANSFORM, x, 0, 0, HIDDEN), *energy = apply(rbm, LAKH_RBM_FREE_ENERGY, x, 0, 0, 1);
  float *score = apply(rbm, LAKH_RBM_SCORE, x, 0, 5, 1), *samples = apply(rbm, LAKH_RBM_GIBBS, x, 2, 5, FEATURES);
  CHECK_ARRAY(hidden, transformed, 1e-6);
  CHECK_ARRAY(energy, energies, 1e-6);
  CHECK_ARRAY(score, scores, 1e-5);
  CHECK_ARRAY(samples, sampled, 0);
  free(hidden);
  free(energy);
  free(score);
  free(samples);
  free_rows(x);
  lakh_rbm_free(rbm);
}

static void contrastive_divergence_with_every_option_is_the_references(void) {
  lakh_rbm_params params = contrastive_params();
  params.momentum = 0.5;
  params.weight_decay = 0.1;
  params.sparsity_target = 0.1;
  params.sparsity_cost = 0.3;
  static const float sample_weight[ROWS] = {0, 1, 2, 0, 1, 2, 0, 1};
  lakh_rbm *rbm = make_known(params);
  lakh_matrix x = make_rows(1, ROWS);
  lakh_rbm_fit_state state = train(rbm, x, sample_weight, NOTHING, 3);
  CHECK_ARRAY(tensor_of(rbm, 0).values, contrastive_components, 1e-6);
  CHECK_ARRAY(tensor_of(rbm, 1).values, contrastive_hidden, 1e-6);
  CHECK_ARRAY(tensor_of(rbm, 2).values, contrastive_visible, 1e-6);
  CHECK_NEAR(state.epoch_reconstruction, contrastive_error[0], 1e-6);
  float *energy = apply(rbm, LAKH_RBM_FREE_ENERGY, x, 0, 0, 1);
  CHECK_ARRAY(energy, contrastive_energies, 1e-6);
  free(energy);
  free_rows(x);
  lakh_rbm_free(rbm);
}

static void gaussian_features_are_the_references(void) {
  lakh_rbm_params params = contrastive_params();
  params.visible = LAKH_RBM_GAUSSIAN;
  lakh_rbm *rbm = make_known(params);
  float *values = pattern(1, ROWS * FEATURES);
  for (size_t i = 0; i < ROWS * FEATURES; i++) values[i] *= 2;
  lakh_matrix x = {values, ROWS, FEATURES};
  lakh_rbm_fit_state state = train(rbm, x, NULL, x, 3);
  CHECK_ARRAY(tensor_of(rbm, 0).values, gaussian_components, 2e-6);
  CHECK_ARRAY(tensor_of(rbm, 1).values, gaussian_hidden, 2e-6);
  CHECK_ARRAY(tensor_of(rbm, 2).values, gaussian_visible, 2e-6);
  CHECK_NEAR(state.epoch_reconstruction, gaussian_error[0], 1e-6);
  float *energy = apply(rbm, LAKH_RBM_FREE_ENERGY, x, 0, 0, 1), *score = apply(rbm, LAKH_RBM_SCORE, x, 0, 0, 1);
  CHECK_ARRAY(energy, gaussian_energies, 2e-6);
  double mean = 0;
  for (size_t i = 0; i < ROWS; i++) {
    CHECK(score[i] == -energy[i]);
    mean += (double)score[i] / ROWS;
  }
  CHECK_NEAR(state.validation_score, mean, 1e-6);
  free(energy);
  free(score);
  free_rows(x);
  lakh_rbm_free(rbm);
}

static void gaussian_samples_have_the_spread_of_their_features(void) {
  enum { CHAINS = 5000 };
  lakh_rbm_params params = contrastive_params();
  params.visible = LAKH_RBM_GAUSSIAN;
  lakh_rbm *rbm = make(params); /* components near 0: visible units near N(0, 1) */
  float *start = zeros(CHAINS * FEATURES);
  float *samples = apply(rbm, LAKH_RBM_GIBBS, (lakh_matrix){start, CHAINS, FEATURES}, 2, 1, FEATURES);
  double squares = dot(samples, samples, CHAINS * FEATURES) / (CHAINS * FEATURES);
  CHECK_NEAR(squares, 1, 0.03);
  free(start);
  free(samples);
  lakh_rbm_free(rbm);
}

static void reconstruction_is_the_mean_of_the_features_given_the_mean_of_the_units(void) {
  lakh_rbm *rbm = make_known(persistent_params());
  lakh_matrix x = make_rows(2, ROWS);
  float *hidden = apply(rbm, LAKH_RBM_TRANSFORM, x, 0, 0, HIDDEN), *got = apply(rbm, LAKH_RBM_RECONSTRUCT, x, 0, 0, FEATURES);
  lakh_tensor w = tensor_of(rbm, 0), b = tensor_of(rbm, 2);
  for (size_t i = 0; i < ROWS * FEATURES; i++) {
    double input = (double)b.values[i % FEATURES];
    for (size_t j = 0; j < HIDDEN; j++) {
      input += (double)hidden[i / FEATURES * HIDDEN + j] * (double)w.values[j * FEATURES + i % FEATURES];
    }
    CHECK_NEAR(got[i], 1 / (1 + exp(-input)), 1e-6);
  }
  free(hidden);
  free(got);
  free_rows(x);
  lakh_rbm_free(rbm);
}

static bool same_models(const lakh_rbm *a, const lakh_rbm *b) {
  for (size_t i = 0; i < 4; i++) {
    lakh_tensor p = tensor_of(a, i), q = tensor_of(b, i);
    if (memcmp(p.values, q.values, p.size * sizeof(float)) != 0) return false;
    if (p.first != NULL && memcmp(p.first, q.first, p.size * sizeof(float)) != 0) return false;
  }
  return true;
}

static void check_resuming(lakh_rbm_params params) {
  params.batch_size = 3; /* 8 rows: the last batch has 2 */
  params.momentum = 0.5;
  lakh_matrix x = make_rows(4, ROWS), validation = make_rows(5, 4);
  lakh_rbm *whole = make(params);
  lakh_rbm_fit_state expected = train(whole, x, NULL, validation, 3);
  CHECK(isfinite(expected.validation_score));
  for (int steps = 0; steps < 15; steps++) {
    lakh_rbm *begun = make(params), *resumed = make(params);
    lakh_rbm_fit *fit;
    CHECK_EQ(lakh_rbm_fit_create(begun, x, NULL, validation, 3, &fit), LAKH_OK);
    for (int i = 0; i < steps; i++) CHECK(lakh_job_step((lakh_job *)fit) > LAKH_DONE);
    lakh_job_free((lakh_job *)fit);
    for (size_t i = 0; i < 4; i++) {
      lakh_tensor from = tensor_of(begun, i), to = tensor_of(resumed, i);
      memcpy(to.values, from.values, from.size * sizeof(float));
      if (from.first != NULL) memcpy(to.first, from.first, from.size * sizeof(float));
    }
    lakh_rbm_position position;
    lakh_rbm_get_position(begun, &position);
    lakh_rbm_set_position(resumed, &position);
    lakh_rbm_fit_state state = train(resumed, x, NULL, validation, 3);
    CHECK(same_models(whole, resumed));
    CHECK(state.validation_score == expected.validation_score);
    CHECK(memcmp(&state.epoch_reconstruction, &expected.epoch_reconstruction, sizeof(double)) == 0);
    lakh_rbm_free(begun);
    lakh_rbm_free(resumed);
  }
  lakh_rbm_free(whole);
  free_rows(x);
  free_rows(validation);
}

static void training_goes_on_exactly_where_it_stopped(void) {
  check_resuming(persistent_params());
  check_resuming(contrastive_params());
}

static void the_same_seed_gives_the_same_bits_and_another_does_not(void) {
  lakh_matrix x = make_rows(4, ROWS);
  lakh_rbm_params params = contrastive_params();
  lakh_rbm *a = make(params), *b = make(params);
  params.random_state++;
  lakh_rbm *c = make(params);
  train(a, x, NULL, NOTHING, 2);
  train(b, x, NULL, NOTHING, 2);
  train(c, x, NULL, NOTHING, 2);
  CHECK(same_models(a, b) && !same_models(a, c));
  lakh_rbm_free(a);
  lakh_rbm_free(b);
  lakh_rbm_free(c);
  free_rows(x);
}

static void every_machine_gives_these_bits(void) {
  /* WebAssembly gave the same as native builds with and without optimisation. */
  uint32_t hash = FIRST_HASH;
  lakh_matrix x = make_rows(4, ROWS);
  for (int visible = 0; visible < 2; visible++) {
    lakh_rbm_params params = contrastive_params();
    params.visible = visible;
    lakh_rbm *rbm = make(params);
    train(rbm, x, NULL, NOTHING, 5);
    for (size_t i = 0; i < 4; i++) hash = hash_of(hash, tensor_of(rbm, i).values, tensor_of(rbm, i).size);
    lakh_rbm_free(rbm);
  }
  CHECK_EQ(hash, 3692140731u);
  free_rows(x);
}

static void steps_of_the_job_are_pieces_that_make_the_whole_of_a_step(void) {
  /* Intercepts so large that hidden units are always 1 and ends of chains always 0: the velocity is then the mean of the rows. */
  enum { MANY = 300, UNITS = 600, BATCH = 250 };
  lakh_rbm_params params = contrastive_params();
  params.n_components = UNITS;
  params.batch_size = BATCH;
  params.n_gibbs = 3;
  lakh_rbm *rbm;
  CHECK_EQ(lakh_rbm_create(&params, MANY, true, &rbm), LAKH_OK);
  for (size_t i = 0; i < UNITS; i++) tensor_of(rbm, 1).values[i] = 100;
  for (size_t i = 0; i < MANY; i++) tensor_of(rbm, 2).values[i] = -200;
  float *x = pattern(3, BATCH * MANY);
  for (size_t i = 0; i < BATCH * MANY; i++) x[i] = (x[i] + 1) / 2;
  lakh_rbm_fit *fit;
  CHECK_EQ(lakh_rbm_fit_create(rbm, (lakh_matrix){x, BATCH, MANY}, NULL, (lakh_matrix){NULL, 0, MANY}, 1, &fit), LAKH_OK);
  size_t pieces = 1;
  for (; lakh_job_step((lakh_job *)fit) == LAKH_MORE; pieces++) {
    lakh_rbm_position position;
    lakh_rbm_get_position(rbm, &position);
    CHECK_EQ(position.step, 0);
  }
  double work = (1 + 2 * 3 + 2) * (double)BATCH * MANY * UNITS; /* multiply-adds */
  CHECK((double)pieces > 0.6 * work / 0x1p25 && (double)pieces < 2 * work / 0x1p25);
  for (size_t i = 0; i < MANY; i++) {
    double mean = 0;
    for (size_t row = 0; row < BATCH; row++) mean += (double)x[row * MANY + i] / BATCH;
    for (size_t j = 0; j < UNITS; j++) CHECK_NEAR(tensor_of(rbm, 0).first[j * MANY + i], params.learning_rate * mean, 1e-4);
  }
  lakh_job_free((lakh_job *)fit);
  lakh_rbm_free(rbm);
  free(x);
}

static void check_divergence(lakh_rbm_params params) {
  lakh_rbm *rbm = make(params);
  lakh_matrix x = make_rows(4, ROWS);
  lakh_rbm_fit *fit;
  CHECK_EQ(lakh_rbm_fit_create(rbm, x, NULL, NOTHING, 100, &fit), LAKH_OK);
  CHECK_EQ(lakh_job_run((lakh_job *)fit), LAKH_NOT_FINITE);
  for (size_t i = 0; i < 3; i++) {
    lakh_tensor tensor = tensor_of(rbm, i);
    for (size_t j = 0; j < tensor.size; j++) CHECK(isfinite(tensor.values[j]));
  }
  lakh_job_free((lakh_job *)fit);
  lakh_rbm_free(rbm);
  free_rows(x);
}

static void diverging_training_stops_and_leaves_finite_weights(void) {
  lakh_rbm_params params = contrastive_params();
  params.visible = LAKH_RBM_GAUSSIAN;
  params.learning_rate = 1e12;
  check_divergence(params);
  /* Here the velocity stays finite while the decay multiplies the components. */
  params = contrastive_params();
  params.learning_rate = 1e17;
  params.weight_decay = 0.01;
  check_divergence(params);
}

static void impossible_params_and_unfit_data_are_refused(void) {
  lakh_rbm *rbm = NULL;
#define REFUSED(change)                                                                                                        \
  do {                                                                                                                         \
    lakh_rbm_params p = contrastive_params();                                                                                  \
    change;                                                                                                                    \
    CHECK_EQ(lakh_rbm_create(&p, FEATURES, true, &rbm), LAKH_BAD_ARGUMENT);                                                    \
  } while (0)
  REFUSED(p.n_components = 0);
  REFUSED(p.batch_size = 0);
  REFUSED(p.visible = 2);
  REFUSED(p.method = -1);
  REFUSED(p.n_gibbs = 0);
  REFUSED(p.learning_rate = 0);
  REFUSED(p.learning_rate = (double)NAN);
  REFUSED(p.momentum = 1);
  REFUSED(p.weight_decay = -1);
  REFUSED(p.sparsity_cost = -1);
  REFUSED(p.sparsity_cost = 1; p.sparsity_target = 0);
  lakh_rbm_params params = contrastive_params();
  CHECK_EQ(lakh_rbm_create(&params, 0, true, &rbm), LAKH_BAD_ARGUMENT);
  params.n_components = INT32_MAX;
  CHECK_EQ(lakh_rbm_create(&params, FEATURES, true, &rbm), LAKH_NO_MEMORY);
  CHECK(rbm == NULL);

  rbm = make(contrastive_params());
  lakh_matrix x = make_rows(4, ROWS), few = {x.data, 3, FEATURES}, narrow = {x.data, ROWS, FEATURES - 1};
  lakh_rbm_fit *fit = NULL;
  lakh_rbm_apply *job = NULL;
  float out[ROWS * FEATURES], weights[ROWS] = {0};
  CHECK_EQ(lakh_rbm_fit_create(rbm, few, NULL, NOTHING, 1, &fit), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_rbm_fit_create(rbm, narrow, NULL, NOTHING, 1, &fit), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_rbm_fit_create(rbm, x, NULL, narrow, 1, &fit), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_rbm_fit_create(rbm, x, weights, NOTHING, 1, &fit), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_rbm_apply_create(rbm, LAKH_RBM_GIBBS, x, 0, 0, out, &job), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_rbm_apply_create(rbm, (lakh_rbm_task)5, x, 1, 0, out, &job), LAKH_BAD_ARGUMENT);
  float *changed = (float *)(uintptr_t)x.data;
  changed[7] = -0.5f;
  CHECK_EQ(lakh_rbm_fit_create(rbm, x, NULL, NOTHING, 1, &fit), LAKH_BAD_ARGUMENT);
  changed[7] = INFINITY;
  CHECK_EQ(lakh_rbm_apply_create(rbm, LAKH_RBM_SCORE, x, 1, 0, out, &job), LAKH_NOT_FINITE);
  CHECK(fit == NULL && job == NULL);
  lakh_rbm_free(rbm);
  free_rows(x);
}

static void a_position_from_other_data_is_refused(void) {
  static const double bad[][3] = {{-1, 0, 0},          {0, -1, 0}, {0, 0, -1},   {0.5, 0, 0},
                                  {0, (double)NAN, 0}, {0, 0, 4},  {1e300, 0, 0}};
  lakh_matrix x = make_rows(4, ROWS); /* no more than 3 batches */
  lakh_rbm *model = make(persistent_params());
  lakh_rbm_position position;
  lakh_rbm_get_position(model, &position);
  lakh_rbm_fit *fit = NULL;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    lakh_rbm_position damaged = position;
    damaged.step = bad[i][0];
    damaged.epoch = bad[i][1];
    damaged.batch = bad[i][2];
    lakh_rbm_set_position(model, &damaged);
    CHECK_EQ(lakh_rbm_fit_create(model, x, NULL, NOTHING, 9, &fit), LAKH_BAD_ARGUMENT);
    CHECK(fit == NULL);
  }
  lakh_rbm_free(model);
  free_rows(x);
}

static lakh_status try_everything(lakh_matrix x, float *out) {
  lakh_rbm_params params = contrastive_params();
  lakh_rbm *rbm;
  lakh_status status = lakh_rbm_create(&params, FEATURES, true, &rbm);
  if (status != LAKH_OK) return status;
  lakh_rbm_fit *fit;
  status = lakh_rbm_fit_create(rbm, x, NULL, x, 1, &fit);
  if (status == LAKH_OK) {
    status = lakh_job_run((lakh_job *)fit);
    lakh_job_free((lakh_job *)fit);
  }
  lakh_rbm_apply *job;
  if (status == LAKH_OK) status = lakh_rbm_apply_create(rbm, LAKH_RBM_SCORE, x, 1, 0, out, &job);
  if (status == LAKH_OK) {
    status = lakh_job_run((lakh_job *)job);
    lakh_job_free((lakh_job *)job);
  }
  lakh_rbm_free(rbm);
  return status;
}

static void every_failed_allocation_is_reported_without_harm(void) {
  lakh_matrix x = make_rows(4, ROWS);
  float out[ROWS];
  for (long successes = 0;; successes++) {
    lakh_fail_allocations(successes, true);
    lakh_status status = try_everything(x, out);
    lakh_fail_allocations(-1, false);
    if (status == LAKH_OK) {
      CHECK(successes == 10); /* nothing is allocated while training */
      break;
    }
    CHECK_EQ(status, LAKH_NO_MEMORY);
  }
  free_rows(x);
}

static const promise promises[] = {
    {"persistent training and all answers are scikit-learn's", persistent_training_and_all_answers_are_scikit_learns},
    {"contrastive divergence with every option is the reference's", contrastive_divergence_with_every_option_is_the_references},
    {"Gaussian features are the reference's", gaussian_features_are_the_references},
    {"Gaussian samples have the spread of their features", gaussian_samples_have_the_spread_of_their_features},
    {"reconstruction is the mean of the features given the mean of the units",
     reconstruction_is_the_mean_of_the_features_given_the_mean_of_the_units},
    {"training goes on exactly where it stopped", training_goes_on_exactly_where_it_stopped},
    {"the same seed gives the same bits and another does not", the_same_seed_gives_the_same_bits_and_another_does_not},
    {"every machine gives these bits", every_machine_gives_these_bits},
    {"steps of the job are pieces that make the whole of a step", steps_of_the_job_are_pieces_that_make_the_whole_of_a_step},
    {"diverging training stops and leaves finite weights", diverging_training_stops_and_leaves_finite_weights},
    {"impossible params and unfit data are refused", impossible_params_and_unfit_data_are_refused},
    {"a position from other data is refused", a_position_from_other_data_is_refused},
    {"every failed allocation is reported without harm", every_failed_allocation_is_reported_without_harm},
};

MAIN(promises)

#include "../oracle/neural/vae_fixture.h"
#include "base/alloc.h"
#include "neural/neural.h"
#include "test_neural.h"

enum { FEATURES = 16, ROWS = 7 };

static lakh_vae_params small_params(void) {
  return (lakh_vae_params){.latent_dim = 2,
                           .n_hidden = 2,
                           .hidden = {4, 3},
                           .activation = 6 /* tanh */,
                           .batch_size = 3,
                           .random_state = 5,
                           .beta = 0.5,
                           .learning_rate = 0.01};
}

static lakh_vae *make(lakh_vae_params params) {
  lakh_vae *vae;
  CHECK_EQ(lakh_vae_create(&params, FEATURES, true, &vae), LAKH_OK);
  return vae;
}

static lakh_matrix make_rows(size_t seed, size_t rows) {
  float *values = pattern(seed, rows * FEATURES);
  for (size_t i = 0; i < rows * FEATURES; i++) values[i] = (values[i] + 1) / 2;
  return (lakh_matrix){values, rows, FEATURES};
}

static void free_rows(lakh_matrix x) { free((float *)(uintptr_t)x.data); }

static const lakh_matrix NOTHING = {NULL, 0, FEATURES};

static lakh_vae_fit *begin(lakh_vae *vae, lakh_matrix x, lakh_matrix validation, size_t until_epoch) {
  lakh_vae_fit *fit;
  CHECK_EQ(lakh_vae_fit_create(vae, x, NULL, NULL, validation, NULL, until_epoch, &fit), LAKH_OK);
  return fit;
}

static void train(lakh_vae *vae, lakh_matrix x, size_t until_epoch) {
  lakh_vae_fit *fit = begin(vae, x, NOTHING, until_epoch);
  CHECK_EQ(lakh_job_run((lakh_job *)fit), LAKH_DONE);
  lakh_job_free((lakh_job *)fit);
}

static float *apply(lakh_vae *vae, lakh_vae_task task, lakh_matrix x, const int32_t *labels, size_t width) {
  float *out = zeros(x.rows * width);
  lakh_vae_apply *job;
  CHECK_EQ(lakh_vae_apply_create(vae, task, x, labels, out, &job), LAKH_OK);
  CHECK_EQ(lakh_job_run((lakh_job *)job), LAKH_DONE);
  lakh_job_free((lakh_job *)job);
  return out;
}

/* ---- Against PyTorch --------------------------------------------------------------------------------------------------- */

typedef struct expectation {
  const float *weights;
  size_t size;
} expectation;
#define EXPECT(name)                                                                                                           \
  { name, sizeof(name) / sizeof *(name) }

/* Trains two epochs from the fixture's weights and compares weights and losses. */
static void check_training(lakh_vae_params params, const float *sample_weight, const int32_t *labels,
                           const expectation *expected, size_t count, const float step_loss[3], const float epoch_loss[3]) {
  lakh_vae *vae = make(params);
  lakh_tensor tensor;
  for (size_t i = 0; lakh_vae_tensor(vae, i, &tensor); i++) {
    float *values = pattern(20 + i, tensor.size);
    for (size_t j = 0; j < tensor.size; j++) tensor.values[j] = 0.5f * values[j];
    free(values);
  }
  lakh_matrix x = make_rows(1, ROWS);
  lakh_vae_fit *fit;
  CHECK_EQ(lakh_vae_fit_create(vae, x, sample_weight, labels, NOTHING, NULL, 2, &fit), LAKH_OK);
  CHECK_EQ(lakh_job_run((lakh_job *)fit), LAKH_DONE);
  for (size_t i = 0; i < count; i++) {
    CHECK(lakh_vae_tensor(vae, i, &tensor));
    CHECK_EQ(tensor.size, expected[i].size);
    check_near(tensor.name, tensor.values, expected[i].weights, tensor.size, 2e-5);
  }
  CHECK(!lakh_vae_tensor(vae, count, &tensor));
  lakh_vae_fit_state state;
  lakh_vae_fit_get(fit, &state);
  CHECK_NEAR(state.step.reconstruction, step_loss[0], 1e-5);
  CHECK_NEAR(state.step.divergence, step_loss[1], 1e-5);
  CHECK_NEAR(state.step.loss, step_loss[2], 1e-5);
  CHECK_NEAR(state.epoch.reconstruction, epoch_loss[0], 1e-5);
  CHECK_NEAR(state.epoch.divergence, epoch_loss[1], 1e-5);
  CHECK_NEAR(state.epoch.loss, epoch_loss[2], 1e-5);
  CHECK(isnan(state.validation.loss));
  lakh_job_free((lakh_job *)fit);
  lakh_vae_free(vae);
  free_rows(x);
}

static void dense_training_is_pytorchs(void) {
  static const expectation expected[] = {EXPECT(bernoulli_0), EXPECT(bernoulli_1), EXPECT(bernoulli_2),  EXPECT(bernoulli_3),
                                         EXPECT(bernoulli_4), EXPECT(bernoulli_5), EXPECT(bernoulli_6),  EXPECT(bernoulli_7),
                                         EXPECT(bernoulli_8), EXPECT(bernoulli_9), EXPECT(bernoulli_10), EXPECT(bernoulli_11)};
  check_training(small_params(), NULL, NULL, expected, 12, bernoulli_step_loss, bernoulli_epoch_loss);
}

static void conditional_weighted_clipped_training_is_pytorchs(void) {
  static const expectation expected[] = {EXPECT(gaussian_0), EXPECT(gaussian_1), EXPECT(gaussian_2), EXPECT(gaussian_3),
                                         EXPECT(gaussian_4), EXPECT(gaussian_5), EXPECT(gaussian_6), EXPECT(gaussian_7)};
  static const float sample_weight[ROWS] = {0, 1, 2, 0, 1, 2, 0};
  static const int32_t labels[ROWS] = {0, 1, 2, 0, 1, 2, 0};
  lakh_vae_params params = small_params();
  params.n_hidden = 1;
  params.activation = 1; /* relu */
  params.n_classes = 3;
  params.likelihood = LAKH_VAE_GAUSSIAN;
  params.optimizer = 2; /* RMSprop */
  params.beta = 2;
  params.warmup_epochs = 1;
  params.clip_norm = 1;
  check_training(params, sample_weight, labels, expected, 8, gaussian_step_loss, gaussian_epoch_loss);
}

static lakh_vae_params convolutional_params(void) {
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

static void convolutional_training_is_pytorchs(void) {
  static const expectation expected[] = {
      EXPECT(convolutional_0),  EXPECT(convolutional_1),  EXPECT(convolutional_2),  EXPECT(convolutional_3),
      EXPECT(convolutional_4),  EXPECT(convolutional_5),  EXPECT(convolutional_6),  EXPECT(convolutional_7),
      EXPECT(convolutional_8),  EXPECT(convolutional_9),  EXPECT(convolutional_10), EXPECT(convolutional_11),
      EXPECT(convolutional_12), EXPECT(convolutional_13), EXPECT(convolutional_14), EXPECT(convolutional_15)};
  check_training(convolutional_params(), NULL, NULL, expected, 16, convolutional_step_loss, convolutional_epoch_loss);
}

/* ---- The model --------------------------------------------------------------------------------------------------------- */

static void tensors_have_the_names_of_a_torch_sequential(void) {
  static const char *const names[] = {"encoder.0.weight", "encoder.0.bias", "encoder.2.weight", "encoder.2.bias",
                                      "encoder.5.weight", "encoder.5.bias", "encoder.7.weight", "encoder.7.bias",
                                      "decoder.0.weight", "decoder.0.bias", "decoder.2.weight", "decoder.2.bias",
                                      "decoder.5.weight", "decoder.5.bias", "decoder.7.weight", "decoder.7.bias"};
  lakh_vae *vae = make(convolutional_params());
  lakh_tensor tensor;
  for (size_t i = 0; i < 16; i++) {
    CHECK(lakh_vae_tensor(vae, i, &tensor));
    CHECK(strcmp(tensor.name, names[i]) == 0);
    CHECK(tensor.first != NULL && tensor.second != NULL);
  }
  CHECK(!lakh_vae_tensor(vae, 16, &tensor));
  lakh_vae_free(vae);
}

static void reconstruction_is_decoding_the_mean_of_the_code(void) {
  lakh_matrix x = make_rows(3, ROWS);
  for (int kind = 0; kind < 2; kind++) {
    lakh_vae *vae = make(kind == 0 ? small_params() : convolutional_params());
    float *heads = apply(vae, LAKH_VAE_ENCODE, x, NULL, 4), *codes = zeros(ROWS * 2);
    for (size_t i = 0; i < ROWS * 2; i++) codes[i] = heads[i / 2 * 4 + i % 2];
    float *decoded = apply(vae, LAKH_VAE_DECODE, (lakh_matrix){codes, ROWS, 2}, NULL, FEATURES);
    float *reconstructed = apply(vae, LAKH_VAE_RECONSTRUCT, x, NULL, FEATURES);
    CHECK(memcmp(decoded, reconstructed, ROWS * FEATURES * sizeof *decoded) == 0);
    for (size_t i = 0; i < ROWS * FEATURES; i++) CHECK(decoded[i] > 0 && decoded[i] < 1);
    free(heads);
    free(codes);
    free(decoded);
    free(reconstructed);
    lakh_vae_free(vae);
  }
  free_rows(x);
}

static void labels_steer_a_conditional_model(void) {
  lakh_vae_params params = small_params();
  params.n_classes = 3;
  lakh_vae *vae = make(params);
  static const int32_t zero[ROWS] = {0}, two[ROWS] = {2, 2, 2, 2, 2, 2, 2}, wrong[ROWS] = {0, 1, 2, 3, 0, 0, 0};
  float codes[ROWS * 2] = {0};
  lakh_matrix z = {codes, ROWS, 2};
  float *a = apply(vae, LAKH_VAE_DECODE, z, zero, FEATURES), *b = apply(vae, LAKH_VAE_DECODE, z, two, FEATURES);
  CHECK(fabs((double)(a[0] - b[0])) > 1e-4);
  lakh_vae_apply *job;
  CHECK_EQ(lakh_vae_apply_create(vae, LAKH_VAE_DECODE, z, wrong, a, &job), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_vae_apply_create(vae, LAKH_VAE_DECODE, z, NULL, a, &job), LAKH_BAD_ARGUMENT);
  free(a);
  free(b);
  lakh_vae_free(vae);
}

/* ---- Training ---------------------------------------------------------------------------------------------------------- */

/* Bars on a 4 x 4 image, lit in one row or one column: a set that a code of two dimensions describes. */
static lakh_matrix make_bars(size_t rows) {
  float *values = zeros(rows * FEATURES);
  for (size_t i = 0; i < rows; i++) {
    for (size_t j = 0; j < 4; j++) values[i * FEATURES + (i % 8 < 4 ? i % 4 * 4 + j : j * 4 + i % 4)] = 1;
  }
  return (lakh_matrix){values, rows, FEATURES};
}

static void training_learns_bars(void) {
  for (int kind = 0; kind < 2; kind++) {
    lakh_vae_params params = kind == 0 ? small_params() : convolutional_params();
    params.n_hidden = 1;
    params.hidden[0] = 32;
    params.filters[0] = params.filters[1] = 16;
    params.activation = 1;
    params.batch_size = 16;
    params.optimizer = 0;
    params.beta = 1;
    lakh_vae *vae = make(params);
    lakh_matrix x = make_bars(64);
    float *before = apply(vae, LAKH_VAE_SCORE, x, NULL, 3);
    train(vae, x, 400);
    float *after = apply(vae, LAKH_VAE_SCORE, x, NULL, 3);
    double first = 0, last = 0;
    for (size_t i = 0; i < 64; i++) {
      first += (double)before[3 * i] / 64;
      last += (double)after[3 * i] / 64;
      CHECK_NEAR(after[3 * i], -(after[3 * i + 1] + after[3 * i + 2]), 1e-6);
    }
    /* 16 features of one bit each: 11.1 untrained. Eight equally likely images: no model gets above -ln 8 = -2.08. */
    CHECK(first < -10 && last > -5.5 && last < -2.08);
    free(before);
    free(after);
    free_rows(x);
    lakh_vae_free(vae);
  }
}

static bool same_models(const lakh_vae *a, const lakh_vae *b) {
  lakh_tensor p, q;
  for (size_t i = 0; lakh_vae_tensor(a, i, &p); i++) {
    CHECK(lakh_vae_tensor(b, i, &q));
    size_t bytes = p.size * sizeof(float);
    bool same = memcmp(p.values, q.values, bytes) == 0 && memcmp(p.first, q.first, bytes) == 0 &&
                memcmp(p.second, q.second, bytes) == 0;
    if (!same) return false;
  }
  return true;
}

static void training_goes_on_exactly_where_it_stopped(void) {
  lakh_vae_params params = small_params();
  params.warmup_epochs = 2;
  lakh_matrix x = make_rows(4, ROWS), validation = make_rows(5, 4);
  lakh_vae *whole = make(params);
  lakh_vae_fit *fit = begin(whole, x, validation, 3);
  CHECK_EQ(lakh_job_run((lakh_job *)fit), LAKH_DONE);
  lakh_vae_fit_state expected, state;
  lakh_vae_fit_get(fit, &expected);
  lakh_job_free((lakh_job *)fit);
  CHECK(isfinite(expected.validation.loss));

  /* 3 epochs of 3 batches of training and 2 of validation; stop after each step, and go on with a new model. */
  for (int steps = 0; steps <= 15; steps++) {
    lakh_vae *begun = make(params);
    fit = begin(begun, x, validation, 3);
    for (int i = 0; i < steps; i++) CHECK(lakh_job_step((lakh_job *)fit) > LAKH_DONE);
    lakh_job_free((lakh_job *)fit);

    lakh_vae *resumed = make(params);
    lakh_tensor from, to;
    for (size_t i = 0; lakh_vae_tensor(begun, i, &from); i++) {
      CHECK(lakh_vae_tensor(resumed, i, &to));
      memcpy(to.values, from.values, from.size * sizeof(float));
      memcpy(to.first, from.first, from.size * sizeof(float));
      memcpy(to.second, from.second, from.size * sizeof(float));
    }
    lakh_vae_position position;
    lakh_vae_get_position(begun, &position);
    lakh_vae_set_position(resumed, &position);
    lakh_vae_free(begun);
    fit = begin(resumed, x, validation, 3);
    CHECK_EQ(lakh_job_run((lakh_job *)fit), LAKH_DONE);
    lakh_vae_fit_get(fit, &state);
    lakh_job_free((lakh_job *)fit);
    CHECK(same_models(whole, resumed));
    if (steps < 15) CHECK(state.validation.loss == expected.validation.loss && state.epoch.loss == expected.epoch.loss);
    lakh_vae_free(resumed);
  }
  free_rows(x);
  free_rows(validation);
  lakh_vae_free(whole);
}

static void the_same_seed_gives_the_same_bits_and_another_does_not(void) {
  lakh_matrix x = make_rows(4, ROWS);
  lakh_vae_params params = small_params();
  lakh_vae *a = make(params), *b = make(params);
  params.random_state++;
  lakh_vae *c = make(params);
  train(a, x, 2);
  train(b, x, 2);
  train(c, x, 2);
  CHECK(same_models(a, b) && !same_models(a, c));
  lakh_vae_free(a);
  lakh_vae_free(b);
  lakh_vae_free(c);
  free_rows(x);
}

static void every_machine_gives_these_bits(void) {
  /* WebAssembly gave the same as native builds with and without optimisation. */
  lakh_matrix x = make_rows(4, ROWS);
  lakh_vae *dense = make(small_params()), *convolutional = make(convolutional_params());
  train(dense, x, 5);
  train(convolutional, x, 5);
  uint32_t hash = FIRST_HASH;
  lakh_tensor tensor;
  for (size_t i = 0; lakh_vae_tensor(dense, i, &tensor); i++) hash = hash_of(hash, tensor.values, tensor.size);
  for (size_t i = 0; lakh_vae_tensor(convolutional, i, &tensor); i++) hash = hash_of(hash, tensor.values, tensor.size);
  CHECK_EQ(hash, 4059125760u);
  lakh_vae_free(dense);
  lakh_vae_free(convolutional);
  free_rows(x);
}

static void an_epoch_ends_with_an_iteration_and_progress_reaches_its_total(void) {
  lakh_matrix x = make_rows(4, ROWS), validation = make_rows(5, 4);
  lakh_vae *vae = make(small_params());
  lakh_vae_fit *fit = begin(vae, x, validation, 2);
  double done, total, before = 0;
  int iterations = 0, steps = 0;
  for (;;) {
    lakh_status status = lakh_job_step((lakh_job *)fit);
    lakh_job_progress((lakh_job *)fit, &done, &total);
    CHECK(done >= before && total == 10);
    before = done;
    if (status == LAKH_DONE) break;
    steps++;
    if (status == LAKH_ITERATION) {
      iterations++;
      CHECK_EQ(steps, 5 * iterations);
    }
  }
  CHECK(iterations == 2 && done == total);
  lakh_job_free((lakh_job *)fit);
  lakh_vae_free(vae);
  free_rows(x);
  free_rows(validation);
}

static void patience_ends_training_that_no_longer_improves(void) {
  lakh_vae_params params = small_params();
  params.patience = 2;
  params.learning_rate = 1e-30; /* nothing changes: no epoch is better than the first */
  lakh_matrix x = make_rows(4, ROWS), validation = make_rows(5, 4);
  lakh_vae *vae = make(params);
  lakh_vae_fit *fit = begin(vae, x, validation, 100);
  CHECK_EQ(lakh_job_run((lakh_job *)fit), LAKH_DONE);
  lakh_vae_fit_state state;
  lakh_vae_position position;
  lakh_vae_fit_get(fit, &state);
  lakh_vae_get_position(vae, &position);
  CHECK(state.stopped_early == 1 && position.epoch == 3);
  lakh_job_free((lakh_job *)fit);
  lakh_vae_free(vae);
  free_rows(x);
  free_rows(validation);
}

static void diverging_training_stops_and_leaves_finite_weights(void) {
  lakh_vae_params params = small_params();
  params.likelihood = LAKH_VAE_GAUSSIAN;
  params.activation = 1;
  params.optimizer = 3; /* SGD */
  params.learning_rate = 1e15;
  lakh_matrix x = make_rows(4, ROWS);
  lakh_vae *vae = make(params);
  lakh_vae_fit *fit = begin(vae, x, NOTHING, 100);
  CHECK_EQ(lakh_job_run((lakh_job *)fit), LAKH_NOT_FINITE);
  lakh_vae_position position;
  lakh_vae_get_position(vae, &position);
  CHECK(position.step >= 1 && position.step < 20);
  lakh_tensor tensor;
  for (size_t i = 0; lakh_vae_tensor(vae, i, &tensor); i++) {
    for (size_t j = 0; j < tensor.size; j++) CHECK(isfinite(tensor.values[j]));
  }
  lakh_job_free((lakh_job *)fit);
  lakh_vae_free(vae);
  free_rows(x);
}

/* ---- Bad input --------------------------------------------------------------------------------------------------------- */

static void impossible_params_are_refused(void) {
  lakh_vae *vae = NULL;
#define REFUSED(change)                                                                                                        \
  do {                                                                                                                         \
    lakh_vae_params p = convolutional_params();                                                                                \
    change;                                                                                                                    \
    CHECK_EQ(lakh_vae_create(&p, FEATURES, true, &vae), LAKH_BAD_ARGUMENT);                                                    \
  } while (0)
  REFUSED(p.latent_dim = 0);
  REFUSED(p.n_hidden = 9);
  REFUSED(p.hidden[0] = 0);
  REFUSED(p.filters[1] = -1);
  REFUSED(p.n_filters = 3); /* 4 x 4 cannot be halved three times */
  REFUSED(p.filters[2] = 1; p.n_filters = 3);
  REFUSED(p.image_width = 5);
  REFUSED(p.image_channels = 0);
  REFUSED(p.n_classes = 1);
  REFUSED(p.activation = 8);
  REFUSED(p.likelihood = 2);
  REFUSED(p.batch_size = 0);
  REFUSED(p.warmup_epochs = -1);
  REFUSED(p.optimizer = 4);
  REFUSED(p.patience = -1);
  REFUSED(p.beta = -1);
  REFUSED(p.beta = (double)NAN);
  REFUSED(p.learning_rate = 0);
  REFUSED(p.learning_rate = HUGE_VAL);
  REFUSED(p.clip_norm = (double)NAN);
  lakh_vae_params params = small_params();
  CHECK_EQ(lakh_vae_create(&params, 0, true, &vae), LAKH_BAD_ARGUMENT);
  params.hidden[0] = INT32_MAX;
  CHECK(lakh_vae_create(&params, FEATURES, true, &vae) < 0);
  params = small_params();
  params.batch_size = INT32_MAX;
  CHECK_EQ(lakh_vae_create(&params, FEATURES, true, &vae), LAKH_NO_MEMORY);
  CHECK(vae == NULL);
}

static void unfit_data_are_refused(void) {
  lakh_matrix x = make_rows(4, ROWS), few = make_rows(4, 2), narrow = {x.data, ROWS, FEATURES - 1};
  float *changed = (float *)(uintptr_t)x.data;
  lakh_vae *vae = make(small_params());
  lakh_vae_fit *fit = NULL;
  lakh_vae_apply *job = NULL;
  float *out = zeros(ROWS * FEATURES), weights[ROWS] = {0};
  static const int32_t labels[ROWS] = {0};
  CHECK_EQ(lakh_vae_fit_create(vae, few, NULL, NULL, NOTHING, NULL, 1, &fit), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_vae_fit_create(vae, narrow, NULL, NULL, NOTHING, NULL, 1, &fit), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_vae_fit_create(vae, x, NULL, labels, NOTHING, NULL, 1, &fit), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_vae_fit_create(vae, x, weights, NULL, NOTHING, NULL, 1, &fit), LAKH_BAD_ARGUMENT);
  weights[0] = -1;
  weights[1] = 3;
  CHECK_EQ(lakh_vae_fit_create(vae, x, weights, NULL, NOTHING, NULL, 1, &fit), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_vae_fit_create(vae, x, NULL, NULL, narrow, NULL, 1, &fit), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_vae_apply_create(vae, LAKH_VAE_DECODE, x, NULL, out, &job), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_vae_apply_create(vae, (lakh_vae_task)4, x, NULL, out, &job), LAKH_BAD_ARGUMENT);
  changed[20] = 1.5f;
  CHECK_EQ(lakh_vae_fit_create(vae, x, NULL, NULL, NOTHING, NULL, 1, &fit), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_vae_fit_create(vae, few, NULL, NULL, x, NULL, 1, &fit), LAKH_BAD_ARGUMENT);
  changed[20] = NAN;
  CHECK_EQ(lakh_vae_fit_create(vae, x, NULL, NULL, NOTHING, NULL, 1, &fit), LAKH_NOT_FINITE);
  CHECK_EQ(lakh_vae_apply_create(vae, LAKH_VAE_SCORE, x, NULL, out, &job), LAKH_NOT_FINITE);
  lakh_vae_params params = small_params();
  lakh_vae *applied;
  CHECK_EQ(lakh_vae_create(&params, FEATURES, false, &applied), LAKH_OK);
  changed[20] = 0.5f;
  CHECK_EQ(lakh_vae_fit_create(applied, x, NULL, NULL, NOTHING, NULL, 1, &fit), LAKH_BAD_ARGUMENT);
  CHECK(fit == NULL && job == NULL);
  lakh_vae_free(applied);
  lakh_vae_free(vae);
  free(out);
  free_rows(x);
  free_rows(few);
}

static void a_position_from_other_data_is_refused(void) {
  static const double bad[][3] = {{-1, 0, 0},          {0, -1, 0}, {0, 0, -1},   {0.5, 0, 0},
                                  {0, (double)NAN, 0}, {0, 0, 4},  {1e300, 0, 0}};
  lakh_matrix x = make_rows(4, ROWS); /* no more than 3 batches */
  lakh_vae *model = make(small_params());
  lakh_vae_position position;
  lakh_vae_get_position(model, &position);
  lakh_vae_fit *fit = NULL;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    lakh_vae_position damaged = position;
    damaged.step = bad[i][0];
    damaged.epoch = bad[i][1];
    damaged.batch = bad[i][2];
    lakh_vae_set_position(model, &damaged);
    CHECK_EQ(lakh_vae_fit_create(model, x, NULL, NULL, NOTHING, NULL, 9, &fit), LAKH_BAD_ARGUMENT);
    CHECK(fit == NULL);
  }
  lakh_vae_free(model);
  free_rows(x);
}

/* Creates, trains and applies; what can fail is only creation. */
static lakh_status try_everything(lakh_matrix x, float *out) {
  lakh_vae_params params = convolutional_params();
  lakh_vae *vae;
  lakh_status status = lakh_vae_create(&params, FEATURES, true, &vae);
  if (status != LAKH_OK) return status;
  lakh_vae_fit *fit;
  status = lakh_vae_fit_create(vae, x, NULL, NULL, NOTHING, NULL, 1, &fit);
  if (status == LAKH_OK) {
    status = lakh_job_run((lakh_job *)fit);
    lakh_job_free((lakh_job *)fit);
  }
  lakh_vae_apply *job;
  if (status == LAKH_OK) status = lakh_vae_apply_create(vae, LAKH_VAE_SCORE, x, NULL, out, &job);
  if (status == LAKH_OK) {
    status = lakh_job_run((lakh_job *)job);
    lakh_job_free((lakh_job *)job);
  }
  lakh_vae_free(vae);
  return status;
}

static void every_failed_allocation_is_reported_without_harm(void) {
  lakh_matrix x = make_rows(4, ROWS);
  float out[ROWS * 3];
  for (long successes = 0;; successes++) {
    lakh_fail_allocations(successes, true);
    lakh_status status = try_everything(x, out);
    lakh_fail_allocations(-1, false);
    if (status == LAKH_OK) {
      CHECK(successes == 16); /* nothing is allocated while training */
      break;
    }
    CHECK_EQ(status, LAKH_NO_MEMORY);
  }
  free_rows(x);
}

static const promise promises[] = {
    {"dense training is PyTorch's, step by step", dense_training_is_pytorchs},
    {"conditional, weighted, clipped training is PyTorch's", conditional_weighted_clipped_training_is_pytorchs},
    {"convolutional training is PyTorch's", convolutional_training_is_pytorchs},
    {"tensors have the names of a torch Sequential", tensors_have_the_names_of_a_torch_sequential},
    {"reconstruction is decoding the mean of the code", reconstruction_is_decoding_the_mean_of_the_code},
    {"labels steer a conditional model", labels_steer_a_conditional_model},
    {"training learns bars", training_learns_bars},
    {"training goes on exactly where it stopped", training_goes_on_exactly_where_it_stopped},
    {"the same seed gives the same bits and another does not", the_same_seed_gives_the_same_bits_and_another_does_not},
    {"every machine gives these bits", every_machine_gives_these_bits},
    {"an epoch ends with an iteration and progress reaches its total",
     an_epoch_ends_with_an_iteration_and_progress_reaches_its_total},
    {"patience ends training that no longer improves", patience_ends_training_that_no_longer_improves},
    {"diverging training stops and leaves finite weights", diverging_training_stops_and_leaves_finite_weights},
    {"impossible params are refused", impossible_params_are_refused},
    {"unfit data are refused", unfit_data_are_refused},
    {"a position from other data is refused", a_position_from_other_data_is_refused},
    {"every failed allocation is reported without harm", every_failed_allocation_is_reported_without_harm},
};

MAIN(promises)

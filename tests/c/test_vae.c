#include "test_vae.h"
#include "../oracle/neural/vae_fixture.h"
#include "neural/network.h"

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

static void convolutional_training_is_pytorchs(void) {
  static const expectation expected[] = {
      EXPECT(convolutional_0),  EXPECT(convolutional_1),  EXPECT(convolutional_2),  EXPECT(convolutional_3),
      EXPECT(convolutional_4),  EXPECT(convolutional_5),  EXPECT(convolutional_6),  EXPECT(convolutional_7),
      EXPECT(convolutional_8),  EXPECT(convolutional_9),  EXPECT(convolutional_10), EXPECT(convolutional_11),
      EXPECT(convolutional_12), EXPECT(convolutional_13), EXPECT(convolutional_14), EXPECT(convolutional_15)};
  check_training(convolutional_params(), NULL, NULL, expected, 16, convolutional_step_loss, convolutional_epoch_loss);
}

static void conditional_convolutional_training_is_pytorchs(void) {
  static const expectation expected[] = {EXPECT(labelled_images_0), EXPECT(labelled_images_1), EXPECT(labelled_images_2),
                                         EXPECT(labelled_images_3), EXPECT(labelled_images_4), EXPECT(labelled_images_5),
                                         EXPECT(labelled_images_6), EXPECT(labelled_images_7)};
  static const int32_t labels[ROWS] = {0, 1, 2, 0, 1, 2, 0};
  lakh_vae_params params = convolutional_params();
  params.n_hidden = 0;
  params.n_filters = 1;
  params.activation = 3; /* elu */
  params.n_classes = 3;
  params.optimizer = 0; /* Adam */
  check_training(params, NULL, labels, expected, 8, labelled_images_step_loss, labelled_images_epoch_loss);
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

static void layers_are_listed_from_parameters_alone(void) {
  static const lakh_layer_info expected[2][5] = {{{LAKH_LAYER_CONVOLUTION, 4, 0, 1, 4, 4, 2, 2, 2, 4, 2, 1},
                                                  {LAKH_LAYER_CONVOLUTION, 4, 2, 2, 2, 2, 3, 1, 1, 4, 2, 1},
                                                  {LAKH_LAYER_DENSE, 4, 5, 3, 1, 1, 5, 1, 1, 0, 0, 0},
                                                  {LAKH_LAYER_DENSE, 0, 7, 5, 1, 1, 4, 1, 1, 0, 0, 0}},
                                                 {{LAKH_LAYER_DENSE, 4, 0, 2, 1, 1, 5, 1, 1, 0, 0, 0},
                                                  {LAKH_LAYER_DENSE, 4, 2, 5, 1, 1, 3, 1, 1, 0, 0, 0},
                                                  {LAKH_LAYER_RESHAPE, 0, 4, 3, 1, 1, 3, 1, 1, 0, 0, 0},
                                                  {LAKH_LAYER_TRANSPOSED_CONVOLUTION, 4, 5, 3, 1, 1, 2, 2, 2, 4, 2, 1},
                                                  {LAKH_LAYER_TRANSPOSED_CONVOLUTION, 0, 7, 2, 2, 2, 1, 4, 4, 4, 2, 1}}};
  static const size_t counts[2] = {4, 5};
  lakh_vae_params params = convolutional_params();
  lakh_layer_info layer;
  for (int part = 0; part < 2; part++) {
    for (size_t i = 0; i < counts[part]; i++) {
      CHECK(lakh_vae_layer(&params, FEATURES, (lakh_vae_part)part, i, &layer));
      CHECK(memcmp(&layer, &expected[part][i], sizeof layer) == 0);
    }
    CHECK(!lakh_vae_layer(&params, FEATURES, (lakh_vae_part)part, counts[part], &layer));
  }
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
    CHECK(done >= before && total > 2 * (3 + 1.3) && total < 2 * (3 + 1.4)); /* batches of 3 in 7 and 4 rows */
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

static void no_step_of_the_job_takes_a_whole_batch_of_images(void) {
  enum { SIDE = 28, BATCH = 40, IMAGES = 50 };
  lakh_vae_params params = convolutional_params();
  params.n_hidden = 0;
  params.filters[0] = 16;
  params.filters[1] = 32;
  params.image_height = params.image_width = SIDE;
  params.batch_size = BATCH;
  lakh_vae *vae;
  CHECK_EQ(lakh_vae_create(&params, SIDE * SIDE, true, &vae), LAKH_OK);
  float *values = pattern(1, IMAGES * SIDE * SIDE);
  for (size_t i = 0; i < IMAGES * SIDE * SIDE; i++) values[i] = values[i] < 0 ? 0 : 1;
  lakh_vae_fit *fit;
  lakh_matrix x = {values, IMAGES, SIDE * SIDE}, nothing = {NULL, 0, SIDE * SIDE};
  CHECK_EQ(lakh_vae_fit_create(vae, x, NULL, NULL, nothing, NULL, 1, &fit), LAKH_OK);
  lakh_vae_position position = {0};
  size_t pieces[2] = {0};
  for (lakh_status status = LAKH_MORE; status == LAKH_MORE;) {
    lakh_vae_get_position(vae, &position);
    status = lakh_job_step((lakh_job *)fit);
    pieces[(size_t)position.step]++;
  }
  /* Convolutions: 2 x (14 x 14 x 16 x 16 + 7 x 7 x 16 x 16 x 32) multiply-adds an image, three times for the way there and back. */
  double work = BATCH * 3 * 2 * (14 * 14 * 16 * 16 + 7 * 7 * 16 * 16 * 32.0);
  CHECK((double)pieces[0] >= 0.6 * work / 0x1p25 && (double)pieces[0] <= 2 * work / 0x1p25);
  CHECK(pieces[1] >= 1 && pieces[1] < pieces[0]); /* the last 10 rows */
  lakh_job_free((lakh_job *)fit);
  lakh_vae_free(vae);
  free(values);
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

/* Trains on some rows and validates on others until that gets worse. */
static lakh_vae *train_too_long(lakh_vae_params params, lakh_matrix x, lakh_matrix validation, lakh_vae_fit_state *state) {
  lakh_vae *vae = make(params);
  lakh_vae_fit *fit = begin(vae, x, validation, 2000);
  CHECK_EQ(lakh_job_run((lakh_job *)fit), LAKH_DONE);
  lakh_vae_fit_get(fit, state);
  lakh_job_free((lakh_job *)fit);
  return vae;
}

static void out_of_patience_the_weights_of_the_best_epoch_are_put_back(void) {
  lakh_vae_params params = small_params();
  params.patience = 3;
  params.learning_rate = 0.05;
  lakh_matrix x = make_rows(4, ROWS), validation = make_rows(9, 4);
  lakh_vae_fit_state state;
  lakh_vae *stopped = train_too_long(params, x, validation, &state);
  lakh_vae_position position;
  lakh_vae_get_position(stopped, &position);
  CHECK(state.stopped_early == 1 && position.epochs_since_best == 3 && position.epoch > 4 && position.epoch < 2000);

  params.patience = 0;
  lakh_vae *best = make(params), *last = make(params);
  train(best, x, (size_t)position.epoch - 3);
  train(last, x, (size_t)position.epoch);
  lakh_tensor restored, kept, there;
  size_t differing = 0;
  for (size_t i = 0; lakh_vae_tensor(best, i, &there); i++) {
    CHECK(lakh_vae_tensor(stopped, i, &restored) && lakh_vae_tensor(stopped, i + 12, &kept));
    CHECK(strcmp(there.name, restored.name) == 0 && strcmp(there.name, kept.name + strlen("best.")) == 0);
    CHECK(memcmp(restored.values, there.values, there.size * sizeof(float)) == 0);
    CHECK(memcmp(kept.values, there.values, there.size * sizeof(float)) == 0);
    CHECK(lakh_vae_tensor(last, i, &there));
    differing += memcmp(restored.values, there.values, there.size * sizeof(float)) != 0;
  }
  CHECK(differing > 6 && !lakh_vae_tensor(stopped, 24, &kept));
  lakh_vae_free(stopped);
  lakh_vae_free(best);
  lakh_vae_free(last);
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

static const promise promises[] = {
    {"dense training is PyTorch's, step by step", dense_training_is_pytorchs},
    {"conditional, weighted, clipped training is PyTorch's", conditional_weighted_clipped_training_is_pytorchs},
    {"convolutional training is PyTorch's", convolutional_training_is_pytorchs},
    {"conditional convolutional training is PyTorch's", conditional_convolutional_training_is_pytorchs},
    {"layers are listed from parameters alone", layers_are_listed_from_parameters_alone},
    {"tensors have the names of a torch Sequential", tensors_have_the_names_of_a_torch_sequential},
    {"reconstruction is decoding the mean of the code", reconstruction_is_decoding_the_mean_of_the_code},
    {"labels steer a conditional model", labels_steer_a_conditional_model},
    {"training learns bars", training_learns_bars},
    {"training goes on exactly where it stopped", training_goes_on_exactly_where_it_stopped},
    {"the same seed gives the same bits and another does not", the_same_seed_gives_the_same_bits_and_another_does_not},
    {"every machine gives these bits", every_machine_gives_these_bits},
    {"an epoch ends with an iteration and progress reaches its total",
     an_epoch_ends_with_an_iteration_and_progress_reaches_its_total},
    {"no step of the job takes a whole batch of images", no_step_of_the_job_takes_a_whole_batch_of_images},
    {"patience ends training that no longer improves", patience_ends_training_that_no_longer_improves},
    {"out of patience, the weights of the best epoch are put back", out_of_patience_the_weights_of_the_best_epoch_are_put_back},
    {"diverging training stops and leaves finite weights", diverging_training_stops_and_leaves_finite_weights},
};

MAIN(promises)

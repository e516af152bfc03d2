#include "test_gan.h"

/* Bars on a 4 x 4 image, lit in one row or one column: eight modes, which are also the labels. */
enum { BARS = 64, MODES = 8 };

static lakh_matrix make_bars(int32_t *labels) {
  float *values = zeros(BARS * FEATURES);
  for (size_t i = 0; i < BARS; i++) {
    for (size_t j = 0; j < 4; j++) values[i * FEATURES + (i % 8 < 4 ? i % 4 * 4 + j : j * 4 + i % 4)] = 1;
    labels[i] = (int32_t)(i % MODES);
  }
  return (lakh_matrix){values, BARS, FEATURES};
}

static lakh_gan_params bar_params(int32_t loss) {
  lakh_gan_params params = small_params();
  params.latent_dim = 8;
  params.n_hidden = 1;
  params.hidden[0] = 32;
  params.loss = loss;
  params.batch_size = 16;
  params.quality_samples = 200;
  params.n_modes = MODES;
  params.generator_learning_rate = params.discriminator_learning_rate = 0.003;
  params.beta2 = 0.999;
  return params;
}

static lakh_gan_params convolutional_bar_params(int32_t loss) {
  lakh_gan_params params = bar_params(loss);
  params.n_filters = 1;
  params.filters[0] = 16;
  params.image_channels = 1;
  params.image_height = params.image_width = 4;
  return params;
}

/* ---- What is learned --------------------------------------------------------------------------------------------------- */

static void a_wasserstein_model_learns_all_bars(void) {
  int32_t labels[BARS];
  lakh_matrix x = make_bars(labels);
  for (int kind = 0; kind < 2; kind++) {
    lakh_gan *gan = make(kind == 0 ? bar_params(LAKH_GAN_WGAN_GP) : convolutional_bar_params(LAKH_GAN_WGAN_GP));
    lakh_gan_quality first = train(gan, x, labels, 1).quality, last = train(gan, x, labels, kind == 0 ? 1500 : 500).quality;
    CHECK(first.feature_distance > 0.5 && first.mode_coverage < 0.5 && first.collapsed == 1);
    CHECK(last.feature_distance < 0.1 && last.mode_coverage == 1 && last.collapsed == 0);
    lakh_gan_free(gan);
  }
  free_rows(x);
}

static void a_collapse_is_seen(void) {
  /* The same with cross-entropy ends with one bar for all codes, as it may. */
  int32_t labels[BARS];
  lakh_matrix x = make_bars(labels);
  lakh_gan *gan = make(convolutional_bar_params(LAKH_GAN_BCE));
  lakh_gan_quality quality = train(gan, x, labels, 500).quality;
  CHECK(quality.collapsed == 1 && quality.mode_coverage == 1.0 / MODES && quality.feature_distance > 1);
  CHECK(quality.accuracy > 0.8);
  lakh_gan_free(gan);
  free_rows(x);
}

static void a_conditional_model_learns_the_bar_of_each_label(void) {
  int32_t labels[BARS];
  lakh_matrix x = make_bars(labels);
  float *codes = pattern(4, BARS * 8);
  for (int loss = 0; loss < 3; loss++) {
    lakh_gan_params params = bar_params(loss);
    params.n_classes = MODES;
    if (loss == LAKH_GAN_HINGE) params.discriminator_learning_rate = 0.0005; /* as fast as the other it wins at once */
    lakh_gan *gan = make(params);
    lakh_gan_quality quality = train(gan, x, labels, 300).quality;
    float *samples = apply(gan, LAKH_GAN_GENERATE, (lakh_matrix){codes, BARS, 8}, labels, FEATURES);
    double error = 0;
    for (size_t i = 0; i < BARS * FEATURES; i++) error += fabs((double)(samples[i] - x.data[i])) / (BARS * FEATURES);
    CHECK(quality.mode_coverage == 1 && error < 0.1); /* a grey image is at 0.5, a wrong bar at 0.375 or more */
    free(samples);
    lakh_gan_free(gan);
  }
  free(codes);
  free_rows(x);
}

static void modes_are_found_without_labels(void) {
  int32_t labels[BARS];
  lakh_matrix x = make_bars(labels);
  lakh_gan *gan = make(bar_params(LAKH_GAN_WGAN_GP));
  lakh_gan_quality last = train(gan, x, NULL, 1000).quality;
  CHECK(last.accuracy > 0.8 && last.mode_coverage > 0.8 && last.collapsed == 0);
  lakh_gan_free(gan);
  free_rows(x);
}

static void samples_that_are_all_alike_have_no_diversity(void) {
  /* A conditional model that answers each label with one image covers all modes, but rows of a label differ. */
  lakh_matrix x = make_rows(4, BARS);
  float *values = (float *)(uintptr_t)x.data;
  int32_t labels[BARS];
  for (size_t i = 0; i < BARS; i++) {
    labels[i] = (int32_t)(i % 2);
    for (size_t j = 0; j < FEATURES; j++) values[i * FEATURES + j] = (values[i * FEATURES + j] + (float)labels[i]) / 2;
  }
  lakh_gan_params params = bar_params(LAKH_GAN_BCE);
  params.n_classes = 2;
  params.generator_learning_rate = 1e-30;
  lakh_gan *gan = make(params);
  lakh_tensor tensor;
  CHECK(lakh_gan_tensor(gan, 0, &tensor) && tensor.dims[1] == 10);
  for (size_t i = 0; i < tensor.size; i++) tensor.values[i] = i % 10 < 8 ? 0 : tensor.values[i]; /* deaf to the code */
  lakh_gan_quality quality = train(gan, x, labels, 1).quality;
  CHECK(quality.diversity < 0.01 && quality.collapsed == 1);
  lakh_gan_free(gan);
  free_rows(x);
}

/* ---- Going on ---------------------------------------------------------------------------------------------------------- */

static bool same_models(const lakh_gan *a, const lakh_gan *b) {
  lakh_tensor p, q;
  for (size_t i = 0; lakh_gan_tensor(a, i, &p); i++) {
    CHECK(lakh_gan_tensor(b, i, &q));
    size_t bytes = p.size * sizeof(float);
    if (memcmp(p.values, q.values, bytes) != 0) return false;
    if (p.first == NULL) continue;
    if (memcmp(p.first, q.first, bytes) != 0 || memcmp(p.second, q.second, bytes) != 0) return false;
  }
  return true;
}

static void copy_model(const lakh_gan *from, lakh_gan *to) {
  lakh_tensor p, q;
  for (size_t i = 0; lakh_gan_tensor(from, i, &p); i++) {
    CHECK(lakh_gan_tensor(to, i, &q));
    memcpy(q.values, p.values, p.size * sizeof(float));
    if (p.first == NULL) continue;
    memcpy(q.first, p.first, p.size * sizeof(float));
    memcpy(q.second, p.second, p.size * sizeof(float));
  }
  lakh_gan_position position;
  lakh_gan_get_position(from, &position);
  lakh_gan_set_position(to, &position);
}

/* Stops after `steps` steps of the job, and goes on with a new model; false when there are no more steps. */
static bool goes_on_exactly(lakh_gan_params params, lakh_matrix x, const int32_t *labels, size_t until_epoch, int steps,
                            const lakh_gan *whole, const lakh_gan_fit_state *expected) {
  lakh_gan *begun = make(params), *resumed = make(params);
  lakh_gan_fit *fit = begin(begun, x, labels, until_epoch);
  lakh_status status = LAKH_MORE;
  for (int i = 0; i < steps && status > LAKH_DONE; i++) status = lakh_job_step((lakh_job *)fit);
  lakh_job_free((lakh_job *)fit);
  copy_model(begun, resumed);
  lakh_gan_free(begun);
  lakh_gan_fit_state state = train(resumed, x, labels, until_epoch);
  CHECK(same_models(whole, resumed));
  if (status == LAKH_MORE) {
    CHECK(memcmp(&state.epoch, &expected->epoch, sizeof state.epoch) == 0);
    CHECK(memcmp(&state.quality, &expected->quality, sizeof(double[4])) == 0);
  }
  lakh_gan_free(resumed);
  return status != LAKH_DONE;
}

static void training_goes_on_exactly_where_it_stopped(void) {
  /* Each step of these small jobs completes a batch. */
  lakh_matrix x = make_rows(4, ROWS);
  for (int kind = 0; kind < 3; kind++) {
    lakh_gan_params params = kind == 0 ? small_params() : kind == 1 ? conditional_params() : convolutional_conditional_params();
    params.quality_samples = 5;
    params.n_modes = 3;
    params.generator_optimizer = params.discriminator_optimizer = LAKH_ADAM;
    const int32_t *labels = kind == 0 ? NULL : LABELS;
    lakh_gan *whole = make(params);
    lakh_gan_fit_state expected = train(whole, x, labels, 3);
    int steps = 0;
    while (goes_on_exactly(params, x, labels, 3, steps, whole, &expected)) steps++;
    CHECK(steps > 20);
    lakh_gan_free(whole);
  }
  free_rows(x);
}

static void the_same_seed_gives_the_same_bits_and_another_does_not(void) {
  lakh_matrix x = make_rows(4, ROWS);
  lakh_gan_params params = convolutional_conditional_params();
  lakh_gan *a = make(params), *b = make(params);
  params.random_state++;
  lakh_gan *c = make(params);
  train(a, x, LABELS, 2);
  train(b, x, LABELS, 2);
  train(c, x, LABELS, 2);
  CHECK(same_models(a, b) && !same_models(a, c));
  lakh_gan_free(a);
  lakh_gan_free(b);
  lakh_gan_free(c);
  free_rows(x);
}

static void every_machine_gives_these_bits(void) {
  /* WebAssembly gave the same as native builds with and without optimisation. */
  lakh_matrix x = make_rows(4, ROWS);
  uint32_t hash = FIRST_HASH;
  for (int kind = 0; kind < 2; kind++) {
    lakh_gan_params params = kind == 0 ? small_params() : convolutional_conditional_params();
    params.quality_samples = 5;
    params.n_modes = 3;
    lakh_gan *gan = make(params);
    lakh_gan_fit_state state = train(gan, x, kind == 0 ? NULL : LABELS, 5);
    float distance = (float)state.quality.feature_distance;
    hash = hash_of(hash_of_model(hash, gan), &distance, 1);
    lakh_gan_free(gan);
  }
  CHECK_EQ(hash, 3220237163u);
  free_rows(x);
}

/* ---- The job ------------------------------------------------------------------------------------------------------------ */

static void an_epoch_ends_with_an_iteration_and_progress_reaches_its_total(void) {
  lakh_gan_params params = conditional_params(); /* the generator learns after the second, fourth and sixth of 6 batches */
  params.quality_samples = 5;
  lakh_matrix x = make_rows(4, ROWS);
  lakh_gan *gan = make(params);
  lakh_gan_fit *fit = begin(gan, x, LABELS, 2);
  double done, total, before = 0;
  int iterations = 0;
  lakh_gan_position position = {0}, last = {0};
  for (;;) {
    lakh_status status = lakh_job_step((lakh_job *)fit);
    lakh_job_progress((lakh_job *)fit, &done, &total);
    CHECK(done >= before && total == 6);
    before = done;
    if (status == LAKH_DONE) break;
    lakh_gan_get_position(gan, &position);
    lakh_gan_fit_state state;
    lakh_gan_fit_get(fit, &state);
    if (position.step > last.step) {
      CHECK(position.step == last.step + 1 && isfinite(state.step.discriminator));
      CHECK(isnan(state.step.generator) == ((int)position.step % 2 == 1));
    }
    last = position;
    if (status != LAKH_ITERATION) continue;
    iterations++;
    CHECK(position.epoch == iterations && position.step == 3 * iterations && position.batch == 0);
    CHECK(isfinite(state.epoch.generator) && isfinite(state.quality.feature_distance));
  }
  CHECK(iterations == 2 && done == total && position.classifier == 60); /* 20 passes over 3 batches */
  lakh_job_free((lakh_job *)fit);
  lakh_gan_free(gan);
  free_rows(x);
}

static void a_large_batch_is_divided_into_steps(void) {
  enum { MANY = 300, UNITS = 700 };
  lakh_gan_params params = small_params();
  params.n_hidden = 1;
  params.hidden[0] = UNITS;
  params.batch_size = MANY;
  params.loss = LAKH_GAN_WGAN_GP;
  params.latent_dim = 500;
  lakh_matrix x = make_rows(4, MANY);
  lakh_gan *gan = make(params);
  lakh_gan_fit *fit = begin(gan, x, NULL, 1);
  lakh_gan_position position;
  int steps = 0;
  do {
    CHECK(lakh_job_step((lakh_job *)fit) > LAKH_DONE);
    lakh_gan_get_position(gan, &position);
    steps++;
  } while (position.step == 0);
  double generator = 500 * UNITS + UNITS * FEATURES, discriminator = FEATURES * UNITS + UNITS;
  double work = MANY * (3 * generator + 13 * discriminator);
  CHECK(steps >= 0.6 * work / 0x1p25 && steps <= 2 * work / 0x1p25);
  lakh_job_free((lakh_job *)fit);
  lakh_gan_free(gan);
  free_rows(x);
}

static void diverging_training_stops_and_leaves_finite_weights(void) {
  for (int kind = 0; kind < 4; kind++) {
    lakh_gan_params params = kind < 2 ? conditional_params() : convolutional_conditional_params();
    params.output = LAKH_LINEAR;
    params.generator_optimizer = params.discriminator_optimizer = LAKH_SGD;
    params.discriminator_steps = params.generator_steps = 1;
    params.generator_learning_rate = kind % 2 == 0 ? 1e15 : 0.01;
    params.discriminator_learning_rate = kind % 2 == 0 ? 0.01 : 1e15;
    lakh_matrix x = make_rows(4, ROWS);
    lakh_gan *gan = make(params);
    lakh_gan_fit *fit = begin(gan, x, LABELS, 1000);
    CHECK_EQ(lakh_job_run((lakh_job *)fit), LAKH_NOT_FINITE);
    lakh_gan_position position;
    lakh_gan_get_position(gan, &position);
    CHECK(position.step < 20);
    lakh_tensor tensor;
    for (size_t i = 0; lakh_gan_tensor(gan, i, &tensor); i++) {
      for (size_t j = 0; j < tensor.size; j++) CHECK(isfinite(tensor.values[j]));
    }
    lakh_job_free((lakh_job *)fit);
    lakh_gan_free(gan);
    free_rows(x);
  }
}

static const promise promises[] = {
    {"a Wasserstein model learns all bars, dense and convolutional", a_wasserstein_model_learns_all_bars},
    {"a collapse is seen", a_collapse_is_seen},
    {"a conditional model learns the bar of each label, by each loss", a_conditional_model_learns_the_bar_of_each_label},
    {"modes are found without labels", modes_are_found_without_labels},
    {"samples that are all alike have no diversity", samples_that_are_all_alike_have_no_diversity},
    {"training goes on exactly where it stopped", training_goes_on_exactly_where_it_stopped},
    {"the same seed gives the same bits and another does not", the_same_seed_gives_the_same_bits_and_another_does_not},
    {"every machine gives these bits", every_machine_gives_these_bits},
    {"an epoch ends with an iteration and progress reaches its total",
     an_epoch_ends_with_an_iteration_and_progress_reaches_its_total},
    {"a large batch is divided into steps", a_large_batch_is_divided_into_steps},
    {"diverging training stops and leaves finite weights", diverging_training_stops_and_leaves_finite_weights},
};

MAIN(promises)

#include "test_gan.h"
#include "../oracle/neural/gan_fixture.h"

/* ---- Against PyTorch --------------------------------------------------------------------------------------------------- */

typedef struct expectation {
  const float *weights;
  size_t size;
} expectation;
#define EXPECT(name)                                                                                                           \
  { name, sizeof(name) / sizeof *(name) }

/* Sets the fixture's weights; running statistics stay. */
static void set_weights(lakh_gan *gan, size_t seed) {
  lakh_tensor tensor;
  for (size_t i = 0; lakh_gan_tensor(gan, i, &tensor); i++) {
    if (tensor.first == NULL) continue;
    float *values = pattern(seed + i, tensor.size);
    for (size_t j = 0; j < tensor.size; j++) tensor.values[j] = 0.5f * values[j];
    free(values);
  }
}

static void check_losses(lakh_gan_losses losses, const float expected[5]) {
  CHECK_NEAR(losses.generator, expected[0], 1e-5);
  CHECK_NEAR(losses.discriminator, expected[1], 1e-5);
  CHECK_NEAR(losses.penalty, expected[2], 1e-5);
  CHECK_NEAR(losses.real, expected[3], 1e-5);
  CHECK_NEAR(losses.fake, expected[4], 1e-5);
}

/* Trains two epochs from the fixture's weights and compares weights and losses. */
static void check_training(lakh_gan_params params, bool unit, const float *sample_weight, const int32_t *labels,
                           const expectation *expected, size_t count, const float step_loss[5], const float epoch_loss[5]) {
  lakh_gan *gan = make(params);
  lakh_tensor tensor;
  set_weights(gan, 20);
  lakh_matrix x = unit ? make_rows(1, ROWS) : (lakh_matrix){pattern(1, ROWS * FEATURES), ROWS, FEATURES};
  lakh_gan_fit *fit;
  CHECK_EQ(lakh_gan_fit_create(gan, x, sample_weight, labels, 2, &fit), LAKH_OK);
  CHECK_EQ(lakh_job_run((lakh_job *)fit), LAKH_DONE);
  for (size_t i = 0; i < count; i++) {
    CHECK(lakh_gan_tensor(gan, i, &tensor));
    CHECK_EQ(tensor.size, expected[i].size);
    check_near(tensor.name, tensor.values, expected[i].weights, tensor.size, 2e-5);
  }
  CHECK(!lakh_gan_tensor(gan, count, &tensor));
  lakh_gan_fit_state state;
  lakh_gan_fit_get(fit, &state);
  check_losses(state.step, step_loss);
  check_losses(state.epoch, epoch_loss);
  CHECK(isnan(state.quality.feature_distance));
  lakh_job_free((lakh_job *)fit);
  lakh_gan_free(gan);
  free_rows(x);
}

static void dense_training_is_pytorchs(void) {
  static const expectation expected[] = {EXPECT(bce_0), EXPECT(bce_1), EXPECT(bce_2),  EXPECT(bce_3),
                                         EXPECT(bce_4), EXPECT(bce_5), EXPECT(bce_6),  EXPECT(bce_7),
                                         EXPECT(bce_8), EXPECT(bce_9), EXPECT(bce_10), EXPECT(bce_11)};
  check_training(small_params(), true, WEIGHTS, NULL, expected, 12, bce_step_loss, bce_epoch_loss);
}

static void conditional_wasserstein_training_is_pytorchs(void) {
  static const expectation expected[] = {EXPECT(wasserstein_0), EXPECT(wasserstein_1), EXPECT(wasserstein_2),
                                         EXPECT(wasserstein_3), EXPECT(wasserstein_4), EXPECT(wasserstein_5),
                                         EXPECT(wasserstein_6), EXPECT(wasserstein_7)};
  check_training(conditional_params(), false, WEIGHTS, LABELS, expected, 8, wasserstein_step_loss, wasserstein_epoch_loss);
}

static void convolutional_training_is_pytorchs(void) {
  static const expectation expected[] = {
      EXPECT(hinge_0),  EXPECT(hinge_1),  EXPECT(hinge_2),  EXPECT(hinge_3),  EXPECT(hinge_4),  EXPECT(hinge_5),
      EXPECT(hinge_6),  EXPECT(hinge_7),  EXPECT(hinge_8),  EXPECT(hinge_9),  EXPECT(hinge_10), EXPECT(hinge_11),
      EXPECT(hinge_12), EXPECT(hinge_13), EXPECT(hinge_14), EXPECT(hinge_15), EXPECT(hinge_16), EXPECT(hinge_17),
      EXPECT(hinge_18), EXPECT(hinge_19), EXPECT(hinge_20), EXPECT(hinge_21), EXPECT(hinge_22), EXPECT(hinge_23)};
  check_training(convolutional_params(), false, NULL, NULL, expected, 24, hinge_step_loss, hinge_epoch_loss);
}

static void a_convolutional_critic_learns_as_pytorchs(void) {
  static const expectation expected[] = {
      EXPECT(critic_0),  EXPECT(critic_1),  EXPECT(critic_2),  EXPECT(critic_3),  EXPECT(critic_4),  EXPECT(critic_5),
      EXPECT(critic_6),  EXPECT(critic_7),  EXPECT(critic_8),  EXPECT(critic_9),  EXPECT(critic_10), EXPECT(critic_11),
      EXPECT(critic_12), EXPECT(critic_13), EXPECT(critic_14), EXPECT(critic_15), EXPECT(critic_16), EXPECT(critic_17),
      EXPECT(critic_18), EXPECT(critic_19), EXPECT(critic_20), EXPECT(critic_21), EXPECT(critic_22), EXPECT(critic_23)};
  check_training(convolutional_conditional_params(), true, NULL, LABELS, expected, 24, critic_step_loss, critic_epoch_loss);
}

/* ---- Gradients --------------------------------------------------------------------------------------------------------- */

/* The losses of the first batch are looked at with changed weights. */
typedef struct first_batch {
  lakh_gan *gan;
  lakh_matrix x;
  const int32_t *labels;
  bool of_generator;
} first_batch;

/* The model's weights stay as they are, since the learning rates are next to nothing. */
static double loss_of_first_batch(void *context) {
  const first_batch *c = context;
  static const lakh_gan_position start = {0};
  lakh_gan_set_position(c->gan, &start);
  lakh_gan_fit *fit = begin(c->gan, c->x, c->labels, 1);
  lakh_gan_position position = start;
  while (position.step == 0) {
    CHECK_EQ(lakh_job_step((lakh_job *)fit), LAKH_MORE);
    lakh_gan_get_position(c->gan, &position);
  }
  lakh_gan_fit_state state;
  lakh_gan_fit_get(fit, &state);
  lakh_job_free((lakh_job *)fit);
  return c->of_generator ? state.step.generator : state.step.discriminator;
}

/* With SGD and no momentum the first moment is the gradient. */
static void gradients_are_central_differences(void) {
  lakh_gan_params cases[6];
  for (int i = 0; i < 3; i++) {
    cases[i] = small_params();
    cases[i].loss = i;
    cases[i + 3] = convolutional_conditional_params();
    cases[i + 3].loss = i;
  }
  lakh_matrix x = make_rows(2, ROWS);
  static const size_t seeds[] = {40, 40, 40, 30, 30, 30}; /* away from kinks, where there is no derivative */
  for (size_t i = 0; i < 6; i++) {
    cases[i].generator_optimizer = cases[i].discriminator_optimizer = LAKH_SGD;
    cases[i].generator_learning_rate = cases[i].discriminator_learning_rate = 1e-30;
    cases[i].beta1 = 0;
    first_batch context = {.gan = make(cases[i]), .x = x, .labels = cases[i].n_classes > 0 ? LABELS : NULL};
    set_weights(context.gan, seeds[i]);
    loss_of_first_batch(&context);
    lakh_tensor tensor;
    for (size_t t = 0; lakh_gan_tensor(context.gan, t, &tensor); t++) {
      if (tensor.first == NULL) continue;
      context.of_generator = tensor.name[0] == 'g';
      float *gradients = zeros(tensor.size);
      loss_of_first_batch(&context); /* once more, to overwrite what differences left */
      memcpy(gradients, tensor.first, tensor.size * sizeof(float));
      check_gradient(tensor.name, tensor.values, gradients, tensor.size, loss_of_first_batch, &context,
                     context.of_generator ? 6e-4 : 2e-3);
      free(gradients);
    }
    lakh_gan_free(context.gan);
  }
  free_rows(x);
}

/* ---- The model --------------------------------------------------------------------------------------------------------- */

static void tensors_have_the_names_of_a_torch_sequential(void) {
  static const char *const names[] = {
      "generator.0.weight",       "generator.0.bias",        "generator.2.weight",       "generator.2.bias",
      "generator.4.weight",       "generator.4.bias",        "generator.4.running_mean", "generator.4.running_var",
      "generator.6.weight",       "generator.6.bias",        "generator.7.weight",       "generator.7.bias",
      "generator.7.running_mean", "generator.7.running_var", "generator.9.weight",       "generator.9.bias",
      "discriminator.0.weight",   "discriminator.0.bias",    "discriminator.2.weight",   "discriminator.2.bias",
      "discriminator.5.weight",   "discriminator.5.bias",    "discriminator.7.weight",   "discriminator.7.bias",
      "classifier.0.weight",      "classifier.0.bias",       "classifier.2.weight",      "classifier.2.bias",
      "classifier.4.weight",      "classifier.4.bias"};
  lakh_gan_params params = convolutional_params();
  params.quality_samples = 10;
  params.n_modes = 3;
  lakh_gan *gan = make(params);
  lakh_tensor tensor;
  for (size_t i = 0; i < 30; i++) {
    CHECK(lakh_gan_tensor(gan, i, &tensor));
    CHECK(strcmp(tensor.name, names[i]) == 0);
    CHECK((tensor.first != NULL) == (strstr(tensor.name, "running") == NULL));
  }
  CHECK(!lakh_gan_tensor(gan, 30, &tensor));
  lakh_gan_free(gan);
}

static void samples_and_opinions_do_not_depend_on_the_batch(void) {
  lakh_matrix x = make_rows(3, ROWS);
  float *codes = pattern(4, ROWS * 2);
  for (int kind = 0; kind < 2; kind++) {
    lakh_gan *gan = make(kind == 0 ? small_params() : convolutional_conditional_params());
    const int32_t *labels = kind == 0 ? NULL : LABELS;
    train(gan, x, labels, 3);
    float *samples = apply(gan, LAKH_GAN_GENERATE, (lakh_matrix){codes, ROWS, 2}, labels, FEATURES);
    float *opinions = apply(gan, LAKH_GAN_DISCRIMINATE, x, labels, 1);
    for (size_t i = 0; i < ROWS; i++) {
      const int32_t *label = kind == 0 ? NULL : labels + i;
      float *sample = apply(gan, LAKH_GAN_GENERATE, (lakh_matrix){codes + 2 * i, 1, 2}, label, FEATURES);
      float *opinion = apply(gan, LAKH_GAN_DISCRIMINATE, (lakh_matrix){x.data + i * FEATURES, 1, FEATURES}, label, 1);
      check_near("sample", sample, samples + i * FEATURES, FEATURES, 1e-6);
      check_near("opinion", opinion, opinions + i, 1, 1e-6);
      CHECK(sample[0] > 0 && sample[0] < 1);
      CHECK(kind == 1 || (opinion[0] > 0 && opinion[0] < 1)); /* a probability, or a critic's value */
      free(sample);
      free(opinion);
    }
    free(samples);
    free(opinions);
    lakh_gan_free(gan);
  }
  free(codes);
  free_rows(x);
}

static void labels_steer_a_conditional_model(void) {
  lakh_gan *gan = make(convolutional_conditional_params());
  static const int32_t two[ROWS] = {2, 2, 2, 2, 2, 2, 2}, wrong[ROWS] = {0, 1, 2, 3, 0, 0, 0};
  float *codes = pattern(4, ROWS * 2);
  lakh_matrix z = {codes, ROWS, 2}, x = make_rows(3, ROWS);
  float *a = apply(gan, LAKH_GAN_GENERATE, z, LABELS, FEATURES), *b = apply(gan, LAKH_GAN_GENERATE, z, two, FEATURES);
  CHECK(memcmp(a, b, FEATURES * sizeof *a) != 0);
  CHECK(memcmp(a + 2 * FEATURES, b + 2 * FEATURES, FEATURES * sizeof *a) == 0); /* whose label is 2 in both */
  float *c = apply(gan, LAKH_GAN_DISCRIMINATE, x, LABELS, 1), *d = apply(gan, LAKH_GAN_DISCRIMINATE, x, two, 1);
  CHECK(c[0] != d[0] && c[2] == d[2]);
  lakh_gan_apply *job;
  CHECK_EQ(lakh_gan_apply_create(gan, LAKH_GAN_GENERATE, z, wrong, a, &job), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_gan_apply_create(gan, LAKH_GAN_GENERATE, z, NULL, a, &job), LAKH_BAD_ARGUMENT);
  free(a);
  free(b);
  free(c);
  free(d);
  free(codes);
  free_rows(x);
  lakh_gan_free(gan);
}

static const promise promises[] = {
    {"dense training is PyTorch's, step by step", dense_training_is_pytorchs},
    {"conditional Wasserstein training with several steps a player is PyTorch's", conditional_wasserstein_training_is_pytorchs},
    {"convolutional training is PyTorch's", convolutional_training_is_pytorchs},
    {"a convolutional critic learns as PyTorch's", a_convolutional_critic_learns_as_pytorchs},
    {"gradients are those of central differences", gradients_are_central_differences},
    {"tensors have the names of a torch Sequential", tensors_have_the_names_of_a_torch_sequential},
    {"samples and opinions do not depend on the batch", samples_and_opinions_do_not_depend_on_the_batch},
    {"labels steer a conditional model", labels_steer_a_conditional_model},
};

MAIN(promises)

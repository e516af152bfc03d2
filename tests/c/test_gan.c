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
static void set_weights(lakh_gan *gan) {
  lakh_tensor tensor;
  for (size_t i = 0; lakh_gan_tensor(gan, i, &tensor); i++) {
    if (tensor.first == NULL) continue;
    float *values = pattern(20 + i, tensor.size);
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
  set_weights(gan);
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

static const promise promises[] = {
    {"dense training is PyTorch's, step by step", dense_training_is_pytorchs},
    {"conditional Wasserstein training with several steps a player is PyTorch's", conditional_wasserstein_training_is_pytorchs},
    {"convolutional training is PyTorch's", convolutional_training_is_pytorchs},
    {"a convolutional critic learns as PyTorch's", a_convolutional_critic_learns_as_pytorchs},
};

MAIN(promises)

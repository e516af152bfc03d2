#include "base/alloc.h"
#include "neural/gradient_penalty.h"
#include "test_gan.h"

static lakh_gan_params judged_params(void) {
  lakh_gan_params params = convolutional_conditional_params();
  params.quality_samples = 5;
  return params;
}

static void impossible_params_are_refused(void) {
  lakh_gan *gan = NULL;
#define REFUSED(change)                                                                                                        \
  do {                                                                                                                         \
    lakh_gan_params p = judged_params();                                                                                       \
    change;                                                                                                                    \
    CHECK_EQ(lakh_gan_create(&p, FEATURES, true, &gan), LAKH_BAD_ARGUMENT);                                                    \
  } while (0)
  REFUSED(p.latent_dim = 0);
  REFUSED(p.n_hidden = 9);
  REFUSED(p.hidden[0] = 0);
  REFUSED(p.filters[1] = -1);
  REFUSED(p.filters[2] = 1; p.n_filters = 3); /* 4 x 4 cannot be halved three times */
  REFUSED(p.image_width = 5);
  REFUSED(p.image_channels = 0);
  REFUSED(p.n_classes = 1);
  REFUSED(p.n_classes = 257);
  REFUSED(p.loss = 3);
  REFUSED(p.loss = -1);
  REFUSED(p.output = LAKH_RELU);
  REFUSED(p.batch_size = 0);
  REFUSED(p.discriminator_steps = 0);
  REFUSED(p.generator_steps = 0);
  REFUSED(p.generator_optimizer = 4);
  REFUSED(p.discriminator_optimizer = -1);
  REFUSED(p.quality_samples = 1);
  REFUSED(p.quality_samples = 65537);
  REFUSED(p.n_classes = 0; p.n_modes = 1);
  REFUSED(p.n_classes = 0; p.n_modes = 257);
  REFUSED(p.generator_learning_rate = 0);
  REFUSED(p.discriminator_learning_rate = HUGE_VAL);
  REFUSED(p.beta1 = 1);
  REFUSED(p.beta2 = -0.1);
  REFUSED(p.label_smoothing = 0.6);
  REFUSED(p.label_smoothing = (double)NAN);
  REFUSED(p.gradient_penalty = -1);
  lakh_gan_params params = small_params();
  CHECK_EQ(lakh_gan_create(&params, 0, true, &gan), LAKH_BAD_ARGUMENT);
  params.hidden[0] = INT32_MAX;
  CHECK(lakh_gan_create(&params, FEATURES, true, &gan) < 0);
  params = small_params();
  params.batch_size = INT32_MAX / 2;
  CHECK_EQ(lakh_gan_create(&params, FEATURES, true, &gan), LAKH_NO_MEMORY);
  CHECK(gan == NULL);
}

static void a_layer_that_does_not_fit_is_named(void) {
  lakh_gan_params params = convolutional_conditional_params();
  lakh_misfit misfit;
  CHECK(!lakh_gan_misfit(&params, FEATURES, &misfit));
  params.n_filters = 3;
  params.filters[2] = 1;
  CHECK(lakh_gan_misfit(&params, FEATURES, &misfit));
  CHECK(strcmp(misfit.layer, "discriminator.4") == 0); /* behind two convolutions and their activations */
  CHECK(misfit.kernel == 4 && misfit.stride == 2 && misfit.padding == 1);
  CHECK(misfit.channels == 3 && misfit.height == 1 && misfit.width == 1);
  params.latent_dim = 0; /* not a matter of layers */
  CHECK(!lakh_gan_misfit(&params, FEATURES, &misfit));
}

static void layers_are_listed_for_export(void) {
  lakh_gan_params params = convolutional_conditional_params();
  lakh_layer_info info;
  size_t count = 0;
  static const int32_t kinds[] = {LAKH_LAYER_DENSE,
                                  LAKH_LAYER_DENSE,
                                  LAKH_LAYER_RESHAPE,
                                  LAKH_LAYER_BATCH_NORM,
                                  LAKH_LAYER_TRANSPOSED_CONVOLUTION,
                                  LAKH_LAYER_BATCH_NORM,
                                  LAKH_LAYER_TRANSPOSED_CONVOLUTION};
  for (; lakh_gan_layer(&params, FEATURES, LAKH_GAN_GENERATOR, count, &info); count++) CHECK_EQ(info.kind, kinds[count]);
  CHECK(count == 7 && info.activation == LAKH_SIGMOID && info.module == 9);
  CHECK(info.out_channels == 1 && info.out_height == 4 && info.out_width == 4);
  CHECK(lakh_gan_layer(&params, FEATURES, LAKH_GAN_GENERATOR, 0, &info) && info.in_channels == 2 + 3);
  CHECK(lakh_gan_layer(&params, FEATURES, LAKH_GAN_DISCRIMINATOR, 0, &info) && info.in_channels == 1 + 3);
  CHECK(lakh_gan_layer(&params, FEATURES, LAKH_GAN_DISCRIMINATOR, 3, &info) && info.out_channels == 1);
  CHECK(!lakh_gan_layer(&params, FEATURES, LAKH_GAN_DISCRIMINATOR, 4, &info));
  params.loss = 3;
  CHECK(!lakh_gan_layer(&params, FEATURES, LAKH_GAN_DISCRIMINATOR, 0, &info));
}

static void unfit_data_are_refused(void) {
  lakh_matrix x = make_rows(4, ROWS), few = make_rows(4, 3), narrow = {x.data, ROWS, FEATURES - 1};
  float *changed = (float *)(uintptr_t)x.data;
  lakh_gan *conditional = make(judged_params()), *dense = make(small_params());
  lakh_gan_params params = small_params();
  params.output = LAKH_TANH;
  params.quality_samples = 5;
  params.n_modes = 2;
  lakh_gan *judged = make(params);
  lakh_gan_fit *fit = NULL;
  lakh_gan_apply *job = NULL;
  float *out = zeros(ROWS * FEATURES), weights[ROWS] = {0};
  CHECK_EQ(lakh_gan_fit_create(conditional, few, NULL, LABELS, 1, &fit), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_gan_fit_create(conditional, x, NULL, NULL, 1, &fit), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_gan_fit_create(dense, narrow, NULL, NULL, 1, &fit), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_gan_fit_create(dense, x, NULL, LABELS, 1, &fit), LAKH_BAD_ARGUMENT);  /* which nobody would read */
  CHECK_EQ(lakh_gan_fit_create(judged, x, NULL, LABELS, 1, &fit), LAKH_BAD_ARGUMENT); /* 2 is no mode */
  CHECK_EQ(lakh_gan_fit_create(dense, x, weights, NULL, 1, &fit), LAKH_BAD_ARGUMENT);
  weights[0] = -1;
  weights[1] = 3;
  CHECK_EQ(lakh_gan_fit_create(dense, x, weights, NULL, 1, &fit), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_gan_apply_create(dense, LAKH_GAN_GENERATE, x, NULL, out, &job), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_gan_apply_create(dense, LAKH_GAN_DISCRIMINATE, narrow, NULL, out, &job), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_gan_apply_create(dense, (lakh_gan_task)2, x, NULL, out, &job), LAKH_BAD_ARGUMENT);
  changed[20] = -0.5f; /* tanh reaches it, the sigmoid does not */
  CHECK_EQ(lakh_gan_fit_create(dense, x, NULL, NULL, 1, &fit), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_gan_fit_create(judged, x, NULL, NULL, 1, &fit), LAKH_OK);
  lakh_job_free((lakh_job *)fit);
  fit = NULL;
  changed[20] = -1.5f;
  CHECK_EQ(lakh_gan_fit_create(judged, x, NULL, NULL, 1, &fit), LAKH_BAD_ARGUMENT);
  changed[20] = NAN;
  CHECK_EQ(lakh_gan_fit_create(dense, x, NULL, NULL, 1, &fit), LAKH_NOT_FINITE);
  CHECK_EQ(lakh_gan_apply_create(dense, LAKH_GAN_DISCRIMINATE, x, NULL, out, &job), LAKH_NOT_FINITE);
  changed[20] = 0.5f;
  lakh_gan *applied;
  params = small_params();
  CHECK_EQ(lakh_gan_create(&params, FEATURES, false, &applied), LAKH_OK);
  CHECK_EQ(lakh_gan_fit_create(applied, x, NULL, NULL, 1, &fit), LAKH_BAD_ARGUMENT);
  CHECK(fit == NULL && job == NULL);
  lakh_gan_free(applied);
  lakh_gan_free(judged);
  lakh_gan_free(dense);
  lakh_gan_free(conditional);
  free(out);
  free_rows(x);
  free_rows(few);
}

static void a_position_from_other_data_is_refused(void) {
  static const double bad[][4] = {{-1, 0, 0, 0}, {0, -1, 0, 0},    {0, 0, -1, 0}, {0.5, 0, 0, 0}, {0, (double)NAN, 0, 0},
                                  {0, 0, 4, 0},  {1e300, 0, 0, 0}, {0, 0, 0, -1}, {0, 0, 0, 0.5}, {0, 0, 0, (double)NAN}};
  lakh_matrix x = make_rows(4, ROWS); /* no more than 3 batches */
  lakh_gan *model = make(small_params());
  lakh_gan_fit *fit = NULL;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    lakh_gan_position damaged = {.step = bad[i][0], .epoch = bad[i][1], .batch = bad[i][2], .classifier = bad[i][3]};
    lakh_gan_set_position(model, &damaged);
    CHECK_EQ(lakh_gan_fit_create(model, x, NULL, NULL, 9, &fit), LAKH_BAD_ARGUMENT);
    CHECK(fit == NULL);
  }
  lakh_gan_free(model);
  free_rows(x);
}

static void a_penalty_that_would_not_be_exact_is_refused(void) {
  lakh_layer layers[2] = {{.kind = LAKH_LAYER_DENSE, .activation = LAKH_TANH, .units = 3},
                          {.kind = LAKH_LAYER_DENSE, .units = 1}};
  lakh_network critic;
  lakh_gradient_penalty penalty;
  size_t bad_layer;
  CHECK_EQ(lakh_network_make(&critic, layers, 2, (lakh_shape){4, 1, 1}, 2, true, &bad_layer), LAKH_OK);
  CHECK_EQ(lakh_gradient_penalty_make(&penalty, &critic, 2), LAKH_BAD_ARGUMENT);
  lakh_network_free(&critic);
  layers[0] = (lakh_layer){.kind = LAKH_LAYER_LAYER_NORM};
  CHECK_EQ(lakh_network_make(&critic, layers, 2, (lakh_shape){4, 1, 1}, 2, true, &bad_layer), LAKH_OK);
  CHECK_EQ(lakh_gradient_penalty_make(&penalty, &critic, 2), LAKH_BAD_ARGUMENT);
  lakh_network_free(&critic);
}

/* Creates, trains and applies. */
static lakh_status try_everything(const lakh_gan_params *params, lakh_matrix x, const int32_t *labels, float *out) {
  lakh_gan *gan;
  lakh_status status = lakh_gan_create(params, FEATURES, true, &gan);
  if (status != LAKH_OK) return status;
  lakh_gan_fit *fit;
  status = lakh_gan_fit_create(gan, x, NULL, labels, 1, &fit);
  if (status == LAKH_OK) {
    status = lakh_job_run((lakh_job *)fit);
    lakh_job_free((lakh_job *)fit);
  }
  lakh_gan_apply *job;
  if (status == LAKH_OK) status = lakh_gan_apply_create(gan, LAKH_GAN_DISCRIMINATE, x, labels, out, &job);
  if (status == LAKH_OK) {
    status = lakh_job_run((lakh_job *)job);
    lakh_job_free((lakh_job *)job);
  }
  lakh_gan_free(gan);
  return status;
}

static void every_failed_allocation_is_reported_without_harm(void) {
  lakh_matrix x = make_rows(4, ROWS);
  float out[ROWS];
  lakh_gan_params cases[2] = {judged_params(), small_params()};
  cases[1].quality_samples = 5; /* looks for modes itself */
  cases[1].n_modes = 3;
  for (size_t i = 0; i < 2; i++) {
    for (long successes = 0;; successes++) {
      lakh_fail_allocations(successes, true);
      lakh_status status = try_everything(cases + i, x, i == 0 ? LABELS : NULL, out);
      lakh_fail_allocations(-1, false);
      if (status == LAKH_OK) {
        CHECK(successes > 25);
        break;
      }
      CHECK_EQ(status, LAKH_NO_MEMORY);
    }
  }
  free_rows(x);
}

static const promise promises[] = {
    {"impossible params are refused", impossible_params_are_refused},
    {"a layer that does not fit is named", a_layer_that_does_not_fit_is_named},
    {"layers are listed for export", layers_are_listed_for_export},
    {"unfit data are refused", unfit_data_are_refused},
    {"a position from other data is refused", a_position_from_other_data_is_refused},
    {"a penalty that would not be exact is refused", a_penalty_that_would_not_be_exact_is_refused},
    {"every failed allocation is reported without harm", every_failed_allocation_is_reported_without_harm},
};

MAIN(promises)

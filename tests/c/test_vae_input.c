#include "base/alloc.h"
#include "test_vae.h"

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

static void a_layer_that_does_not_fit_is_named(void) {
  lakh_vae_params params = convolutional_params();
  params.n_filters = 4; /* 4 x 4 -> 2 x 2 -> 1 x 1 -> nothing */
  params.filters[2] = params.filters[3] = 3;
  lakh_vae *vae = NULL;
  CHECK_EQ(lakh_vae_create(&params, FEATURES, true, &vae), LAKH_BAD_ARGUMENT);
  lakh_layer_info layer;
  CHECK(lakh_vae_layer(&params, FEATURES, LAKH_VAE_ENCODER, 2, &layer));
  CHECK(layer.in_height == 1 && layer.out_height == 0 && layer.out_width == 0 && layer.kernel == 4);
  CHECK(!lakh_vae_layer(&params, FEATURES, LAKH_VAE_ENCODER, 3, &layer));
  CHECK(!lakh_vae_layer(&params, FEATURES, LAKH_VAE_DECODER, 0, &layer));
  lakh_misfit misfit;
  CHECK(lakh_vae_misfit(&params, FEATURES, &misfit));
  CHECK(strcmp(misfit.layer, "encoder.4") == 0 && misfit.channels == 3 && misfit.height == 1 && misfit.kernel == 4);
  params.n_filters = 2;
  CHECK(!lakh_vae_misfit(&params, FEATURES, &misfit));
  params.latent_dim = 0;
  CHECK(!lakh_vae_layer(&params, FEATURES, LAKH_VAE_ENCODER, 0, &layer));
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
    {"impossible params are refused", impossible_params_are_refused},
    {"unfit data are refused", unfit_data_are_refused},
    {"a layer that does not fit is named", a_layer_that_does_not_fit_is_named},
    {"a position from other data is refused", a_position_from_other_data_is_refused},
    {"every failed allocation is reported without harm", every_failed_allocation_is_reported_without_harm},
};

MAIN(promises)

/* The variational autoencoder: what is refused is what should be; a training that is left, copied and gone on with ends as one
 * that never stopped; weights stay finite; scores are sums of their parts. */
#include "trained.h"

enum { EPOCHS = 2, MAX_ROWS = 9 };

static bool tensor(const void *model, size_t index, lakh_tensor *out) { return lakh_vae_tensor(model, index, out); }

static lakh_vae_params take_params(input *in) {
  lakh_vae_params p = {.latent_dim = take_int(in, 0, 3), .n_hidden = take_int(in, 0, 2), .n_filters = take_int(in, 0, 3)};
  for (int32_t i = 0; i < p.n_hidden; i++) p.hidden[i] = take_int(in, 0, 15) % 6;
  for (int32_t i = 0; i < p.n_filters; i++) p.filters[i] = take_int(in, 1, 3);
  p.image_channels = take_int(in, 1, 2);
  p.image_height = take_int(in, 1, 9);
  p.image_width = take_int(in, 1, 9);
  p.n_classes = take_int(in, 0, 4);
  p.activation = take_int(in, 0, 8);
  p.likelihood = take_int(in, 0, 1);
  p.batch_size = take_int(in, 1, 5);
  p.warmup_epochs = take_int(in, 0, 2);
  p.optimizer = take_int(in, 0, 3);
  p.patience = take_int(in, 0, 2);
  p.random_state = take_byte(in);
  p.beta = take_int(in, 0, 2);
  p.learning_rate = take_learning_rate(in);
  p.clip_norm = take_int(in, 0, 2);
  return p;
}

static bool are_sound(const lakh_vae_params *p) {
  for (int32_t i = 0; i < p->n_hidden; i++) {
    if (p->hidden[i] == 0) return false;
  }
  return p->latent_dim > 0 && p->n_classes != 1 && p->activation < 8;
}

typedef struct data {
  lakh_matrix x, validation;
  float *weights;
  int32_t *labels;
} data;

static lakh_status begin(lakh_vae *vae, const data *d, lakh_vae_fit **fit) {
  return lakh_vae_fit_create(vae, d->x, d->weights, d->labels, d->validation, d->labels, EPOCHS, fit);
}

/* Until so many steps of the optimiser are done, or to the end. */
static lakh_status run_until(lakh_vae *vae, lakh_vae_fit *fit, double steps) {
  for (;;) {
    lakh_status status = lakh_job_step((lakh_job *)fit);
    lakh_vae_position position;
    lakh_vae_get_position(vae, &position);
    if (status <= LAKH_DONE || position.step >= steps) return status;
  }
}

/* A model like the other, where the other stands. */
static lakh_vae *copy_of(const lakh_vae *vae, const lakh_vae_params *params, size_t n_features) {
  lakh_vae *copy;
  REQUIRE(lakh_vae_create(params, n_features, true, &copy) == LAKH_OK);
  lakh_vae_position position;
  copy_tensors(tensor, vae, copy);
  lakh_vae_get_position(vae, &position);
  lakh_vae_set_position(copy, &position);
  return copy;
}

static void check_uses(lakh_vae *vae, const lakh_vae_params *params, const data *d) {
  size_t width = (size_t)params->latent_dim * 2 + d->x.cols + 3;
  float *out = malloc(d->x.rows * width * sizeof *out);
  for (lakh_vae_task task = LAKH_VAE_ENCODE; task <= LAKH_VAE_SCORE; task++) {
    if (task == LAKH_VAE_DECODE) continue; /* a part of reconstruction */
    lakh_vae_apply *job;
    REQUIRE(lakh_vae_apply_create(vae, task, d->x, d->labels, out, &job) == LAKH_OK);
    REQUIRE(lakh_job_run((lakh_job *)job) == LAKH_DONE);
    lakh_job_free((lakh_job *)job);
    if (task == LAKH_VAE_RECONSTRUCT && params->likelihood == LAKH_VAE_BERNOULLI && all_finite(out, d->x.rows * d->x.cols)) {
      REQUIRE(all_within(out, d->x.rows * d->x.cols, 0, 1));
    }
  }
  for (size_t i = 0; i < d->x.rows; i++) {
    double sum = (double)out[3 * i + 1] + (double)out[3 * i + 2];
    if (isfinite(sum)) REQUIRE(fabs((double)out[3 * i] + sum) <= 1e-5 * (1 + fabs(sum)));
  }
  free(out);
}

static void train(input *in, const lakh_vae_params *params, const data *d) {
  double stop = take_int(in, 1, EPOCHS * MAX_ROWS);
  lakh_vae *vae, *paused;
  lakh_vae_fit *fit;
  if (lakh_vae_create(params, d->x.cols, true, &vae) != LAKH_OK) return;
  paused = copy_of(vae, params, d->x.cols);
  REQUIRE(begin(vae, d, &fit) == LAKH_OK);
  lakh_status ended = lakh_job_run((lakh_job *)fit);
  REQUIRE(ended == LAKH_DONE || ended == LAKH_NOT_FINITE);
  lakh_job_free((lakh_job *)fit);
  require_finite(tensor, vae);

  REQUIRE(begin(paused, d, &fit) == LAKH_OK);
  lakh_status status = run_until(paused, fit, stop);
  lakh_job_free((lakh_job *)fit);
  if (status > LAKH_DONE) {
    lakh_vae *again = copy_of(paused, params, d->x.cols);
    REQUIRE(begin(again, d, &fit) == LAKH_OK);
    status = lakh_job_run((lakh_job *)fit);
    lakh_job_free((lakh_job *)fit);
    /* One that stopped at its last step was over: going on would begin what early stopping has ended. */
    if (params->patience == 0) REQUIRE(status == ended);
    if (params->patience == 0) require_same(tensor, vae, again);
    lakh_vae_free(again);
  }
  check_uses(vae, params, d);
  lakh_vae_free(vae);
  lakh_vae_free(paused);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  input in = {bytes, size};
  lakh_vae_params params = take_params(&in);
  size_t n_features = (size_t)take_int(&in, 1, 12), rows = (size_t)take_int(&in, 1, MAX_ROWS);
  if (params.n_filters > 0) n_features = (size_t)(params.image_channels * params.image_height * params.image_width);

  bool may_fail = take_failure(&in);
  lakh_vae *vae = NULL;
  lakh_misfit misfit;
  lakh_status status = lakh_vae_create(&params, n_features, take_byte(&in) % 2 == 0, &vae);
  lakh_fail_allocations(-1, false);
  bool fits = are_sound(&params) && !lakh_vae_misfit(&params, n_features, &misfit);
  REQUIRE(status == LAKH_OK || status == (fits ? LAKH_NO_MEMORY : LAKH_BAD_ARGUMENT) || (may_fail && status == LAKH_NO_MEMORY));
  REQUIRE(may_fail || (status == LAKH_OK) == fits);
  lakh_vae_free(vae);
  if (!fits) return 0;

  float *table = take_features(&in, rows * n_features);
  data d = {.x = {table, rows, n_features}, .weights = take_weights(&in, rows)};
  d.labels = take_labels(&in, rows, params.n_classes);
  d.validation = take_byte(&in) % 2 == 0 ? (lakh_matrix){NULL, 0, n_features} : d.x;
  bool good = all_finite(table, rows * n_features) && (d.weights == NULL || sum_of(d.weights, rows) > 0) &&
              labels_fit(d.labels, rows, params.n_classes) && rows >= (size_t)params.batch_size &&
              (params.likelihood == LAKH_VAE_GAUSSIAN || all_within(table, rows * n_features, 0, 1));
  if (good) {
    train(&in, &params, &d);
  } else {
    lakh_vae_fit *fit = NULL;
    REQUIRE(lakh_vae_create(&params, n_features, true, &vae) == LAKH_OK);
    REQUIRE(begin(vae, &d, &fit) < LAKH_OK && fit == NULL);
    lakh_vae_free(vae);
  }
  free(table);
  free(d.weights);
  free(d.labels);
  return 0;
}

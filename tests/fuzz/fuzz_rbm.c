/* The restricted Boltzmann machine: what is refused is what should be; a training that is left, copied and gone on with ends as one
 * that never stopped; weights stay finite; probabilities are such; the annealed partition function of a machine whose hidden units
 * do nothing is the exact one. */
#include "trained.h"

enum { EPOCHS = 2, MAX_ROWS = 9 };

static bool tensor(const void *model, size_t index, lakh_tensor *out) { return lakh_rbm_tensor(model, index, out); }

static lakh_rbm_params take_params(input *in) {
  return (lakh_rbm_params){.n_components = take_int(in, 0, 6),
                           .batch_size = take_int(in, 1, 5),
                           .visible = take_int(in, 0, 1),
                           .method = take_int(in, 0, 1),
                           .n_gibbs = take_int(in, 0, 3),
                           .shuffle = take_int(in, 0, 1),
                           .random_state = take_byte(in),
                           .learning_rate = take_learning_rate(in),
                           .momentum = take_int(in, 0, 2) * 0.5,
                           .weight_decay = take_int(in, 0, 2) * 0.01,
                           .sparsity_target = take_int(in, 0, 2) * 0.3,
                           .sparsity_cost = take_int(in, 0, 1)};
}

static bool are_sound(const lakh_rbm_params *p) {
  return p->n_components > 0 && p->n_gibbs > 0 && p->momentum < 1 && (p->sparsity_cost == 0 || p->sparsity_target > 0);
}

static lakh_rbm *make(const lakh_rbm_params *params, size_t n_features) {
  lakh_rbm *rbm;
  REQUIRE(lakh_rbm_create(params, n_features, true, &rbm) == LAKH_OK);
  return rbm;
}

/* Until so many steps of learning are done, or to the end. */
static lakh_status run_until(lakh_rbm *rbm, lakh_rbm_fit *fit, double steps) {
  for (;;) {
    lakh_status status = lakh_job_step((lakh_job *)fit);
    lakh_rbm_position position;
    lakh_rbm_get_position(rbm, &position);
    if (status <= LAKH_DONE || position.step >= steps) return status;
  }
}

static void check_uses(lakh_rbm *rbm, const lakh_rbm_params *params, lakh_matrix x, uint32_t seed) {
  size_t components = (size_t)params->n_components, width = components > x.cols ? components : x.cols;
  float *out = malloc(x.rows * width * sizeof *out);
  for (lakh_rbm_task task = LAKH_RBM_TRANSFORM; task <= LAKH_RBM_SCORE; task++) {
    lakh_rbm_apply *job;
    REQUIRE(lakh_rbm_apply_create(rbm, task, x, 2, seed, out, &job) == LAKH_OK);
    REQUIRE(lakh_job_run((lakh_job *)job) == LAKH_DONE);
    lakh_job_free((lakh_job *)job);
    size_t size = x.rows * (task == LAKH_RBM_TRANSFORM ? components : x.cols);
    bool probabilities = task == LAKH_RBM_TRANSFORM || (task < LAKH_RBM_FREE_ENERGY && params->visible == LAKH_RBM_BERNOULLI);
    if (probabilities && all_finite(out, size)) REQUIRE(all_within(out, size, 0, 1));
    if (task == LAKH_RBM_SCORE && params->visible == LAKH_RBM_BERNOULLI && all_finite(out, x.rows)) {
      REQUIRE(all_within(out, x.rows, -INFINITY, 0));
    }
  }
  free(out);
}

static double log_partition(lakh_rbm *rbm, int32_t n_temperatures, uint32_t seed) {
  lakh_rbm_partition *job;
  lakh_rbm_partition_state state;
  REQUIRE(lakh_rbm_partition_create(rbm, n_temperatures, seed, &job) == LAKH_OK);
  REQUIRE(lakh_job_run((lakh_job *)job) == LAKH_DONE);
  lakh_rbm_partition_get(job, &state);
  lakh_job_free((lakh_job *)job);
  return state.log_partition;
}

static void check_partition(const lakh_rbm_params *params, size_t n_features, uint32_t seed) {
  lakh_rbm *rbm = make(params, n_features);
  lakh_tensor components;
  REQUIRE(lakh_rbm_tensor(rbm, 0, &components));
  memset(components.values, 0, components.size * sizeof *components.values);
  REQUIRE(fabs(log_partition(rbm, 0, seed) - log_partition(rbm, 3, seed)) < 1e-4);
  lakh_rbm_free(rbm);
}

static void train(input *in, const lakh_rbm_params *params, lakh_matrix x, const float *weights) {
  double stop = take_int(in, 1, EPOCHS * MAX_ROWS);
  lakh_matrix validation = take_byte(in) % 2 == 0 ? (lakh_matrix){NULL, 0, x.cols} : x;
  uint32_t seed = take_byte(in);
  lakh_rbm *whole = make(params, x.cols), *paused = make(params, x.cols), *again = make(params, x.cols);
  lakh_rbm_fit *fit;
  REQUIRE(lakh_rbm_fit_create(whole, x, weights, validation, EPOCHS, &fit) == LAKH_OK);
  lakh_status ended = lakh_job_run((lakh_job *)fit);
  REQUIRE(ended == LAKH_DONE || ended == LAKH_NOT_FINITE);
  lakh_job_free((lakh_job *)fit);
  require_finite(tensor, whole);

  REQUIRE(lakh_rbm_fit_create(paused, x, weights, validation, EPOCHS, &fit) == LAKH_OK);
  lakh_status status = run_until(paused, fit, stop);
  lakh_job_free((lakh_job *)fit);
  if (status > LAKH_DONE) {
    lakh_rbm_position position;
    copy_tensors(tensor, paused, again);
    lakh_rbm_get_position(paused, &position);
    lakh_rbm_set_position(again, &position);
    REQUIRE(lakh_rbm_fit_create(again, x, weights, validation, EPOCHS, &fit) == LAKH_OK);
    REQUIRE(lakh_job_run((lakh_job *)fit) == ended);
    lakh_job_free((lakh_job *)fit);
    if (ended == LAKH_DONE) require_same(tensor, whole, again);
  }
  check_uses(whole, params, x, seed);
  check_partition(params, x.cols, seed);
  lakh_rbm_free(whole);
  lakh_rbm_free(paused);
  lakh_rbm_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  input in = {bytes, size};
  lakh_rbm_params params = take_params(&in);
  size_t n_features = (size_t)take_int(&in, 1, 9), rows = (size_t)take_int(&in, 1, MAX_ROWS);
  bool may_fail = take_failure(&in);
  lakh_rbm *rbm = NULL;
  lakh_status status = lakh_rbm_create(&params, n_features, take_byte(&in) % 2 == 0, &rbm);
  lakh_fail_allocations(-1, false);
  REQUIRE(status == (are_sound(&params) ? LAKH_OK : LAKH_BAD_ARGUMENT) || (may_fail && status == LAKH_NO_MEMORY));
  lakh_rbm_free(rbm);
  if (!are_sound(&params)) return 0;

  float *table = take_features(&in, rows * n_features), *weights = take_weights(&in, rows);
  lakh_matrix x = {table, rows, n_features};
  bool good = all_finite(table, rows * n_features) && (weights == NULL || sum_of(weights, rows) > 0) &&
              rows >= (size_t)params.batch_size &&
              (params.visible == LAKH_RBM_GAUSSIAN || all_within(table, rows * n_features, 0, 1));
  if (good) {
    train(&in, &params, x, weights);
  } else {
    lakh_rbm_fit *fit = NULL;
    rbm = make(&params, n_features);
    REQUIRE(lakh_rbm_fit_create(rbm, x, weights, (lakh_matrix){NULL, 0, n_features}, EPOCHS, &fit) < LAKH_OK && fit == NULL);
    lakh_rbm_free(rbm);
  }
  free(table);
  free(weights);
  return 0;
}

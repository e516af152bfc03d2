/* The choice of k on tiny data: curves are numbers, answers are within the range that was asked for. */
#include "input.h"

static bool is_answer(const lakh_suggest_k_params *params, int32_t k) { return k >= params->k_min && k <= params->k_max; }

static void check_state(const lakh_suggest_k_params *params, const lakh_suggest_k_state *state) {
  for (int32_t i = 0; i <= params->k_max - params->k_min; i++) {
    REQUIRE(isfinite(state->inertia[i]) && state->inertia[i] >= 0);
    REQUIRE(isfinite(state->gap[i]) && isfinite(state->gap_error[i]) && state->gap_error[i] >= 0);
    REQUIRE(isnan(state->silhouette[i]) || (state->silhouette[i] >= -1 && state->silhouette[i] <= 1));
  }
  REQUIRE(state->elbow_k == 0 || is_answer(params, state->elbow_k));
  REQUIRE(is_answer(params, state->silhouette_k) && is_answer(params, state->gap_k) && is_answer(params, state->suggested_k));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  input in = {data, size};
  const size_t rows = (size_t)take_int(&in, 1, 30), cols = (size_t)take_int(&in, 1, 4);
  lakh_suggest_k_params params = {
      .k_min = take_int(&in, 1, 3),
      .n_references = take_int(&in, 2, 3),
      .n_init = 1,
      .sample_size = take_int(&in, 0, 20),
      .random_state = take_byte(&in),
  };
  params.k_max = params.k_min + take_int(&in, 1, 3);
  float *weights = take_weights(&in, rows), *table = take_table(&in, rows * cols);
  const lakh_matrix x = {table, rows, cols};
  const bool may_fail = take_failure(&in);
  const bool fits = all_finite(table, rows * cols) && (weights == NULL || sum_of(weights, rows) > 0);
  lakh_suggest_k *job = NULL;
  lakh_status status = lakh_suggest_k_create(&params, x, weights, &job);
  if (!fits) {
    lakh_fail_allocations(-1, false);
    REQUIRE(status < LAKH_OK && job == NULL);
  } else if (run_job(status, (lakh_job *)job, may_fail)) {
    lakh_suggest_k_state state;
    lakh_suggest_k_get(job, &state);
    check_state(&params, &state);
    lakh_job_free((lakh_job *)job);
  }
  free(weights);
  free(table);
  return 0;
}

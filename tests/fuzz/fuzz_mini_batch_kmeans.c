/* Mini-batch k-means, whole and partial: labels name the nearest centres, and the inertia is theirs. */
#include "input.h"

static void check_state(lakh_matrix x, const float *weights, int32_t n_clusters, const lakh_mini_batch_kmeans_state *state) {
  const double extent = extent_of(x);
  double inertia = 0, weight = 0;
  REQUIRE(all_finite(state->centers, (size_t)n_clusters * x.cols));
  for (size_t i = 0; i < x.rows; i++) {
    const float *row = x.data + i * x.cols;
    REQUIRE(state->labels[i] >= 0 && state->labels[i] < n_clusters);
    double own = squared_distance(row, state->centers + (size_t)state->labels[i] * x.cols, x.cols);
    for (int32_t c = 0; c < n_clusters; c++) {
      REQUIRE(own <= squared_distance(row, state->centers + (size_t)c * x.cols, x.cols) * (1 + 1e-9));
    }
    inertia += own * (weights != NULL ? (double)weights[i] : 1);
    weight += weights != NULL ? (double)weights[i] : 1;
  }
  REQUIRE(fabs(state->inertia - inertia) <= 1e-5 * inertia + 1e-12 * weight * extent * extent);
  for (int32_t c = 0; c < n_clusters; c++) REQUIRE(isfinite(state->counts[c]) && state->counts[c] >= 0);
}

/* A whole fit, then two partial ones of halves of the data. */
static void fit(input *in, const lakh_mini_batch_kmeans_params *params, lakh_matrix x, const float *weights,
                const float *init_centers) {
  lakh_mini_batch_kmeans *job = NULL;
  lakh_mini_batch_kmeans_state state;
  bool may_fail = take_failure(in);
  lakh_status status = lakh_mini_batch_kmeans_create(params, x, weights, init_centers, &job);
  if (!run_job(status, (lakh_job *)job, may_fail)) return;
  lakh_mini_batch_kmeans_get(job, &state);
  check_state(x, weights, params->n_clusters, &state);
  REQUIRE(state.n_steps >= 1 && state.n_iter >= 1 && state.n_iter <= params->max_iter);

  const size_t size = (size_t)params->n_clusters * x.cols;
  float *centers = malloc(size * sizeof *centers);
  double *counts = malloc((size_t)params->n_clusters * sizeof *counts);
  memcpy(centers, state.centers, size * sizeof *centers);
  memcpy(counts, state.counts, (size_t)params->n_clusters * sizeof *counts);
  const lakh_mini_batch_kmeans_model model = {centers, counts, state.n_steps, take_int(in, 0, 1)};
  lakh_job_free((lakh_job *)job);

  const lakh_matrix half = {x.data, (x.rows + 1) / 2, x.cols};
  job = NULL;
  may_fail = take_failure(in);
  status = lakh_mini_batch_kmeans_create_partial(params, &model, half, NULL, init_centers, &job);
  if (run_job(status, (lakh_job *)job, may_fail)) {
    lakh_mini_batch_kmeans_get(job, &state);
    check_state(half, NULL, params->n_clusters, &state);
    REQUIRE(state.n_steps == model.n_steps + 1);
    lakh_job_free((lakh_job *)job);
  }
  free(centers);
  free(counts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  input in = {data, size};
  const size_t rows = (size_t)take_int(&in, 1, 60), cols = (size_t)take_int(&in, 1, 6);
  const lakh_mini_batch_kmeans_params params = {
      .n_clusters = take_int(&in, 1, 10),
      .init = take_int(&in, LAKH_INIT_KMEANS_PLUS_PLUS, LAKH_INIT_CENTERS),
      .n_init = take_int(&in, 1, 3),
      .max_iter = take_int(&in, 1, 3),
      .batch_size = take_int(&in, 1, 70),
      .init_size = take_int(&in, 0, 70),
      .max_no_improvement = take_int(&in, 0, 5),
      .tol = take_int(&in, 0, 2) * 0.01,
      .reassignment_ratio = take_int(&in, 0, 3) * 0.4,
      .random_state = take_byte(&in),
  };
  float *centers = NULL;
  if (params.init == LAKH_INIT_CENTERS) centers = take_table(&in, (size_t)params.n_clusters * cols);
  float *weights = take_weights(&in, rows), *table = take_table(&in, rows * cols);
  const lakh_matrix x = {table, rows, cols};
  const bool finite =
      all_finite(table, rows * cols) && (centers == NULL || all_finite(centers, (size_t)params.n_clusters * cols));
  const bool weighty = weights == NULL || sum_of(weights, rows) > 0;
  lakh_mini_batch_kmeans *refused = NULL;
  if (finite && weighty)
    fit(&in, &params, x, weights, centers);
  else
    REQUIRE(lakh_mini_batch_kmeans_create(&params, x, weights, centers, &refused) < LAKH_OK && refused == NULL);
  free(centers);
  free(weights);
  free(table);
  return 0;
}

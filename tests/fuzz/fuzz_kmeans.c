/* K-means: all algorithms agree to the last bit, labels name the nearest centres, the inertia is theirs. */
#include "input.h"
#include "kernels/lanes.h"

typedef struct fit {
  float *centers;
  int32_t *labels;
  lakh_kmeans_state state;
} fit;

static bool run(const lakh_kmeans_params *params, lakh_matrix x, const float *weights, const float *centers, bool may_fail,
                fit *result) {
  lakh_kmeans *job = NULL;
  lakh_status status = lakh_kmeans_create(params, x, weights, centers, &job);
  if (!run_job(status, (lakh_job *)job, may_fail)) return false;
  lakh_kmeans_get(job, &result->state);
  const size_t size = (size_t)params->n_clusters * x.cols;
  result->centers = malloc(size * sizeof(float));
  result->labels = malloc(x.rows * sizeof(int32_t));
  memcpy(result->centers, result->state.centers, size * sizeof(float));
  memcpy(result->labels, result->state.labels, x.rows * sizeof(int32_t));
  lakh_job_free((lakh_job *)job);
  return true;
}

static void release(fit *result) {
  free(result->centers);
  free(result->labels);
}

static void check_result(const lakh_kmeans_params *params, lakh_matrix x, const float *weights, const fit *result) {
  const double extent = extent_of(x);
  double inertia = 0, weight = 0;
  REQUIRE(all_finite(result->centers, (size_t)params->n_clusters * x.cols));
  for (size_t i = 0; i < x.rows; i++) {
    const float *row = x.data + i * x.cols;
    int32_t label = result->labels[i];
    REQUIRE(label >= 0 && label < params->n_clusters);
    double own = squared_distance(row, result->centers + (size_t)label * x.cols, x.cols);
    for (int32_t c = 0; c < params->n_clusters; c++) {
      REQUIRE(own <= squared_distance(row, result->centers + (size_t)c * x.cols, x.cols) * (1 + 1e-9));
    }
    inertia += own * (weights != NULL ? (double)weights[i] : 1);
    weight += weights != NULL ? (double)weights[i] : 1;
  }
  REQUIRE(fabs(result->state.inertia - inertia) <= 1e-5 * inertia + 1e-12 * weight * extent * extent);
  REQUIRE(result->state.n_iter >= 1 && result->state.n_iter <= params->max_iter);
}

static void check_assign(const lakh_kmeans_params *params, lakh_matrix x, const fit *result) {
  int32_t *labels = malloc(x.rows * sizeof *labels);
  float *nearest = malloc(x.rows * sizeof *nearest);
  lakh_assign *job = NULL;
  lakh_status status = lakh_assign_create(x, result->centers, (size_t)params->n_clusters, labels, NULL, nearest, &job);
  REQUIRE(run_job(status, (lakh_job *)job, false));
  REQUIRE(memcmp(labels, result->labels, x.rows * sizeof *labels) == 0);
  lakh_job_free((lakh_job *)job);
  free(labels);
  free(nearest);
}

typedef struct sizes {
  double smallest, largest; /* magnitudes other than 0 */
} sizes;

static void add_sizes(sizes *known, const float *values, size_t size) {
  for (size_t i = 0; i < size; i++) {
    double value = fabs((double)values[i]);
    if (value > 0) known->smallest = fmin(known->smallest, value);
    known->largest = fmax(known->largest, value);
  }
}

/* Whether double tells distances apart. Values of more different sizes are clustered too, but not always alike. */
static bool is_moderate(lakh_matrix x, const float *centers, int32_t n_clusters) {
  sizes known = {HUGE_VAL, 0};
  add_sizes(&known, x.data, x.rows * x.cols);
  if (centers != NULL) add_sizes(&known, centers, (size_t)n_clusters * x.cols);
  return known.largest == 0 || known.largest < known.smallest * 0x1p24;
}

static void run_all(input *in, lakh_kmeans_params params, lakh_matrix x, const float *weights, const float *centers) {
  for (params.algorithm = LAKH_KMEANS_AUTO; params.algorithm <= LAKH_KMEANS_ELKAN; params.algorithm++) {
    fit result;
    if (!run(&params, x, weights, centers, take_failure(in), &result)) continue;
    REQUIRE(all_finite(result.centers, (size_t)params.n_clusters * x.cols));
    for (size_t i = 0; i < x.rows; i++) REQUIRE(result.labels[i] >= 0 && result.labels[i] < params.n_clusters);
    release(&result);
  }
}

static void compare_algorithms(input *in, lakh_kmeans_params params, lakh_matrix x, const float *weights,
                               const float *centers) {
  fit first, other;
  params.algorithm = LAKH_KMEANS_LLOYD;
  if (!run(&params, x, weights, centers, take_failure(in), &first)) return;
  check_result(&params, x, weights, &first);
  check_assign(&params, x, &first);
  const int32_t last = x.cols <= LAKH_FEW_COLUMNS ? LAKH_KMEANS_FILTERING : LAKH_KMEANS_ELKAN;
  for (params.algorithm = LAKH_KMEANS_AUTO; params.algorithm <= last; params.algorithm++) {
    if (!run(&params, x, weights, centers, take_failure(in), &other)) continue;
    REQUIRE(memcmp(first.labels, other.labels, x.rows * sizeof(int32_t)) == 0);
    REQUIRE(memcmp(first.centers, other.centers, (size_t)params.n_clusters * x.cols * sizeof(float)) == 0);
    REQUIRE(first.state.n_iter == other.state.n_iter && first.state.converged == other.state.converged);
    release(&other);
  }
  release(&first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  input in = {data, size};
  const size_t rows = (size_t)take_int(&in, 1, 80), cols = (size_t)take_int(&in, 1, 9);
  lakh_kmeans_params params = {
      .n_clusters = take_int(&in, 1, 12),
      .init = take_int(&in, LAKH_INIT_KMEANS_PLUS_PLUS, LAKH_INIT_CENTERS),
      .n_init = take_int(&in, 1, 2),
      .max_iter = take_int(&in, 1, 20),
      .tol = take_int(&in, 0, 2) * 1e-3,
      .random_state = take_byte(&in),
  };
  float *centers = NULL;
  if (params.init == LAKH_INIT_CENTERS) centers = take_table(&in, (size_t)params.n_clusters * cols);
  float *weights = take_weights(&in, rows), *table = take_table(&in, rows * cols);
  const lakh_matrix x = {table, rows, cols};
  const bool finite =
      all_finite(table, rows * cols) && (centers == NULL || all_finite(centers, (size_t)params.n_clusters * cols));
  const bool weighty = weights == NULL || sum_of(weights, rows) > 0;
  lakh_kmeans *refused = NULL;
  if (!finite || !weighty) {
    REQUIRE(lakh_kmeans_create(&params, x, weights, centers, &refused) < LAKH_OK && refused == NULL);
  } else if (is_moderate(x, centers, params.n_clusters)) {
    compare_algorithms(&in, params, x, weights, centers);
  } else {
    run_all(&in, params, x, weights, centers);
  }
  free(centers);
  free(weights);
  free(table);
  return 0;
}

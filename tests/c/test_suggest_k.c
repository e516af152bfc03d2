#include "base/random.h"
#include "jobs.h"
#include "lakh.h"
#include "test.h"

/* ---- Data ------------------------------------------------------------------------------------------------------------------ */

static double normal(lakh_random *random) {
  double sum = 0;
  for (int i = 0; i < 12; i++) sum += lakh_random_unit(random);
  return sum - 6;
}

/* Rows around `n_blobs` corners of a simplex with side 14, of deviation 1. */
static lakh_matrix blobs(size_t rows, size_t cols, size_t n_blobs, uint32_t seed) {
  static const float plane[5][2] = {{0, 0}, {14, 0}, {7, 12}, {-9, 11}, {4, -13}};
  float *data = malloc(rows * cols * sizeof *data);
  lakh_random random = lakh_random_stream(seed, 9);
  for (size_t i = 0; i < rows; i++) {
    size_t blob = i % n_blobs;
    for (size_t j = 0; j < cols; j++) {
      double middle = cols == 2 ? (double)plane[blob][j] : j == blob ? 10 : 0;
      data[i * cols + j] = (float)(middle + normal(&random));
    }
  }
  return (lakh_matrix){data, rows, cols};
}

static lakh_matrix uniform(size_t rows, size_t cols, uint32_t seed) {
  float *data = malloc(rows * cols * sizeof *data);
  lakh_random random = lakh_random_stream(seed, 10);
  for (size_t i = 0; i < rows * cols; i++) data[i] = (float)lakh_random_unit(&random);
  return (lakh_matrix){data, rows, cols};
}

static const lakh_suggest_k_params defaults = {.k_min = 1, .k_max = 8, .n_references = 10, .n_init = 1};

static lakh_suggest_k *run(const lakh_suggest_k_params *params, lakh_matrix x, const float *weights,
                           lakh_suggest_k_state *state) {
  lakh_suggest_k *job = NULL;
  CHECK_EQ(lakh_suggest_k_create(params, x, weights, &job), LAKH_OK);
  CHECK_EQ(lakh_job_run((lakh_job *)job), LAKH_DONE);
  lakh_suggest_k_get(job, state);
  return job;
}

static int32_t suggestion(const lakh_suggest_k_params *params, lakh_matrix x, const float *weights) {
  lakh_suggest_k_state state;
  lakh_suggest_k *job = run(params, x, weights, &state);
  lakh_job_free((lakh_job *)job);
  return state.suggested_k;
}

/* ---- Suggestions ----------------------------------------------------------------------------------------------------------- */

static void separate_blobs_are_counted(void) {
  for (uint32_t seed = 0; seed < 5; seed++) {
    for (size_t n_blobs = 2; n_blobs <= 5; n_blobs++) {
      for (size_t cols = 2; cols <= 10; cols += 8) {
        lakh_matrix x = blobs(300, cols, n_blobs, seed);
        lakh_suggest_k_params params = defaults;
        params.random_state = seed;
        CHECK_EQ(suggestion(&params, x, NULL), n_blobs);
        free((void *)(uintptr_t)x.data);
      }
    }
  }
}

static void noise_has_no_clusters(void) {
  for (size_t cols = 2; cols <= 5; cols += 3) {
    int n_ones = 0;
    for (uint32_t seed = 0; seed < 20; seed++) {
      lakh_matrix x = uniform(300, cols, seed);
      n_ones += suggestion(&defaults, x, NULL) == 1;
      free((void *)(uintptr_t)x.data);
    }
    CHECK(n_ones >= 19);
  }
}

/* Round, and long in an oblique direction. */
static void one_normal_cloud_has_no_clusters(void) {
  for (uint32_t seed = 0; seed < 10; seed++) {
    lakh_matrix x = blobs(300, 2, 1, seed);
    CHECK_EQ(suggestion(&defaults, x, NULL), 1);
    float *data = (float *)(uintptr_t)x.data;
    for (size_t i = 0; i < 300; i++) data[2 * i + 1] += 10 * data[2 * i];
    CHECK_EQ(suggestion(&defaults, x, NULL), 1);
    free(data);
  }
}

static void repeated_points_are_counted_once(void) {
  static const float corners[3][2] = {{0, 0}, {1, 5}, {7, 2}};
  float data[90 * 2], equal[40];
  for (size_t i = 0; i < 90; i++) memcpy(data + 2 * i, corners[i % 3], sizeof corners[0]);
  for (size_t i = 0; i < 40; i++) equal[i] = 5;
  CHECK_EQ(suggestion(&defaults, (lakh_matrix){data, 90, 2}, NULL), 3);
  static const float weights[3] = {30, 30, 30};
  CHECK_EQ(suggestion(&defaults, (lakh_matrix){corners[0], 3, 2}, weights), 3);
  CHECK_EQ(suggestion(&defaults, (lakh_matrix){equal, 20, 2}, NULL), 1);
}

static void few_rows_are_no_clusters(void) {
  for (size_t rows = 1; rows <= 4; rows++) {
    for (uint32_t seed = 0; seed < 5; seed++) {
      lakh_matrix x = uniform(rows, 2, seed);
      CHECK_EQ(suggestion(&defaults, x, NULL), 1);
      free((void *)(uintptr_t)x.data);
    }
  }
}

static void weighted_rows_count_as_repeated_ones(void) {
  lakh_matrix x = blobs(120, 2, 3, 1);
  float weights[120], *repeated = malloc(120 * 4 * 2 * sizeof *repeated);
  size_t rows = 0;
  for (size_t i = 0; i < 120; i++) {
    weights[i] = (float)(1 + i % 4);
    for (size_t copy = 0; copy < 1 + i % 4; copy++) memcpy(repeated + 2 * rows++, x.data + 2 * i, 2 * sizeof *repeated);
  }
  lakh_suggest_k_params params = defaults;
  params.k_max = 4;
  params.n_init = 10;
  lakh_suggest_k_state weighted, plain;
  lakh_suggest_k *job = run(&params, x, weights, &weighted);
  lakh_suggest_k *other = run(&params, (lakh_matrix){repeated, rows, 2}, NULL, &plain);
  for (int i = 0; i < 3; i++) { /* at k = 4 there are several good partitions */
    CHECK_NEAR(weighted.inertia[i], plain.inertia[i], 1e-4);
    if (i > 0) CHECK_NEAR(weighted.silhouette[i], plain.silhouette[i], 1e-4);
    CHECK_NEAR(weighted.gap[i], plain.gap[i], 1e-4);
    CHECK_NEAR(weighted.gap_error[i], plain.gap_error[i], 1e-4);
  }
  CHECK_EQ(weighted.suggested_k, plain.suggested_k);
  CHECK_EQ(weighted.suggested_k, 3);
  lakh_job_free((lakh_job *)job);
  lakh_job_free((lakh_job *)other);
  free(repeated);
  free((void *)(uintptr_t)x.data);
}

static void a_sample_is_enough(void) {
  lakh_matrix x = blobs(20000, 2, 4, 2);
  float *weights = malloc(20000 * sizeof *weights);
  for (size_t i = 0; i < 20000; i++) weights[i] = i < 10 ? 5000 : 1;
  lakh_suggest_k_params params = defaults;
  params.sample_size = 400;
  lakh_suggest_k_state state;
  lakh_suggest_k *job = run(&params, x, NULL, &state);
  CHECK_EQ(state.suggested_k, 4);
  /* The sample has 400 rows, of two columns of deviation 1. */
  CHECK(fabs(state.inertia[3] / 800 - 1) < 0.2);
  lakh_job_free((lakh_job *)job);
  CHECK_EQ(suggestion(&params, x, weights), 4);
  free(weights);
  free((void *)(uintptr_t)x.data);
}

/* ---- Curves ------------------------------------------------------------------------------------------------------------------ */

/* The total sum of squares is the inertia of one cluster; k-means and silhouette are those of the other functions. */
static void curves_are_those_of_kmeans_and_silhouette(void) {
  lakh_matrix x = blobs(200, 2, 3, 3);
  lakh_suggest_k_params params = defaults;
  params.k_min = 2;
  params.k_max = 4;
  params.random_state = 7;
  lakh_suggest_k_state state;
  lakh_suggest_k *job = run(&params, x, NULL, &state);
  for (int32_t k = 2; k <= 4; k++) {
    const lakh_kmeans_params fit = {
        .n_clusters = k, .n_init = 1, .max_iter = 100, .tol = 1e-4, .random_state = 7, .algorithm = LAKH_KMEANS_LLOYD};
    lakh_kmeans *kmeans = NULL;
    lakh_kmeans_state fitted;
    CHECK_EQ(lakh_kmeans_create(&fit, x, NULL, NULL, &kmeans), LAKH_OK);
    CHECK_EQ(lakh_job_run((lakh_job *)kmeans), LAKH_DONE);
    lakh_kmeans_get(kmeans, &fitted);
    CHECK_NEAR(state.inertia[k - 2], fitted.inertia, 1e-6);
    lakh_silhouette *silhouette = NULL;
    const float *values;
    double mean;
    CHECK_EQ(lakh_silhouette_create(x, fitted.labels, (size_t)k, NULL, &silhouette), LAKH_OK);
    CHECK_EQ(lakh_job_run((lakh_job *)silhouette), LAKH_DONE);
    lakh_silhouette_get(silhouette, &values, &mean);
    CHECK_NEAR(state.silhouette[k - 2], mean, 1e-6);
    lakh_job_free((lakh_job *)silhouette);
    lakh_job_free((lakh_job *)kmeans);
  }
  CHECK_EQ(state.suggested_k, 3);
  lakh_job_free((lakh_job *)job);
  free((void *)(uintptr_t)x.data);
}

static void criteria_stay_within_the_range_asked_for(void) {
  for (uint32_t seed = 0; seed < 5; seed++) {
    lakh_matrix x = uniform(60, 3, seed);
    lakh_suggest_k_params params = defaults;
    params.k_min = 3;
    params.k_max = 6;
    lakh_suggest_k_state state;
    lakh_suggest_k *job = run(&params, x, NULL, &state);
    CHECK(state.elbow_k == 0 || (state.elbow_k >= 3 && state.elbow_k <= 6));
    CHECK(state.silhouette_k >= 3 && state.silhouette_k <= 6);
    CHECK(state.gap_k >= 3 && state.gap_k <= 6);
    CHECK(state.suggested_k >= 3 && state.suggested_k <= 6);
    for (int i = 0; i + 1 < 4; i++) CHECK(state.gap_error[i] >= 0 && state.inertia[i + 1] < state.inertia[i] * 1.05);
    lakh_job_free((lakh_job *)job);
    free((void *)(uintptr_t)x.data);
  }
}

/* A box of more columns than are turned. */
static void many_columns_are_borne(void) {
  lakh_matrix x = blobs(60, 120, 3, 4);
  lakh_suggest_k_params params = defaults;
  params.k_max = 4;
  CHECK_EQ(suggestion(&params, x, NULL), 3);
  free((void *)(uintptr_t)x.data);
}

static void bad_parameters_are_refused(void) {
  static const float data[3] = {1, 2, 3}, not_finite[3] = {1, INFINITY, 3}, no_weight[3] = {0}, negative[3] = {1, -1, 1};
  lakh_suggest_k_params bad[5];
  for (int i = 0; i < 5; i++) bad[i] = defaults;
  bad[0].k_min = 0;
  bad[1].k_max = 1;
  bad[2].n_references = 1;
  bad[3].n_init = 0;
  bad[4].sample_size = -1;
  lakh_suggest_k *job = NULL;
  const lakh_matrix x = {data, 3, 1};
  for (int i = 0; i < 5; i++) CHECK_EQ(lakh_suggest_k_create(&bad[i], x, NULL, &job), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_suggest_k_create(&defaults, x, no_weight, &job), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_suggest_k_create(&defaults, x, negative, &job), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_suggest_k_create(&defaults, (lakh_matrix){data, 0, 1}, NULL, &job), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_suggest_k_create(&defaults, (lakh_matrix){not_finite, 3, 1}, NULL, &job), LAKH_NOT_FINITE);
  CHECK(job == NULL);
}

static lakh_status make_suggestion(const void *context, lakh_job **job) {
  const lakh_suggest_k_params params = {1, 3, 2, 1, 30, 0};
  return lakh_suggest_k_create(&params, *(const lakh_matrix *)context, NULL, (lakh_suggest_k **)job);
}

static void failing_allocations_and_early_ends_do_no_harm(void) {
  lakh_matrix x = blobs(40, 2, 2, 5);
  survive_failing_allocations(make_suggestion, &x);
  survive_being_freed_early(make_suggestion, &x);
  free((void *)(uintptr_t)x.data);
}

static const promise promises[] = {
    {"separate blobs are counted", separate_blobs_are_counted},
    {"noise has no clusters", noise_has_no_clusters},
    {"one normal cloud has no clusters", one_normal_cloud_has_no_clusters},
    {"repeated points are counted once", repeated_points_are_counted_once},
    {"few rows are no clusters", few_rows_are_no_clusters},
    {"weighted rows count as repeated ones", weighted_rows_count_as_repeated_ones},
    {"a sample is enough", a_sample_is_enough},
    {"curves are those of k-means and silhouette", curves_are_those_of_kmeans_and_silhouette},
    {"criteria stay within the range asked for", criteria_stay_within_the_range_asked_for},
    {"many columns are borne", many_columns_are_borne},
    {"bad parameters are refused", bad_parameters_are_refused},
    {"failing allocations and early ends do no harm", failing_allocations_and_early_ends_do_no_harm},
};

MAIN(promises)

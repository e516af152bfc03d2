#include "base/random.h"
#include "jobs.h"
#include "lakh.h"
#include "test.h"

/* Rows in squares of side 2 around (10 c, 7 c mod 3), in turn. */
enum { ROWS = 300, CENTERS = 3 };
static float cloud[ROWS * 2];

static lakh_matrix make_cloud(void) {
  lakh_random random = lakh_random_stream(11, 0);
  for (int i = 0; i < ROWS; i++) {
    int c = i % CENTERS;
    cloud[2 * i] = (float)(10 * c + 2 * lakh_random_unit(&random) - 1);
    cloud[2 * i + 1] = (float)(7 * c % 3 + 2 * lakh_random_unit(&random) - 1);
  }
  return (lakh_matrix){cloud, ROWS, 2};
}

static const lakh_mini_batch_kmeans_params defaults = {
    .n_clusters = CENTERS,
    .n_init = 1,
    .max_iter = 100,
    .batch_size = 50,
    .max_no_improvement = 10,
    .reassignment_ratio = 0.01,
};

static lakh_mini_batch_kmeans *run(const lakh_mini_batch_kmeans_params *params, lakh_matrix x, const float *weights,
                                   const float *init_centers, lakh_mini_batch_kmeans_state *state) {
  lakh_mini_batch_kmeans *job = NULL;
  CHECK_EQ(lakh_mini_batch_kmeans_create(params, x, weights, init_centers, &job), LAKH_OK);
  CHECK_EQ(lakh_job_run((lakh_job *)job), LAKH_DONE);
  lakh_mini_batch_kmeans_get(job, state);
  return job;
}

static double squared_distance(const float *a, const float *b, size_t cols) {
  double sum = 0;
  for (size_t j = 0; j < cols; j++) sum += ((double)a[j] - (double)b[j]) * ((double)a[j] - (double)b[j]);
  return sum;
}

/* Labels name the nearest centres, and the inertia is theirs. */
static void check_labels(lakh_matrix x, const float *weights, size_t k, const lakh_mini_batch_kmeans_state *state) {
  double inertia = 0;
  for (size_t i = 0; i < x.rows; i++) {
    const float *row = x.data + i * x.cols;
    double own = squared_distance(row, state->centers + (size_t)state->labels[i] * x.cols, x.cols);
    for (size_t c = 0; c < k; c++) CHECK(own <= squared_distance(row, state->centers + c * x.cols, x.cols) * (1 + 1e-5));
    inertia += own * (weights != NULL ? (double)weights[i] : 1);
  }
  CHECK_NEAR(state->inertia, inertia, 1e-5);
}

static void well_separated_clouds_are_found(void) {
  lakh_matrix x = make_cloud();
  for (int init = LAKH_INIT_KMEANS_PLUS_PLUS; init <= LAKH_INIT_RANDOM; init++) {
    lakh_mini_batch_kmeans_params params = defaults;
    params.init = init;
    params.n_init = 10;
    lakh_mini_batch_kmeans_state state;
    lakh_mini_batch_kmeans *job = run(&params, x, NULL, NULL, &state);
    for (size_t i = 0; i < ROWS; i++) CHECK_EQ(state.labels[i], state.labels[i % CENTERS]);
    for (size_t c = 0; c < CENTERS; c++) {
      float middle[2] = {(float)(10 * c), (float)(7 * c % 3)};
      CHECK(squared_distance(state.centers + 2 * (size_t)state.labels[c], middle, 2) < 0.1);
    }
    CHECK_EQ(state.converged, 1);
    CHECK_EQ(state.n_iter, (state.n_steps * 50 + ROWS - 1) / ROWS);
    check_labels(x, NULL, CENTERS, &state);
    lakh_job_free((lakh_job *)job);
  }
}

static void the_same_seed_gives_the_same_bits(void) {
  lakh_matrix x = make_cloud();
  lakh_mini_batch_kmeans_params params = defaults;
  params.n_clusters = 8;
  lakh_mini_batch_kmeans_state first, second, other;
  lakh_mini_batch_kmeans *a = run(&params, x, NULL, NULL, &first), *b = run(&params, x, NULL, NULL, &second);
  params.random_state = 1;
  lakh_mini_batch_kmeans *c = run(&params, x, NULL, NULL, &other);
  CHECK(memcmp(first.centers, second.centers, 16 * sizeof(float)) == 0);
  CHECK(memcmp(first.labels, second.labels, ROWS * sizeof(int32_t)) == 0);
  CHECK(memcmp(first.centers, other.centers, 16 * sizeof(float)) != 0);
  lakh_job_free((lakh_job *)a);
  lakh_job_free((lakh_job *)b);
  lakh_job_free((lakh_job *)c);
}

static void a_fit_ends_after_its_batches_or_when_its_centers_rest(void) {
  lakh_matrix x = make_cloud();
  lakh_mini_batch_kmeans_params params = defaults;
  lakh_mini_batch_kmeans_state state;
  params.max_no_improvement = 0;
  params.max_iter = 7;
  lakh_mini_batch_kmeans *job = run(&params, x, NULL, NULL, &state);
  CHECK_EQ(state.n_steps, 7 * ROWS / 50);
  CHECK_EQ(state.n_iter, 7);
  CHECK_EQ(state.converged, 0);
  lakh_job_free((lakh_job *)job);
  params.tol = 1e6; /* the first batch's movement is not judged */
  job = run(&params, x, NULL, NULL, &state);
  CHECK_EQ(state.n_steps, 2);
  CHECK_EQ(state.converged, 1);
  lakh_job_free((lakh_job *)job);
}

/* ---- Partial fits -------------------------------------------------------------------------------------------------------- */

/* Fits `x` to the model, and puts the result into it. */
static void fit_partially(const lakh_mini_batch_kmeans_params *params, lakh_mini_batch_kmeans_model *model, lakh_matrix x,
                          const float *weights, const float *init_centers) {
  lakh_mini_batch_kmeans *job = NULL;
  lakh_mini_batch_kmeans_state state;
  CHECK_EQ(lakh_mini_batch_kmeans_create_partial(params, model, x, weights, init_centers, &job), LAKH_OK);
  CHECK_EQ(lakh_job_run((lakh_job *)job), LAKH_DONE);
  lakh_mini_batch_kmeans_get(job, &state);
  check_labels(x, weights, (size_t)params->n_clusters, &state);
  CHECK_EQ(state.n_steps, model->n_steps + 1);
  memcpy(model->centers, state.centers, (size_t)params->n_clusters * x.cols * sizeof(float));
  memcpy(model->counts, state.counts, (size_t)params->n_clusters * sizeof(double));
  model->n_steps = state.n_steps;
  model->initialized = 1;
  lakh_job_free((lakh_job *)job);
}

static void partial_fits_keep_running_means(void) {
  lakh_matrix x = make_cloud();
  float centers[CENTERS * 2], weights[ROWS];
  double counts[CENTERS], sums[CENTERS * 3] = {0};
  static const float start[CENTERS * 2] = {0, 0, 10, 0, 20, 0};
  lakh_mini_batch_kmeans_model model = {centers, counts, 0, 0};
  lakh_mini_batch_kmeans_params params = defaults;
  params.init = LAKH_INIT_CENTERS;
  params.reassignment_ratio = 0;
  for (int i = 0; i < ROWS; i++) weights[i] = (float)(i % 4);
  for (size_t batch = 0; batch < 10; batch++) {
    const lakh_matrix part = {x.data + batch * 60, 30, 2};
    fit_partially(&params, &model, part, weights + batch * 30, start);
    for (size_t i = 0; i < 30; i++) {
      double *sum = sums + (i + batch * 30) % CENTERS * 3, weight = (double)weights[batch * 30 + i];
      sum[0] += weight * (double)part.data[2 * i];
      sum[1] += weight * (double)part.data[2 * i + 1];
      sum[2] += weight;
    }
    for (size_t c = 0; c < CENTERS; c++) {
      CHECK(counts[c] == sums[3 * c + 2]);
      CHECK_NEAR(centers[2 * c], sums[3 * c] / sums[3 * c + 2], 1e-5);
      CHECK_NEAR(centers[2 * c + 1], sums[3 * c + 1] / sums[3 * c + 2], 1e-5);
    }
  }
}

static void a_partial_fit_leaves_the_model_as_it_was(void) {
  lakh_matrix x = make_cloud();
  float centers[CENTERS * 2] = {1, 2, 3, 4, 5, 6}, centers_before[CENTERS * 2];
  double counts[CENTERS] = {5, 6, 7}, counts_before[CENTERS];
  const lakh_mini_batch_kmeans_model model = {centers, counts, 3, 1};
  memcpy(centers_before, centers, sizeof centers);
  memcpy(counts_before, counts, sizeof counts);
  lakh_mini_batch_kmeans *job = NULL;
  CHECK_EQ(lakh_mini_batch_kmeans_create_partial(&defaults, &model, x, NULL, NULL, &job), LAKH_OK);
  CHECK_EQ(lakh_job_run((lakh_job *)job), LAKH_DONE);
  CHECK(memcmp(centers, centers_before, sizeof centers) == 0 && memcmp(counts, counts_before, sizeof counts) == 0);
  lakh_job_free((lakh_job *)job);
}

static void the_first_partial_fit_chooses_the_start_from_its_batch(void) {
  lakh_matrix x = make_cloud();
  float centers[CENTERS * 2];
  double counts[CENTERS];
  lakh_mini_batch_kmeans_model model = {centers, counts, 0, 0};
  fit_partially(&defaults, &model, x, NULL, NULL);
  CHECK(counts[0] == ROWS / 3 && counts[1] == ROWS / 3 && counts[2] == ROWS / 3);
}

static bool is_a_row(lakh_matrix x, const float *center) {
  for (size_t i = 0; i < x.rows; i++) {
    if (memcmp(x.data + i * x.cols, center, x.cols * sizeof(float)) == 0) return true;
  }
  return false;
}

static void a_center_without_rows_moves_to_a_row_of_the_batch(void) {
  lakh_matrix x = make_cloud();
  float centers[CENTERS * 2] = {0, 0, 10, 0, 1000, 1000};
  double counts[CENTERS] = {40, 50, 0};
  lakh_mini_batch_kmeans_model model = {centers, counts, 5, 1};
  fit_partially(&defaults, &model, x, NULL, NULL);
  CHECK(is_a_row(x, centers + 4));
  CHECK(counts[2] == fmin(counts[0], counts[1]));
  /* Not without being allowed to. */
  lakh_mini_batch_kmeans_params params = defaults;
  float stay[CENTERS * 2] = {0, 0, 10, 0, 1000, 1000};
  double stay_counts[CENTERS] = {40, 50, 0};
  params.reassignment_ratio = 0;
  lakh_mini_batch_kmeans_model unmoved = {stay, stay_counts, 5, 1};
  fit_partially(&params, &unmoved, x, NULL, NULL);
  CHECK(stay[4] == 1000 && stay_counts[2] == 0);
}

static void at_most_half_of_a_batch_become_centers(void) {
  lakh_matrix x = {make_cloud().data, 4, 2};
  float centers[8 * 2];
  double counts[8] = {100, 0, 0, 0, 0, 0, 0, 0};
  for (int i = 0; i < 16; i++) centers[i] = i < 2 ? 0 : 1000;
  lakh_mini_batch_kmeans_model model = {centers, counts, 1, 1};
  lakh_mini_batch_kmeans_params params = defaults;
  params.n_clusters = 8;
  fit_partially(&params, &model, x, NULL, NULL);
  int moved = 0;
  for (int c = 1; c < 8; c++) moved += centers[2 * c] != 1000;
  CHECK_EQ(moved, 2);
}

/* ---- Odd data ------------------------------------------------------------------------------------------------------------ */

static void odd_data_are_clustered_all_the_same(void) {
  static const float row[2] = {3, 4};
  static float equal[40];
  for (int i = 0; i < 40; i++) equal[i] = 5;
  lakh_mini_batch_kmeans_state state;
  lakh_mini_batch_kmeans *job = run(&defaults, (lakh_matrix){row, 1, 2}, NULL, NULL, &state);
  CHECK(state.inertia == 0 && state.n_steps >= 1);
  lakh_job_free((lakh_job *)job);
  job = run(&defaults, (lakh_matrix){equal, 20, 2}, NULL, NULL, &state);
  CHECK(state.inertia == 0);
  lakh_job_free((lakh_job *)job);
  job = run(&defaults, (lakh_matrix){equal, 40, 1}, NULL, NULL, &state);
  CHECK(state.inertia == 0);
  lakh_job_free((lakh_job *)job);
  /* Nearly all rows without weight: batches may hold nothing that counts. */
  float weights[ROWS] = {0};
  weights[7] = 2;
  lakh_matrix x = make_cloud();
  lakh_mini_batch_kmeans_params params = defaults;
  params.batch_size = 5;
  params.n_init = 3;
  job = run(&params, x, weights, NULL, &state);
  check_labels(x, weights, CENTERS, &state);
  lakh_job_free((lakh_job *)job);
}

static void bad_parameters_are_refused(void) {
  lakh_matrix x = make_cloud();
  lakh_mini_batch_kmeans_params bad[10];
  for (int i = 0; i < 10; i++) bad[i] = defaults;
  bad[0].n_clusters = 0;
  bad[1].n_init = 0;
  bad[2].max_iter = 0;
  bad[3].batch_size = 0;
  bad[4].init_size = -1;
  bad[5].max_no_improvement = -1;
  bad[6].tol = (double)NAN;
  bad[7].reassignment_ratio = -1;
  bad[8].init = 3;
  bad[9].init = LAKH_INIT_CENTERS; /* without centres */
  lakh_mini_batch_kmeans *job = NULL;
  for (int i = 0; i < 10; i++) CHECK_EQ(lakh_mini_batch_kmeans_create(&bad[i], x, NULL, NULL, &job), LAKH_BAD_ARGUMENT);
  static const float no_weight[ROWS] = {0};
  static const float not_finite[2] = {1, NAN};
  CHECK_EQ(lakh_mini_batch_kmeans_create(&defaults, x, no_weight, NULL, &job), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_mini_batch_kmeans_create(&defaults, x, NULL, x.data, &job), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_mini_batch_kmeans_create(&defaults, (lakh_matrix){x.data, 0, 2}, NULL, NULL, &job), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_mini_batch_kmeans_create(&defaults, (lakh_matrix){x.data, 2, SIZE_MAX / 2}, NULL, NULL, &job),
           LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_mini_batch_kmeans_create(&defaults, (lakh_matrix){not_finite, 1, 2}, NULL, NULL, &job), LAKH_NOT_FINITE);
  double counts[CENTERS] = {1, -1, 1};
  float centers[CENTERS * 2] = {0};
  const lakh_mini_batch_kmeans_model model = {centers, counts, 1, 1};
  CHECK_EQ(lakh_mini_batch_kmeans_create_partial(&defaults, &model, x, NULL, NULL, &job), LAKH_BAD_ARGUMENT);
  counts[1] = 1;
  centers[3] = INFINITY;
  CHECK_EQ(lakh_mini_batch_kmeans_create_partial(&defaults, &model, x, NULL, NULL, &job), LAKH_NOT_FINITE);
  CHECK(job == NULL);
}

static lakh_status make_fit(const void *context, lakh_job **job) {
  return lakh_mini_batch_kmeans_create(context, make_cloud(), NULL, NULL, (lakh_mini_batch_kmeans **)job);
}

static lakh_status make_partial_fit(const void *context, lakh_job **job) {
  static float centers[CENTERS * 2] = {0, 0, 10, 0, 1000, 1000};
  static double counts[CENTERS] = {40, 50, 0};
  const lakh_mini_batch_kmeans_model model = {centers, counts, 5, 1};
  return lakh_mini_batch_kmeans_create_partial(context, &model, make_cloud(), NULL, NULL, (lakh_mini_batch_kmeans **)job);
}

static void failing_allocations_and_early_ends_do_no_harm(void) {
  lakh_mini_batch_kmeans_params params = defaults;
  params.n_init = 2;
  params.max_iter = 2;
  survive_failing_allocations(make_fit, &params);
  survive_being_freed_early(make_fit, &params);
  survive_failing_allocations(make_partial_fit, &params);
  survive_being_freed_early(make_partial_fit, &params);
}

static const promise promises[] = {
    {"well separated clouds are found", well_separated_clouds_are_found},
    {"the same seed gives the same bits", the_same_seed_gives_the_same_bits},
    {"a fit ends after its batches or when its centres rest", a_fit_ends_after_its_batches_or_when_its_centers_rest},
    {"partial fits keep running means", partial_fits_keep_running_means},
    {"a partial fit leaves the model as it was", a_partial_fit_leaves_the_model_as_it_was},
    {"the first partial fit chooses the start from its batch", the_first_partial_fit_chooses_the_start_from_its_batch},
    {"a centre without rows moves to a row of the batch", a_center_without_rows_moves_to_a_row_of_the_batch},
    {"at most half of a batch become centres", at_most_half_of_a_batch_become_centers},
    {"odd data are clustered all the same", odd_data_are_clustered_all_the_same},
    {"bad parameters are refused", bad_parameters_are_refused},
    {"failing allocations and early ends do no harm", failing_allocations_and_early_ends_do_no_harm},
};

MAIN(promises)

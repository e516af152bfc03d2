#include "base/random.h"
#include "jobs.h"
#include "lakh.h"
#include "test.h"

#include <float.h>

/* ---- Data ------------------------------------------------------------------------------------------------------------------ */

typedef struct labelled {
  size_t rows, cols, n_labels;
  float *data;
  int32_t *labels;
} labelled;

/* Rows around one centre a label, in mixed order, `spread` apart. */
static labelled clouds(size_t rows, size_t cols, size_t n_labels, double spread, uint32_t seed) {
  labelled set = {rows, cols, n_labels, malloc(rows * cols * sizeof(float)), malloc(rows * sizeof(int32_t))};
  lakh_random random = lakh_random_stream(seed, 0);
  for (size_t i = 0; i < rows; i++) {
    size_t label = i < n_labels ? i : lakh_random_below(&random, (uint32_t)n_labels);
    set.labels[i] = (int32_t)label;
    for (size_t j = 0; j < cols; j++) {
      double middle = spread * (double)((label * (j + 3) * 7) % 11);
      set.data[i * cols + j] = (float)(middle + lakh_random_unit(&random) + lakh_random_unit(&random));
    }
  }
  return set;
}

static void discard(labelled *set) {
  free(set->data);
  free(set->labels);
}

static lakh_matrix matrix_of(const labelled *set) { return (lakh_matrix){set->data, set->rows, set->cols}; }

/* ---- Silhouette -------------------------------------------------------------------------------------------------------------- */

/* By the definition, in double. */
static double plain_silhouette(const labelled *set, size_t row) {
  double *sums = calloc(set->n_labels, sizeof *sums), *counts = calloc(set->n_labels, sizeof *counts);
  for (size_t other = 0; other < set->rows; other++) {
    double square = 0;
    for (size_t j = 0; j < set->cols; j++) {
      double difference = (double)set->data[row * set->cols + j] - (double)set->data[other * set->cols + j];
      square += difference * difference;
    }
    sums[set->labels[other]] += sqrt(square);
    counts[set->labels[other]] += 1;
  }
  size_t own = (size_t)set->labels[row];
  double a = sums[own] / (counts[own] - 1), b = DBL_MAX;
  for (size_t label = 0; label < set->n_labels; label++) {
    if (label != own) b = fmin(b, sums[label] / counts[label]);
  }
  double value = counts[own] == 1 || fmax(a, b) == 0 ? 0 : (b - a) / fmax(a, b);
  free(sums);
  free(counts);
  return value;
}

static lakh_silhouette *run_silhouette(const labelled *set, const float *weights, const float **values, double *mean) {
  lakh_silhouette *job = NULL;
  CHECK_EQ(lakh_silhouette_create(matrix_of(set), set->labels, set->n_labels, weights, &job), LAKH_OK);
  CHECK_EQ(lakh_job_run((lakh_job *)job), LAKH_DONE);
  lakh_silhouette_get(job, values, mean);
  return job;
}

static void check_silhouette(const labelled *set) {
  const float *values;
  double mean, sum = 0;
  lakh_silhouette *job = run_silhouette(set, NULL, &values, &mean);
  for (size_t row = 0; row < set->rows; row++) {
    double expected = plain_silhouette(set, row);
    CHECK(fabs((double)values[row] - expected) < 2e-6);
    sum += expected;
  }
  CHECK(fabs(mean - sum / (double)set->rows) < 1e-6);
  lakh_job_free((lakh_job *)job);
}

static void silhouettes_follow_the_definition(void) {
  static const struct {
    size_t rows, cols, n_labels;
    double spread;
  } cases[] = {{3, 1, 2, 1},   {5, 2, 4, 1},    {9, 3, 2, 0},      {100, 2, 3, 1},   {101, 5, 7, 0.1},
               {403, 3, 5, 1}, {150, 17, 4, 1}, {60, 100, 3, 0.1}, {64, 2, 60, 0.5}, {2500, 1, 2, 0.1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    labelled set = clouds(cases[i].rows, cases[i].cols, cases[i].n_labels, cases[i].spread, (uint32_t)i);
    check_silhouette(&set);
    discard(&set);
  }
}

static void silhouettes_do_not_depend_on_the_scale_of_the_data(void) {
  static const double scales[] = {1e-36, 1e-20, 1e15, 1e30};
  labelled set = clouds(200, 3, 3, 1, 4);
  for (size_t s = 0; s < sizeof scales / sizeof *scales; s++) {
    labelled scaled = clouds(200, 3, 3, 1, 4);
    for (size_t i = 0; i < 600; i++) scaled.data[i] = (float)((double)set.data[i] * scales[s]);
    check_silhouette(&scaled);
    discard(&scaled);
  }
  for (size_t i = 0; i < 600; i++) set.data[i] += 1000;
  check_silhouette(&set);
  for (size_t i = 0; i < 600; i += 3) set.data[i] = -5.7e23F; /* a column that says nothing, very far away */
  check_silhouette(&set);
  discard(&set);
}

static void equal_rows_have_silhouette_0(void) {
  labelled set = clouds(10, 2, 3, 1, 5);
  for (size_t i = 0; i < 20; i++) set.data[i] = 5;
  const float *values;
  double mean;
  lakh_silhouette *job = run_silhouette(&set, NULL, &values, &mean);
  for (size_t i = 0; i < 10; i++) CHECK(values[i] == 0);
  CHECK(mean == 0);
  lakh_job_free((lakh_job *)job);
  discard(&set);
}

static void a_weighted_row_counts_as_that_many_equal_rows(void) {
  labelled set = clouds(90, 3, 4, 0.3, 6), repeated = {0, 3, 4, malloc(90 * 3 * 5 * sizeof(float)), malloc(90 * 5 * 4)};
  float weights[90];
  size_t first_copy[90];
  for (size_t i = 0; i < 90; i++) {
    size_t times = i < 4 ? 1 + i % 2 : i * 7 % 5;
    if (i == 3) times = 0;
    weights[i] = (float)times;
    first_copy[i] = repeated.rows;
    for (size_t copy = 0; copy < times; copy++) {
      memcpy(repeated.data + repeated.rows * 3, set.data + i * 3, 3 * sizeof(float));
      repeated.labels[repeated.rows++] = set.labels[i];
    }
  }
  const float *values, *expected;
  double mean, expected_mean;
  lakh_silhouette *job = run_silhouette(&set, weights, &values, &mean);
  lakh_silhouette *other = run_silhouette(&repeated, NULL, &expected, &expected_mean);
  CHECK_NEAR(mean, expected_mean, 1e-6);
  for (size_t i = 0; i < 90; i++) {
    CHECK(fabs((double)values[i] - (weights[i] > 0 ? (double)expected[first_copy[i]] : 0)) < 2e-6);
  }
  lakh_job_free((lakh_job *)job);
  lakh_job_free((lakh_job *)other);
  discard(&set);
  discard(&repeated);
}

/* As many labels as rows have no silhouette, but as merged rows they may. */
static void merged_rows_may_be_as_many_as_labels(void) {
  float data[2] = {0, 1}, weights[2] = {3, 2};
  int32_t labels[2] = {0, 1};
  labelled set = {2, 1, 2, data, labels};
  const float *values;
  double mean;
  lakh_silhouette *job = run_silhouette(&set, weights, &values, &mean);
  CHECK(mean == 1);
  lakh_job_free((lakh_job *)job);
  weights[0] = weights[1] = 1;
  job = NULL;
  CHECK_EQ(lakh_silhouette_create(matrix_of(&set), labels, 2, weights, &job), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_silhouette_create(matrix_of(&set), labels, 2, NULL, &job), LAKH_BAD_ARGUMENT);
  CHECK(job == NULL);
}

/* ---- Dispersion --------------------------------------------------------------------------------------------------------------- */

static const float line[6] = {0, 2, 10, 12, 20, 26};
static const int32_t line_labels[6] = {0, 0, 1, 1, 2, 2};

static void dispersion_scores_of_a_worked_example(void) {
  /* Means 1, 11, 23; squared distances to them 2, 2, 18; the mean of all is 35 / 3. */
  const lakh_matrix x = {line, 6, 1};
  double score, total = 35.0 / 3;
  CHECK_EQ(lakh_calinski_harabasz(x, line_labels, 3, &score), LAKH_OK);
  double between = 2 * ((1 - total) * (1 - total) + (11 - total) * (11 - total) + (23 - total) * (23 - total));
  CHECK_NEAR(score, between / 2 / (22.0 / 3), 1e-12);
  /* Spreads 1, 1, 3: similarities 2 / 10, 4 / 22, 4 / 12. */
  CHECK_EQ(lakh_davies_bouldin(x, line_labels, 3, &score), LAKH_OK);
  CHECK_NEAR(score, (2.0 / 10 + 4.0 / 12 + 4.0 / 12) / 3, 1e-12);
}

/* scikit-learn's answers. */
static void dispersion_scores_where_denominators_are_zero(void) {
  static const float two_points[8] = {0, 0, 0, 0, 3, 3, 3, 3}, equal[8] = {4, 4, 4, 4, 4, 4, 4, 4};
  static const int32_t halves[4] = {0, 0, 1, 1};
  double score;
  CHECK_EQ(lakh_calinski_harabasz((lakh_matrix){two_points, 4, 2}, halves, 2, &score), LAKH_OK);
  CHECK(score == 1);
  CHECK_EQ(lakh_davies_bouldin((lakh_matrix){two_points, 4, 2}, halves, 2, &score), LAKH_OK);
  CHECK(score == 0);
  CHECK_EQ(lakh_calinski_harabasz((lakh_matrix){equal, 4, 2}, halves, 2, &score), LAKH_OK);
  CHECK(score == 1);
  CHECK_EQ(lakh_davies_bouldin((lakh_matrix){equal, 4, 2}, halves, 2, &score), LAKH_OK);
  CHECK(score == 0);
  /* Clusters with the same mean, beside another: those two are infinitely far apart. */
  static const float nested[6] = {-1, 1, -2, 2, 10, 10};
  static const int32_t nested_labels[6] = {0, 0, 1, 1, 2, 2};
  CHECK_EQ(lakh_davies_bouldin((lakh_matrix){nested, 6, 1}, nested_labels, 3, &score), LAKH_OK);
  CHECK_NEAR(score, (0.1 + 0.2 + 0.2) / 3, 1e-12);
}

static void bad_labels_are_refused(void) {
  static const float data[4] = {1, 2, 3, 4}, not_finite[4] = {1, 2, NAN, 4};
  static const struct {
    int32_t labels[4];
    size_t n_labels;
  } bad[] = {{{0, 0, 0, 0}, 1}, {{0, 1, 2, 3}, 4}, {{0, 0, 2, 2}, 3}, {{0, 1, -1, 0}, 2}, {{0, 1, 2, 0}, 2}, {{0, 1, 1, 0}, 0}};
  const lakh_matrix x = {data, 4, 1};
  double score;
  lakh_silhouette *job = NULL;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    CHECK_EQ(lakh_silhouette_create(x, bad[i].labels, bad[i].n_labels, NULL, &job), LAKH_BAD_ARGUMENT);
    CHECK_EQ(lakh_calinski_harabasz(x, bad[i].labels, bad[i].n_labels, &score), LAKH_BAD_ARGUMENT);
    CHECK_EQ(lakh_davies_bouldin(x, bad[i].labels, bad[i].n_labels, &score), LAKH_BAD_ARGUMENT);
  }
  static const int32_t good[4] = {0, 0, 1, 1};
  static const float negative[4] = {1, 1, -1, 1}, endless[4] = {1, INFINITY, 1, 1};
  CHECK_EQ(lakh_silhouette_create(x, good, 2, negative, &job), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_silhouette_create(x, good, 2, endless, &job), LAKH_NOT_FINITE);
  CHECK_EQ(lakh_silhouette_create((lakh_matrix){not_finite, 4, 1}, good, 2, NULL, &job), LAKH_NOT_FINITE);
  CHECK_EQ(lakh_calinski_harabasz((lakh_matrix){not_finite, 4, 1}, good, 2, &score), LAKH_NOT_FINITE);
  CHECK_EQ(lakh_davies_bouldin((lakh_matrix){not_finite, 4, 1}, good, 2, &score), LAKH_NOT_FINITE);
  CHECK(job == NULL);
}

static lakh_status make_silhouette(const void *context, lakh_job **job) {
  const labelled *set = context;
  return lakh_silhouette_create(matrix_of(set), set->labels, set->n_labels, NULL, (lakh_silhouette **)job);
}

static void failing_allocations_and_early_ends_do_no_harm(void) {
  labelled set = clouds(1200, 20, 3, 1, 7);
  survive_failing_allocations(make_silhouette, &set);
  survive_being_freed_early(make_silhouette, &set);
  double score;
  for (long n = 0; n < 3; n++) {
    lakh_fail_allocations(n, true);
    lakh_status status = lakh_davies_bouldin(matrix_of(&set), set.labels, set.n_labels, &score);
    CHECK_EQ(status, LAKH_NO_MEMORY);
    lakh_fail_allocations(n, true);
    status = lakh_calinski_harabasz(matrix_of(&set), set.labels, set.n_labels, &score);
    lakh_fail_allocations(-1, false);
    CHECK_EQ(status, n < 2 ? LAKH_NO_MEMORY : LAKH_OK);
  }
  discard(&set);
}

static const promise promises[] = {
    {"silhouettes follow the definition", silhouettes_follow_the_definition},
    {"silhouettes do not depend on the scale of the data", silhouettes_do_not_depend_on_the_scale_of_the_data},
    {"equal rows have silhouette 0", equal_rows_have_silhouette_0},
    {"a weighted row counts as that many equal rows", a_weighted_row_counts_as_that_many_equal_rows},
    {"merged rows may be as many as labels", merged_rows_may_be_as_many_as_labels},
    {"dispersion scores of a worked example", dispersion_scores_of_a_worked_example},
    {"dispersion scores where denominators are zero", dispersion_scores_where_denominators_are_zero},
    {"bad labels are refused", bad_labels_are_refused},
    {"failing allocations and early ends do no harm", failing_allocations_and_early_ends_do_no_harm},
};

MAIN(promises)

#include "base/alloc.h"
#include "base/random.h"
#include "kmeans_reference.h"
#include "lakh.h"
#include "test.h"

static float *make_values(size_t n, float offset, uint32_t seed) {
  float *values = malloc(n * sizeof(float));
  lakh_random random = lakh_random_stream(seed, n);
  for (size_t i = 0; i < n; i++) values[i] = (float)lakh_random_unit(&random) * 4 - 2 + offset;
  return values;
}

static void run(lakh_matrix x, const float *centers, size_t k, int32_t *labels, float *distances, float *nearest) {
  lakh_assign *assign = NULL;
  CHECK_EQ(lakh_assign_create(x, centers, k, labels, distances, nearest, &assign), LAKH_OK);
  CHECK_EQ(lakh_job_run((lakh_job *)assign), LAKH_DONE);
  lakh_job_free((lakh_job *)assign);
}

static void check(lakh_matrix x, const float *centers, size_t k) {
  int32_t *labels = malloc(x.rows * sizeof(int32_t));
  float *distances = malloc(x.rows * k * sizeof(float)), *nearest = malloc(x.rows * sizeof(float));
  double *precise = malloc(k * x.cols * sizeof(double));
  for (size_t i = 0; i < k * x.cols; i++) precise[i] = (double)centers[i];
  run(x, centers, k, labels, distances, nearest);
  for (size_t i = 0; i < x.rows; i++) {
    const float *row = x.data + i * x.cols;
    size_t label = 0;
    double least = reference_distance(row, precise, x.cols);
    for (size_t c = 0; c < k; c++) {
      double expected = reference_distance(row, precise + c * x.cols, x.cols);
      CHECK(fabs((double)distances[i * k + c] - sqrt(expected)) <= 3e-6 * sqrt(expected) + 1e-30);
      if (expected >= least) continue;
      least = expected;
      label = c;
    }
    CHECK_EQ(labels[i], label);
    CHECK(fabs((double)nearest[i] - least) <= 1e-7 * least);
  }
  free(labels);
  free(distances);
  free(nearest);
  free(precise);
}

static void labels_and_distances_are_the_reference_s(void) {
  static const size_t columns[] = {1, 2, 3, 4, 5, 8, 17, 64}, counts[] = {1, 2, 5, 6, 11, 23};
  for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
    for (size_t n = 1; n <= 140; n += n < 12 ? 1 : 31) {
      for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        float *values = make_values(n * columns[c], 0, 1), *centers = make_values(counts[k] * columns[c], 0, 2);
        check((lakh_matrix){values, n, columns[c]}, centers, counts[k]);
        free(values);
        free(centers);
      }
    }
  }
}

static void of_equally_near_centres_the_first_is_taken(void) {
  /* Points on a lattice, centres around them: nearly all are ties. */
  float rows[2 * 81], centers[] = {1, 0, 0, 1, -1, 0, 0, -1, 1, 0};
  for (int i = 0; i < 81; i++) {
    rows[2 * i] = (float)(i % 9 - 4);
    rows[2 * i + 1] = (float)(i / 9 - 4);
  }
  check((lakh_matrix){rows, 81, 2}, centers, 5);
}

static void only_what_is_asked_for_is_written(void) {
  float rows[] = {1, 2, 3}, centers[] = {0, 4}, distances[6], nearest[3];
  int32_t labels[3];
  lakh_matrix x = {rows, 3, 1};
  run(x, centers, 2, NULL, NULL, NULL);
  run(x, centers, 2, labels, NULL, NULL);
  CHECK(labels[0] == 0 && labels[1] == 0 && labels[2] == 1);
  run(x, centers, 2, NULL, distances, NULL);
  CHECK(distances[0] == 1 && distances[1] == 3 && distances[4] == 3 && distances[5] == 1);
  run(x, centers, 2, NULL, NULL, nearest);
  CHECK(nearest[0] == 1 && nearest[1] == 4 && nearest[2] == 1);
}

static void bad_arguments_are_refused(void) {
  float rows[] = {1, 2, 3, 4}, bad[] = {1, NAN}, infinite[] = {1, -INFINITY};
  lakh_assign *out = (lakh_assign *)&out;
  lakh_matrix x = {rows, 2, 2};
  CHECK_EQ(lakh_assign_create((lakh_matrix){NULL, 2, 2}, rows, 1, NULL, NULL, NULL, &out), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_assign_create((lakh_matrix){rows, 0, 2}, rows, 1, NULL, NULL, NULL, &out), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_assign_create((lakh_matrix){rows, 2, 0}, rows, 1, NULL, NULL, NULL, &out), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_assign_create(x, NULL, 1, NULL, NULL, NULL, &out), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_assign_create(x, rows, 0, NULL, NULL, NULL, &out), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_assign_create(x, bad, 1, NULL, NULL, NULL, &out), LAKH_NOT_FINITE);
  CHECK_EQ(lakh_assign_create((lakh_matrix){infinite, 1, 2}, rows, 1, NULL, NULL, NULL, &out), LAKH_NOT_FINITE);
  CHECK(out == (lakh_assign *)&out);
}

static void a_failing_allocation_is_an_error(void) {
  float rows[] = {1, 2, 3, 4};
  for (long n = 0;; n++) {
    lakh_assign *assign = NULL;
    lakh_fail_allocations(n, true);
    lakh_status status = lakh_assign_create((lakh_matrix){rows, 2, 2}, rows, 2, NULL, NULL, NULL, &assign);
    if (status == LAKH_OK) status = lakh_job_run((lakh_job *)assign);
    lakh_fail_allocations(-1, false);
    lakh_job_free((lakh_job *)assign);
    if (status == LAKH_DONE) {
      CHECK(n >= 5);
      return;
    }
    CHECK_EQ(status, LAKH_NO_MEMORY);
  }
}

static const promise promises[] = {
    {"labels and distances are the reference's", labels_and_distances_are_the_reference_s},
    {"of equally near centres the first is taken", of_equally_near_centres_the_first_is_taken},
    {"only what is asked for is written", only_what_is_asked_for_is_written},
    {"bad arguments are refused", bad_arguments_are_refused},
    {"a failing allocation is an error", a_failing_allocation_is_an_error},
};

MAIN(promises)

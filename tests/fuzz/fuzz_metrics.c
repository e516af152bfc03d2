/* Silhouette, Calinski-Harabasz and Davies-Bouldin against their definitions. */
#include "input.h"

#include <float.h>

/* The silhouette of a row of weight > 0, of rows that stand for several. */
static double plain_silhouette(lakh_matrix x, const int32_t *labels, size_t n_labels, const float *weights, size_t row) {
  double sums[8] = {0}, counts[8] = {0}, b = DBL_MAX;
  for (size_t other = 0; other < x.rows; other++) {
    const double weight = weights != NULL ? (double)weights[other] : 1;
    sums[labels[other]] += weight * sqrt(squared_distance(x.data + row * x.cols, x.data + other * x.cols, x.cols));
    counts[labels[other]] += weight;
  }
  const size_t own = (size_t)labels[row];
  for (size_t label = 0; label < n_labels; label++) {
    if (label != own && counts[label] > 0) b = fmin(b, sums[label] / counts[label]);
  }
  if (counts[own] <= 1 || b == DBL_MAX) return 0;
  const double a = sums[own] / (counts[own] - 1);
  return fmax(a, b) > 0 ? (b - a) / fmax(a, b) : 0;
}

/* Squares of distances far below the size of the data vanish in a float, see silhouette.c. */
static bool has_no_tiny_distance(lakh_matrix x) {
  const double tiny = 1e-15 * extent_of(x);
  for (size_t i = 0; i < x.rows; i++) {
    for (size_t other = 0; other < i; other++) {
      double square = squared_distance(x.data + i * x.cols, x.data + other * x.cols, x.cols);
      if (square > 0 && square < tiny * tiny) return false;
    }
  }
  return true;
}

static void check_silhouette(input *in, lakh_matrix x, const int32_t *labels, size_t n_labels, const float *weights) {
  lakh_silhouette *job = NULL;
  const bool may_fail = take_failure(in);
  lakh_status status = lakh_silhouette_create(x, labels, n_labels, weights, &job);
  if (!run_job(status, (lakh_job *)job, may_fail)) return;
  const bool are_comparable = has_no_tiny_distance(x);
  const float *values;
  double mean, sum = 0, weight = 0;
  lakh_silhouette_get(job, &values, &mean);
  for (size_t row = 0; row < x.rows; row++) {
    const double own_weight = weights != NULL ? (double)weights[row] : 1;
    const double expected = own_weight > 0 ? plain_silhouette(x, labels, n_labels, weights, row) : 0;
    REQUIRE(values[row] >= -1 && values[row] <= 1);
    REQUIRE(!are_comparable || fabs((double)values[row] - expected) < 1e-5);
    sum += own_weight * expected;
    weight += own_weight;
  }
  REQUIRE(mean >= -1 && mean <= 1 && (!are_comparable || fabs(mean - sum / weight) < 1e-5));
  lakh_job_free((lakh_job *)job);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  input in = {data, size};
  const size_t rows = (size_t)take_int(&in, 2, 60), cols = (size_t)take_int(&in, 1, 6);
  const size_t n_labels = (size_t)take_int(&in, 1, 8);
  int32_t *labels = malloc(rows * sizeof *labels);
  for (size_t i = 0; i < rows; i++) labels[i] = take_int(&in, 0, (int32_t)n_labels - 1);
  float *weights = take_weights(&in, rows), *table = take_table(&in, rows * cols);
  const lakh_matrix x = {table, rows, cols};

  size_t counts[8] = {0}, n_used = 0;
  for (size_t i = 0; i < rows; i++) n_used += counts[labels[i]]++ == 0;
  const bool fits = all_finite(table, rows * cols) && n_used == n_labels && n_labels >= 2;
  const bool weighted_fits = fits && (double)n_labels < (weights != NULL ? sum_of(weights, rows) : (double)rows);
  lakh_silhouette *refused = NULL;
  if (weighted_fits)
    check_silhouette(&in, x, labels, n_labels, weights);
  else
    REQUIRE(lakh_silhouette_create(x, labels, n_labels, weights, &refused) < LAKH_OK && refused == NULL);

  double score = -1;
  const lakh_status expected = fits && n_labels < rows ? LAKH_OK : LAKH_BAD_ARGUMENT;
  lakh_status status = lakh_calinski_harabasz(x, labels, n_labels, &score);
  REQUIRE(expected == LAKH_OK ? status == LAKH_OK && score >= 0 : status < LAKH_OK);
  status = lakh_davies_bouldin(x, labels, n_labels, &score);
  REQUIRE(expected == LAKH_OK ? status == LAKH_OK && score >= 0 : status < LAKH_OK);
  free(labels);
  free(weights);
  free(table);
  return 0;
}

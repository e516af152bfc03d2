/* Scores that compare clusters by their means: Calinski & Harabasz (1974, "A dendrite method for cluster analysis") and Davies &
 * Bouldin (1979, "A cluster separation measure"), with scikit-learn's answers where a denominator is zero.
 *
 * Time: O(n d), and O(k^2 d) for Davies-Bouldin. Memory: O(k d). */
#include <math.h>

#include "base/alloc.h"
#include "metrics/labels.h"

/* The mean of each cluster and, in the row after them, of all rows. */
typedef struct cluster_means {
  double *means;  /* (n_labels + 1) x cols */
  double *counts; /* n_labels */
} cluster_means;

static void release(cluster_means *clusters) {
  lakh_free(clusters->means);
  lakh_free(clusters->counts);
}

static lakh_status find_means(lakh_matrix x, const int32_t *labels, size_t n_labels, cluster_means *clusters) {
  *clusters = (cluster_means){NULL, NULL};
  if (x.data == NULL || labels == NULL || x.rows < 2 || x.cols < 1) return LAKH_BAD_ARGUMENT;
  if (n_labels < 2 || n_labels >= x.rows) return LAKH_BAD_ARGUMENT;
  size_t bad_row, bad_col;
  lakh_status finite = lakh_check_finite(x, &bad_row, &bad_col);
  if (finite != LAKH_OK) return finite;
  clusters->counts = lakh_alloc(n_labels, sizeof *clusters->counts);
  if (clusters->counts == NULL) return LAKH_NO_MEMORY;
  lakh_status status = lakh_count_labels(x, labels, n_labels, NULL, clusters->counts);
  if (status != LAKH_OK) return status;
  clusters->means = lakh_alloc_zeroed((n_labels + 1) * x.cols, sizeof *clusters->means);
  if (clusters->means == NULL) return LAKH_NO_MEMORY;
  double *total = clusters->means + n_labels * x.cols;
  for (size_t row = 0; row < x.rows; row++) {
    double *sum = clusters->means + (size_t)labels[row] * x.cols;
    for (size_t j = 0; j < x.cols; j++) {
      sum[j] += (double)x.data[row * x.cols + j];
      total[j] += (double)x.data[row * x.cols + j];
    }
  }
  for (size_t label = 0; label < n_labels; label++) {
    for (size_t j = 0; j < x.cols; j++) clusters->means[label * x.cols + j] /= clusters->counts[label];
  }
  for (size_t j = 0; j < x.cols; j++) total[j] /= (double)x.rows;
  return LAKH_OK;
}

static double squared_distance(const double *a, const double *b, size_t cols) {
  double sum = 0;
  for (size_t j = 0; j < cols; j++) sum += (a[j] - b[j]) * (a[j] - b[j]);
  return sum;
}

static double squared_distance_of_row(const float *row, const double *mean, size_t cols) {
  double sum = 0;
  for (size_t j = 0; j < cols; j++) sum += ((double)row[j] - mean[j]) * ((double)row[j] - mean[j]);
  return sum;
}

lakh_status lakh_calinski_harabasz(lakh_matrix x, const int32_t *labels, size_t n_labels, double *score) {
  cluster_means clusters;
  lakh_status status = find_means(x, labels, n_labels, &clusters);
  if (status == LAKH_OK) {
    const double *total = clusters.means + n_labels * x.cols;
    double between = 0, within = 0;
    for (size_t label = 0; label < n_labels; label++) {
      between += clusters.counts[label] * squared_distance(clusters.means + label * x.cols, total, x.cols);
    }
    for (size_t row = 0; row < x.rows; row++) {
      within += squared_distance_of_row(x.data + row * x.cols, clusters.means + (size_t)labels[row] * x.cols, x.cols);
    }
    *score = within == 0 ? 1 : between * (double)(x.rows - n_labels) / (within * (double)(n_labels - 1));
  }
  release(&clusters);
  return status;
}

/* scikit-learn's idea of "all are zero" (numpy.allclose). */
static const double NEARLY_ZERO = 1e-8;

/* The mean over clusters of the largest (spread + spread') / distance to another cluster. */
static double davies_bouldin(const cluster_means *clusters, const double *spread, size_t n_labels, size_t cols) {
  double sum = 0, widest = 0, farthest = 0;
  for (size_t label = 0; label < n_labels; label++) {
    double worst = 0;
    if (spread[label] > widest) widest = spread[label];
    for (size_t other = 0; other < n_labels; other++) {
      double distance = sqrt(squared_distance(clusters->means + label * cols, clusters->means + other * cols, cols));
      if (distance > farthest) farthest = distance;
      if (distance == 0) continue; /* itself, or a cluster with the same mean: counted as infinitely far */
      double similarity = (spread[label] + spread[other]) / distance;
      if (similarity > worst) worst = similarity;
    }
    sum += worst;
  }
  return widest <= NEARLY_ZERO || farthest <= NEARLY_ZERO ? 0 : sum / (double)n_labels;
}

lakh_status lakh_davies_bouldin(lakh_matrix x, const int32_t *labels, size_t n_labels, double *score) {
  cluster_means clusters;
  double *spread = NULL; /* mean distance of a cluster's rows to its mean */
  lakh_status status = find_means(x, labels, n_labels, &clusters);
  if (status == LAKH_OK) {
    spread = lakh_alloc_zeroed(n_labels, sizeof *spread);
    if (spread == NULL) status = LAKH_NO_MEMORY;
  }
  if (status == LAKH_OK) {
    for (size_t row = 0; row < x.rows; row++) {
      const double *mean = clusters.means + (size_t)labels[row] * x.cols;
      spread[labels[row]] += sqrt(squared_distance_of_row(x.data + row * x.cols, mean, x.cols));
    }
    for (size_t label = 0; label < n_labels; label++) spread[label] /= clusters.counts[label];
    *score = davies_bouldin(&clusters, spread, n_labels, x.cols);
  }
  lakh_free(spread);
  release(&clusters);
  return status;
}

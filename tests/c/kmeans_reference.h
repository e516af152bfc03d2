/* Plain k-means in double, as scikit-learn defines it: what the fast versions are held against. */
#ifndef LAKH_TESTS_KMEANS_REFERENCE_H
#define LAKH_TESTS_KMEANS_REFERENCE_H

#include "lakh.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static inline double reference_distance(const float *row, const double *center, size_t cols) {
  double sum = 0;
  for (size_t j = 0; j < cols; j++) sum += ((double)row[j] - center[j]) * ((double)row[j] - center[j]);
  return sum;
}

/* Labels of all rows; returns the weighted sum of squared distances, and whether a label changed. */
static inline double reference_assign(lakh_matrix x, const float *weights, const double *centers, size_t k, int32_t *labels,
                                      bool *changed) {
  double inertia = 0;
  *changed = false;
  for (size_t i = 0; i < x.rows; i++) {
    const float *row = x.data + i * x.cols;
    int32_t label = 0;
    for (size_t c = 1; c < k; c++)
      if (reference_distance(row, centers + c * x.cols, x.cols) <
          reference_distance(row, centers + (size_t)label * x.cols, x.cols))
        label = (int32_t)c;
    *changed = *changed || label != labels[i];
    labels[i] = label;
    inertia += (weights != NULL ? (double)weights[i] : 1) * reference_distance(row, centers + (size_t)label * x.cols, x.cols);
  }
  return inertia;
}

typedef struct reference_fit {
  double *centers;
  int32_t *labels;
  double inertia;
  int n_iter;
  bool converged;
} reference_fit;

/* Lloyd from given centres; empty clusters take the farthest rows, the farthest first. */
static inline reference_fit reference_kmeans(lakh_matrix x, const float *weights, const float *init, size_t k, int max_iter,
                                             double tol) {
  size_t d = x.cols;
  reference_fit fit = {.centers = calloc(k * d, sizeof(double)), .labels = malloc(x.rows * sizeof(int32_t))};
  double *sums = malloc(k * d * sizeof(double)), *mass = malloc(k * sizeof(double)), variance = 0;
  double *distances = malloc(x.rows * sizeof(double));
  for (size_t i = 0; i < k * d; i++) fit.centers[i] = (double)init[i];
  for (size_t i = 0; i < x.rows; i++) fit.labels[i] = -1;
  for (size_t j = 0; j < d; j++) {
    double total = 0, mean = 0, squares = 0;
    for (size_t i = 0; i < x.rows; i++) {
      double w = weights != NULL ? (double)weights[i] : 1;
      total += w;
      mean += w * (double)x.data[i * d + j];
    }
    mean /= total;
    for (size_t i = 0; i < x.rows; i++)
      squares +=
          (weights != NULL ? (double)weights[i] : 1) * ((double)x.data[i * d + j] - mean) * ((double)x.data[i * d + j] - mean);
    variance += squares / total / (double)d;
  }
  bool changed;
  while (fit.n_iter < max_iter && !fit.converged) {
    reference_assign(x, weights, fit.centers, k, fit.labels, &changed);
    memset(sums, 0, k * d * sizeof(double));
    memset(mass, 0, k * sizeof(double));
    for (size_t i = 0; i < x.rows; i++) {
      size_t label = (size_t)fit.labels[i];
      double w = weights != NULL ? (double)weights[i] : 1;
      mass[label] += w;
      for (size_t j = 0; j < d; j++) sums[label * d + j] += w * (double)x.data[i * d + j];
      distances[i] = w > 0 ? reference_distance(x.data + i * d, fit.centers + label * d, d) : 0;
    }
    for (size_t c = 0; c < k; c++) {
      if (mass[c] > 0) continue;
      size_t far = 0;
      for (size_t i = 1; i < x.rows; i++)
        if (distances[i] > distances[far]) far = i;
      if (distances[far] <= 0) break;
      distances[far] = 0;
      size_t from = (size_t)fit.labels[far];
      double w = weights != NULL ? (double)weights[far] : 1;
      mass[c] = w;
      mass[from] -= w;
      for (size_t j = 0; j < d; j++) {
        sums[c * d + j] = w * (double)x.data[far * d + j];
        sums[from * d + j] -= w * (double)x.data[far * d + j];
      }
    }
    double movement = 0;
    for (size_t c = 0; c < k; c++)
      for (size_t j = 0; j < d && mass[c] > 0; j++) {
        double center = sums[c * d + j] / mass[c];
        movement += (center - fit.centers[c * d + j]) * (center - fit.centers[c * d + j]);
        fit.centers[c * d + j] = center;
      }
    fit.n_iter++;
    fit.converged = !changed || movement <= tol * variance;
  }
  for (size_t i = 0; i < k * d; i++) fit.centers[i] = (double)(float)fit.centers[i];
  fit.inertia = reference_assign(x, weights, fit.centers, k, fit.labels, &changed);
  free(sums);
  free(mass);
  free(distances);
  return fit;
}

static inline void free_reference(reference_fit *fit) {
  free(fit->centers);
  free(fit->labels);
}

#endif

/* Which centre is nearest: the one definition that all of lakh's k-means share.
 *
 * It is the smallest sum of squared differences, computed in double from the values as they were given, and of equally near
 * centres the first. (Centres are double while k-means moves them, float once it reports them.) The fast kernels work in float and in whatever order suits them; they only decide where the difference is
 * larger than their rounding errors can explain, and ask here otherwise (as exact geometric predicates do: Shewchuk 1997). So
 * all algorithms agree, label by label, and a model's predict() agrees with its fit(). */
#ifndef LAKH_CLUSTER_NEAREST_H
#define LAKH_CLUSTER_NEAREST_H

#include <stddef.h>
#include <stdint.h>

/* Of a row to a centre. */
static inline double lakh_squared_distance(const float *row, const double *center, size_t cols) {
  double sum = 0;
  for (size_t j = 0; j < cols; j++) {
    double difference = (double)row[j] - center[j];
    sum += difference * difference;
  }
  return sum;
}

static inline int32_t lakh_nearest_center(const float *row, const double *centers, size_t n_centers, size_t cols) {
  int32_t nearest = 0;
  double least = lakh_squared_distance(row, centers, cols);
  for (size_t c = 1; c < n_centers; c++) {
    double distance = lakh_squared_distance(row, centers + c * cols, cols);
    if (distance >= least) continue;
    least = distance;
    nearest = (int32_t)c;
  }
  return nearest;
}

#endif

/* Batch and layer normalisation: y = gamma (x - mean) scale + beta with scale = 1 / sqrt(variance + epsilon).
 *
 * With h = (x - mean) scale and g = dy gamma, over the M values that share a mean:
 *   dx = scale (g - sum(g) / M - h sum(g h) / M).
 * Sums are double, in the order of memory. */
#include "neural/layers.h"

#include <math.h>

static float one_over_root(double variance, float epsilon) { return (float)(1 / sqrt(variance + (double)epsilon)); }

void lakh_batch_norm_forward(const float *x, const float *gamma, const float *beta, float *y, float *mean, float *scale,
                             float *running_mean, float *running_variance, size_t n, size_t channels, size_t positions,
                             float epsilon, float momentum) {
  double count = (double)(n * positions);
  for (size_t c = 0; c < channels; c++) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
      for (size_t j = 0; j < positions; j++) sum += (double)x[(i * channels + c) * positions + j];
    }
    double center = sum / count;
    for (size_t i = 0; i < n; i++) {
      for (size_t j = 0; j < positions; j++) {
        double difference = (double)x[(i * channels + c) * positions + j] - center;
        squares += difference * difference;
      }
    }
    mean[c] = (float)center;
    scale[c] = one_over_root(squares / count, epsilon);
    running_mean[c] += momentum * ((float)center - running_mean[c]);
    running_variance[c] += momentum * ((float)(squares / (count > 1 ? count - 1 : 1)) - running_variance[c]);
    for (size_t i = 0; i < n; i++) {
      const float *in = x + (i * channels + c) * positions;
      float *out = y + (i * channels + c) * positions;
      for (size_t j = 0; j < positions; j++) out[j] = gamma[c] * ((in[j] - mean[c]) * scale[c]) + beta[c];
    }
  }
}

void lakh_batch_norm_apply(const float *x, const float *gamma, const float *beta, float *y, const float *running_mean,
                           const float *running_variance, size_t n, size_t channels, size_t positions, float epsilon) {
  for (size_t c = 0; c < channels; c++) {
    float scale = one_over_root((double)running_variance[c], epsilon);
    for (size_t i = 0; i < n; i++) {
      const float *in = x + (i * channels + c) * positions;
      float *out = y + (i * channels + c) * positions;
      for (size_t j = 0; j < positions; j++) out[j] = gamma[c] * ((in[j] - running_mean[c]) * scale) + beta[c];
    }
  }
}

void lakh_batch_norm_backward(const float *x, const float *gamma, const float *mean, const float *scale, const float *dy,
                              float *dx, float *dgamma, float *dbeta, size_t n, size_t channels, size_t positions) {
  double count = (double)(n * positions);
  for (size_t c = 0; c < channels; c++) {
    double sum = 0, sum_h = 0;
    for (size_t i = 0; i < n; i++) {
      for (size_t j = 0; j < positions; j++) {
        size_t at = (i * channels + c) * positions + j;
        sum += (double)dy[at];
        sum_h += (double)(dy[at] * ((x[at] - mean[c]) * scale[c]));
      }
    }
    dbeta[c] += (float)sum;
    dgamma[c] += (float)sum_h;
    if (dx == NULL) continue;
    float share = (float)(sum / count), share_h = (float)(sum_h / count), factor = gamma[c] * scale[c];
    for (size_t i = 0; i < n; i++) {
      for (size_t j = 0; j < positions; j++) {
        size_t at = (i * channels + c) * positions + j;
        dx[at] = factor * (dy[at] - share - (x[at] - mean[c]) * scale[c] * share_h);
      }
    }
  }
}

void lakh_layer_norm_forward(const float *x, const float *gamma, const float *beta, float *y, float *mean, float *scale,
                             size_t n, size_t features, float epsilon) {
  for (size_t i = 0; i < n; i++, x += features, y += features) {
    double sum = 0, squares = 0;
    for (size_t j = 0; j < features; j++) sum += (double)x[j];
    double center = sum / (double)features;
    for (size_t j = 0; j < features; j++) squares += ((double)x[j] - center) * ((double)x[j] - center);
    mean[i] = (float)center;
    scale[i] = one_over_root(squares / (double)features, epsilon);
    for (size_t j = 0; j < features; j++) y[j] = gamma[j] * ((x[j] - mean[i]) * scale[i]) + beta[j];
  }
}

void lakh_layer_norm_backward(const float *x, const float *gamma, const float *mean, const float *scale, const float *dy,
                              float *dx, float *dgamma, float *dbeta, size_t n, size_t features) {
  for (size_t i = 0; i < n; i++, x += features, dy += features) {
    double sum = 0, sum_h = 0;
    for (size_t j = 0; j < features; j++) {
      float h = (x[j] - mean[i]) * scale[i], g = dy[j] * gamma[j];
      sum += (double)g;
      sum_h += (double)(g * h);
      dgamma[j] += dy[j] * h;
      dbeta[j] += dy[j];
    }
    if (dx == NULL) continue;
    float share = (float)(sum / (double)features), share_h = (float)(sum_h / (double)features);
    for (size_t j = 0; j < features; j++) {
      float h = (x[j] - mean[i]) * scale[i];
      dx[j] = scale[i] * (dy[j] * gamma[j] - share - h * share_h);
    }
    dx += features;
  }
}

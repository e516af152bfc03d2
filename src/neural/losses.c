/* Losses: the sum is taken in double, in the order of memory. */
#include "base/logarithm.h"
#include "base/sizes.h"
#include "kernels/activations.h"
#include "neural/training.h"

/* Values that are worked on at once, so that intermediate results stay in the first-level cache. */
enum { CHUNK = 256 };

double lakh_cross_entropy(const float *logits, const float *targets, size_t n, float weight, float *dlogits) {
  float softplus[CHUNK], sigmoid[CHUNK];
  double sum = 0;
  for (size_t start = 0; start < n; start += CHUNK) {
    size_t count = lakh_smaller(CHUNK, n - start);
    const float *z = logits + start, *t = targets + start;
    lakh_softplus_sigmoid(z, softplus, sigmoid, count);
    for (size_t i = 0; i < count; i++) softplus[i] -= t[i] * z[i];
    for (size_t i = 0; i < count; i++) sum += (double)softplus[i];
    if (dlogits == NULL) continue;
    for (size_t i = 0; i < count; i++) dlogits[start + i] = weight * (sigmoid[i] - t[i]);
  }
  return sum;
}

double lakh_squared_error(const float *predictions, const float *targets, size_t n, float weight, float *dpredictions) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    float difference = predictions[i] - targets[i];
    sum += (double)difference * (double)difference;
    if (dpredictions != NULL) dpredictions[i] = 2 * weight * difference;
  }
  return sum;
}

double lakh_wasserstein(const float *scores, float sign, size_t n, float weight, float *dscores) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    sum -= (double)(sign * scores[i]);
    if (dscores != NULL) dscores[i] = -sign * weight;
  }
  return sum;
}

double lakh_hinge(const float *scores, float sign, size_t n, float weight, float *dscores) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    float margin = 1 - sign * scores[i];
    if (!(margin <= 0)) sum += (double)margin;
    if (dscores != NULL) dscores[i] = margin > 0 ? -sign * weight : 0;
  }
  return sum;
}

double lakh_softmax_cross_entropy(const float *logits, size_t label, size_t n_classes, float weight, float *dlogits) {
  float largest = logits[0];
  double sum = 0;
  for (size_t i = 1; i < n_classes; i++) largest = logits[i] > largest ? logits[i] : largest;
  for (size_t i = 0; i < n_classes; i++) dlogits[i] = logits[i] - largest;
  double distance = (double)dlogits[label];
  lakh_exp(dlogits, dlogits, n_classes);
  for (size_t i = 0; i < n_classes; i++) sum += (double)dlogits[i];
  float scale = weight / (float)sum;
  for (size_t i = 0; i < n_classes; i++) dlogits[i] *= scale;
  dlogits[label] -= weight;
  return lakh_log(sum) - distance;
}

double lakh_divergence(const float *mean, const float *log_variance, size_t n, float weight, float *dmean,
                       float *dlog_variance) {
  float variance[CHUNK];
  double sum = 0;
  for (size_t start = 0; start < n; start += CHUNK) {
    size_t count = lakh_smaller(CHUNK, n - start);
    lakh_exp(log_variance + start, variance, count);
    for (size_t i = 0; i < count; i++) {
      double m = (double)mean[start + i];
      sum += (m * m + (double)variance[i] - 1 - (double)log_variance[start + i]) / 2;
      if (dmean != NULL) dmean[start + i] = weight * mean[start + i];
      if (dlog_variance != NULL) dlog_variance[start + i] = weight * 0.5f * (variance[i] - 1);
    }
  }
  return sum;
}

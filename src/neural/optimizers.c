/* Optimisers. The loops are plain: compilers turn them into vector code, bound by memory (Adam moves 28 bytes a weight). */
#include "neural/training.h"

#include <math.h>
#include <string.h>

/* x^n by squaring, since libm's pow differs between machines. */
static double power(double x, uint64_t n) {
  double result = 1;
  for (; n > 0; n >>= 1, x *= x) {
    if (n & 1) result *= x;
  }
  return result;
}

/* m and v are running means of g and g^2, which begin at 0 and are corrected for it:
 *   w -= learning_rate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon). */
static void adam(const lakh_optimizer *o, uint64_t step, float *restrict weights, const float *restrict gradients,
                 float *restrict first, float *restrict second, size_t count) {
  float beta1 = (float)o->beta1, beta2 = (float)o->beta2, rest1 = (float)(1 - o->beta1), rest2 = (float)(1 - o->beta2);
  float rate = (float)(o->learning_rate / (1 - power(o->beta1, step)));
  float correction = (float)(1 / sqrt(1 - power(o->beta2, step))), epsilon = (float)o->epsilon;
  float decay = o->kind == LAKH_ADAM ? (float)o->weight_decay : 0;
  float keep = o->kind == LAKH_ADAMW ? (float)(1 - o->learning_rate * o->weight_decay) : 1;
  for (size_t i = 0; i < count; i++) {
    float g = gradients[i] + decay * weights[i];
    float m = beta1 * first[i] + rest1 * g, v = beta2 * second[i] + rest2 * g * g;
    first[i] = m;
    second[i] = v;
    weights[i] = keep * weights[i] - rate * m / (sqrtf(v) * correction + epsilon);
  }
}

static void rmsprop(const lakh_optimizer *o, float *restrict weights, const float *restrict gradients, float *restrict first,
                    float *restrict second, size_t count) {
  float momentum = (float)o->beta1, beta2 = (float)o->beta2, rest2 = (float)(1 - o->beta2);
  float rate = (float)o->learning_rate, epsilon = (float)o->epsilon, decay = (float)o->weight_decay;
  for (size_t i = 0; i < count; i++) {
    float g = gradients[i] + decay * weights[i], v = beta2 * second[i] + rest2 * g * g;
    float m = momentum * first[i] + g / (sqrtf(v) + epsilon);
    first[i] = m;
    second[i] = v;
    weights[i] -= rate * m;
  }
}

static void sgd(const lakh_optimizer *o, float *restrict weights, const float *restrict gradients, float *restrict first,
                size_t count) {
  float momentum = (float)o->beta1, rate = (float)o->learning_rate, decay = (float)o->weight_decay;
  for (size_t i = 0; i < count; i++) {
    float m = momentum * first[i] + (gradients[i] + decay * weights[i]);
    first[i] = m;
    weights[i] -= rate * m;
  }
}

void lakh_optimizer_update(const lakh_optimizer *optimizer, uint64_t step, float *weights, const float *gradients, float *first,
                           float *second, size_t count) {
  switch ((lakh_optimizer_kind)optimizer->kind) {
  case LAKH_ADAM:
  case LAKH_ADAMW:
    adam(optimizer, step, weights, gradients, first, second, count);
    return;
  case LAKH_RMSPROP:
    rmsprop(optimizer, weights, gradients, first, second, count);
    return;
  case LAKH_SGD:
    sgd(optimizer, weights, gradients, first, count);
    return;
  }
}

bool lakh_all_moderate(const float *values, size_t count) {
  /* The bits of LAKH_MODERATE; those of larger values, and of NaN, are larger numbers. */
  static const int32_t LARGEST = (127 + 60) << 23;
  int32_t found = 0;
  for (size_t i = 0; i < count; i++) {
    int32_t bits;
    memcpy(&bits, values + i, sizeof bits);
    found |= (bits & INT32_MAX) > LARGEST; /* a loop of integers becomes vector code */
  }
  return found == 0;
}

double lakh_clip_by_norm(float *gradients, size_t count, double limit) {
  double squares = 0;
  for (size_t i = 0; i < count; i++) squares += (double)gradients[i] * (double)gradients[i];
  double norm = sqrt(squares);
  if (norm > limit) {
    float scale = (float)(limit / norm);
    for (size_t i = 0; i < count; i++) gradients[i] *= scale;
  }
  return norm;
}

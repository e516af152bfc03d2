/* What turns layers into learning: first weights, losses, optimisers. Explicit buffers, no hidden state. */
#ifndef LAKH_NEURAL_TRAINING_H
#define LAKH_NEURAL_TRAINING_H

#include "base/random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Random values ----------------------------------------------------------------------------------------------------- */

/* Uniform in [low, high). */
void lakh_fill_uniform(lakh_random *random, float *values, size_t count, float low, float high);
/* Normal with mean 0 and the given standard deviation. */
void lakh_fill_normal(lakh_random *random, float *values, size_t count, float deviation);

typedef enum lakh_initialization {
  LAKH_GLOROT_UNIFORM = 0, /* within sqrt(6 / (inputs + outputs)) of 0 (Glorot & Bengio 2010) */
  LAKH_GLOROT_NORMAL = 1,  /* variance 2 / (inputs + outputs) */
  LAKH_HE_UNIFORM = 2,     /* within sqrt(6 / inputs) of 0 (He et al. 2015) */
  LAKH_HE_NORMAL = 3,      /* variance 2 / inputs */
  LAKH_FAN_IN_UNIFORM = 4, /* within 1 / sqrt(inputs) of 0, for biases too: what PyTorch's dense layers begin with */
} lakh_initialization;

/* `inputs` and `outputs` are the fans: for a convolution the channels times kernel^2. */
void lakh_initialize(lakh_initialization initialization, lakh_random *random, float *weight, size_t count, size_t inputs,
                     size_t outputs);

/* ---- Losses ------------------------------------------------------------------------------------------------------------ */

/* Each returns the sum over n values, in double, and writes its derivative times `weight` to the d... array unless that is NULL:
 * with weight = 1 / n the gradient is that of the mean. */

/* Binary cross-entropy -t ln s(z) - (1 - t) ln(1 - s(z)) of targets t in [0, 1] with s the sigmoid of the logits z, as
 * ln(1 + e^z) - t z, which stays finite. */
double lakh_cross_entropy(const float *logits, const float *targets, size_t n, float weight, float *dlogits);

/* (p - t)^2 */
double lakh_squared_error(const float *predictions, const float *targets, size_t n, float weight, float *dpredictions);

/* -sign s: a critic's scores s of real samples (sign 1) are to rise, of generated ones (sign -1) to fall (Arjovsky et al. 2017). */
double lakh_wasserstein(const float *scores, float sign, size_t n, float weight, float *dscores);

/* max(0, 1 - sign s) (Lim & Ye 2017) */
double lakh_hinge(const float *scores, float sign, size_t n, float weight, float *dscores);

/* -ln of the label's softmax probability, for the logits of one sample; here dlogits (n_classes) may not be NULL. */
double lakh_softmax_cross_entropy(const float *logits, size_t label, size_t n_classes, float weight, float *dlogits);

/* The divergence of N(mean, e^log_variance) from N(0, 1): (mean^2 + e^log_variance - 1 - log_variance) / 2. */
double lakh_divergence(const float *mean, const float *log_variance, size_t n, float weight, float *dmean,
                       float *dlog_variance);

/* ---- Optimisers -------------------------------------------------------------------------------------------------------- */

typedef enum lakh_optimizer_kind {
  LAKH_ADAM = 0,    /* Kingma & Ba 2015 */
  LAKH_ADAMW = 1,   /* weight decay beside the adaptive step (Loshchilov & Hutter 2019) */
  LAKH_RMSPROP = 2, /* Tieleman & Hinton 2012 */
  LAKH_SGD = 3,     /* with momentum */
} lakh_optimizer_kind;

typedef struct lakh_optimizer {
  int32_t kind; /* lakh_optimizer_kind */
  double learning_rate;
  double beta1;        /* Adam: decay of the mean gradient; RMSprop, SGD: momentum */
  double beta2;        /* Adam, RMSprop: decay of the mean squared gradient */
  double epsilon;      /* Adam, RMSprop: added to the root of the mean squared gradient */
  double weight_decay; /* added to the gradient, times the weight; AdamW: taken from the weight directly */
} lakh_optimizer;

/* One step. `first` and `second` are the moments, `count` values each, 0 at the start; SGD does not use
 * `second`, which may then be NULL. `step` counts from 1. */
void lakh_optimizer_update(const lakh_optimizer *optimizer, uint64_t step, float *weights, const float *gradients, float *first,
                           float *second, size_t count);

/* Gradients, weights and learning rates of at most 2^60 cannot leave weights that are not finite after one step. Training that goes
 * beyond has diverged long before. */
#define LAKH_MODERATE 0x1p60f

/* False when there is a NaN, an infinity, or a value beyond +-LAKH_MODERATE. */
bool lakh_all_moderate(const float *values, size_t count);

static inline bool lakh_is_learning_rate(double rate) { return rate > 0 && rate <= (double)LAKH_MODERATE; }

/* Scales the gradients so that their Euclidean norm is at most `limit`; returns what it was. */
double lakh_clip_by_norm(float *gradients, size_t count, double limit);

#endif

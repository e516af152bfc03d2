/* Activation functions and their derivatives over arrays, and the elementary functions that losses need. The arrays may be the
 * same one; they do not overlap otherwise. Error bounds stand in kernels/vector_math.h. */
#ifndef LAKH_KERNELS_ACTIVATIONS_H
#define LAKH_KERNELS_ACTIVATIONS_H

#include <stddef.h>

typedef enum lakh_activation {
  LAKH_LINEAR = 0,     /* x */
  LAKH_RELU = 1,       /* max(x, 0) */
  LAKH_LEAKY_RELU = 2, /* x for x > 0, otherwise 0.2 x */
  LAKH_ELU = 3,        /* x for x > 0, otherwise e^x - 1 */
  LAKH_GELU = 4,       /* x times the share of the normal distribution below x */
  LAKH_SILU = 5,       /* x sigmoid(x) */
  LAKH_TANH = 6,
  LAKH_SIGMOID = 7,
  LAKH_ACTIVATIONS = 8, /* how many there are */
} lakh_activation;

/* y = activation(x), n values. */
void lakh_activate(lakh_activation activation, const float *x, float *y, size_t n);

/* dx = dy * activation'(x), n values; `x` and `y` as in the forward pass. Only GELU and SiLU read `x`: for the others it may be
 * NULL, and their forward pass may have been in place. */
void lakh_activate_backward(lakh_activation activation, const float *x, const float *y, const float *dy, float *dx, size_t n);

void lakh_exp(const float *x, float *y, size_t n);
void lakh_log1p(const float *x, float *y, size_t n);
/* softplus = ln(1 + e^x) and its derivative. */
void lakh_softplus_sigmoid(const float *x, float *softplus, float *sigmoid, size_t n);

#endif

/* The gradient penalty of a critic, with its exact gradient. */
#ifndef LAKH_NEURAL_GRADIENT_PENALTY_H
#define LAKH_NEURAL_GRADIENT_PENALTY_H

#include "neural/network.h"

typedef struct lakh_gradient_penalty {
  float *x;           /* rows of the critic's input, written by the caller: where the penalty is taken */
  size_t rows;        /* that are worked on at once; the following are for so many */
  float *slopes;      /* the derivative of the score by them, then the direction described in the .c */
  float *deltas;      /* derivatives of the score by the results of all layers, before their activations */
  float *tangents[2]; /* derivatives of a layer's result, and of the one before it, along the direction */
  float *memory;
} lakh_gradient_penalty;

/* For up to batch_size rows. LAKH_BAD_ARGUMENT: a layer is neither dense nor a convolution, or its activation is not piecewise
 * linear. */
lakh_status lakh_gradient_penalty_make(lakh_gradient_penalty *penalty, const lakh_network *critic, size_t batch_size);
void lakh_gradient_penalty_free(lakh_gradient_penalty *penalty);

/* Adds to *sum, over n rows, weights[i] (norm_i - 1)^2, where norm_i is that of the derivative of the score by the first n_features
 * values of row i (labels stand behind them), and to the critic's gradients those of the sum. The critic's activations are
 * overwritten. In pieces, as lakh_network_forward_some. */
bool lakh_gradient_penalty_add_some(lakh_gradient_penalty *penalty, lakh_network *critic, size_t n, size_t n_features,
                                    const float *weights, double *sum, lakh_cursor *cursor);

#endif

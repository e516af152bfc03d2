/* The gradient penalty (Gulrajani et al., "Improved training of Wasserstein GANs", 2017): P = sum of w_i (|g_i| - 1)^2 with g_i
 * the derivative of the critic's score D(x_i) by its input.
 *
 * Learning from it takes second derivatives. With u_i = dP/dg_i = 2 w_i (|g_i| - 1) g_i / |g_i| held fixed,
 *
 *   dP/dtheta = d/dtheta of the sum of u_i . g_i,
 *
 * and u_i . g_i is the derivative of D(x_i) along u_i. That is what comes out when u_i goes through the critic as a tangent:
 * t_0 = u, t_l = a_l'(z_l) (W_l t_{l-1}), where z_l is the layer's result before its activation a_l. It is linear in each W_l, by
 * which its derivative is delta_l t_{l-1}^T, delta_l being dD/dz_l, which the pass that gave g has met anyway. Biases move the
 * score but not its slope, and for a piecewise linear activation a_l'' = 0, so that nothing else depends on theta.
 *
 * Time: about twice that of an ordinary step for the same rows. Memory: once more the activations. */
#include "neural/gradient_penalty.h"

#include "base/alloc.h"
#include "base/sizes.h"

#include <math.h>
#include <string.h>

static size_t size_of(lakh_shape shape) { return shape.channels * shape.height * shape.width; }

static bool is_supported(const lakh_placed_layer *p) {
  lakh_activation a = p->layer.activation;
  return (p->layer.kind == LAKH_LAYER_DENSE || p->layer.kind == LAKH_LAYER_CONVOLUTION) &&
         (a == LAKH_LINEAR || a == LAKH_RELU || a == LAKH_LEAKY_RELU);
}

/* Forward, back, along the directions, and the derivative by the weights. */
static double work_of_row(const lakh_network *critic) { return 4 * lakh_network_work(critic); }

/* Few rows would cost more for going through the weights than for multiplying. */
static size_t rows_together(const lakh_network *critic, size_t batch_size) {
  double fitting = LAKH_PIECE_OF_WORK / work_of_row(critic);
  return fitting < (double)batch_size ? lakh_larger((size_t)fitting, lakh_smaller(32, batch_size)) : batch_size;
}

lakh_status lakh_gradient_penalty_make(lakh_gradient_penalty *penalty, const lakh_network *critic, size_t batch_size) {
  size_t widest = critic->in_size, results = 0;
  *penalty = (lakh_gradient_penalty){.rows = rows_together(critic, batch_size)};
  for (size_t i = 0; i < critic->n_layers; i++) {
    if (!is_supported(critic->layers + i)) return LAKH_BAD_ARGUMENT;
    widest = lakh_larger(widest, size_of(critic->layers[i].out));
    results += size_of(critic->layers[i].out);
  }
  /* The critic has more activations than this, so that nothing overflows. */
  size_t inputs = batch_size * critic->in_size, rows = penalty->rows;
  float *memory = lakh_alloc(inputs + rows * (critic->in_size + results + 2 * widest), sizeof *memory);
  if (memory == NULL) return LAKH_NO_MEMORY;
  penalty->memory = penalty->x = memory;
  penalty->slopes = penalty->x + inputs;
  penalty->deltas = penalty->slopes + rows * critic->in_size;
  penalty->tangents[0] = penalty->deltas + rows * results;
  penalty->tangents[1] = penalty->tangents[0] + rows * widest;
  return LAKH_OK;
}

void lakh_gradient_penalty_free(lakh_gradient_penalty *penalty) {
  lakh_free(penalty->memory);
  *penalty = (lakh_gradient_penalty){0};
}

/* ---- A layer's linear part ---------------------------------------------------------------------------------------------- */

/* y = W x, without the bias. */
static void push(lakh_network *critic, const lakh_placed_layer *p, const float *x, float *y, size_t n) {
  const float *weight = critic->parameters + p->weight;
  if (p->layer.kind == LAKH_LAYER_DENSE) {
    lakh_dense_forward(x, weight, NULL, y, n, p->inputs, p->outputs, false, critic->workspace);
  } else {
    lakh_convolution_forward(&p->convolution, x, weight, NULL, y, n, critic->workspace);
  }
}

/* dx = W^T dy and the gradient of W by dy x^T; dx, or dweight and x, may be NULL. */
static void pull(lakh_network *critic, const lakh_placed_layer *p, const float *x, const float *dy, float *dx, float *dweight,
                 size_t n) {
  const float *weight = critic->parameters + p->weight;
  if (p->layer.kind == LAKH_LAYER_DENSE) {
    lakh_dense_backward(x, weight, dy, dx, dweight, NULL, n, p->inputs, p->outputs, critic->workspace);
  } else {
    lakh_convolution_backward(&p->convolution, x, weight, dy, dx, dweight, NULL, n, critic->workspace);
  }
}

static void through_activation(const lakh_network *critic, const lakh_placed_layer *p, const float *dy, float *dx, size_t n) {
  lakh_activate_backward(p->layer.activation, NULL, critic->activations + p->after, dy, dx, n * size_of(p->out));
}

/* ---- The penalty --------------------------------------------------------------------------------------------------------- */

/* From the score back to the input, keeping the delta of each layer. */
static void take_slopes(lakh_gradient_penalty *penalty, lakh_network *critic, size_t n) {
  size_t last = critic->n_layers - 1;
  float *delta = penalty->deltas, *dy = penalty->tangents[0];
  for (size_t i = 0; i < n * critic->out_size; i++) dy[i] = 1;
  for (size_t i = last + 1; i-- > 0;) {
    const lakh_placed_layer *p = critic->layers + i;
    through_activation(critic, p, dy, delta, n);
    dy = i == 0 ? penalty->slopes : penalty->tangents[0];
    pull(critic, p, NULL, delta, dy, NULL, n);
    delta += n * size_of(p->out);
  }
}

/* The penalty; turns each slope g into u. */
static double slopes_to_directions(float *slopes, size_t stride, size_t n, size_t n_features, const float *weights) {
  double sum = 0;
  for (size_t i = 0; i < n; i++, slopes += stride) {
    double squares = 0;
    for (size_t j = 0; j < n_features; j++) squares += (double)slopes[j] * (double)slopes[j];
    double norm = sqrt(squares), excess = norm - 1, weight = (double)weights[i];
    sum += weight * excess * excess;
    float factor = norm > 0 ? (float)(2 * weight * excess / norm) : 0; /* where the norm has no derivative, as PyTorch */
    for (size_t j = 0; j < n_features; j++) slopes[j] *= factor;
    for (size_t j = n_features; j < stride; j++) slopes[j] = 0;
  }
  return sum;
}

static void push_directions(lakh_gradient_penalty *penalty, lakh_network *critic, size_t n) {
  const float *tangent = penalty->slopes, *delta = penalty->deltas;
  for (size_t i = 0; i < critic->n_layers; i++) delta += n * size_of(critic->layers[i].out);
  for (size_t i = 0; i < critic->n_layers; i++) {
    const lakh_placed_layer *p = critic->layers + i;
    delta -= n * size_of(p->out); /* the last layer's delta came first */
    pull(critic, p, tangent, delta, NULL, critic->gradients + p->weight, n);
    if (i + 1 == critic->n_layers) return;
    float *next = penalty->tangents[i % 2];
    push(critic, p, tangent, next, n);
    through_activation(critic, p, next, next, n);
    tangent = next;
  }
}

bool lakh_gradient_penalty_add_some(lakh_gradient_penalty *penalty, lakh_network *critic, size_t n, size_t n_features,
                                    const float *weights, double *sum, lakh_cursor *cursor) {
  while (cursor->samples < n) {
    if (cursor->work <= 0) return false;
    size_t first = cursor->samples, count = lakh_smaller(penalty->rows, n - first);
    lakh_network_forward(critic, penalty->x + first * critic->in_size, (lakh_pass){.n = count, .training = true});
    take_slopes(penalty, critic, count);
    *sum += slopes_to_directions(penalty->slopes, critic->in_size, count, n_features, weights + first);
    push_directions(penalty, critic, count);
    cursor->samples += count;
    cursor->work -= work_of_row(critic) * (double)count;
  }
  cursor->samples = 0;
  return true;
}

/* The layers of a network, each a pair of functions: forward gives y from x, backward gives dx and adds to the gradients of the
 * parameters, where d... is the derivative of the loss by that array. All buffers are the caller's; nothing is remembered.
 *
 * Shapes are written (N, C, H, W): N samples, C channels, H rows, W columns, the last one contiguous. This is PyTorch's order,
 * so that weights can be handed over as they are; and one image's channel is one contiguous run, which is what the products,
 * sums and copies below go through. (N, D) are N samples of D features. `dx` may be NULL where it is not wanted; so may `dweight` and `dbias` of dense layers and
 * convolutions, and without `dweight` also `x`. */
#ifndef LAKH_NEURAL_LAYERS_H
#define LAKH_NEURAL_LAYERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Dense: y = x weight^T + bias -------------------------------------------------------------------------------------- */

/* Floats of workspace for both directions of a dense layer on up to n samples. */
size_t lakh_dense_workspace(size_t n, size_t inputs, size_t outputs);

/* x (N, inputs), weight (outputs, inputs), bias (outputs) -> y (N, outputs); with `relu`, max(y, 0). */
void lakh_dense_forward(const float *x, const float *weight, const float *bias, float *y, size_t n, size_t inputs,
                        size_t outputs, bool relu, float *workspace);

void lakh_dense_backward(const float *x, const float *weight, const float *dy, float *dx, float *dweight, float *dbias,
                         size_t n, size_t inputs, size_t outputs, float *workspace);

/* ---- Convolution and its transpose ------------------------------------------------------------------------------------- */

/* A convolution leads from an image to a (smaller) map; the transposed one, which is its adjoint, from a map to an image. One
 * geometry and one array of weights (map_channels, image_channels, kernel, kernel) serve both. */
typedef struct lakh_convolution {
  size_t image_channels, image_height, image_width;
  size_t map_channels, map_height, map_width;
  size_t kernel, stride, padding; /* padding: zeros around the image, < kernel */
} lakh_convolution;

/* The length of the map's side for an image's side, 0 when the kernel does not fit. */
size_t lakh_convolution_side(size_t image_side, size_t kernel, size_t stride, size_t padding);

/* How many images go into one product: multiples of it are best worked on at once. */
size_t lakh_convolution_images(const lakh_convolution *shape);

size_t lakh_convolution_workspace(const lakh_convolution *shape);

/* x (N, image) , bias (map_channels) -> y (N, map). */
void lakh_convolution_forward(const lakh_convolution *shape, const float *x, const float *weight, const float *bias, float *y,
                              size_t n, float *workspace);
void lakh_convolution_backward(const lakh_convolution *shape, const float *x, const float *weight, const float *dy, float *dx,
                               float *dweight, float *dbias, size_t n, float *workspace);

/* x (N, map), bias (image_channels) -> y (N, image). */
void lakh_transposed_convolution_forward(const lakh_convolution *shape, const float *x, const float *weight, const float *bias,
                                         float *y, size_t n, float *workspace);
void lakh_transposed_convolution_backward(const lakh_convolution *shape, const float *x, const float *weight, const float *dy,
                                          float *dx, float *dweight, float *dbias, size_t n, float *workspace);

/* ---- Normalisation ----------------------------------------------------------------------------------------------------- */

/* Batch normalisation (Ioffe & Szegedy 2015) of x (N, C, S), S positions a channel (1 for dense layers). Training takes mean and
 * variance of the batch, writes mean and 1 / sqrt(variance + epsilon) to `mean` and `scale` (C) for the backward pass, and moves
 * the running ones by `momentum` towards them (the variance without bias, as PyTorch does). N S >= 2. */
void lakh_batch_norm_forward(const float *x, const float *gamma, const float *beta, float *y, float *mean, float *scale,
                             float *running_mean, float *running_variance, size_t n, size_t channels, size_t positions,
                             float epsilon, float momentum);
/* With the running mean and variance, after training. */
void lakh_batch_norm_apply(const float *x, const float *gamma, const float *beta, float *y, const float *running_mean,
                           const float *running_variance, size_t n, size_t channels, size_t positions, float epsilon);
void lakh_batch_norm_backward(const float *x, const float *gamma, const float *mean, const float *scale, const float *dy,
                              float *dx, float *dgamma, float *dbeta, size_t n, size_t channels, size_t positions);

/* Layer normalisation (Ba, Kiros & Hinton 2016) of each sample of x (N, D); gamma, beta (D); mean, scale (N). */
void lakh_layer_norm_forward(const float *x, const float *gamma, const float *beta, float *y, float *mean, float *scale,
                             size_t n, size_t features, float epsilon);
void lakh_layer_norm_backward(const float *x, const float *gamma, const float *mean, const float *scale, const float *dy,
                              float *dx, float *dgamma, float *dbeta, size_t n, size_t features);

/* ---- Dropout ----------------------------------------------------------------------------------------------------------- */

/* Drops each value with probability 0 <= rate < 1 and divides the others by 1 - rate (Srivastava et al. 2014). What is dropped
 * is a function of (seed, stream, place): the backward pass is the same call on dy. In place is allowed. */
void lakh_dropout(const float *x, float *y, size_t count, float rate, uint32_t seed, uint64_t stream);

/* ---- Sampling up and down ---------------------------------------------------------------------------------------------- */

/* Each value becomes a block of factor x factor: x (N C, H, W) -> y (N C, H factor, W factor). */
void lakh_upsample_forward(const float *x, float *y, size_t planes, size_t height, size_t width, size_t factor);
void lakh_upsample_backward(const float *dy, float *dx, size_t planes, size_t height, size_t width, size_t factor);

/* Each block of size x size becomes one value: x (N C, H, W) -> y (N C, H / size, W / size), division rounding down; rows and
 * columns beyond the last whole block are left out. */
void lakh_average_pool_forward(const float *x, float *y, size_t planes, size_t height, size_t width, size_t size);
void lakh_average_pool_backward(const float *dy, float *dx, size_t planes, size_t height, size_t width, size_t size);
/* The largest; of equal ones the first gets the gradient. */
void lakh_max_pool_forward(const float *x, float *y, size_t planes, size_t height, size_t width, size_t size);
void lakh_max_pool_backward(const float *x, const float *dy, float *dx, size_t planes, size_t height, size_t width,
                            size_t size);

#endif

/* The dense layer: three matrix products. */
#include "base/sizes.h"
#include "kernels/matmul.h"
#include "neural/layers.h"

static lakh_matmul_shape forward_shape(size_t n, size_t inputs, size_t outputs) {
  return (lakh_matmul_shape){.rows = n, .cols = outputs, .depth = inputs, .b_transposed = true};
}
static lakh_matmul_shape input_gradient_shape(size_t n, size_t inputs, size_t outputs) {
  return (lakh_matmul_shape){.rows = n, .cols = inputs, .depth = outputs};
}
static lakh_matmul_shape weight_gradient_shape(size_t n, size_t inputs, size_t outputs) {
  return (lakh_matmul_shape){.rows = outputs, .cols = inputs, .depth = n, .a_transposed = true};
}

size_t lakh_dense_workspace(size_t n, size_t inputs, size_t outputs) {
  lakh_matmul_shape forward = forward_shape(n, inputs, outputs);
  lakh_matmul_shape input_gradient = input_gradient_shape(n, inputs, outputs);
  lakh_matmul_shape weight_gradient = weight_gradient_shape(n, inputs, outputs);
  return lakh_larger(lakh_matmul_workspace(&forward),
                     lakh_larger(lakh_matmul_workspace(&input_gradient), lakh_matmul_workspace(&weight_gradient)));
}

void lakh_dense_forward(const float *x, const float *weight, const float *bias, float *y, size_t n, size_t inputs,
                        size_t outputs, bool relu, float *workspace) {
  lakh_matmul_shape shape = forward_shape(n, inputs, outputs);
  lakh_matmul(&shape, x, inputs, weight, inputs, y, outputs, (lakh_matmul_finish){.bias = bias, .relu = relu}, workspace);
}

void lakh_dense_backward(const float *x, const float *weight, const float *dy, float *dx, float *dweight, float *dbias,
                         size_t n, size_t inputs, size_t outputs, float *workspace) {
  if (dx != NULL) {
    lakh_matmul_shape shape = input_gradient_shape(n, inputs, outputs);
    lakh_matmul(&shape, dy, outputs, weight, inputs, dx, inputs, (lakh_matmul_finish){0}, workspace);
  }
  if (dweight != NULL) {
    lakh_matmul_shape shape = weight_gradient_shape(n, inputs, outputs);
    lakh_matmul(&shape, dy, outputs, x, inputs, dweight, inputs, (lakh_matmul_finish){.accumulate = true}, workspace);
  }
  if (dbias == NULL) return;
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < outputs; j++) dbias[j] += dy[i * outputs + j];
  }
}

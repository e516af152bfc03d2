#include "../oracle/neural/fixtures.h"
#include "kernels/activations.h"
#include "neural/layers.h"
#include "test_neural.h"

/* One layer under test: all that forward and backward read and write. The loss is sum(y * dy) with dy = pattern(9). */
typedef struct bench {
  enum { DENSE, CONVOLUTION, TRANSPOSED, BATCH_NORM, LAYER_NORM, UPSAMPLE, AVERAGE_POOL, MAX_POOL, ACTIVATION } kind;
  lakh_convolution shape;
  lakh_activation activation;
  size_t n, a, b; /* dense: inputs, outputs; norms: channels, positions; resampling: height, width of one plane */
  size_t x_size, y_size, weight_size, bias_size;
  float *x, *weight, *bias, *y, *dy, *dx, *dweight, *dbias, *mean, *scale, *running_mean, *running_variance, *workspace;
} bench;

static void forward(bench *t) {
  switch (t->kind) {
  case DENSE:
    lakh_dense_forward(t->x, t->weight, t->bias, t->y, t->n, t->a, t->b, false, t->workspace);
    return;
  case CONVOLUTION:
    lakh_convolution_forward(&t->shape, t->x, t->weight, t->bias, t->y, t->n, t->workspace);
    return;
  case TRANSPOSED:
    lakh_transposed_convolution_forward(&t->shape, t->x, t->weight, t->bias, t->y, t->n, t->workspace);
    return;
  case BATCH_NORM:
    lakh_batch_norm_forward(t->x, t->weight, t->bias, t->y, t->mean, t->scale, t->running_mean, t->running_variance, t->n, t->a,
                            t->b, 1e-5f, 0.1f);
    return;
  case LAYER_NORM:
    lakh_layer_norm_forward(t->x, t->weight, t->bias, t->y, t->mean, t->scale, t->n, t->a, 1e-5f);
    return;
  case UPSAMPLE:
    lakh_upsample_forward(t->x, t->y, t->n, t->a, t->b, 2);
    return;
  case AVERAGE_POOL:
    lakh_average_pool_forward(t->x, t->y, t->n, t->a, t->b, 2);
    return;
  case MAX_POOL:
    lakh_max_pool_forward(t->x, t->y, t->n, t->a, t->b, 2);
    return;
  case ACTIVATION:
    lakh_activate(t->activation, t->x, t->y, t->n);
    return;
  }
}

static void backward(bench *t, float *dx) {
  switch (t->kind) {
  case DENSE:
    lakh_dense_backward(t->x, t->weight, t->dy, dx, t->dweight, t->dbias, t->n, t->a, t->b, t->workspace);
    return;
  case CONVOLUTION:
    lakh_convolution_backward(&t->shape, t->x, t->weight, t->dy, dx, t->dweight, t->dbias, t->n, t->workspace);
    return;
  case TRANSPOSED:
    lakh_transposed_convolution_backward(&t->shape, t->x, t->weight, t->dy, dx, t->dweight, t->dbias, t->n, t->workspace);
    return;
  case BATCH_NORM:
    lakh_batch_norm_backward(t->x, t->weight, t->mean, t->scale, t->dy, dx, t->dweight, t->dbias, t->n, t->a, t->b);
    return;
  case LAYER_NORM:
    lakh_layer_norm_backward(t->x, t->weight, t->mean, t->scale, t->dy, dx, t->dweight, t->dbias, t->n, t->a);
    return;
  case UPSAMPLE:
    lakh_upsample_backward(t->dy, dx, t->n, t->a, t->b, 2);
    return;
  case AVERAGE_POOL:
    lakh_average_pool_backward(t->dy, dx, t->n, t->a, t->b, 2);
    return;
  case MAX_POOL:
    lakh_max_pool_backward(t->x, t->dy, dx, t->n, t->a, t->b, 2);
    return;
  case ACTIVATION:
    lakh_activate_backward(t->activation, t->x, t->y, t->dy, dx, t->n);
    return;
  }
}

static double loss(void *context) {
  bench *t = context;
  forward(t);
  return dot(t->y, t->dy, t->y_size);
}

/* Fills in the buffers, runs both directions, checks central differences, and that gradients add up over calls. */
static bench run(bench t) {
  size_t workspace = 1, groups = t.n + t.a;
  if (t.kind == DENSE) workspace = lakh_dense_workspace(t.n, t.a, t.b);
  if (t.kind == CONVOLUTION || t.kind == TRANSPOSED) workspace = lakh_convolution_workspace(&t.shape);
  t.x = pattern(1, t.x_size);
  t.weight = pattern(2, t.weight_size);
  t.bias = pattern(3, t.bias_size);
  t.dy = pattern(9, t.y_size);
  t.y = zeros(t.y_size);
  t.dx = zeros(t.x_size);
  t.dweight = zeros(t.weight_size);
  t.dbias = zeros(t.bias_size);
  t.mean = zeros(groups);
  t.scale = zeros(groups);
  t.running_mean = zeros(groups);
  t.running_variance = zeros(groups);
  for (size_t i = 0; i < groups; i++) t.running_variance[i] = 1;
  t.workspace = zeros(workspace);
  if (t.kind == ACTIVATION) {
    for (size_t i = 0; i < t.x_size; i++) t.x[i] *= 5;
  }
  forward(&t);
  backward(&t, t.dx);
  return t;
}

static void check_differences(bench *t) {
  float *running_mean = t->running_mean, *running_variance = t->running_variance;
  t->running_mean = zeros(t->n + t->a);
  t->running_variance = zeros(t->n + t->a);
  check_gradient("x", t->x, t->dx, t->x_size, loss, t, 2e-3);
  check_gradient("weight", t->weight, t->dweight, t->weight_size, loss, t, 1e-3);
  check_gradient("bias", t->bias, t->dbias, t->bias_size, loss, t, 1e-3);
  free(t->running_mean);
  free(t->running_variance);
  t->running_mean = running_mean;
  t->running_variance = running_variance;
  if (t->weight_size == 0) return;
  forward(t);
  float *once = zeros(t->weight_size), *once_bias = zeros(t->bias_size);
  memcpy(once, t->dweight, t->weight_size * sizeof *once);
  memcpy(once_bias, t->dbias, t->bias_size * sizeof *once);
  backward(t, NULL);
  for (size_t i = 0; i < t->weight_size; i++) CHECK_NEAR(t->dweight[i], 2 * once[i], 1e-5);
  for (size_t i = 0; i < t->bias_size; i++) CHECK_NEAR(t->dbias[i], 2 * once_bias[i], 1e-5);
  free(once);
  free(once_bias);
}

static void finish(bench *t) {
  check_differences(t);
  float *all[] = {t->x,        t->weight, t->bias, t->y,     t->dy,           t->dx,
                  t->dweight,  t->dbias,  t->mean, t->scale, t->running_mean, t->running_variance,
                  t->workspace};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

static void dense_is_pytorchs_linear(void) {
  bench t = run((bench){.kind = DENSE, .n = 5, .a = 7, .b = 6, .x_size = 35, .y_size = 30, .weight_size = 42, .bias_size = 6});
  CHECK_ARRAY(t.y, dense_y, 1e-6);
  CHECK_ARRAY(t.dx, dense_dx, 1e-6);
  CHECK_ARRAY(t.dweight, dense_dweight, 1e-6);
  CHECK_ARRAY(t.dbias, dense_dbias, 1e-6);
  finish(&t);
}

static bench run_convolution(int kind, lakh_convolution s, size_t n) {
  size_t image = s.image_channels * s.image_height * s.image_width, map = s.map_channels * s.map_height * s.map_width;
  bool transposed = kind == TRANSPOSED;
  return run((bench){.kind = transposed ? TRANSPOSED : CONVOLUTION,
                     .shape = s,
                     .n = n,
                     .x_size = n * (transposed ? map : image),
                     .y_size = n * (transposed ? image : map),
                     .weight_size = s.map_channels * s.image_channels * s.kernel * s.kernel,
                     .bias_size = transposed ? s.image_channels : s.map_channels});
}

#define CHECK_LAYER(t, name)                                                                                                   \
  do {                                                                                                                         \
    CHECK_ARRAY((t).y, name##_y, 2e-6);                                                                                        \
    CHECK_ARRAY((t).dx, name##_dx, 2e-6);                                                                                      \
    CHECK_ARRAY((t).dweight, name##_dweight, 2e-6);                                                                            \
    CHECK_ARRAY((t).dbias, name##_dbias, 2e-6);                                                                                \
    finish(&(t));                                                                                                              \
  } while (0)

static void convolution_is_pytorchs_conv2d(void) {
  bench t = run_convolution(CONVOLUTION, (lakh_convolution){3, 7, 6, 4, 4, 3, 3, 2, 1}, 2);
  CHECK_LAYER(t, convolution);
  t = run_convolution(CONVOLUTION, (lakh_convolution){1, 5, 5, 2, 2, 2, 4, 1, 0}, 2);
  CHECK_LAYER(t, convolution_valid);
}

static void transposed_convolution_is_pytorchs_conv_transpose2d(void) {
  bench t = run_convolution(TRANSPOSED, (lakh_convolution){3, 6, 4, 4, 3, 2, 4, 2, 1}, 2);
  CHECK_LAYER(t, transposed_convolution);
  t = run_convolution(TRANSPOSED, (lakh_convolution){3, 8, 8, 2, 4, 4, 3, 2, 1}, 2);
  CHECK_LAYER(t, transposed_convolution_padded);
}

static void convolutions_of_odd_geometry_have_right_gradients(void) {
  for (size_t kernel = 1; kernel <= 5; kernel++) {
    for (size_t stride = 1; stride <= 3; stride++) {
      for (size_t padding = 0; padding < kernel; padding += 2) {
        lakh_convolution s = {2, 6, 5, 3, 0, 0, kernel, stride, padding};
        s.map_height = lakh_convolution_side(s.image_height, kernel, stride, padding);
        s.map_width = lakh_convolution_side(s.image_width, kernel, stride, padding);
        bench t = run_convolution(CONVOLUTION, s, 2);
        finish(&t);
        t = run_convolution(TRANSPOSED, s, 2);
        finish(&t);
      }
    }
  }
  /* More images than go side by side (256 places), and a rest. */
  bench t = run_convolution(CONVOLUTION, (lakh_convolution){1, 9, 9, 2, 9, 9, 3, 1, 1}, 8);
  finish(&t);
  t = run_convolution(TRANSPOSED, (lakh_convolution){1, 9, 9, 2, 9, 9, 3, 1, 1}, 8);
  finish(&t);
  CHECK_EQ(lakh_convolution_side(3, 6, 1, 1), 0);
  CHECK_EQ(lakh_convolution_side(28, 4, 2, 1), 14);
}

static void batch_norm_is_pytorchs(void) {
  bench t =
      run((bench){.kind = BATCH_NORM, .n = 4, .a = 3, .b = 5, .x_size = 60, .y_size = 60, .weight_size = 3, .bias_size = 3});
  CHECK_ARRAY(t.y, batch_norm_y, 1e-6);
  CHECK_ARRAY(t.dx, batch_norm_dx, 1e-5);
  CHECK_ARRAY(t.dweight, batch_norm_dgamma, 1e-5);
  CHECK_ARRAY(t.dbias, batch_norm_dbeta, 1e-6);
  CHECK_ARRAY(t.running_mean, batch_norm_running_mean, 1e-6);
  CHECK_ARRAY(t.running_variance, batch_norm_running_variance, 1e-6);
  lakh_batch_norm_apply(t.x, t.weight, t.bias, t.y, t.running_mean, t.running_variance, 4, 3, 5, 1e-5f);
  CHECK_ARRAY(t.y, batch_norm_applied, 1e-6);
  finish(&t);
}

static void layer_norm_is_pytorchs(void) {
  bench t = run((bench){.kind = LAYER_NORM, .n = 4, .a = 6, .x_size = 24, .y_size = 24, .weight_size = 6, .bias_size = 6});
  CHECK_ARRAY(t.y, layer_norm_y, 1e-6);
  CHECK_ARRAY(t.dx, layer_norm_dx, 1e-5);
  CHECK_ARRAY(t.dweight, layer_norm_dgamma, 1e-5);
  CHECK_ARRAY(t.dbias, layer_norm_dbeta, 1e-6);
  finish(&t);
}

static void resampling_is_pytorchs(void) {
  bench t = run((bench){.kind = UPSAMPLE, .n = 4, .a = 3, .b = 2, .x_size = 24, .y_size = 96});
  CHECK_ARRAY(t.y, upsample_y, 0);
  CHECK_ARRAY(t.dx, upsample_dx, 1e-6);
  finish(&t);
  t = run((bench){.kind = AVERAGE_POOL, .n = 4, .a = 5, .b = 4, .x_size = 80, .y_size = 16});
  CHECK_ARRAY(t.y, average_pool_y, 1e-6);
  CHECK_ARRAY(t.dx, average_pool_dx, 1e-6);
  finish(&t);
  t = run((bench){.kind = MAX_POOL, .n = 4, .a = 5, .b = 4, .x_size = 80, .y_size = 16});
  CHECK_ARRAY(t.y, max_pool_y, 0);
  CHECK_ARRAY(t.dx, max_pool_dx, 0);
  finish(&t);
}

static void activations_are_pytorchs(void) {
#define CHECK_ACTIVATION(kind_, name)                                                                                          \
  do {                                                                                                                         \
    bench t = run((bench){.kind = ACTIVATION, .activation = kind_, .n = 16, .x_size = 16, .y_size = 16});                      \
    CHECK_ARRAY(t.y, name##_y, 1e-6);                                                                                          \
    CHECK_ARRAY(t.dx, name##_dx, 1e-6);                                                                                        \
    finish(&t);                                                                                                                \
  } while (0)
  CHECK_ACTIVATION(LAKH_LINEAR, linear);
  CHECK_ACTIVATION(LAKH_RELU, relu);
  CHECK_ACTIVATION(LAKH_LEAKY_RELU, leaky_relu);
  CHECK_ACTIVATION(LAKH_ELU, elu);
  CHECK_ACTIVATION(LAKH_GELU, gelu);
  CHECK_ACTIVATION(LAKH_SILU, silu);
  CHECK_ACTIVATION(LAKH_TANH, tanh);
  CHECK_ACTIVATION(LAKH_SIGMOID, sigmoid);
}

static void max_pooling_lets_nan_through(void) {
  float x[8] = {1, NAN, 2, 3, 4, 5, 9, 8}, y[2];
  lakh_max_pool_forward(x, y, 1, 2, 4, 2);
  CHECK(isnan(y[0]) && y[1] == 9);
}

static void dropout_drops_its_share_and_keeps_the_mean(void) {
  enum { COUNT = 100000 };
  float *x = zeros(COUNT), *y = zeros(COUNT), *again = zeros(COUNT), *other = zeros(COUNT);
  for (size_t i = 0; i < COUNT; i++) x[i] = 1;
  lakh_dropout(x, y, COUNT, 0.3f, 5, 11);
  lakh_dropout(x, again, COUNT, 0.3f, 5, 11);
  lakh_dropout(x, other, COUNT, 0.3f, 5, 12);
  double dropped = 0, sum = 0, agree = 0;
  for (size_t i = 0; i < COUNT; i++) {
    CHECK(y[i] == 0 || y[i] == 1 / (1 - 0.3f));
    dropped += y[i] == 0;
    sum += (double)y[i];
    agree += y[i] == other[i];
  }
  CHECK_NEAR(dropped / COUNT, 0.3, 0.005);
  CHECK_NEAR(sum / COUNT, 1, 0.01);
  CHECK_NEAR(agree / COUNT, 0.58, 0.01);
  CHECK(memcmp(y, again, COUNT * sizeof *y) == 0);
  lakh_dropout(x, x, COUNT, 0, 5, 11);
  for (size_t i = 0; i < COUNT; i++) CHECK(x[i] == 1);
  free(x);
  free(y);
  free(again);
  free(other);
}

static const promise promises[] = {
    {"dense is PyTorch's linear", dense_is_pytorchs_linear},
    {"convolution is PyTorch's conv2d", convolution_is_pytorchs_conv2d},
    {"transposed convolution is PyTorch's conv_transpose2d", transposed_convolution_is_pytorchs_conv_transpose2d},
    {"convolutions of odd geometry have right gradients", convolutions_of_odd_geometry_have_right_gradients},
    {"batch norm is PyTorch's", batch_norm_is_pytorchs},
    {"layer norm is PyTorch's", layer_norm_is_pytorchs},
    {"resampling is PyTorch's", resampling_is_pytorchs},
    {"activations are PyTorch's", activations_are_pytorchs},
    {"max pooling lets NaN through", max_pooling_lets_nan_through},
    {"dropout drops its share and keeps the mean", dropout_drops_its_share_and_keeps_the_mean},
};

MAIN(promises)

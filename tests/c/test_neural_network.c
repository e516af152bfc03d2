#include "base/alloc.h"
#include "neural/network.h"
#include "test_neural.h"

static const lakh_pass TRAINING = {.n = 5, .training = true, .seed = 3, .dropout_stream = 100};

/* Every kind of layer, each with another activation. */
static const lakh_layer EVERY_KIND[] = {
    {.kind = LAKH_LAYER_CONVOLUTION, .activation = LAKH_GELU, .units = 4, .kernel = 3, .stride = 1, .padding = 1},
    {.kind = LAKH_LAYER_AVERAGE_POOL, .kernel = 2},
    {.kind = LAKH_LAYER_BATCH_NORM, .activation = LAKH_LEAKY_RELU},
    {.kind = LAKH_LAYER_UPSAMPLE, .kernel = 2},
    {.kind = LAKH_LAYER_MAX_POOL, .kernel = 2},
    {.kind = LAKH_LAYER_DENSE, .activation = LAKH_RELU, .units = 9},
    {.kind = LAKH_LAYER_DROPOUT, .rate = 0.25f},
    {.kind = LAKH_LAYER_LAYER_NORM, .activation = LAKH_SILU},
    {.kind = LAKH_LAYER_DENSE, .activation = LAKH_TANH, .units = 12},
    {.kind = LAKH_LAYER_RESHAPE, .units = 3, .height = 2, .width = 2},
    {.kind = LAKH_LAYER_TRANSPOSED_CONVOLUTION, .activation = LAKH_ELU, .units = 2, .kernel = 4, .stride = 2, .padding = 1},
    {.kind = LAKH_LAYER_DENSE, .activation = LAKH_SIGMOID, .units = 3},
};
enum { KINDS = sizeof EVERY_KIND / sizeof *EVERY_KIND };

static lakh_network make(const lakh_layer *layers, size_t count, lakh_shape in) {
  lakh_network network;
  size_t bad;
  CHECK_EQ(lakh_network_make(&network, layers, count, in, 5, true, &bad), LAKH_OK);
  return network;
}

typedef struct experiment {
  lakh_network network;
  float *x, *dy;
} experiment;

static double loss(void *context) {
  experiment *e = context;
  return dot(lakh_network_forward(&e->network, e->x, TRAINING), e->dy, 5 * e->network.out_size);
}

static void gradients_run_through_every_kind_of_layer(void) {
  experiment e = {make(EVERY_KIND, KINDS, (lakh_shape){2, 6, 6}), pattern(1, 5 * 72), pattern(9, 15)};
  CHECK_EQ(e.network.out_size, 3);
  float *dx = zeros(5 * 72), *parameters = pattern(2, e.network.n_parameters);
  for (size_t i = 0; i < e.network.n_parameters; i++) e.network.parameters[i] = parameters[i];
  loss(&e);
  lakh_network_zero_gradients(&e.network);
  lakh_network_backward(&e.network, e.x, e.dy, dx, TRAINING);
  CHECK(dot(dx, dx, 5 * 72) > 1e-6);
  CHECK(dot(e.network.gradients, e.network.gradients, e.network.n_parameters) > 1e-3);
  /* Relus, maxima and a curved function on a step of 2^-7: a looser bound than for single layers. */
  check_gradient("x", e.x, dx, 5 * 72, loss, &e, 2e-2);
  lakh_parameter parameter;
  for (size_t i = 0; lakh_network_parameter(&e.network, i, &parameter); i++) {
    if (strstr(parameter.name, "running") != NULL) continue;
    const float *gradients = e.network.gradients + (parameter.values - e.network.parameters);
    check_gradient(parameter.name, parameter.values, gradients, parameter.size, loss, &e, 2e-2);
  }
  free(dx);
  free(parameters);
  free(e.x);
  free(e.dy);
  lakh_network_free(&e.network);
}

static void parameters_are_named_and_shaped_as_in_pytorch(void) {
  lakh_network network = make(EVERY_KIND, KINDS, (lakh_shape){2, 6, 6});
  static const struct {
    size_t layer, module;
    const char *name;
    size_t dims[4];
  } expected[] = {
      {0, 0, "weight", {4, 2, 3, 3}},   {0, 0, "bias", {4}},        {2, 3, "weight", {4}},       {2, 3, "bias", {4}},
      {2, 3, "running_mean", {4}},      {2, 3, "running_var", {4}}, {5, 8, "weight", {9, 36}},   {5, 8, "bias", {9}},
      {7, 11, "weight", {9}},           {7, 11, "bias", {9}},       {8, 13, "weight", {12, 9}},  {8, 13, "bias", {12}},
      {10, 16, "weight", {3, 2, 4, 4}}, {10, 16, "bias", {2}},      {11, 19, "weight", {3, 32}}, {11, 19, "bias", {3}}};
  size_t count = sizeof expected / sizeof *expected;
  lakh_parameter parameter;
  for (size_t i = 0; i < count; i++) {
    CHECK(lakh_network_parameter(&network, i, &parameter));
    CHECK_EQ(parameter.layer, expected[i].layer);
    CHECK_EQ(parameter.module, expected[i].module);
    CHECK(strcmp(parameter.name, expected[i].name) == 0);
    size_t size = 1;
    for (size_t d = 0; d < parameter.n_dims; d++) size *= parameter.dims[d];
    CHECK_EQ(size, parameter.size);
    CHECK(memcmp(parameter.dims, expected[i].dims, sizeof parameter.dims) == 0);
  }
  CHECK(!lakh_network_parameter(&network, count, &parameter));
  lakh_network_free(&network);
}

static void first_weights_come_from_the_seed(void) {
  lakh_network a = make(EVERY_KIND, KINDS, (lakh_shape){2, 6, 6}), b = make(EVERY_KIND, KINDS, (lakh_shape){2, 6, 6});
  lakh_network_initialize(&a, LAKH_HE_UNIFORM, 1, 10);
  lakh_network_initialize(&b, LAKH_HE_UNIFORM, 1, 10);
  CHECK(memcmp(a.parameters, b.parameters, (a.n_parameters + a.n_running) * sizeof(float)) == 0);
  lakh_network_initialize(&b, LAKH_HE_UNIFORM, 2, 10);
  CHECK(memcmp(a.parameters, b.parameters, a.n_parameters * sizeof(float)) != 0);
  lakh_parameter parameter;
  for (size_t i = 0; lakh_network_parameter(&a, i, &parameter); i++) {
    bool is_bias = strcmp(parameter.name, "bias") == 0 || strcmp(parameter.name, "running_mean") == 0;
    bool is_one = parameter.n_dims == 1 && !is_bias;
    for (size_t j = 0; j < parameter.size; j++) {
      if (is_bias) CHECK(parameter.values[j] == 0);
      if (is_one) CHECK(parameter.values[j] == 1);
    }
  }
  lakh_network_initialize(&a, LAKH_FAN_IN_UNIFORM, 1, 10);
  for (size_t i = 0; lakh_network_parameter(&a, i, &parameter); i++) {
    bool of_normalization = parameter.layer == 2 || parameter.layer == 7;
    if (of_normalization || strcmp(parameter.name, "bias") != 0) continue;
    CHECK(dot(parameter.values, parameter.values, parameter.size) > 0);
  }
  lakh_network_free(&a);
  lakh_network_free(&b);
}

static void adam_learns_exclusive_or(void) {
  static const lakh_layer layers[] = {{.kind = LAKH_LAYER_DENSE, .activation = LAKH_TANH, .units = 8},
                                      {.kind = LAKH_LAYER_DENSE, .units = 1}};
  static const float x[8] = {0, 0, 0, 1, 1, 0, 1, 1}, targets[4] = {0, 1, 1, 0};
  lakh_network network = make(layers, 2, (lakh_shape){2, 1, 1});
  lakh_network_initialize(&network, LAKH_GLOROT_UNIFORM, 4, 0);
  lakh_optimizer adam = {LAKH_ADAM, 0.05, 0.9, 0.999, 1e-8, 0};
  lakh_pass pass = {.n = 4, .training = true};
  double entropy = 0;
  for (uint64_t step = 1; step <= 300; step++) {
    float dlogits[4];
    entropy = lakh_cross_entropy(lakh_network_forward(&network, x, pass), targets, 4, 0.25f, dlogits);
    lakh_network_zero_gradients(&network);
    lakh_network_backward(&network, x, dlogits, NULL, pass);
    lakh_optimizer_update(&adam, step, network.parameters, network.gradients, network.first, network.second,
                          network.n_parameters);
  }
  CHECK(entropy < 0.05);
  lakh_network_free(&network);
}

static void samples_do_not_depend_on_their_batch_when_applied(void) {
  lakh_network network = make(EVERY_KIND, KINDS, (lakh_shape){2, 6, 6});
  lakh_network_initialize(&network, LAKH_GLOROT_NORMAL, 1, 0);
  float *x = pattern(1, 5 * 72), together[15];
  memcpy(together, lakh_network_forward(&network, x, (lakh_pass){.n = 5}), sizeof together);
  for (size_t i = 0; i < 5; i++) {
    const float *alone = lakh_network_forward(&network, x + i * 72, (lakh_pass){.n = 1});
    for (size_t j = 0; j < 3; j++) CHECK_NEAR(alone[j], together[i * 3 + j], 1e-5);
  }
  free(x);
  lakh_network_free(&network);
}

static void a_pass_in_pieces_gives_the_bits_of_a_whole_one(void) {
  /* 80 samples of a million multiply-adds a layer: more than is worked on at once, for the convolutions and the dense layer. */
  static const lakh_layer layers[] = {
      {.kind = LAKH_LAYER_CONVOLUTION, .activation = LAKH_SILU, .units = 16, .kernel = 4, .stride = 2, .padding = 1},
      {.kind = LAKH_LAYER_CONVOLUTION, .activation = LAKH_RELU, .units = 64, .kernel = 4, .stride = 2, .padding = 1},
      {.kind = LAKH_LAYER_BATCH_NORM},
      {.kind = LAKH_LAYER_DENSE, .activation = LAKH_RELU, .units = 360},
      {.kind = LAKH_LAYER_RESHAPE, .units = 40, .height = 3, .width = 3},
      {.kind = LAKH_LAYER_TRANSPOSED_CONVOLUTION, .activation = LAKH_TANH, .units = 40, .kernel = 5, .stride = 3, .padding = 1},
  };
  enum { N = 80, IN = 28 * 28, OUT = 40 * 9 * 9 };
  lakh_network whole, pieces;
  size_t bad, calls = 0;
  CHECK_EQ(lakh_network_make(&whole, layers, 6, (lakh_shape){1, 28, 28}, N, true, &bad), LAKH_OK);
  CHECK_EQ(lakh_network_make(&pieces, layers, 6, (lakh_shape){1, 28, 28}, N, true, &bad), LAKH_OK);
  lakh_network_initialize(&whole, LAKH_HE_UNIFORM, 1, 0);
  lakh_network_initialize(&pieces, LAKH_HE_UNIFORM, 1, 0);
  CHECK_EQ(whole.out_size, OUT);
  float *x = pattern(1, N * IN), *dy = pattern(2, N * OUT), *dx = zeros(N * IN), *dx_in_pieces = zeros(N * IN);
  lakh_pass pass = {.n = N, .training = true};
  lakh_network_forward(&whole, x, pass);
  lakh_network_backward(&whole, x, dy, dx, pass);
  lakh_cursor cursor = {.work = 1};
  for (; !lakh_network_forward_some(&pieces, x, pass, &cursor); calls++) cursor.work = 1;
  CHECK(calls > 6);
  CHECK(memcmp(lakh_network_output(&whole), lakh_network_output(&pieces), N * OUT * sizeof *x) == 0);
  for (cursor.work = 1; !lakh_network_backward_some(&pieces, x, dy, dx_in_pieces, pass, &cursor);) cursor.work = 1;
  CHECK(memcmp(dx, dx_in_pieces, N * IN * sizeof *x) == 0);
  CHECK(memcmp(whole.gradients, pieces.gradients, whole.n_parameters * sizeof *x) == 0);
  /* The last bias of the last layer gathers the derivatives of all its places. */
  double expected = 0;
  for (size_t i = 0; i < N * 81; i++) {
    size_t at = i / 81 * OUT + 39 * 81 + i % 81;
    double y = (double)lakh_network_output(&pieces)[at];
    expected += (double)dy[at] * (1 - y * y);
  }
  lakh_parameter bias;
  CHECK(lakh_network_parameter(&pieces, 11, &bias) && bias.size == 40);
  CHECK_NEAR(pieces.gradients[bias.values - pieces.parameters + 39], expected, 1e-4);
  free(x);
  free(dy);
  free(dx);
  free(dx_in_pieces);
  lakh_network_free(&whole);
  lakh_network_free(&pieces);
}

static void an_update_in_pieces_reaches_every_parameter(void) {
  static const lakh_layer layer = {.kind = LAKH_LAYER_DENSE, .units = 600};
  lakh_network network;
  size_t bad, calls = 1;
  CHECK_EQ(lakh_network_make(&network, &layer, 1, (lakh_shape){1000, 1, 1}, 1, true, &bad), LAKH_OK);
  for (size_t i = 0; i < network.n_parameters; i++) network.gradients[i] = -1;
  lakh_optimizer sgd = {.kind = LAKH_SGD, .learning_rate = 0.5};
  lakh_cursor cursor = {.work = 1};
  for (; !lakh_network_update_some(&network, &sgd, 1, &cursor); calls++) cursor.work = 1;
  CHECK(calls > 2);
  for (size_t i = 0; i < network.n_parameters; i++) CHECK(network.parameters[i] == 0.5f);
  lakh_network_free(&network);
}

static void a_smaller_batch_fits_into_the_same_memory(void) {
  /* 784 is cut into blocks of 264, 300 into one of 300: more workspace for fewer samples, if one were not careful. */
  static const lakh_layer layer = {.kind = LAKH_LAYER_DENSE, .units = 300};
  lakh_network network;
  size_t bad;
  CHECK_EQ(lakh_network_make(&network, &layer, 1, (lakh_shape){9, 1, 1}, 784, true, &bad), LAKH_OK);
  float *x = pattern(1, 300 * 9), *dy = pattern(2, 300 * 300);
  lakh_pass pass = {.n = 300, .training = true};
  lakh_network_forward(&network, x, pass);
  lakh_network_backward(&network, x, dy, NULL, pass);
  lakh_parameter weight;
  CHECK(lakh_network_parameter(&network, 0, &weight));
  CHECK_EQ(weight.size, 2700);
  double expected = 0;
  for (size_t i = 0; i < 300; i++) expected += (double)dy[i * 300 + 299] * (double)x[i * 9 + 8];
  CHECK_NEAR(network.gradients[2699], expected, 1e-5);
  free(x);
  free(dy);
  lakh_network_free(&network);
}

static void impossible_layers_are_named(void) {
  static const lakh_layer good = {.kind = LAKH_LAYER_CONVOLUTION, .units = 2, .kernel = 2, .stride = 2};
  static const lakh_layer bad[] = {
      {.kind = LAKH_LAYER_DENSE},
      {.kind = LAKH_LAYER_DENSE, .units = 1, .activation = LAKH_ACTIVATIONS},
      {.kind = LAKH_LAYER_DENSE, .units = SIZE_MAX},
      {.kind = LAKH_LAYER_RESHAPE, .units = 5, .height = 2, .width = 2},
      {.kind = LAKH_LAYER_CONVOLUTION, .units = 1, .kernel = 4, .stride = 1},
      {.kind = LAKH_LAYER_CONVOLUTION, .units = 1, .kernel = 2},
      {.kind = LAKH_LAYER_CONVOLUTION, .units = 1, .kernel = 2, .stride = 1, .padding = 2},
      {.kind = LAKH_LAYER_TRANSPOSED_CONVOLUTION, .units = 1, .kernel = 2, .stride = 2, .height = 8, .width = 6},
      {.kind = LAKH_LAYER_TRANSPOSED_CONVOLUTION, .units = 1, .kernel = 2, .stride = 2, .height = 6, .width = 5},
      {.kind = LAKH_LAYER_DROPOUT, .rate = 1},
      {.kind = LAKH_LAYER_DROPOUT, .rate = NAN},
      {.kind = LAKH_LAYER_UPSAMPLE},
      {.kind = LAKH_LAYER_MAX_POOL, .kernel = 4},
      {.kind = (lakh_layer_kind)77},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    lakh_layer layers[2] = {good, bad[i]};
    lakh_network network;
    size_t index = 9;
    CHECK_EQ(lakh_network_make(&network, layers, 2, (lakh_shape){1, 6, 6}, 4, true, &index), LAKH_BAD_ARGUMENT);
    CHECK_EQ(index, 1);
  }
}

static void networks_larger_than_memory_are_refused(void) {
  static const lakh_layer dense = {.kind = LAKH_LAYER_DENSE, .units = 1 << 20};
  lakh_layer layers[2] = {dense, dense};
  lakh_network network;
  size_t bad;
  CHECK_EQ(lakh_network_make(&network, layers, 2, (lakh_shape){10, 1, 1}, 1, false, &bad), LAKH_NO_MEMORY);
  CHECK_EQ(lakh_network_make(&network, layers, 1, (lakh_shape){1, 1, 1}, SIZE_MAX, false, &bad), LAKH_NO_MEMORY);
  static const lakh_layer up = {.kind = LAKH_LAYER_UPSAMPLE, .kernel = 60000};
  CHECK_EQ(lakh_network_make(&network, &up, 1, (lakh_shape){10, 1, 1}, 1, false, &bad), LAKH_NO_MEMORY);
}

static void a_failed_allocation_leaves_nothing_behind(void) {
  for (long successes = 0;; successes++) {
    lakh_network network;
    size_t bad;
    lakh_fail_allocations(successes, true);
    lakh_status status = lakh_network_make(&network, EVERY_KIND, KINDS, (lakh_shape){2, 6, 6}, 5, true, &bad);
    lakh_fail_allocations(-1, false);
    if (status == LAKH_OK) {
      CHECK(successes == 3);
      lakh_network_free(&network);
      return;
    }
    CHECK_EQ(status, LAKH_NO_MEMORY);
    CHECK(network.layers == NULL && network.parameters == NULL);
  }
}

static const promise promises[] = {
    {"a pass in pieces gives the bits of a whole one", a_pass_in_pieces_gives_the_bits_of_a_whole_one},
    {"an update in pieces reaches every parameter", an_update_in_pieces_reaches_every_parameter},
    {"gradients run through every kind of layer", gradients_run_through_every_kind_of_layer},
    {"parameters are named and shaped as in PyTorch", parameters_are_named_and_shaped_as_in_pytorch},
    {"first weights come from the seed", first_weights_come_from_the_seed},
    {"Adam learns exclusive or", adam_learns_exclusive_or},
    {"samples do not depend on their batch when applied", samples_do_not_depend_on_their_batch_when_applied},
    {"a smaller batch fits into the same memory", a_smaller_batch_fits_into_the_same_memory},
    {"impossible layers are named", impossible_layers_are_named},
    {"networks larger than memory are refused", networks_larger_than_memory_are_refused},
    {"a failed allocation leaves nothing behind", a_failed_allocation_leaves_nothing_behind},
};

MAIN(promises)

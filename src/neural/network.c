/* The network: shapes are worked out once, every buffer gets its place in one of two blocks (what is learned; what passes
 * through), and nothing is allocated afterwards. */
#include "neural/network.h"

#include "base/alloc.h"
#include "base/sizes.h"

#include <math.h>
#include <string.h>

static const float EPSILON = 1e-5f, MOMENTUM = 0.1f; /* of the normalisations, as PyTorch's defaults */

static size_t size_of(lakh_shape shape) { return shape.channels * shape.height * shape.width; }
static bool needs_input(lakh_activation activation) { return activation == LAKH_GELU || activation == LAKH_SILU; }

/* ---- Memory ------------------------------------------------------------------------------------------------------------ */

static size_t workspace_of(const lakh_placed_layer *p, size_t batch_size) {
  switch (p->layer.kind) {
  case LAKH_LAYER_DENSE:
    return lakh_dense_workspace(batch_size, p->inputs, p->outputs);
  case LAKH_LAYER_CONVOLUTION:
  case LAKH_LAYER_TRANSPOSED_CONVOLUTION:
    return lakh_convolution_workspace(&p->convolution);
  default:
    return 0;
  }
}

/* Takes `size` floats for one more array. */
static size_t take(size_t *end, size_t size) {
  size_t offset = *end;
  *end += (size + 3) / 4 * 4; /* every array begins on a vector */
  return offset;
}

lakh_status lakh_network_make(lakh_network *network, const lakh_layer *layers, size_t n_layers, lakh_shape in,
                              size_t batch_size, bool training, size_t *bad_layer) {
  lakh_network made = {.n_layers = n_layers, .batch_size = batch_size, .in_size = size_of(in)};
  *network = (lakh_network){0};
  made.layers = lakh_alloc_zeroed(n_layers, sizeof *made.layers);
  if (made.layers == NULL) return LAKH_NO_MEMORY;
  lakh_status status = lakh_network_place(made.layers, layers, n_layers, in, batch_size, bad_layer);
  if (status != LAKH_OK) {
    lakh_free(made.layers);
    return status;
  }
  size_t passing = 0, widest = 0, workspace = 1;
  for (size_t i = 0; i < n_layers; i++) {
    lakh_placed_layer *p = made.layers + i;
    p->weight = take(&made.n_parameters, p->weight_size);
    p->bias = take(&made.n_parameters, p->bias_size);
    if (p->layer.kind == LAKH_LAYER_BATCH_NORM) p->running = take(&made.n_running, 2 * p->bias_size);
    p->before = take(&passing, batch_size * size_of(p->out));
    p->after = needs_input(p->layer.activation) ? take(&passing, batch_size * size_of(p->out)) : p->before;
    if (p->layer.kind == LAKH_LAYER_BATCH_NORM || p->layer.kind == LAKH_LAYER_LAYER_NORM) {
      p->mean = take(&passing, lakh_larger(p->bias_size, batch_size));
      p->scale = take(&passing, lakh_larger(p->bias_size, batch_size));
    }
    widest = lakh_larger(widest, lakh_larger(size_of(p->in), size_of(p->out)));
    workspace = lakh_larger(workspace, workspace_of(p, batch_size));
  }
  made.out_size = size_of(n_layers > 0 ? made.layers[n_layers - 1].out : in);
  size_t delta0 = training ? take(&passing, batch_size * widest) : 0,
         delta1 = training ? take(&passing, batch_size * widest) : 0;
  size_t work = take(&passing, workspace);
  made.parameters =
      lakh_alloc_zeroed(training ? 4 * made.n_parameters + made.n_running : made.n_parameters + made.n_running, sizeof(float));
  made.activations = lakh_alloc(passing, sizeof(float));
  if (made.parameters == NULL || made.activations == NULL) {
    lakh_network_free(&made);
    return LAKH_NO_MEMORY;
  }
  made.running = made.parameters + made.n_parameters;
  if (training) {
    made.gradients = made.running + made.n_running;
    made.first = made.gradients + made.n_parameters;
    made.second = made.first + made.n_parameters;
    made.deltas[0] = made.activations + delta0;
    made.deltas[1] = made.activations + delta1;
  }
  made.workspace = made.activations + work;
  *network = made;
  return LAKH_OK;
}

void lakh_network_free(lakh_network *network) {
  lakh_free(network->layers);
  lakh_free(network->parameters);
  lakh_free(network->activations);
  *network = (lakh_network){0};
}

/* ---- What is learned --------------------------------------------------------------------------------------------------- */

void lakh_network_initialize(lakh_network *network, lakh_initialization initialization, uint32_t seed, uint64_t first_stream) {
  for (size_t i = 0; i < network->n_layers; i++) {
    const lakh_placed_layer *p = network->layers + i;
    float *weight = network->parameters + p->weight, *bias = network->parameters + p->bias;
    memset(bias, 0, p->bias_size * sizeof *bias);
    if (p->inputs > 0) {
      lakh_random random = lakh_random_stream(seed, first_stream + i);
      lakh_initialize(initialization, &random, weight, p->weight_size, p->inputs, p->outputs);
      if (initialization != LAKH_FAN_IN_UNIFORM) continue;
      lakh_initialize(initialization, &random, bias, p->bias_size, p->inputs, p->outputs);
      continue;
    }
    for (size_t j = 0; j < p->weight_size; j++) weight[j] = 1; /* gamma */
    if (p->layer.kind != LAKH_LAYER_BATCH_NORM) continue;
    float *running = network->running + p->running;
    for (size_t j = 0; j < 2 * p->bias_size; j++) running[j] = j < p->bias_size ? 0 : 1;
  }
}

void lakh_network_zero_gradients(lakh_network *network) {
  memset(network->gradients, 0, network->n_parameters * sizeof(float));
}

bool lakh_network_is_moderate(const lakh_network *network) {
  return lakh_all_moderate(network->gradients, network->n_parameters) &&
         lakh_all_moderate(network->parameters, network->n_parameters);
}

static void describe_weight(const lakh_placed_layer *p, lakh_parameter *out) {
  const lakh_convolution *c = &p->convolution;
  size_t dims[4] = {p->weight_size};
  out->n_dims = 1;
  if (p->layer.kind == LAKH_LAYER_DENSE) {
    dims[0] = p->outputs;
    dims[1] = p->inputs;
    out->n_dims = 2;
  } else if (p->inputs > 0) {
    dims[0] = c->map_channels;
    dims[1] = c->image_channels;
    dims[2] = dims[3] = c->kernel;
    out->n_dims = 4;
  }
  memcpy(out->dims, dims, sizeof dims);
}

bool lakh_network_parameter(const lakh_network *network, size_t index, lakh_parameter *out) {
  for (size_t i = 0; i < network->n_layers; i++) {
    const lakh_placed_layer *p = network->layers + i;
    size_t arrays = p->weight_size == 0 ? 0 : p->layer.kind == LAKH_LAYER_BATCH_NORM ? 4 : 2;
    if (index >= arrays) {
      index -= arrays;
      continue;
    }
    static const char *const names[] = {"weight", "bias", "running_mean", "running_var"};
    *out = (lakh_parameter){
        .layer = i, .module = p->module, .name = names[index], .dims = {p->bias_size}, .n_dims = 1, .size = p->bias_size};
    if (index == 0) {
      describe_weight(p, out);
      out->size = p->weight_size;
    }
    out->values = index == 0   ? network->parameters + p->weight
                  : index == 1 ? network->parameters + p->bias
                               : network->running + p->running + (index - 2) * p->bias_size;
    return true;
  }
  return false;
}

static char *append(char *end, const char *text) {
  while (*text != 0) *end++ = *text++;
  return end;
}

static char *append_number(char *end, size_t number) {
  size_t unit = 1;
  while (number / unit >= 10) unit *= 10;
  for (; unit > 0; unit /= 10) *end++ = (char)('0' + number / unit % 10);
  return end;
}

void lakh_layer_misfit(const lakh_placed_layer *p, const char *prefix, lakh_misfit *out) {
  *out = (lakh_misfit){.kernel = (int32_t)p->layer.kernel,
                       .stride = (int32_t)p->layer.stride,
                       .padding = (int32_t)p->layer.padding,
                       .channels = (int32_t)p->in.channels,
                       .height = (int32_t)p->in.height,
                       .width = (int32_t)p->in.width};
  append_number(append(append(out->layer, prefix), "."), p->module);
}

bool lakh_network_tensor(const lakh_network *network, const char *prefix, size_t *index, lakh_tensor *out) {
  lakh_parameter p;
  if (!lakh_network_parameter(network, *index, &p)) {
    for (size_t i = 0; lakh_network_parameter(network, i, &p); i++) (*index)--;
    return false;
  }
  *out = (lakh_tensor){.n_dims = (int32_t)p.n_dims, .size = p.size, .values = p.values};
  memcpy(out->dims, p.dims, sizeof p.dims);
  char *end = append(append_number(append(append(out->name, prefix), "."), p.module), ".");
  append(end, p.name);
  if (network->gradients == NULL || p.values >= network->running) return true;
  out->first = network->first + (p.values - network->parameters);
  out->second = network->second + (p.values - network->parameters);
  return true;
}

/* ---- The passes -------------------------------------------------------------------------------------------------------- */

/* Samples first..first+n-1, the first of which is x. */
static void forward(lakh_network *network, size_t index, const float *x, size_t first, lakh_pass pass) {
  const lakh_placed_layer *p = network->layers + index;
  float *y = network->activations + p->before + first * size_of(p->out), *mean = network->activations + p->mean;
  float *scale = network->activations + p->scale, *running = network->running + p->running;
  const float *weight = network->parameters + p->weight, *bias = network->parameters + p->bias;
  size_t n = pass.n, channels = p->in.channels, height = p->in.height, width = p->in.width, kernel = p->layer.kernel;
  switch (p->layer.kind) {
  case LAKH_LAYER_DENSE:
    lakh_dense_forward(x, weight, bias, y, n, p->inputs, p->outputs, p->layer.activation == LAKH_RELU, network->workspace);
    return;
  case LAKH_LAYER_RESHAPE:
    memcpy(y, x, n * size_of(p->in) * sizeof *y);
    return;
  case LAKH_LAYER_CONVOLUTION:
    lakh_convolution_forward(&p->convolution, x, weight, bias, y, n, network->workspace);
    return;
  case LAKH_LAYER_TRANSPOSED_CONVOLUTION:
    lakh_transposed_convolution_forward(&p->convolution, x, weight, bias, y, n, network->workspace);
    return;
  case LAKH_LAYER_BATCH_NORM:
    if (pass.training) {
      lakh_batch_norm_forward(x, weight, bias, y, mean, scale, running, running + channels, n, channels, height * width,
                              EPSILON, MOMENTUM);
    } else {
      lakh_batch_norm_apply(x, weight, bias, y, running, running + channels, n, channels, height * width, EPSILON);
    }
    return;
  case LAKH_LAYER_LAYER_NORM:
    lakh_layer_norm_forward(x, weight, bias, y, mean, scale, n, size_of(p->in), EPSILON);
    return;
  case LAKH_LAYER_DROPOUT:
    lakh_dropout(x, y, n * size_of(p->in), pass.training ? p->layer.rate : 0, pass.seed, pass.dropout_stream + index);
    return;
  case LAKH_LAYER_UPSAMPLE:
    lakh_upsample_forward(x, y, n * channels, height, width, kernel);
    return;
  case LAKH_LAYER_AVERAGE_POOL:
    lakh_average_pool_forward(x, y, n * channels, height, width, kernel);
    return;
  case LAKH_LAYER_MAX_POOL:
    lakh_max_pool_forward(x, y, n * channels, height, width, kernel);
    return;
  }
}

static void backward(lakh_network *network, size_t index, const float *x, const float *dy, float *dx, lakh_pass pass) {
  const lakh_placed_layer *p = network->layers + index;
  const float *weight = network->parameters + p->weight;
  const float *mean = network->activations + p->mean, *scale = network->activations + p->scale;
  float *dweight = pass.frozen ? NULL : network->gradients + p->weight;
  float *dbias = pass.frozen ? NULL : network->gradients + p->bias;
  size_t n = pass.n, channels = p->in.channels, height = p->in.height, width = p->in.width, kernel = p->layer.kernel;
  switch (p->layer.kind) {
  case LAKH_LAYER_DENSE:
    lakh_dense_backward(x, weight, dy, dx, dweight, dbias, n, p->inputs, p->outputs, network->workspace);
    return;
  case LAKH_LAYER_CONVOLUTION:
    lakh_convolution_backward(&p->convolution, x, weight, dy, dx, dweight, dbias, n, network->workspace);
    return;
  case LAKH_LAYER_TRANSPOSED_CONVOLUTION:
    lakh_transposed_convolution_backward(&p->convolution, x, weight, dy, dx, dweight, dbias, n, network->workspace);
    return;
  case LAKH_LAYER_BATCH_NORM:
    lakh_batch_norm_backward(x, weight, mean, scale, dy, dx, dweight, dbias, n, channels, height * width);
    return;
  case LAKH_LAYER_LAYER_NORM:
    lakh_layer_norm_backward(x, weight, mean, scale, dy, dx, dweight, dbias, n, size_of(p->in));
    return;
  default:
    break;
  }
  if (dx == NULL) return;
  switch (p->layer.kind) {
  case LAKH_LAYER_DROPOUT:
    lakh_dropout(dy, dx, n * size_of(p->in), p->layer.rate, pass.seed, pass.dropout_stream + index);
    return;
  case LAKH_LAYER_UPSAMPLE:
    lakh_upsample_backward(dy, dx, n * channels, height, width, kernel);
    return;
  case LAKH_LAYER_AVERAGE_POOL:
    lakh_average_pool_backward(dy, dx, n * channels, height, width, kernel);
    return;
  case LAKH_LAYER_MAX_POOL:
    lakh_max_pool_backward(x, dy, dx, n * channels, height, width, kernel);
    return;
  default:
    memcpy(dx, dy, n * size_of(p->in) * sizeof *dx);
    return;
  }
}

/* ---- Pieces of passes -------------------------------------------------------------------------------------------------- */

/* An optimiser's step for a parameter takes 2 ns, as long as so many multiply-adds. */
static const double WORK_OF_UPDATE = 50;
enum { UPDATED_TOGETHER = 1 << 18 }; /* parameters */

static bool multiplies(const lakh_placed_layer *p) { return p->inputs > 0; }

/* Multiply-adds of one sample in one direction; a guess where there are none. */
static double work_of(const lakh_placed_layer *p) {
  if (p->layer.kind == LAKH_LAYER_DENSE) return (double)p->weight_size;
  if (!multiplies(p)) return 4 * (double)size_of(p->out);
  return (double)p->weight_size * (double)p->convolution.map_height * (double)p->convolution.map_width;
}

double lakh_network_work(const lakh_network *network) {
  double work = 0;
  for (size_t i = 0; i < network->n_layers; i++) work += work_of(network->layers + i);
  return work;
}

/* Into how many samples a layer is divided follows from its shape alone, so that sums do not depend on the pieces. Few samples of
 * a large dense layer would cost more for going through its weights than for multiplying; and normalisations want the batch. */
static size_t samples_together(const lakh_placed_layer *p, size_t n) {
  if (!multiplies(p)) return n;
  double fitting = LAKH_PIECE_OF_WORK / work_of(p);
  if (p->layer.kind == LAKH_LAYER_DENSE) return lakh_larger((size_t)fitting, 32);
  /* Patches and small maps make a convolution's multiply-adds nearly twice as long. */
  size_t images = lakh_convolution_images(&p->convolution);
  return lakh_larger((size_t)(fitting / 2) / images, 1) * images;
}

static void forward_piece(lakh_network *network, size_t index, const float *x, size_t first, lakh_pass pass) {
  const lakh_placed_layer *p = network->layers + index;
  const float *in = index == 0 ? x : network->activations + network->layers[index - 1].after;
  forward(network, index, in + first * size_of(p->in), first, pass);
  bool done = p->layer.activation == LAKH_LINEAR || (p->layer.activation == LAKH_RELU && p->layer.kind == LAKH_LAYER_DENSE);
  if (done) return;
  size_t at = first * size_of(p->out);
  lakh_activate(p->layer.activation, network->activations + p->before + at, network->activations + p->after + at,
                pass.n * size_of(p->out));
}

static void backward_piece(lakh_network *network, size_t index, const float *x, const float *dy, float *dx, size_t first,
                           lakh_pass pass) {
  const lakh_placed_layer *p = network->layers + index;
  size_t in = first * size_of(p->in), out = first * size_of(p->out);
  /* The layer behind has written to `here`, and this one writes to the other. */
  float *here = network->deltas[index % 2], *next = index == 0 ? dx : network->deltas[(index + 1) % 2];
  if (index + 1 < network->n_layers) dy = here;
  if (p->layer.activation != LAKH_LINEAR) {
    lakh_activate_backward(p->layer.activation, network->activations + p->before + out, network->activations + p->after + out,
                           dy + out, here + out, pass.n * size_of(p->out));
    dy = here;
  }
  const float *before = index == 0 ? x : network->activations + network->layers[index - 1].after;
  backward(network, index, before + in, dy + out, next == NULL ? NULL : next + in, pass);
}

/* The samples of the next piece of the layer; the cursor is moved behind them. */
static size_t next_samples(const lakh_placed_layer *p, size_t n, double directions, lakh_cursor *cursor) {
  size_t count = lakh_smaller(samples_together(p, n), n - cursor->samples);
  cursor->work -= directions * work_of(p) * (double)count;
  cursor->samples += count;
  if (cursor->samples < n) return count;
  cursor->samples = 0;
  cursor->layers++;
  return count;
}

static bool is_over(const lakh_network *network, lakh_cursor *cursor) {
  if (cursor->layers < network->n_layers) return false;
  cursor->layers = 0;
  return true;
}

bool lakh_network_forward_some(lakh_network *network, const float *x, lakh_pass pass, lakh_cursor *cursor) {
  while (!is_over(network, cursor)) {
    if (cursor->work <= 0) return false;
    size_t index = cursor->layers, first = cursor->samples, n = pass.n;
    pass.n = next_samples(network->layers + index, n, 1, cursor);
    forward_piece(network, index, x, first, pass);
    pass.n = n;
  }
  return true;
}

bool lakh_network_backward_some(lakh_network *network, const float *x, const float *dy, float *dx, lakh_pass pass,
                                lakh_cursor *cursor) {
  while (!is_over(network, cursor)) {
    if (cursor->work <= 0) return false;
    size_t index = network->n_layers - 1 - cursor->layers, first = cursor->samples, n = pass.n;
    pass.n = next_samples(network->layers + index, n, 2, cursor);
    backward_piece(network, index, x, dy, dx, first, pass);
    pass.n = n;
  }
  return true;
}

bool lakh_network_update_some(lakh_network *network, const lakh_optimizer *optimizer, uint64_t step, lakh_cursor *cursor) {
  while (cursor->samples < network->n_parameters) {
    if (cursor->work <= 0) return false;
    size_t first = cursor->samples, count = lakh_smaller(network->n_parameters - first, UPDATED_TOGETHER);
    lakh_optimizer_update(optimizer, step, network->parameters + first, network->gradients + first, network->first + first,
                          network->second + first, count);
    cursor->samples += count;
    cursor->work -= WORK_OF_UPDATE * (double)count;
  }
  cursor->samples = 0;
  return true;
}

const float *lakh_network_output(const lakh_network *network) {
  return network->activations + network->layers[network->n_layers - 1].after;
}

const float *lakh_network_forward(lakh_network *network, const float *x, lakh_pass pass) {
  lakh_cursor cursor = {.work = HUGE_VAL};
  lakh_network_forward_some(network, x, pass, &cursor);
  return lakh_network_output(network);
}

void lakh_network_backward(lakh_network *network, const float *x, const float *dy, float *dx, lakh_pass pass) {
  lakh_cursor cursor = {.work = HUGE_VAL};
  lakh_network_backward_some(network, x, dy, dx, pass, &cursor);
}

/* A network: a list of layers, one after another, with all memory taken at its creation. */
#ifndef LAKH_NEURAL_NETWORK_H
#define LAKH_NEURAL_NETWORK_H

#include "kernels/activations.h"
#include "lakh.h"
#include "neural/layers.h"
#include "neural/training.h"

typedef enum lakh_layer_kind {
  LAKH_LAYER_DENSE = 0,                  /* `units` outputs; the input is flattened */
  LAKH_LAYER_RESHAPE = 1,                /* D features as `units` channels of `height` x `width` */
  LAKH_LAYER_CONVOLUTION = 2,            /* `units` channels, `kernel`, `stride`, `padding` */
  LAKH_LAYER_TRANSPOSED_CONVOLUTION = 3, /* the same, to an image of `height` x `width` (0: the smallest) */
  LAKH_LAYER_BATCH_NORM = 4,
  LAKH_LAYER_LAYER_NORM = 5,
  LAKH_LAYER_DROPOUT = 6,      /* of `rate`; only in training */
  LAKH_LAYER_UPSAMPLE = 7,     /* by `kernel` */
  LAKH_LAYER_AVERAGE_POOL = 8, /* over `kernel` x `kernel` */
  LAKH_LAYER_MAX_POOL = 9,
} lakh_layer_kind;

/* A layer as it is asked for; members that its kind does not name are 0. `activation` follows the layer. */
typedef struct lakh_layer {
  lakh_layer_kind kind;
  lakh_activation activation;
  size_t units, height, width;
  size_t kernel, stride, padding;
  float rate;
} lakh_layer;

/* One sample: channels x height x width, or `channels` features with height = width = 1. */
typedef struct lakh_shape {
  size_t channels, height, width;
} lakh_shape;

/* A layer in its place. Offsets are in floats: into the parameters, into the running statistics, and, for one sample times the
 * batch size, into the activations. */
typedef struct lakh_placed_layer {
  lakh_layer layer;
  lakh_shape in, out;
  lakh_convolution convolution;
  size_t weight, weight_size, bias, bias_size;
  size_t running;         /* mean, then variance, bias_size each; batch norm only */
  size_t before, after;   /* the layer's result before and after its activation; the same place where that is enough */
  size_t mean, scale;     /* of the normalisations, for the backward pass */
  size_t inputs, outputs; /* fans, for the first weights */
  size_t module;          /* as in lakh_parameter */
} lakh_placed_layer;

/* Works out shapes and modules of `n_layers` layers; offsets stay 0. LAKH_BAD_ARGUMENT: layer *bad_layer does not fit what comes
 * before it, its `out` is 0. LAKH_NO_MEMORY: up to it, training with `batch_size` samples would take more than 1 GB. */
lakh_status lakh_network_place(lakh_placed_layer *placed, const lakh_layer *layers, size_t n_layers, lakh_shape in,
                               size_t batch_size, size_t *bad_layer);

void lakh_layer_describe(const lakh_placed_layer *placed, lakh_layer_info *out);

typedef struct lakh_network {
  lakh_placed_layer *layers;
  size_t n_layers, batch_size; /* the largest batch */
  size_t in_size, out_size;    /* floats a sample */
  size_t n_parameters, n_running;
  float *parameters, *running;       /* one block: parameters, then running statistics */
  float *gradients, *first, *second; /* n_parameters each, when made for training; first and second are for the optimiser */
  float *activations, *deltas[2], *workspace;
} lakh_network;

/* Takes all memory for batches of up to `batch_size` samples of shape `in`. Without `training` there are no gradients. Parameters
 * are 0, running means 0 and variances 1, gammas 1. Errors as lakh_network_place; the network is then empty and need not be freed. */
lakh_status lakh_network_make(lakh_network *network, const lakh_layer *layers, size_t n_layers, lakh_shape in,
                              size_t batch_size, bool training, size_t *bad_layer);

void lakh_network_free(lakh_network *network);

/* First weights: layer i from stream `first_stream` + i of `seed`. */
void lakh_network_initialize(lakh_network *network, lakh_initialization initialization, uint32_t seed, uint64_t first_stream);

/* In training, dropout draws from stream `dropout_stream` + layer of `seed`, and batch norm moves its running statistics. */
typedef struct lakh_pass {
  size_t n; /* samples, <= batch_size */
  bool training;
  uint32_t seed;
  uint64_t dropout_stream;
  bool frozen; /* backward: parameters get no gradients; of dense layers and convolutions only */
} lakh_pass;

/* The output (n, out_size) for x (n, in_size); it stays until the next forward pass. */
const float *lakh_network_forward(lakh_network *network, const float *x, lakh_pass pass);

/* After the forward pass of the same x and pass: adds to the gradients, unless it is frozen, and writes dx (n, in_size) unless it
 * is NULL. */
void lakh_network_backward(lakh_network *network, const float *x, const float *dy, float *dx, lakh_pass pass);

/* ---- The same in pieces, for jobs whose steps shall be short ---- */

/* Multiply-adds of one sample's way forward through all layers; the way back takes twice as many. */
double lakh_network_work(const lakh_network *network);

/* About as many multiply-adds as make 1.5 ms (25 to the nanosecond on one core of 2022): what a layer is divided into, and what a
 * step of a job should do. */
#define LAKH_PIECE_OF_WORK 0x1p25

/* How far a pass is. {0} is its beginning. */
typedef struct lakh_cursor {
  size_t layers, samples; /* done, and samples (of an update: parameters) of the next layer */
  double work;            /* multiply-adds that are still to be done before the functions below come back */
} lakh_cursor;

/* As the functions above, to the bit, but they come back when the cursor's work is used up, with false, unless the pass is over:
 * then with true, and the cursor stands at the beginning. */
bool lakh_network_forward_some(lakh_network *network, const float *x, lakh_pass pass, lakh_cursor *cursor);
bool lakh_network_backward_some(lakh_network *network, const float *x, const float *dy, float *dx, lakh_pass pass,
                                lakh_cursor *cursor);
/* One step of the optimiser, counted from 1, on all parameters. */
bool lakh_network_update_some(lakh_network *network, const lakh_optimizer *optimizer, uint64_t step, lakh_cursor *cursor);
/* What the last forward pass gave. */
const float *lakh_network_output(const lakh_network *network);

void lakh_network_zero_gradients(lakh_network *network);

/* Whether weights and gradients are such that a step of the optimiser leaves finite weights (training.h). */
bool lakh_network_is_moderate(const lakh_network *network);

/* What is learned, one array after another: `name` is PyTorch's ("weight", "bias", "running_mean", "running_var"), and `module`
 * the index in a torch.nn.Sequential of the same network, where activations count, and so does Flatten between an image and a
 * dense layer. */
typedef struct lakh_parameter {
  size_t layer, module;
  const char *name;
  size_t dims[4], n_dims;
  float *values;
  size_t size;
} lakh_parameter;

/* The index-th array in the order of memory; false when there are no more. */
bool lakh_network_parameter(const lakh_network *network, size_t index, lakh_parameter *out);

/* Says what layer `placed` met, naming it "<prefix>.<module>". */
void lakh_layer_misfit(const lakh_placed_layer *placed, const char *prefix, lakh_misfit *out);

/* As a lakh_tensor named "<prefix>.<module>.<name>". Counts *index down by the arrays of this network when it lies beyond. */
bool lakh_network_tensor(const lakh_network *network, const char *prefix, size_t *index, lakh_tensor *out);

#endif

/* The shapes of a network: what each layer makes of the one before, and whether it can. */
#include "neural/network.h"

static size_t size_of(lakh_shape shape) { return shape.channels * shape.height * shape.width; }

/* ---- One layer ----------------------------------------------------------------------------------------------------------- */

static bool place_dense(lakh_placed_layer *p) {
  p->out = (lakh_shape){p->layer.units, 1, 1};
  p->inputs = size_of(p->in);
  p->outputs = p->layer.units;
  p->weight_size = p->inputs * p->outputs;
  p->bias_size = p->outputs;
  return p->outputs > 0;
}

static bool place_reshape(lakh_placed_layer *p) {
  p->out = (lakh_shape){p->layer.units, p->layer.height, p->layer.width};
  return size_of(p->out) == size_of(p->in);
}

static bool is_kernel(const lakh_layer *layer) {
  return layer->units > 0 && layer->kernel > 0 && layer->stride > 0 && layer->padding < layer->kernel;
}

static void place_weights_of_kernel(lakh_placed_layer *p) {
  lakh_convolution *c = &p->convolution;
  size_t area = c->kernel * c->kernel;
  p->weight_size = c->map_channels * c->image_channels * area;
  p->bias_size = p->layer.units;
  p->inputs = p->in.channels * area;
  p->outputs = p->layer.units * area;
}

static bool place_convolution(lakh_placed_layer *p) {
  const lakh_layer *l = &p->layer;
  if (!is_kernel(l)) return false;
  p->out = (lakh_shape){l->units, lakh_convolution_side(p->in.height, l->kernel, l->stride, l->padding),
                        lakh_convolution_side(p->in.width, l->kernel, l->stride, l->padding)};
  p->convolution = (lakh_convolution){p->in.channels, p->in.height, p->in.width, l->units,  p->out.height,
                                      p->out.width,   l->kernel,    l->stride,   l->padding};
  place_weights_of_kernel(p);
  return p->out.height > 0 && p->out.width > 0;
}

/* The side of the image: given, when the convolution leads from it back to the map's side, or the smallest such. */
static size_t image_side(size_t wanted, size_t map_side, const lakh_layer *l) {
  size_t least = (map_side - 1) * l->stride + l->kernel;
  if (least <= 2 * l->padding) return 0;
  least -= 2 * l->padding;
  if (wanted == 0) return least;
  return wanted >= least && wanted < least + l->stride ? wanted : 0;
}

static bool place_transposed_convolution(lakh_placed_layer *p) {
  const lakh_layer *l = &p->layer;
  if (!is_kernel(l)) return false;
  p->out = (lakh_shape){l->units, image_side(l->height, p->in.height, l), image_side(l->width, p->in.width, l)};
  p->convolution = (lakh_convolution){l->units,    p->out.height, p->out.width, p->in.channels, p->in.height,
                                      p->in.width, l->kernel,     l->stride,    l->padding};
  place_weights_of_kernel(p);
  return p->out.height > 0 && p->out.width > 0;
}

static bool place_normalization(lakh_placed_layer *p) {
  p->out = p->in;
  p->weight_size = p->bias_size = p->layer.kind == LAKH_LAYER_BATCH_NORM ? p->in.channels : size_of(p->in);
  return true;
}

static bool place_resampling(lakh_placed_layer *p) {
  size_t k = p->layer.kernel;
  p->out = p->in;
  if (p->layer.kind == LAKH_LAYER_DROPOUT) return p->layer.rate >= 0 && p->layer.rate < 1;
  if (k == 0) return false;
  bool up = p->layer.kind == LAKH_LAYER_UPSAMPLE;
  p->out.height = up ? p->in.height * k : p->in.height / k;
  p->out.width = up ? p->in.width * k : p->in.width / k;
  return p->out.height > 0 && p->out.width > 0;
}

/* Limits that keep all products below within 32 bits; what fits is then a question of memory, asked by demand_of. */
enum { MAX_UNITS = 1 << 24, MAX_SIDE = 65535 };
static const double MAX_FLOATS = 1 << 28; /* 1 GB in all */

static bool within_limits(const lakh_placed_layer *p) {
  const lakh_layer *l = &p->layer;
  return (unsigned)l->activation < LAKH_ACTIVATIONS && l->units <= MAX_UNITS && l->height <= MAX_SIDE && l->width <= MAX_SIDE &&
         l->kernel <= MAX_SIDE && l->stride <= MAX_SIDE && l->padding <= MAX_SIDE && p->in.channels <= MAX_UNITS &&
         p->in.height <= MAX_SIDE && p->in.width <= MAX_SIDE && size_of(p->in) > 0;
}

/* At least the floats that a layer takes in training, in numbers that cannot overflow. */
static double demand_of(const lakh_placed_layer *p, double batch_size) {
  const lakh_convolution *c = &p->convolution;
  double passing = batch_size * (double)p->out.channels * (double)p->out.height * (double)p->out.width;
  double patches = (double)c->image_channels * (double)c->kernel * (double)c->kernel;
  double weights =
      p->layer.kind == LAKH_LAYER_DENSE ? (double)p->inputs * (double)p->outputs : patches * (double)c->map_channels;
  return 4 * weights + 2 * passing + patches * (double)c->map_height * (double)c->map_width;
}

static bool place(lakh_placed_layer *p) {
  if (!within_limits(p)) return false;
  switch (p->layer.kind) {
  case LAKH_LAYER_DENSE:
    return place_dense(p);
  case LAKH_LAYER_RESHAPE:
    return place_reshape(p);
  case LAKH_LAYER_CONVOLUTION:
    return place_convolution(p);
  case LAKH_LAYER_TRANSPOSED_CONVOLUTION:
    return place_transposed_convolution(p);
  case LAKH_LAYER_BATCH_NORM:
  case LAKH_LAYER_LAYER_NORM:
    return place_normalization(p);
  case LAKH_LAYER_DROPOUT:
  case LAKH_LAYER_UPSAMPLE:
  case LAKH_LAYER_AVERAGE_POOL:
  case LAKH_LAYER_MAX_POOL:
    return place_resampling(p);
  }
  return false;
}

/* ---- All of them --------------------------------------------------------------------------------------------------------- */

/* Whether PyTorch's tensors have four dimensions behind a layer; an image may have shrunk to one place. */
static bool gives_image(lakh_layer_kind kind, bool image) {
  bool begins_image = kind == LAKH_LAYER_RESHAPE || kind == LAKH_LAYER_CONVOLUTION || kind == LAKH_LAYER_TRANSPOSED_CONVOLUTION;
  return begins_image || (image && kind != LAKH_LAYER_DENSE);
}

static size_t module_after(const lakh_placed_layer *before, lakh_layer_kind kind, bool image) {
  size_t module = before == NULL ? 0 : before->module + (before->layer.activation == LAKH_LINEAR ? 1 : 2);
  return kind == LAKH_LAYER_DENSE && image ? module + 1 : module; /* Flatten */
}

lakh_status lakh_network_place(lakh_placed_layer *placed, const lakh_layer *layers, size_t n_layers, lakh_shape in,
                               size_t batch_size, size_t *bad_layer) {
  double demand = (double)batch_size * (double)in.channels * (double)in.height * (double)in.width;
  bool image = in.height * in.width > 1;
  for (size_t i = 0; i < n_layers; i++) {
    lakh_placed_layer *p = placed + i;
    *p = (lakh_placed_layer){.layer = layers[i], .in = in};
    p->module = module_after(i > 0 ? p - 1 : NULL, p->layer.kind, image);
    image = gives_image(p->layer.kind, image);
    *bad_layer = i;
    if (!place(p)) {
      p->out = (lakh_shape){0};
      return LAKH_BAD_ARGUMENT;
    }
    demand += demand_of(p, (double)batch_size);
    if (demand > MAX_FLOATS) return LAKH_NO_MEMORY;
    in = p->out;
  }
  return LAKH_OK;
}

void lakh_layer_describe(const lakh_placed_layer *p, lakh_layer_info *out) {
  *out = (lakh_layer_info){.kind = (int32_t)p->layer.kind,
                           .activation = (int32_t)p->layer.activation,
                           .module = (int32_t)p->module,
                           .in_channels = (int32_t)p->in.channels,
                           .in_height = (int32_t)p->in.height,
                           .in_width = (int32_t)p->in.width,
                           .out_channels = (int32_t)p->out.channels,
                           .out_height = (int32_t)p->out.height,
                           .out_width = (int32_t)p->out.width,
                           .kernel = (int32_t)p->layer.kernel,
                           .stride = (int32_t)p->layer.stride,
                           .padding = (int32_t)p->layer.padding};
}

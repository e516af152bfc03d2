/* The variational autoencoder: which layers its parameters ask for. Dense: features -> hidden... -> 2 latent_dim; latent_dim ->
 * hidden reversed... -> features. Convolutional: before the hidden layers, one convolution for each entry of `filters`, each
 * halving the image; the decoder mirrors them. */
#include "neural/vae.h"

#include <math.h>

enum { KERNEL = 4, STRIDE = 2, PADDING = 1 };

static bool are_sizes(const int32_t *sizes, int32_t count) {
  if (count < 0 || count > LAKH_VAE_MAX_LAYERS) return false;
  for (int32_t i = 0; i < count; i++) {
    if (sizes[i] < 1) return false;
  }
  return true;
}

static bool is_image(const lakh_vae_params *p, size_t n_features) {
  return p->image_channels >= 1 && p->image_height >= 1 && p->image_width >= 1 &&
         (uint64_t)p->image_height * (uint64_t)p->image_width <= n_features &&
         (uint64_t)p->image_channels * ((uint64_t)p->image_height * (uint64_t)p->image_width) == n_features;
}

bool lakh_vae_params_fit(const lakh_vae_params *p, size_t n_features) {
  return n_features >= 1 && n_features <= INT32_MAX && p->latent_dim >= 1 && p->latent_dim <= INT32_MAX / 2 &&
         are_sizes(p->hidden, p->n_hidden) && are_sizes(p->filters, p->n_filters) &&
         (p->n_filters == 0 || is_image(p, n_features)) && (p->n_classes == 0 || p->n_classes >= 2) && p->activation >= 0 &&
         p->activation < LAKH_ACTIVATIONS && (p->likelihood == LAKH_VAE_BERNOULLI || p->likelihood == LAKH_VAE_GAUSSIAN) &&
         p->batch_size >= 1 && p->warmup_epochs >= 0 && p->optimizer >= LAKH_ADAM && p->optimizer <= LAKH_SGD &&
         p->patience >= 0 && p->beta >= 0 && isfinite(p->beta) && lakh_is_learning_rate(p->learning_rate) &&
         p->clip_norm >= 0 && isfinite(p->clip_norm);
}

static lakh_layer dense_layer(size_t units, int32_t activation) {
  return (lakh_layer){.kind = LAKH_LAYER_DENSE, .activation = (lakh_activation)activation, .units = units};
}

lakh_vae_layers lakh_vae_encoder_layers(const lakh_vae_params *p, size_t n_features) {
  lakh_vae_layers layers = {.in = {n_features + (size_t)p->n_classes, 1, 1}};
  if (p->n_filters > 0) {
    size_t channels = (size_t)p->image_channels + (size_t)p->n_classes;
    layers.in = (lakh_shape){channels, (size_t)p->image_height, (size_t)p->image_width};
  }
  for (int32_t i = 0; i < p->n_filters; i++) {
    layers.list[layers.count++] = (lakh_layer){.kind = LAKH_LAYER_CONVOLUTION,
                                               .activation = (lakh_activation)p->activation,
                                               .units = (size_t)p->filters[i],
                                               .kernel = KERNEL,
                                               .stride = STRIDE,
                                               .padding = PADDING};
  }
  for (int32_t i = 0; i < p->n_hidden; i++) layers.list[layers.count++] = dense_layer((size_t)p->hidden[i], p->activation);
  layers.list[layers.count++] = dense_layer(2 * (size_t)p->latent_dim, LAKH_LINEAR);
  return layers;
}

lakh_vae_layers lakh_vae_decoder_layers(const lakh_vae_params *p, size_t n_features, const lakh_placed_layer *encoder) {
  lakh_vae_layers layers = {.in = {(size_t)p->latent_dim + (size_t)p->n_classes, 1, 1}};
  for (int32_t i = p->n_hidden; i-- > 0;) layers.list[layers.count++] = dense_layer((size_t)p->hidden[i], p->activation);
  if (p->n_filters == 0) {
    layers.list[layers.count++] = dense_layer(n_features, LAKH_LINEAR);
    return layers;
  }
  /* The encoder's images, from the smallest back. */
  lakh_shape map = encoder[p->n_filters - 1].out;
  layers.list[layers.count++] = dense_layer(map.channels * map.height * map.width, p->activation);
  layers.list[layers.count++] =
      (lakh_layer){.kind = LAKH_LAYER_RESHAPE, .units = map.channels, .height = map.height, .width = map.width};
  for (int32_t i = p->n_filters; i-- > 0;) {
    lakh_shape image = encoder[i].in;
    layers.list[layers.count++] = (lakh_layer){.kind = LAKH_LAYER_TRANSPOSED_CONVOLUTION,
                                               .activation = i > 0 ? (lakh_activation)p->activation : LAKH_LINEAR,
                                               .units = i > 0 ? image.channels : (size_t)p->image_channels,
                                               .height = image.height,
                                               .width = image.width,
                                               .kernel = KERNEL,
                                               .stride = STRIDE,
                                               .padding = PADDING};
  }
  return layers;
}

bool lakh_vae_layer(const lakh_vae_params *p, size_t n_features, lakh_vae_part part, size_t index, lakh_layer_info *out) {
  if (!lakh_vae_params_fit(p, n_features)) return false;
  lakh_vae_layers layers = lakh_vae_encoder_layers(p, n_features);
  lakh_placed_layer encoder[LAKH_VAE_ALL_LAYERS], decoder[LAKH_VAE_ALL_LAYERS], *placed = encoder;
  size_t last;
  lakh_status status = lakh_network_place(encoder, layers.list, layers.count, layers.in, (size_t)p->batch_size, &last);
  if (part == LAKH_VAE_DECODER) {
    if (status != LAKH_OK) return false;
    layers = lakh_vae_decoder_layers(p, n_features, encoder);
    placed = decoder;
    lakh_network_place(decoder, layers.list, layers.count, layers.in, (size_t)p->batch_size, &last);
  }
  if (index > last) return false;
  lakh_layer_describe(placed + index, out);
  return true;
}

/* Only images can be too small: the decoder mirrors what the encoder could do. */
bool lakh_vae_misfit(const lakh_vae_params *p, size_t n_features, lakh_misfit *out) {
  if (!lakh_vae_params_fit(p, n_features)) return false;
  lakh_vae_layers layers = lakh_vae_encoder_layers(p, n_features);
  lakh_placed_layer placed[LAKH_VAE_ALL_LAYERS];
  size_t last;
  lakh_status status = lakh_network_place(placed, layers.list, layers.count, layers.in, (size_t)p->batch_size, &last);
  if (status != LAKH_BAD_ARGUMENT) return false;
  lakh_layer_misfit(placed + last, "encoder", out);
  return true;
}

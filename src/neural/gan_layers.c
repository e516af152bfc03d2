/* The adversarial network: which layers its parameters ask for.
 *
 * Dense: features -> hidden... -> 1 and latent_dim -> hidden reversed... -> features. Convolutional (Radford, Metz & Chintala
 * 2016): before the discriminator's hidden layers, one convolution for each entry of `filters`, each halving the image; the
 * generator mirrors them, with batch normalisation before each of its images but the last. The discriminator has none: the
 * gradient penalty is about single samples, and real and generated ones go through it as one batch. */
#include "neural/gan.h"

#include <math.h>

enum { KERNEL = 4, STRIDE = 2, PADDING = 1 };
/* Of the classifier: features of its last hidden layer are compared. */
enum { CLASSIFIER_UNITS = 128, CLASSIFIER_FEATURES = 32 };

/* ---- Limits ------------------------------------------------------------------------------------------------------------ */

static bool are_sizes(const int32_t *sizes, int32_t count) {
  if (count < 0 || count > LAKH_GAN_MAX_LAYERS) return false;
  for (int32_t i = 0; i < count; i++) {
    if (sizes[i] < 1) return false;
  }
  return true;
}

static bool is_image(const lakh_gan_params *p, size_t n_features) {
  return p->image_channels >= 1 && p->image_height >= 1 && p->image_width >= 1 &&
         (uint64_t)p->image_height * (uint64_t)p->image_width <= n_features &&
         (uint64_t)p->image_channels * ((uint64_t)p->image_height * (uint64_t)p->image_width) == n_features;
}

static bool are_layers(const lakh_gan_params *p, size_t n_features) {
  return n_features >= 1 && n_features <= INT32_MAX && p->latent_dim >= 1 && are_sizes(p->hidden, p->n_hidden) &&
         are_sizes(p->filters, p->n_filters) && (p->n_filters == 0 || is_image(p, n_features)) &&
         (p->n_classes == 0 || p->n_classes >= 2) &&
         (p->output == LAKH_LINEAR || p->output == LAKH_TANH || p->output == LAKH_SIGMOID);
}

static bool is_optimizer(int32_t kind, double learning_rate) {
  return kind >= LAKH_ADAM && kind <= LAKH_SGD && lakh_is_learning_rate(learning_rate);
}

static bool is_decay(double beta) { return beta >= 0 && beta < 1; }

static int32_t modes_of(const lakh_gan_params *p) { return p->n_classes > 0 ? p->n_classes : p->n_modes; }

static bool are_quality_params(const lakh_gan_params *p) {
  if (p->quality_samples == 0) return true;
  return p->quality_samples >= 2 && p->quality_samples <= LAKH_GAN_MAX_QUALITY_SAMPLES && modes_of(p) >= 2 &&
         modes_of(p) <= LAKH_GAN_MAX_MODES;
}

bool lakh_gan_params_fit(const lakh_gan_params *p, size_t n_features) {
  return are_layers(p, n_features) && are_quality_params(p) && p->loss >= LAKH_GAN_BCE && p->loss <= LAKH_GAN_HINGE &&
         p->batch_size >= 1 && p->batch_size <= INT32_MAX / 2 && p->discriminator_steps >= 1 && p->generator_steps >= 1 &&
         is_optimizer(p->generator_optimizer, p->generator_learning_rate) &&
         is_optimizer(p->discriminator_optimizer, p->discriminator_learning_rate) && is_decay(p->beta1) && is_decay(p->beta2) &&
         p->label_smoothing >= 0 && p->label_smoothing <= 0.5 && p->gradient_penalty >= 0 && isfinite(p->gradient_penalty);
}

/* ---- Layers ------------------------------------------------------------------------------------------------------------ */

static lakh_layer dense_layer(size_t units, lakh_activation activation) {
  return (lakh_layer){.kind = LAKH_LAYER_DENSE, .activation = activation, .units = units};
}

lakh_gan_layers lakh_gan_discriminator_layers(const lakh_gan_params *p, size_t n_features) {
  lakh_gan_layers layers = {.in = {n_features + (size_t)p->n_classes, 1, 1}};
  if (p->n_filters > 0) {
    size_t channels = (size_t)p->image_channels + (size_t)p->n_classes;
    layers.in = (lakh_shape){channels, (size_t)p->image_height, (size_t)p->image_width};
  }
  for (int32_t i = 0; i < p->n_filters; i++) {
    layers.list[layers.count++] = (lakh_layer){.kind = LAKH_LAYER_CONVOLUTION,
                                               .activation = LAKH_LEAKY_RELU,
                                               .units = (size_t)p->filters[i],
                                               .kernel = KERNEL,
                                               .stride = STRIDE,
                                               .padding = PADDING};
  }
  for (int32_t i = 0; i < p->n_hidden; i++) layers.list[layers.count++] = dense_layer((size_t)p->hidden[i], LAKH_LEAKY_RELU);
  layers.list[layers.count++] = dense_layer(1, LAKH_LINEAR);
  return layers;
}

lakh_gan_layers lakh_gan_generator_layers(const lakh_gan_params *p, size_t n_features, const lakh_placed_layer *discriminator) {
  lakh_gan_layers layers = {.in = {(size_t)p->latent_dim + (size_t)p->n_classes, 1, 1}};
  const lakh_layer batch_norm = {.kind = LAKH_LAYER_BATCH_NORM, .activation = LAKH_RELU};
  for (int32_t i = p->n_hidden; i-- > 0;) layers.list[layers.count++] = dense_layer((size_t)p->hidden[i], LAKH_RELU);
  if (p->n_filters == 0) {
    layers.list[layers.count++] = dense_layer(n_features, (lakh_activation)p->output);
    return layers;
  }
  /* The discriminator's images, from the smallest back. */
  lakh_shape map = discriminator[p->n_filters - 1].out;
  layers.list[layers.count++] = dense_layer(map.channels * map.height * map.width, LAKH_LINEAR);
  layers.list[layers.count++] =
      (lakh_layer){.kind = LAKH_LAYER_RESHAPE, .units = map.channels, .height = map.height, .width = map.width};
  for (int32_t i = p->n_filters; i-- > 0;) {
    lakh_shape image = discriminator[i].in;
    layers.list[layers.count++] = batch_norm;
    layers.list[layers.count++] = (lakh_layer){.kind = LAKH_LAYER_TRANSPOSED_CONVOLUTION,
                                               .activation = i > 0 ? LAKH_LINEAR : (lakh_activation)p->output,
                                               .units = i > 0 ? image.channels : (size_t)p->image_channels,
                                               .height = image.height,
                                               .width = image.width,
                                               .kernel = KERNEL,
                                               .stride = STRIDE,
                                               .padding = PADDING};
  }
  return layers;
}

lakh_gan_layers lakh_gan_classifier_layers(const lakh_gan_params *p, size_t n_features) {
  lakh_gan_layers layers = {.in = {n_features, 1, 1}};
  layers.list[layers.count++] = dense_layer(CLASSIFIER_UNITS, LAKH_RELU);
  layers.list[layers.count++] = dense_layer(CLASSIFIER_FEATURES, LAKH_RELU);
  layers.list[layers.count++] = dense_layer((size_t)modes_of(p), LAKH_LINEAR);
  return layers;
}

/* ---- For messages and export ------------------------------------------------------------------------------------------- */

bool lakh_gan_layer(const lakh_gan_params *p, size_t n_features, lakh_gan_part part, size_t index, lakh_layer_info *out) {
  if (!lakh_gan_params_fit(p, n_features)) return false;
  lakh_gan_layers layers = lakh_gan_discriminator_layers(p, n_features);
  lakh_placed_layer discriminator[LAKH_GAN_ALL_LAYERS], generator[LAKH_GAN_ALL_LAYERS], *placed = discriminator;
  size_t last, batch_size = (size_t)p->batch_size;
  lakh_status status = lakh_network_place(discriminator, layers.list, layers.count, layers.in, batch_size, &last);
  if (part == LAKH_GAN_GENERATOR) {
    if (status != LAKH_OK) return false;
    layers = lakh_gan_generator_layers(p, n_features, discriminator);
    placed = generator;
    lakh_network_place(generator, layers.list, layers.count, layers.in, batch_size, &last);
  }
  if (index > last) return false;
  lakh_layer_describe(placed + index, out);
  return true;
}

/* Only images can be too small: the generator mirrors what the discriminator could do. */
bool lakh_gan_misfit(const lakh_gan_params *p, size_t n_features, lakh_misfit *out) {
  if (!lakh_gan_params_fit(p, n_features)) return false;
  lakh_gan_layers layers = lakh_gan_discriminator_layers(p, n_features);
  lakh_placed_layer placed[LAKH_GAN_ALL_LAYERS];
  size_t last;
  lakh_status status = lakh_network_place(placed, layers.list, layers.count, layers.in, (size_t)p->batch_size, &last);
  if (status != LAKH_BAD_ARGUMENT) return false;
  lakh_layer_misfit(placed + last, "discriminator", out);
  return true;
}

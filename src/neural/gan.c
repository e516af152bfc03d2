/* The generative adversarial network (Goodfellow et al., "Generative adversarial nets", 2014): the model.
 *
 * The generator G turns codes z of normal numbers into samples; the discriminator D gives a score for a sample, high for data.
 * Training (gan_fit.c) alternates steps that lower, averaged over rows x and codes z,
 *
 *   loss      of D                                                   of G
 *   bce       softplus(-D(x)) + softplus(D(G(z)))                    softplus(-D(G(z)))
 *   wgan-gp   D(G(z)) - D(x) + gradient_penalty (|grad D| - 1)^2     -D(G(z))
 *   hinge     max(0, 1 - D(x)) + max(0, 1 + D(G(z)))                 -D(G(z))
 *
 * With label smoothing s, data are to be called data with probability 1 - s. A conditional model appends the label to the code, as
 * n_classes values 0 or 1, and to the sample, as values or, for images, planes.
 *
 * Time of a batch, in multiply-adds a row: 2 a weight of D for each of data and samples, 2 more for the generator's step, and 3 a
 * weight of G. In V8 11 on one thread of a Zen 4 core a step of 128 rows of 64-256-784 against 784-256-1 takes 10.5 ms, which is
 * the speed of the products' bare loop; PyTorch 1.13 on two such threads takes 7.8 to 9.4. Memory: 4 floats a weight and about 3
 * times the activations of two batches; nothing is allocated while training.
 *
 * What to learn with, by trials on MNIST: Adam with beta1 = 0.5 and rates of 0.0004 for G and 0.0001 for D, labels smoothed by
 * 0.1. With equal rates D grows sure of itself within some epochs; with 0.001 for G samples swing from epoch to epoch. */
#include "neural/gan.h"

#include "base/alloc.h"
#include "base/sizes.h"
#include "neural/rows.h"

#include <math.h>
#include <string.h>

/* ---- The model --------------------------------------------------------------------------------------------------------- */

static lakh_status make_network(lakh_network *network, lakh_gan_layers layers, size_t batch_size, bool training) {
  size_t bad_layer;
  return lakh_network_make(network, layers.list, layers.count, layers.in, batch_size, training, &bad_layer);
}

static lakh_status make_networks(lakh_gan *gan) {
  const lakh_gan_params *p = &gan->params;
  size_t judged = gan->training ? 2 * gan->batch_size : gan->batch_size;
  lakh_status status =
      make_network(&gan->discriminator, lakh_gan_discriminator_layers(p, gan->n_features), judged, gan->training);
  if (status != LAKH_OK) return status;
  lakh_gan_layers generator = lakh_gan_generator_layers(p, gan->n_features, gan->discriminator.layers);
  status = make_network(&gan->generator, generator, gan->batch_size, gan->training);
  if (status != LAKH_OK || !gan->training) return status;
  if (p->quality_samples > 0) {
    status = make_network(&gan->classifier, lakh_gan_classifier_layers(p, gan->n_features), gan->batch_size, true);
  }
  if (status != LAKH_OK || p->loss != LAKH_GAN_WGAN_GP) return status;
  return lakh_gradient_penalty_make(&gan->penalty, &gan->discriminator, gan->batch_size);
}

static lakh_status make_buffers(lakh_gan *gan) {
  size_t n = gan->batch_size, judged = gan->discriminator.batch_size;
  gan->codes = lakh_alloc(n * gan->generator.in_size, sizeof(float));
  gan->input = lakh_alloc(judged * gan->discriminator.in_size, sizeof(float));
  if (gan->codes == NULL || gan->input == NULL) return LAKH_NO_MEMORY;
  if (!gan->training) return LAKH_OK;
  gan->scores_gradient = lakh_alloc(judged, sizeof(float));
  gan->input_gradient = lakh_alloc(n * gan->discriminator.in_size, sizeof(float));
  gan->running_before = lakh_alloc(gan->generator.n_running, sizeof(float));
  bool made = gan->scores_gradient != NULL && gan->input_gradient != NULL && gan->running_before != NULL;
  return made ? LAKH_OK : LAKH_NO_MEMORY;
}

static void initialize(lakh_gan *gan) {
  uint64_t stream = lakh_gan_stream(LAKH_GAN_FIRST_WEIGHTS, 0);
  lakh_network *networks[] = {&gan->generator, &gan->discriminator, &gan->classifier};
  for (size_t i = 0; i < 3; i++) {
    lakh_network_initialize(networks[i], LAKH_FAN_IN_UNIFORM, gan->params.random_state, stream + i * LAKH_GAN_ALL_LAYERS);
  }
}

lakh_status lakh_gan_create(const lakh_gan_params *params, size_t n_features, bool training, lakh_gan **out) {
  if (!lakh_gan_params_fit(params, n_features)) return LAKH_BAD_ARGUMENT;
  lakh_gan *gan = lakh_alloc_zeroed(1, sizeof *gan);
  if (gan == NULL) return LAKH_NO_MEMORY;
  gan->params = *params;
  gan->n_features = n_features;
  gan->latent_dim = (size_t)params->latent_dim;
  gan->n_classes = (size_t)params->n_classes;
  gan->batch_size = (size_t)params->batch_size;
  gan->label_places = params->n_filters > 0 ? (size_t)params->image_height * (size_t)params->image_width : 1;
  gan->training = training;
  lakh_status status = make_networks(gan);
  if (status == LAKH_OK) status = make_buffers(gan);
  if (status != LAKH_OK) {
    lakh_gan_free(gan);
    return status;
  }
  initialize(gan);
  *out = gan;
  return LAKH_OK;
}

void lakh_gan_free(lakh_gan *gan) {
  if (gan == NULL) return;
  lakh_network_free(&gan->generator);
  lakh_network_free(&gan->discriminator);
  lakh_network_free(&gan->classifier);
  lakh_gradient_penalty_free(&gan->penalty);
  lakh_free(gan->codes);
  lakh_free(gan->input);
  lakh_free(gan->scores_gradient);
  lakh_free(gan->input_gradient);
  lakh_free(gan->running_before);
  lakh_free(gan);
}

bool lakh_gan_tensor(const lakh_gan *gan, size_t index, lakh_tensor *out) {
  return lakh_network_tensor(&gan->generator, "generator", &index, out) ||
         lakh_network_tensor(&gan->discriminator, "discriminator", &index, out) ||
         lakh_network_tensor(&gan->classifier, "classifier", &index, out);
}

void lakh_gan_get_position(const lakh_gan *gan, lakh_gan_position *position) { *position = gan->position; }
void lakh_gan_set_position(lakh_gan *gan, const lakh_gan_position *position) { gan->position = *position; }

size_t lakh_gan_rows_together(const lakh_gan *gan) {
  double rows = LAKH_PIECE_OF_WORK / (lakh_network_work(&gan->generator) + lakh_network_work(&gan->discriminator));
  return rows < (double)gan->batch_size ? lakh_larger((size_t)rows, lakh_smaller(8, gan->batch_size)) : gan->batch_size;
}

/* ---- Rows -------------------------------------------------------------------------------------------------------------- */

bool lakh_gan_labels_fit(const lakh_gan *gan, const int32_t *labels, size_t rows) {
  return gan->n_classes == 0 ? labels == NULL : lakh_rows_labels_fit(labels, rows, gan->n_classes);
}

lakh_status lakh_gan_check_rows(const lakh_gan *gan, lakh_matrix x) {
  lakh_status status = lakh_rows_check(x, gan->n_features, gan->params.output == LAKH_SIGMOID);
  if (status != LAKH_OK || gan->params.output != LAKH_TANH) return status;
  return lakh_rows_within(x, -1, 1) ? LAKH_OK : LAKH_BAD_ARGUMENT;
}

void lakh_gan_write_input(const lakh_gan *gan, const float *features, int32_t label, float *to) {
  memcpy(to, features, gan->n_features * sizeof *to);
  to += gan->n_features;
  for (size_t c = 0; c < gan->n_classes; c++, to += gan->label_places) {
    for (size_t i = 0; i < gan->label_places; i++) to[i] = (int32_t)c == label ? 1 : 0;
  }
}

void lakh_gan_label_code(lakh_gan *gan, size_t i, int32_t label) {
  float *to = gan->codes + i * gan->generator.in_size + gan->latent_dim;
  for (size_t c = 0; c < gan->n_classes; c++) to[c] = (int32_t)c == label ? 1 : 0;
}

void lakh_gan_draw_codes(lakh_gan *gan, uint64_t stream, size_t n) {
  lakh_random random = lakh_random_stream(gan->params.random_state, stream);
  for (size_t i = 0; i < n; i++) {
    lakh_fill_normal(&random, gan->codes + i * gan->generator.in_size, gan->latent_dim, 1);
  }
}

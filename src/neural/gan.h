/* What the files of the adversarial network share. */
#ifndef LAKH_NEURAL_GAN_INTERNAL_H
#define LAKH_NEURAL_GAN_INTERNAL_H

#include "lakh.h"
#include "neural/gradient_penalty.h"
#include "neural/network.h"

struct lakh_gan {
  lakh_gan_params params;
  lakh_gan_position position;
  size_t n_features, latent_dim, n_classes, batch_size;
  size_t label_places; /* how often each value of a label stands in the discriminator's input: 1, or once a pixel */
  bool training;
  lakh_network generator;     /* code and label -> sample */
  lakh_network discriminator; /* sample and label -> score: a logit or a critic's value */
  lakh_network classifier;    /* sample -> logits of the modes; in training with quality_samples > 0 only */
  float *codes;               /* batch_size x generator.in_size */
  float *input;               /* rows of discriminator.in_size; in training data, then as many samples: 2 batch_size */
  float *scores_gradient;     /* 2 batch_size; this and the following in training only */
  float *input_gradient;      /* batch_size x discriminator.in_size */
  float *running_before;      /* generator.n_running: its running statistics before it last went forward */
  lakh_gradient_penalty penalty;
};

/* Streams of random numbers. A purpose has 2^32 of them, for steps, epochs or rows. */
enum lakh_gan_stream {
  LAKH_GAN_FIRST_WEIGHTS,
  LAKH_GAN_SHUFFLE,
  LAKH_GAN_NOISE,       /* codes of a batch, for the discriminator's step and the generator's first */
  LAKH_GAN_MORE_NOISE,  /* codes of the generator's further steps */
  LAKH_GAN_BETWEEN,     /* where the gradient penalty is taken */
  LAKH_GAN_JUDGED,      /* codes of the samples whose quality is measured */
  LAKH_GAN_CLASSIFIER,  /* the order of rows for the classifier */
  LAKH_GAN_FIRST_MODES, /* the start of k-means */
};
static inline uint64_t lakh_gan_stream(enum lakh_gan_stream purpose, uint64_t index) { return (uint64_t)purpose << 32 | index; }

/* What parameters ask for: layers, and the shape of one sample that goes into the first. */
enum { LAKH_GAN_ALL_LAYERS = 3 * LAKH_GAN_MAX_LAYERS + 3 };
typedef struct lakh_gan_layers {
  lakh_layer list[LAKH_GAN_ALL_LAYERS];
  size_t count;
  lakh_shape in;
} lakh_gan_layers;

bool lakh_gan_params_fit(const lakh_gan_params *params, size_t n_features);
lakh_gan_layers lakh_gan_discriminator_layers(const lakh_gan_params *params, size_t n_features);
lakh_gan_layers lakh_gan_generator_layers(const lakh_gan_params *params, size_t n_features,
                                          const lakh_placed_layer *discriminator);
lakh_gan_layers lakh_gan_classifier_layers(const lakh_gan_params *params, size_t n_features);

/* How many rows make a piece of work when the model is applied. */
size_t lakh_gan_rows_together(const lakh_gan *gan);

/* Writes a row of the discriminator's input: features, then for a conditional model the label, as values or planes of 0 or 1. */
void lakh_gan_write_input(const lakh_gan *gan, const float *features, int32_t label, float *to);

/* Draws n codes from `stream`; writes the label behind the i-th. */
void lakh_gan_draw_codes(lakh_gan *gan, uint64_t stream, size_t n);
void lakh_gan_label_code(lakh_gan *gan, size_t i, int32_t label);

/* Features finite and within the range of the generator's output; labels in range, where they are needed. */
lakh_status lakh_gan_check_rows(const lakh_gan *gan, lakh_matrix x);
bool lakh_gan_labels_fit(const lakh_gan *gan, const int32_t *labels, size_t rows);

#endif

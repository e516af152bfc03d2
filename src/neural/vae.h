/* What the files of the variational autoencoder share. */
#ifndef LAKH_NEURAL_VAE_INTERNAL_H
#define LAKH_NEURAL_VAE_INTERNAL_H

#include "lakh.h"
#include "neural/network.h"

struct lakh_vae {
  lakh_vae_params params;
  lakh_vae_position position;
  size_t n_features, latent_dim, n_classes, batch_size;
  bool training;
  lakh_network encoder; /* features and label -> mean, log-variance */
  lakh_network decoder; /* code and label -> logits or means */
  float *input;         /* batch_size x encoder.in_size */
  float *codes;         /* batch_size x decoder.in_size */
  float *noise;         /* batch_size x latent_dim: what is added to the mean */
  float *loss_gradient; /* batch_size x n_features; this and the following in training only */
  float *code_gradient; /* batch_size x decoder.in_size */
  float *head_gradient; /* batch_size x 2 latent_dim */
  float *best;          /* with patience: the weights of the epoch with the lowest validation loss, encoder's first */
};

/* Streams of random numbers. A purpose has 2^32 of them, for steps, epochs or rows. */
enum lakh_vae_stream { LAKH_VAE_FIRST_WEIGHTS, LAKH_VAE_SHUFFLE, LAKH_VAE_NOISE, LAKH_VAE_SCORE_NOISE };
static inline uint64_t lakh_vae_stream(enum lakh_vae_stream purpose, uint64_t index) { return (uint64_t)purpose << 32 | index; }

/* What parameters ask for: layers, and the shape of one sample that goes into the first. */
enum { LAKH_VAE_ALL_LAYERS = 2 * LAKH_VAE_MAX_LAYERS + 3 };
typedef struct lakh_vae_layers {
  lakh_layer list[LAKH_VAE_ALL_LAYERS];
  size_t count;
  lakh_shape in;
} lakh_vae_layers;

bool lakh_vae_params_fit(const lakh_vae_params *params, size_t n_features);
lakh_vae_layers lakh_vae_encoder_layers(const lakh_vae_params *params, size_t n_features);
lakh_vae_layers lakh_vae_decoder_layers(const lakh_vae_params *params, size_t n_features, const lakh_placed_layer *encoder);

/* Keeps the present weights as the best, or puts those back. Only with patience. */
void lakh_vae_keep_best(lakh_vae *vae);
void lakh_vae_restore_best(lakh_vae *vae);

/* Writes rows of the encoder's input: features, then the label, if there is one, as n_classes values or planes of 0 or 1. `rows`
 * are indices into x and labels, NULL for first, first + 1, ... */
void lakh_vae_gather(lakh_vae *vae, lakh_matrix x, const int32_t *labels, const uint32_t *rows, size_t first, size_t n);

/* Writes the labels behind the codes. */
void lakh_vae_label_codes(lakh_vae *vae, const int32_t *labels, const uint32_t *rows, size_t first, size_t n);

/* codes = mean + e^(log-variance / 2) noise, from the encoder's output, with noise from `stream`. */
void lakh_vae_draw_codes(lakh_vae *vae, const float *heads, size_t n, uint64_t stream);

/* Reconstruction loss of one row, and its derivative by `decoded` times weight, unless `gradient` is NULL. */
double lakh_vae_reconstruction(const lakh_vae *vae, const float *decoded, const float *row, float weight, float *gradient);

/* How many rows a step of a job should encode and decode, to be short; at most batch_size. */
size_t lakh_vae_rows_together(const lakh_vae *vae);

/* Encodes rows first..first+n-1 of x, draws one code a row with noise that depends on `first` alone, and decodes it. */
typedef struct lakh_vae_evaluation {
  const float *heads;   /* n x 2 latent_dim: mean, log-variance */
  const float *decoded; /* n x n_features: logits or means */
} lakh_vae_evaluation;
lakh_vae_evaluation lakh_vae_evaluate(lakh_vae *vae, lakh_matrix x, const int32_t *labels, size_t first, size_t n);

/* The losses of the evaluated batch's i-th row, without beta. */
lakh_vae_loss lakh_vae_loss_of_row(const lakh_vae *vae, lakh_vae_evaluation evaluation, size_t i);

/* Labels in range, where they are needed. */
bool lakh_vae_labels_fit(const lakh_vae *vae, const int32_t *labels, size_t rows);

/* Features finite, and within [0, 1] for the Bernoulli likelihood. */
lakh_status lakh_vae_check_rows(const lakh_vae *vae, lakh_matrix x);

#endif

/* What the files of the restricted Boltzmann machine share. */
#ifndef LAKH_NEURAL_RBM_INTERNAL_H
#define LAKH_NEURAL_RBM_INTERNAL_H

#include "base/random.h"
#include "lakh.h"

/* What is learned, or its velocity. */
typedef struct lakh_rbm_weights {
  float *components; /* n_components x n_features */
  float *hidden;     /* intercepts */
  float *visible;
} lakh_rbm_weights;

struct lakh_rbm {
  lakh_rbm_params params;
  lakh_rbm_position position;
  size_t n_features, n_components, batch_size, n_weights;
  bool training, gaussian;
  float *memory; /* weights, then velocity */
  lakh_rbm_weights weights, velocity;
  float *chains;    /* batch_size x n_components: hidden units of the persistent chains */
  float *visible;   /* 2 batch_size x n_features: rows of the batch, then ends of the chains */
  float *hidden;    /* 2 batch_size x n_components: likewise */
  float *workspace; /* of the products */
};

/* Streams of random numbers, as for the VAE. */
enum lakh_rbm_stream {
  LAKH_RBM_FIRST_WEIGHTS,
  LAKH_RBM_SHUFFLE,
  LAKH_RBM_CHAINS,
  LAKH_RBM_SAMPLE,
  LAKH_RBM_FLIP,
  LAKH_RBM_ANNEAL
};
static inline uint64_t lakh_rbm_stream(enum lakh_rbm_stream purpose, uint64_t index) { return (uint64_t)purpose << 32 | index; }

/* The input of the hidden units, W v + c, and their probabilities, for n rows. */
void lakh_rbm_hidden_input(lakh_rbm *rbm, const float *visible, float *input, size_t n);
void lakh_rbm_mean_hidden(lakh_rbm *rbm, const float *visible, float *hidden, size_t n);

/* The mean of the visible units, and a sample of them. */
void lakh_rbm_mean_visible(lakh_rbm *rbm, const float *hidden, float *visible, size_t n);
void lakh_rbm_sample_visible(lakh_rbm *rbm, const float *hidden, float *visible, size_t n, lakh_random *random);

/* samples = 1 with the given probabilities, otherwise 0; in place is allowed. */
void lakh_rbm_sample(const float *probabilities, float *samples, size_t count, lakh_random *random);

/* Hidden units sampled from their inputs, in place: 1 with the sigmoid's probability. */
void lakh_rbm_sample_inputs(float *inputs, size_t count, lakh_random *random);

/* Sum of ln(1 + e^input). */
double lakh_rbm_softplus(const float *input, size_t count);

/* How many rows a step of a job should be applied to, to be short; at most batch_size. */
size_t lakh_rbm_rows_together(const lakh_rbm *rbm);

/* Scores of n <= batch_size rows, with flipped features drawn from `seed` and their index first, first + 1, ... Uses hidden. */
void lakh_rbm_score_rows(lakh_rbm *rbm, const float *x, size_t first, size_t n, uint32_t seed, float *scores);

/* Free energies of n <= batch_size rows. Uses hidden. */
void lakh_rbm_free_energies(lakh_rbm *rbm, const float *x, size_t n, float *energies);

#endif

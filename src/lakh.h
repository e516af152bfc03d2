/* lakh: unsupervised learning for native programs and for WebAssembly.
 *
 * This header is the whole C API. Its conventions, once for all functions:
 *
 * - A table of data is a `lakh_matrix`: rows are samples, columns are features, row-major, float. Functions borrow the tables
 *   and arrays that they are given: these must stay as they are until the job that reads them is freed.
 * - Functions that can fail return a `lakh_status`; negative values are errors. On error the out-pointer is left untouched.
 * - Work is done by jobs. `*_create` checks its arguments and allocates; each `lakh_job_step` does a bounded piece of work (a
 *   few milliseconds at most on ordinary hardware); results are read through the accessors of the object. A job that was
 *   stopped early, or whose step failed, is simply freed.
 * - Same seed, same bits: results depend on the data, the parameters and `random_state`, never on the machine, on the time, or
 *   on how the steps were scheduled.
 * - There is no global state: different jobs may run in different threads.
 */
#ifndef LAKH_H
#define LAKH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Status ------------------------------------------------------------------------------------------------------------ */

typedef enum lakh_status {
  LAKH_DONE = 0,          /* finished; also what functions that are not steps return on success */
  LAKH_MORE = 1,          /* a step ended, there is more to do */
  LAKH_ITERATION = 2,     /* a step ended, and with it an iteration: the object's accessors show a consistent state */
  LAKH_NO_MEMORY = -1,    /* an allocation failed */
  LAKH_BAD_ARGUMENT = -2, /* an argument is outside the limits stated at the function */
  LAKH_NOT_FINITE = -3,   /* the data hold a NaN or an infinity (see lakh_check_finite) */
} lakh_status;

#define LAKH_OK LAKH_DONE

/* ---- Data -------------------------------------------------------------------------------------------------------------- */

/* `rows` samples of `cols` features; sample i, feature j is data[i * cols + j]. */
typedef struct lakh_matrix {
  const float *data;
  size_t rows;
  size_t cols;
} lakh_matrix;

/* Finds the first value of `x` that is NaN or infinite. Returns LAKH_OK when there is none; otherwise LAKH_NOT_FINITE with its
 * place in *row and *col. */
lakh_status lakh_check_finite(lakh_matrix x, size_t *row, size_t *col);

/* ---- Jobs -------------------------------------------------------------------------------------------------------------- */

/* Every object that computes step by step begins with a lakh_job, so that its address is also the address of its job. */
typedef struct lakh_job lakh_job;

/* Does the next piece of work. LAKH_MORE and LAKH_ITERATION ask to be called again; LAKH_DONE says that the results are
 * complete; an error says that the job can only be freed. */
lakh_status lakh_job_step(lakh_job *job);

/* Runs steps until the job is done or fails. */
lakh_status lakh_job_run(lakh_job *job);

/* How far the job is: *done of *total units of work; *done never falls and reaches *total when the job is done. */
void lakh_job_progress(const lakh_job *job, double *done, double *total);

/* Releases the job and everything that its accessors point to. NULL is allowed. */
void lakh_job_free(lakh_job *job);

/* ---- K-means (src/cluster/kmeans.c) ------------------------------------------------------------------------------------ */

typedef struct lakh_kmeans lakh_kmeans;

typedef enum lakh_kmeans_init {
  LAKH_INIT_KMEANS_PLUS_PLUS = 0, /* greedy k-means++ (Arthur & Vassilvitskii 2007) with 2 + floor(ln k) trials a centre; of
                                     many rows, trials are judged on a sample (src/cluster/kmeans_seed.c) */
  LAKH_INIT_RANDOM = 1,           /* k different rows, drawn in proportion to their weights */
  LAKH_INIT_CENTERS = 2,          /* the centres given as `init_centers` */
} lakh_kmeans_init;

/* All give the same partition from the same start. */
typedef enum lakh_kmeans_algorithm {
  LAKH_KMEANS_AUTO = 0,      /* the one expected to be fastest for the shape of the data */
  LAKH_KMEANS_LLOYD = 1,     /* every distance at every iteration (Lloyd 1982) */
  LAKH_KMEANS_ELKAN = 2,     /* bounds that skip rows whose label cannot have changed (Hamerly 2010, after Elkan 2003) */
  LAKH_KMEANS_FILTERING = 3, /* whole cells of a grid at once (Kanungo et al. 2002); at most 5 columns */
} lakh_kmeans_algorithm;

typedef struct lakh_kmeans_params {
  int32_t n_clusters;    /* k >= 1 */
  int32_t init;          /* lakh_kmeans_init */
  int32_t n_init;        /* >= 1: runs from different starts, the one with the lowest inertia is kept */
  int32_t max_iter;      /* >= 1, of one run */
  double tol;            /* >= 0: stop when the centres' squared movement is at most tol * (mean variance of the columns) */
  uint32_t random_state; /* seed */
  int32_t algorithm;     /* lakh_kmeans_algorithm */
} lakh_kmeans_params;

/* Begins to cluster `x` (rows >= 1, cols >= 1). `sample_weight` is NULL (all ones) or x.rows values >= 0, not all zero.
 * `init_centers` is n_clusters x x.cols, row-major, for LAKH_INIT_CENTERS, and otherwise NULL. Fewer (distinct) rows than
 * clusters are allowed: centres then coincide. Errors: LAKH_BAD_ARGUMENT, LAKH_NO_MEMORY, LAKH_NOT_FINITE. */
lakh_status lakh_kmeans_create(const lakh_kmeans_params *params, lakh_matrix x, const float *sample_weight,
                               const float *init_centers, lakh_kmeans **out);

/* What is known after a LAKH_ITERATION (the run under way) and after LAKH_DONE (the best run). Pointers live as long as the
 * job does and their contents change with its steps. */
typedef struct lakh_kmeans_state {
  const float *centers;  /* n_clusters x cols */
  const int32_t *labels; /* rows values: the nearest centre of each row */
  double inertia;        /* weighted sum of squared distances to the labelled centres */
  int32_t n_iter;        /* iterations of the run */
  int32_t run;           /* which run of n_init, from 0 */
  int32_t converged;     /* 1 when labels or centres came to rest within max_iter */
} lakh_kmeans_state;

/* Not const: the labels are put into the caller's order when they are asked for. */
void lakh_kmeans_get(lakh_kmeans *kmeans, lakh_kmeans_state *state);

/* Assigns rows to given centres: predict, transform and score of every method that has centres. */
typedef struct lakh_assign lakh_assign;

/* Begins to compare each row of `x` with `n_centers` >= 1 centres (n_centers x x.cols). `labels` (x.rows), `distances` (x.rows x
 * n_centers, Euclidean) and `nearest` (x.rows, squared distance to the nearest centre) are written as far as they are not NULL;
 * they belong to the caller. */
lakh_status lakh_assign_create(lakh_matrix x, const float *centers, size_t n_centers, int32_t *labels, float *distances,
                               float *nearest, lakh_assign **out);

/* ---- Mini-batch k-means (src/cluster/mini_batch_kmeans.c) ---------------------------------------------------------------- */

typedef struct lakh_mini_batch_kmeans lakh_mini_batch_kmeans;

typedef struct lakh_mini_batch_kmeans_params {
  int32_t n_clusters;
  int32_t init;               /* lakh_kmeans_init */
  int32_t n_init;             /* >= 1: starts that are compared on a sample of init_size rows */
  int32_t max_iter;           /* >= 1: passes over the data */
  int32_t batch_size;         /* >= 1 */
  int32_t init_size;          /* rows to choose the start from; 0: 3 * batch_size, at least 3 * n_clusters */
  int32_t max_no_improvement; /* batches without a lower smoothed inertia before stopping; 0: never stop for that */
  int32_t reserved;
  double tol;                /* >= 0, as in lakh_kmeans_params; 0: not used */
  double reassignment_ratio; /* >= 0: centres with less than this share of the largest count may be moved to new rows */
  uint32_t random_state;
} lakh_mini_batch_kmeans_params;

/* The learned state, all that partial fitting needs to go on. Arrays belong to the caller. */
typedef struct lakh_mini_batch_kmeans_model {
  float *centers;      /* n_clusters x cols */
  double *counts;      /* n_clusters: weight seen by each centre */
  uint32_t n_steps;    /* batches seen */
  int32_t initialized; /* 0: centres are chosen from the first batch */
} lakh_mini_batch_kmeans_model;

/* Begins a whole fit (Sculley 2010), as scikit-learn's MiniBatchKMeans.fit. */
lakh_status lakh_mini_batch_kmeans_create(const lakh_mini_batch_kmeans_params *params, lakh_matrix x,
                                          const float *sample_weight, const float *init_centers, lakh_mini_batch_kmeans **out);

/* Begins one update from one batch `x`, starting at `model`, which is copied and left as it is. */
lakh_status lakh_mini_batch_kmeans_create_partial(const lakh_mini_batch_kmeans_params *params,
                                                  const lakh_mini_batch_kmeans_model *model, lakh_matrix x,
                                                  const float *sample_weight, const float *init_centers,
                                                  lakh_mini_batch_kmeans **out);

typedef struct lakh_mini_batch_kmeans_state {
  const float *centers;
  const double *counts;
  const int32_t *labels; /* of all rows, when done */
  double inertia;        /* when done: of all rows; before: of the last batch, per row */
  uint32_t n_steps;
  int32_t n_iter; /* passes over the data, rounded up */
  int32_t converged;
} lakh_mini_batch_kmeans_state;

void lakh_mini_batch_kmeans_get(const lakh_mini_batch_kmeans *kmeans, lakh_mini_batch_kmeans_state *state);

/* ---- How many clusters (src/cluster/suggest_k.c) ------------------------------------------------------------------------- */

typedef struct lakh_suggest_k lakh_suggest_k;

typedef struct lakh_suggest_k_params {
  int32_t k_min;        /* >= 1 */
  int32_t k_max;        /* > k_min */
  int32_t n_references; /* >= 2: uniform data sets for the gap statistic */
  int32_t n_init;       /* >= 1 */
  int32_t sample_size;  /* rows, drawn evenly over their weight, on which the curves are computed; 0: all */
  uint32_t random_state;
} lakh_suggest_k_params;

/* Fits k-means for each k_min <= k <= k_max and compares three criteria. Errors as lakh_kmeans_create. */
lakh_status lakh_suggest_k_create(const lakh_suggest_k_params *params, lakh_matrix x, const float *sample_weight,
                                  lakh_suggest_k **out);

typedef struct lakh_suggest_k_state {
  const double *inertia;    /* one a k, k_min..k_max */
  const double *silhouette; /* NaN for k = 1 */
  const double *gap;        /* Tibshirani, Walther & Hastie 2001 */
  const double *gap_error;  /* s_k of that paper */
  int32_t elbow_k;          /* largest distance from the chord (Satopaa et al. 2011); 0: no elbow */
  int32_t silhouette_k;
  int32_t gap_k;       /* smallest k with gap(k) >= gap(k + 1) - s(k + 1); 1: no clusters */
  int32_t suggested_k; /* by the rule in suggest_k.c; 1: the data show no clusters */
} lakh_suggest_k_state;

void lakh_suggest_k_get(const lakh_suggest_k *job, lakh_suggest_k_state *state);

/* ---- Quality of a clustering (src/metrics) ------------------------------------------------------------------------------ */

typedef struct lakh_silhouette lakh_silhouette;

/* Begins the silhouette of each row (Rousseeuw 1987), Euclidean, without a matrix of distances: time O(n^2 d), memory a copy of x.
 * `labels` are 0..n_labels-1 with 2 <= n_labels <= rows - 1, each used at least once. `sample_weight` is NULL or says how many
 * equal rows each row stands for, 0 for one that is left out (its value is 0); n_labels is then less than their sum. Errors:
 * LAKH_BAD_ARGUMENT, LAKH_NO_MEMORY, LAKH_NOT_FINITE. */
lakh_status lakh_silhouette_create(lakh_matrix x, const int32_t *labels, size_t n_labels, const float *sample_weight,
                                   lakh_silhouette **out);
/* The silhouette of each row, and their (weighted) mean. */
void lakh_silhouette_get(const lakh_silhouette *job, const float **values, double *mean);

/* Ratio of between- to within-cluster dispersion (Calinski & Harabasz 1974). Arguments as above. */
lakh_status lakh_calinski_harabasz(lakh_matrix x, const int32_t *labels, size_t n_labels, double *score);
/* Mean similarity of each cluster with its most similar one (Davies & Bouldin 1979). Arguments as above. */
lakh_status lakh_davies_bouldin(lakh_matrix x, const int32_t *labels, size_t n_labels, double *score);

/* ---- Pixels (src/image/pixels.c) ---------------------------------------------------------------------------------------- */

typedef struct lakh_pixels lakh_pixels;

typedef enum lakh_color_space {
  LAKH_SRGB = 0,  /* r, g, b in 0..255, as stored */
  LAKH_OKLAB = 1, /* L in 0..1, a, b (Ottosson 2020) */
  LAKH_LAB = 2,   /* CIE L*a*b* 1976, D65 white: L in 0..100 */
} lakh_color_space;

typedef struct lakh_pixels_params {
  int32_t width;
  int32_t height;
  int32_t channels;         /* 3: RGB, 4: RGBA, bytes */
  int32_t color_space;      /* lakh_color_space */
  int32_t skip_transparent; /* 1: pixels with alpha 0 are left out and get label -1 */
  int32_t sample_size;      /* 0: all pixels become rows; otherwise at most about this many, at regular distances; without
                             * sample_weight. lakh_paint_nearest_create labels the others */
  double position_weight;   /* >= 0; 0: colour alone. See below. */
  double count_exponent;    /* 0..1: a colour seen c times weighs c^exponent; 1: as if each pixel were a row */
} lakh_pixels_params;

/* Begins to turn an image into weighted rows of features. With position_weight 0 equal colours are merged into one row with a
 * weight, and the rows have 3 columns. Otherwise each pixel is a row of 5 columns: colour, x, y, the last two scaled so that
 * the image's longer side spans position_weight times the colour space's lightness range. `sample_weight` is NULL or one weight
 * a pixel. `bytes` is width * height * channels bytes, row by row. */
lakh_status lakh_pixels_create(const lakh_pixels_params *params, const uint8_t *bytes, const float *sample_weight,
                               lakh_pixels **out);

/* After LAKH_DONE: the rows, their weights (NULL when all are one), and how many pixels they stand for. */
typedef struct lakh_pixels_state {
  lakh_matrix rows;
  const float *weights;
  size_t n_visible; /* pixels (of the sample) that are not left out */
} lakh_pixels_state;

void lakh_pixels_get(const lakh_pixels *pixels, lakh_pixels_state *state);

typedef struct lakh_paint lakh_paint;

/* Begins to carry a labelling of the rows over to the pixels. `pixels` must be done, without a sample_size, and must outlive this
 * job; its image is not looked at any more. `row_labels` has one label a row, in 0..n_labels-1. Of each class are counted, unless
 * NULL, `shares`: n_labels, its pixels; and `means`: n_labels x 4, RGBA, the mean of its sRGB bytes, 0, 0, 0, 0 for a class without
 * pixels. The first LAKH_DONE says that bands can be painted. */
lakh_status lakh_paint_create(const lakh_pixels *pixels, const int32_t *row_labels, size_t n_labels, double *shares,
                              uint8_t *means, lakh_paint **out);

/* Begins to label each pixel by the nearest of `n_labels` >= 1 centres, which have as many columns as the rows. `pixels` says how
 * pixels become features; it must outlive this job and need not have been run. The rest is as above. */
lakh_status lakh_paint_nearest_create(const lakh_pixels *pixels, const float *centers, size_t n_labels, double *shares,
                                      uint8_t *means, lakh_paint **out);

/* Gives a job that is done its next `count` pixels of the image, to be run to LAKH_DONE again. Bands follow each other from the
 * first pixel to the last; `bytes` and `labels` are those of the band alone and stay the caller's. `labels`, -1 where left out, may be
 * the very memory of `bytes` when these are RGBA. Shares and means are complete after the last band. */
lakh_status lakh_paint_band(lakh_paint *paint, const uint8_t *bytes, size_t count, int32_t *labels);

/* Each pixel in the colour of its class, RGBA, from `n_labels` colours; transparent where it was left out. `recolored` may be the
 * very memory of the labels, which are in -1..n_labels-1. */
void lakh_recolor(const int32_t *labels, size_t count, const uint32_t *colors, uint32_t *recolored);

/* ---- What a model has learned ------------------------------------------------------------------------------------------ */

/* One array of a model under PyTorch's name, for instance "encoder.0.weight" (outputs, inputs). Its values and the optimiser's
 * moments may be written to between steps: that is how a saved model is loaded. Models that are not made for training have no
 * moments, nor have running statistics, which no optimiser touches. */
typedef struct lakh_tensor {
  char name[40];
  size_t dims[4];
  int32_t n_dims;
  size_t size; /* product of dims */
  float *values;
  float *first, *second; /* moments, `size` each, or NULL */
} lakh_tensor;

/* One layer of a model, for export and for messages. Features are channels of 1 x 1. */
typedef struct lakh_layer_info {
  int32_t kind;       /* lakh_layer_kind */
  int32_t activation; /* lakh_activation: what follows the layer */
  int32_t module;     /* its arrays are "<part>.<module>.weight" and so on */
  int32_t in_channels, in_height, in_width;
  int32_t out_channels, out_height, out_width; /* 0 when the layer does not fit what comes before it */
  int32_t kernel, stride, padding;
} lakh_layer_info;

/* A layer that cannot be, for instance a convolution that meets an image smaller than its kernel. */
typedef struct lakh_misfit {
  char layer[40];                  /* named as its weights would be: "encoder.4" */
  int32_t kernel, stride, padding; /* of the layer */
  int32_t channels, height, width; /* what it meets */
} lakh_misfit;

/* ---- Variational autoencoder (src/neural/vae.c) ------------------------------------------------------------------------ */

/* An encoder that gives mean and log-variance of a normal distribution over `latent_dim` codes, and a decoder that gives the
 * distribution of the data for a code (Kingma & Welling 2014). It owns its weights; jobs borrow it. */
typedef struct lakh_vae lakh_vae;

enum { LAKH_VAE_MAX_LAYERS = 8 };

typedef struct lakh_vae_params {
  int32_t latent_dim;                  /* >= 1 */
  int32_t n_hidden;                    /* 0..8 dense layers of the encoder; the decoder has them in reverse */
  int32_t hidden[LAKH_VAE_MAX_LAYERS]; /* their units, >= 1 */
  int32_t n_filters;                   /* 0..8 convolutions before them, each halving the image; 0: none */
  int32_t filters[LAKH_VAE_MAX_LAYERS];
  int32_t image_channels, image_height, image_width; /* for n_filters > 0: their product is the number of features */
  int32_t n_classes;                                 /* 0, or >= 2: conditional on a label 0..n_classes-1 (Sohn et al. 2015) */
  int32_t activation;                                /* lakh_activation of the hidden layers, 0..7 */
  int32_t likelihood;                                /* lakh_vae_likelihood */
  int32_t batch_size;                                /* >= 1 */
  int32_t warmup_epochs; /* >= 0: beta rises from 0 to its value, step by step, over so many epochs */
  int32_t optimizer;     /* lakh_optimizer_kind, 0..3 */
  int32_t patience; /* 0, or stop after so many epochs in which the validation loss did not fall, and put the weights of the
                            best epoch back */
  uint32_t random_state; /* seed */
  double beta;           /* >= 0: weight of the divergence (Higgins et al. 2017); 1: the textbook's */
  double learning_rate;  /* > 0, at most 2^60 */
  double clip_norm;      /* 0, or the largest norm that the gradient may have */
} lakh_vae_params;

typedef enum lakh_vae_likelihood {
  LAKH_VAE_BERNOULLI = 0, /* features in [0, 1]; reconstruction loss: binary cross-entropy summed over features */
  LAKH_VAE_GAUSSIAN = 1,  /* variance 1 around the decoder's mean; loss: half the squared error plus ln(2 pi) / 2 a feature */
} lakh_vae_likelihood;

/* Makes a model for rows of `n_features`, with first weights from random_state. A model that is not made for training takes a
 * quarter of the memory and serves lakh_vae_apply only. Errors: LAKH_BAD_ARGUMENT, LAKH_NO_MEMORY. */
lakh_status lakh_vae_create(const lakh_vae_params *params, size_t n_features, bool training, lakh_vae **out);

typedef enum lakh_vae_part { LAKH_VAE_ENCODER = 0, LAKH_VAE_DECODER = 1 } lakh_vae_part;

/* The index-th layer of a part; false when there are no more, also when parameters are outside their limits. When layers do not
 * fit together, the last one there is is the first that does not. */
bool lakh_vae_layer(const lakh_vae_params *params, size_t n_features, lakh_vae_part part, size_t index, lakh_layer_info *out);

/* Whether the layers that the parameters ask for do not fit together; then *out says which. */
bool lakh_vae_misfit(const lakh_vae_params *params, size_t n_features, lakh_misfit *out);

/* NULL is allowed. */
void lakh_vae_free(lakh_vae *vae);

/* The index-th array of the model, encoder first; false when there are no more. Made for training with patience it also has
 * "best.encoder.0.weight" and so on: the weights of the best epoch so far, 0 before the first one is validated. */
bool lakh_vae_tensor(const lakh_vae *vae, size_t index, lakh_tensor *out);

/* Losses a row; the sum of reconstruction and beta times divergence is what training lowers. */
typedef struct lakh_vae_loss {
  double reconstruction, divergence, loss;
} lakh_vae_loss;

/* Where training stands. With the tensors it is all that going on needs: random numbers are a function of seed and step. */
typedef struct lakh_vae_position {
  double step;            /* optimiser steps in all */
  double epoch;           /* epochs completed */
  double batch;           /* batches of the present epoch done */
  double rows;            /* weight of rows in them */
  lakh_vae_loss sums;     /* sums over those rows */
  double best_validation; /* lowest so far; infinity at the start */
  double epochs_since_best;
} lakh_vae_position;

void lakh_vae_get_position(const lakh_vae *vae, lakh_vae_position *position);
void lakh_vae_set_position(lakh_vae *vae, const lakh_vae_position *position);

/* Training until `until_epoch` epochs are completed, those counted that the model has behind it. A step of the job is a piece of a
 * step of the optimiser, or of validation: `step` in the position rises when the optimiser's step is done, and only then is the
 * model one that can be kept or applied. LAKH_ITERATION ends an epoch.
 *
 * x: rows >= batch_size, cols = n_features, finite, for LAKH_VAE_BERNOULLI within [0, 1]. `sample_weight`: NULL or x.rows values
 * >= 0, not all 0. `labels`: x.rows values, or NULL when n_classes is 0. `validation` may have 0 rows.
 *
 * Errors: LAKH_BAD_ARGUMENT, also for a position that is not one of training on x; LAKH_NO_MEMORY; a step returns
 * LAKH_NOT_FINITE when the loss or a gradient overflows (the learning rate is too high): the weights are then those of the last
 * good step. */
typedef struct lakh_vae_fit lakh_vae_fit;

lakh_status lakh_vae_fit_create(lakh_vae *vae, lakh_matrix x, const float *sample_weight, const int32_t *labels,
                                lakh_matrix validation, const int32_t *validation_labels, size_t until_epoch,
                                lakh_vae_fit **out);

typedef struct lakh_vae_fit_state {
  lakh_vae_loss step;       /* of the last batch; also when it was not finite */
  lakh_vae_loss epoch;      /* mean over the last completed epoch, while weights were changing */
  lakh_vae_loss validation; /* after that epoch; NaN without validation data */
  double beta;              /* at the last step */
  int32_t stopped_early;    /* 1: patience ran out */
} lakh_vae_fit_state;

void lakh_vae_fit_get(const lakh_vae_fit *fit, lakh_vae_fit_state *state);

typedef enum lakh_vae_task {
  LAKH_VAE_ENCODE = 0,      /* x -> mean, log-variance: 2 latent_dim values a row */
  LAKH_VAE_DECODE = 1,      /* codes (latent_dim columns) -> probabilities or means: n_features values a row */
  LAKH_VAE_RECONSTRUCT = 2, /* x -> the decoded mean of its code: n_features values a row */
  LAKH_VAE_SCORE = 3,       /* x -> evidence lower bound, reconstruction loss, divergence: 3 values a row. The bound takes one
                               code a row, drawn from random_state and the row's place; beta plays no part */
} lakh_vae_task;

/* Applies the model to rows, some of them at each step of the job. `out` belongs to the caller. Errors as above. */
typedef struct lakh_vae_apply lakh_vae_apply;

lakh_status lakh_vae_apply_create(lakh_vae *vae, lakh_vae_task task, lakh_matrix x, const int32_t *labels, float *out,
                                  lakh_vae_apply **job);

/* ---- Generative adversarial network (src/neural/gan.c) ----------------------------------------------------------------- */

/* A generator that turns `latent_dim` normal numbers into a sample, and a discriminator that tells samples from data; each
 * learns against the other (Goodfellow et al. 2014). It owns its weights; jobs borrow it, one at a time. */
typedef struct lakh_gan lakh_gan;

enum { LAKH_GAN_MAX_LAYERS = 8, LAKH_GAN_MAX_MODES = 256, LAKH_GAN_MAX_QUALITY_SAMPLES = 65536 };

typedef enum lakh_gan_loss {
  LAKH_GAN_BCE = 0,     /* binary cross-entropy; the generator's does not saturate (Goodfellow et al. 2014) */
  LAKH_GAN_WGAN_GP = 1, /* Wasserstein distance with gradient penalty (Gulrajani et al. 2017) */
  LAKH_GAN_HINGE = 2,   /* Lim & Ye 2017 */
} lakh_gan_loss;

typedef struct lakh_gan_params {
  int32_t latent_dim;                  /* >= 1 */
  int32_t n_hidden;                    /* 0..8 dense layers of the discriminator; the generator has them in reverse */
  int32_t hidden[LAKH_GAN_MAX_LAYERS]; /* their units, >= 1 */
  int32_t n_filters; /* 0..8 convolutions before them, each halving the image (Radford, Metz & Chintala 2016); 0: none */
  int32_t filters[LAKH_GAN_MAX_LAYERS];
  int32_t image_channels, image_height, image_width; /* for n_filters > 0: their product is the number of features */
  int32_t n_classes;           /* 0, or >= 2: both players see a label 0..n_classes-1 (Mirza & Osindero 2014) */
  int32_t loss;                /* lakh_gan_loss */
  int32_t output;              /* lakh_activation of the generator: LAKH_LINEAR (0), LAKH_TANH (6) or LAKH_SIGMOID (7) */
  int32_t batch_size;          /* >= 1 */
  int32_t discriminator_steps; /* >= 1: each batch teaches the discriminator, and after so many ... */
  int32_t generator_steps;     /* >= 1: ... the generator takes so many steps */
  int32_t generator_optimizer, discriminator_optimizer; /* lakh_optimizer_kind, 0..3 */
  int32_t quality_samples; /* 0, or 2..65536: after each epoch so many samples are compared with as many rows */
  int32_t n_modes;         /* 2..256 classes of the data that are looked for in them; a conditional model takes n_classes */
  uint32_t random_state;   /* seed */
  int32_t reserved;
  double generator_learning_rate, discriminator_learning_rate; /* > 0, at most 2^60 */
  double beta1, beta2;     /* in [0, 1): decay of the optimisers' first and second moments */
  double label_smoothing;  /* in [0, 0.5]: LAKH_GAN_BCE asks for 1 minus this on data (Salimans et al. 2016) */
  double gradient_penalty; /* >= 0: weight of LAKH_GAN_WGAN_GP's penalty; the paper's is 10 */
} lakh_gan_params;

/* Makes a model for rows of `n_features`, with first weights from random_state. A model that is not made for training takes a
 * quarter of the memory and serves lakh_gan_apply only. Errors: LAKH_BAD_ARGUMENT (see lakh_gan_misfit), LAKH_NO_MEMORY. */
lakh_status lakh_gan_create(const lakh_gan_params *params, size_t n_features, bool training, lakh_gan **out);

/* Whether the layers that the parameters ask for do not fit together; then *out says which. */
bool lakh_gan_misfit(const lakh_gan_params *params, size_t n_features, lakh_misfit *out);

typedef enum lakh_gan_part { LAKH_GAN_GENERATOR = 0, LAKH_GAN_DISCRIMINATOR = 1 } lakh_gan_part;

/* The index-th layer of a part; false when there are no more, also when parameters are outside their limits. */
bool lakh_gan_layer(const lakh_gan_params *params, size_t n_features, lakh_gan_part part, size_t index, lakh_layer_info *out);

/* NULL is allowed. */
void lakh_gan_free(lakh_gan *gan);

/* The index-th array of the model: "generator.0.weight", ..., "discriminator.0.weight", ..., and when made for training with
 * quality_samples > 0 also those of the classifier that judges samples, "classifier.0.weight", ... */
bool lakh_gan_tensor(const lakh_gan *gan, size_t index, lakh_tensor *out);

/* Means over a batch or an epoch. */
typedef struct lakh_gan_losses {
  double generator;     /* NaN where the generator took no step */
  double discriminator; /* with the penalty */
  double penalty;       /* 0 unless LAKH_GAN_WGAN_GP */
  double real, fake;    /* what the discriminator says of data and of samples: probabilities of being data for LAKH_GAN_BCE,
                           else the critic's values */
} lakh_gan_losses;

/* Where training stands. With the tensors it is all that going on needs: random numbers are a function of seed and step. */
typedef struct lakh_gan_position {
  double classifier;    /* steps of the classifier's optimiser, which come first; each is complete on its own */
  double accuracy;      /* share of rows that it put right, over the last of them */
  double step;          /* batches completed in all */
  double epoch;         /* epochs completed */
  double batch;         /* batches of the present epoch completed */
  double rows;          /* weight of rows in the present epoch ... */
  double taught;        /* ... and of rows that the generator learned from */
  lakh_gan_losses sums; /* sums over them */
} lakh_gan_position;

void lakh_gan_get_position(const lakh_gan *gan, lakh_gan_position *position);
void lakh_gan_set_position(lakh_gan *gan, const lakh_gan_position *position);

/* Training until `until_epoch` epochs are completed, those counted that the model has behind it. A step of the job is a piece of a
 * millisecond or two of the classifier's training, of a batch, or of measuring quality. `step` in the position rises when a batch
 * and the generator's steps after it are complete: then position and tensors tell all that going on needs. LAKH_ITERATION ends an
 * epoch.
 *
 * x: rows >= batch_size, cols = n_features, finite, within [0, 1] for a sigmoid output and [-1, 1] for tanh. `sample_weight`:
 * NULL or x.rows values >= 0, not all 0; a generated sample bears the weight, and the label, of the row beside it. `labels`:
 * x.rows values 0..n_classes-1; or, for n_classes = 0, NULL or values 0..n_modes-1, which are then the modes that quality is
 * judged by (without labels: the classes that k-means finds).
 *
 * Errors: LAKH_BAD_ARGUMENT, also for a position that is not one of training on x; LAKH_NO_MEMORY; a step returns
 * LAKH_NOT_FINITE when a loss or a gradient overflows: the weights are then the last finite ones. */
typedef struct lakh_gan_fit lakh_gan_fit;

lakh_status lakh_gan_fit_create(lakh_gan *gan, lakh_matrix x, const float *sample_weight, const int32_t *labels,
                                size_t until_epoch, lakh_gan_fit **out);

/* How samples stand to the data, by a classifier that was trained on the data's modes (src/neural/gan_quality.c). */
typedef struct lakh_gan_quality {
  double feature_distance; /* kernel distance of features (Binkowski et al. 2018): about 0 for equal distributions */
  double mode_coverage;    /* share of the data's modes that have at least a tenth of their due among the samples */
  double diversity;        /* variance of features within modes, as a share of the data's */
  double accuracy;         /* share of rows that the classifier puts into their mode: how far the above can be trusted */
  int32_t collapsed;       /* 1: fewer than half of the modes are covered, or diversity is below a tenth */
} lakh_gan_quality;

typedef struct lakh_gan_fit_state {
  lakh_gan_losses step;     /* of the last batch; also when it was not finite */
  lakh_gan_losses epoch;    /* means over the last completed epoch, while weights were changing */
  lakh_gan_quality quality; /* after that epoch; NaN without */
} lakh_gan_fit_state;

void lakh_gan_fit_get(const lakh_gan_fit *fit, lakh_gan_fit_state *state);

typedef enum lakh_gan_task {
  LAKH_GAN_GENERATE = 0,     /* codes (latent_dim columns) -> samples: n_features values a row */
  LAKH_GAN_DISCRIMINATE = 1, /* x -> probability of being data for LAKH_GAN_BCE, else the critic's value: 1 value a row */
} lakh_gan_task;

/* Applies the model to rows; each step of the job is one batch. `labels` for a conditional model, else NULL. `out` belongs to
 * the caller. Errors as above. */
typedef struct lakh_gan_apply lakh_gan_apply;

lakh_status lakh_gan_apply_create(lakh_gan *gan, lakh_gan_task task, lakh_matrix x, const int32_t *labels, float *out,
                                  lakh_gan_apply **job);

/* ---- Restricted Boltzmann machine (src/neural/rbm.c) ------------------------------------------------------------------- */

/* Visible and hidden units without connections among themselves (Smolensky 1986; Hinton 2002), with the parameters of
 * scikit-learn's BernoulliRBM and its learning by default. It owns its weights; jobs borrow it, one at a time. */
typedef struct lakh_rbm lakh_rbm;

typedef enum lakh_rbm_visible {
  LAKH_RBM_BERNOULLI = 0, /* features in [0, 1] */
  LAKH_RBM_GAUSSIAN = 1,  /* real features, of variance 1 around what the hidden units say; standardise them before */
} lakh_rbm_visible;

typedef enum lakh_rbm_method {
  LAKH_RBM_PERSISTENT = 0,  /* batch_size chains go on from step to step (Tieleman 2008), as in scikit-learn */
  LAKH_RBM_CONTRASTIVE = 1, /* each chain begins at a row of the batch (Hinton 2002) */
} lakh_rbm_method;

typedef struct lakh_rbm_params {
  int32_t n_components;  /* >= 1 hidden units */
  int32_t batch_size;    /* >= 1 */
  int32_t visible;       /* lakh_rbm_visible */
  int32_t method;        /* lakh_rbm_method */
  int32_t n_gibbs;       /* >= 1: steps of a chain for one step of learning, the k of CD-k */
  int32_t shuffle;       /* 1: rows are taken in a new random order each epoch; 0: as they come, as in scikit-learn */
  uint32_t random_state; /* seed */
  int32_t reserved;
  double learning_rate;   /* > 0, at most 2^60 */
  double momentum;        /* in [0, 1) */
  double weight_decay;    /* >= 0: each step takes this share times the learning rate from the components */
  double sparsity_target; /* in (0, 1): mean activity that hidden units are drawn to ... */
  double sparsity_cost;   /* >= 0: ... through their intercepts (Lee, Ekanadham & Ng 2008); 0: not at all */
} lakh_rbm_params;

/* Makes a model with components from N(0, 0.01^2) and intercepts 0. Errors: LAKH_BAD_ARGUMENT, LAKH_NO_MEMORY. */
lakh_status lakh_rbm_create(const lakh_rbm_params *params, size_t n_features, bool training, lakh_rbm **out);

/* NULL is allowed. */
void lakh_rbm_free(lakh_rbm *rbm);

/* "components" (n_components, n_features), "intercept_hidden", "intercept_visible", each with its velocity as first moment; when
 * made for training also "chains" (batch_size, n_components). */
bool lakh_rbm_tensor(const lakh_rbm *rbm, size_t index, lakh_tensor *out);

typedef struct lakh_rbm_position {
  double step, epoch, batch;   /* as in lakh_vae_position */
  double rows, reconstruction; /* weight of rows in the present epoch, and sum over them */
} lakh_rbm_position;

void lakh_rbm_get_position(const lakh_rbm *rbm, lakh_rbm_position *position);
void lakh_rbm_set_position(lakh_rbm *rbm, const lakh_rbm_position *position);

/* Training until `until_epoch` epochs are completed. Arguments, steps and errors as lakh_vae_fit_create. */
typedef struct lakh_rbm_fit lakh_rbm_fit;

lakh_status lakh_rbm_fit_create(lakh_rbm *rbm, lakh_matrix x, const float *sample_weight, lakh_matrix validation,
                                size_t until_epoch, lakh_rbm_fit **out);

/* Reconstruction: squared distance of a row from the end of its chain; NaN for the persistent method, whose chains belong to no
 * row. */
typedef struct lakh_rbm_fit_state {
  double step_reconstruction;  /* mean over the last batch */
  double epoch_reconstruction; /* mean over the last completed epoch, while weights were changing */
  double validation_score;     /* mean of LAKH_RBM_SCORE after that epoch; NaN without validation data */
} lakh_rbm_fit_state;

void lakh_rbm_fit_get(const lakh_rbm_fit *fit, lakh_rbm_fit_state *state);

typedef enum lakh_rbm_task {
  LAKH_RBM_TRANSFORM = 0,   /* x -> probabilities of the hidden units: n_components values a row */
  LAKH_RBM_RECONSTRUCT = 1, /* x -> mean visible units for those probabilities: n_features values a row */
  LAKH_RBM_GIBBS = 2,       /* x -> the visible units after `n_gibbs` steps of sampling: n_features values a row */
  LAKH_RBM_FREE_ENERGY = 3, /* x -> -ln of the unnormalised probability: 1 value a row */
  LAKH_RBM_SCORE = 4,       /* x -> pseudo-likelihood, from one feature a row that is drawn at random, as scikit-learn's
                               score_samples; for Gaussian features minus the free energy: 1 value a row */
} lakh_rbm_task;

/* Applies the model to rows, some of them at each step of the job. `seed` is for LAKH_RBM_GIBBS and LAKH_RBM_SCORE. */
typedef struct lakh_rbm_apply lakh_rbm_apply;

lakh_status lakh_rbm_apply_create(lakh_rbm *rbm, lakh_rbm_task task, lakh_matrix x, int32_t n_gibbs, uint32_t seed, float *out,
                                  lakh_rbm_apply **job);

/* The logarithm of the sum (integral) of e^-F over all v, so that ln P(v) = -F(v) - log_partition. With n_temperatures = 0 exactly, by
 * enumeration of the hidden units, of which there may be 24; otherwise estimated by annealed importance sampling (Salakhutdinov &
 * Murray 2008) with batch_size chains over so many temperatures (1,000 and more). Errors: LAKH_BAD_ARGUMENT, LAKH_NO_MEMORY. */
typedef struct lakh_rbm_partition lakh_rbm_partition;

lakh_status lakh_rbm_partition_create(lakh_rbm *rbm, int32_t n_temperatures, uint32_t seed, lakh_rbm_partition **out);

typedef struct lakh_rbm_partition_state {
  double log_partition; /* when done */
  double error;         /* its standard error by the spread of the chains, 0 when exact */
} lakh_rbm_partition_state;

void lakh_rbm_partition_get(const lakh_rbm_partition *partition, lakh_rbm_partition_state *state);

#ifdef __cplusplus
}
#endif

#endif

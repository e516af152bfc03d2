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

#ifdef __cplusplus
}
#endif

#endif

/* The k-means object, shared by the files that implement it: kmeans.c (the course of a fit), kmeans_filtering.c and
 * kmeans_bounds.c and kmeans_lloyd.c (three ways to label the rows), kmeans_result.c (what the caller sees). */
#ifndef LAKH_CLUSTER_KMEANS_STATE_H
#define LAKH_CLUSTER_KMEANS_STATE_H

#include "base/job.h"
#include "cluster/kmeans_bounds.h"
#include "cluster/kmeans_rows.h"
#include "cluster/kmeans_seed.h"

typedef enum lakh_kmeans_phase {
  KMEANS_BUILD,
  KMEANS_SEED,
  KMEANS_LABEL,
  KMEANS_MOVE,
  KMEANS_BOUND, /* bounds are prepared */
  KMEANS_SETTLE,
  KMEANS_END
} lakh_kmeans_phase;

/* What a run has found. */
typedef struct lakh_kmeans_run {
  float *centers;
  int32_t *labels; /* in the caller's order */
  double inertia;
  int32_t run; /* which of n_init */
  int32_t n_iter;
  int32_t converged;
} lakh_kmeans_run;

struct lakh_kmeans {
  lakh_job job;
  lakh_kmeans_params params;
  lakh_matrix x;
  const float *sample_weight;
  const float *init_centers;
  size_t k;
  lakh_kmeans_phase phase;

  lakh_frame frame;
  lakh_kmeans_rows seed_rows;  /* in the layout of the seeding, which depends on the data's shape alone */
  lakh_kmeans_rows plain_rows; /* in lanes in their own order, when the algorithm wants that and seeding does not */
  lakh_kmeans_rows *rows;      /* the one of the two that is labelled */
  lakh_seeding *seeding;

  int32_t run;
  lakh_kmeans_run now;  /* the run under way */
  lakh_kmeans_run best; /* of several; only when n_init > 1 */
  bool shown;           /* now.labels and now.inertia are those of the slots */

  /* The centres of now, made ready. */
  double *positions;    /* k x cols: unrounded, in the caller's units */
  float *lines;         /* k x (1 + cols), in the frame */
  float *packed;        /* the same, as lakh_pack_lines has them */
  float *center_shifts; /* k: how far the last move took each, in the frame */
  float longest;        /* |c| of the longest */
  double tolerance;
  double movement; /* squared, of the last move */

  /* Labels, and what follows from them. */
  int32_t *slot_labels;
  double *sums;  /* k x (1 + cols): weight and weighted sum of the rows of each centre, in the frame; kept up to date */
  double *means; /* k x (1 + cols): scratch, sums after empty clusters were dealt with */
  size_t next_block;
  size_t n_changed;
  int32_t *owners;     /* filtering: a cell's only centre, or one of the two below */
  int32_t *candidates; /* filtering: k, scratch */
  float *scores;       /* filtering: k, scratch */

  lakh_kmeans_bounds *bounds; /* once they are wanted */
  bool ended;                 /* the rows are labelled for the last time, by the centres as they are reported */
  bool bounded;               /* rows are labelled by bounds */
  bool unbounded;             /* and never will be */
};

/* Two scores of a row of length |x| are told apart reliably when they differ by more than fixed + slope * |x|. */
static inline float lakh_kmeans_fixed_error(const lakh_kmeans *self) {
  return lakh_score_error(self->x.cols) * self->longest * self->longest + LAKH_LEAST_ERROR;
}
static inline float lakh_kmeans_slope_error(const lakh_kmeans *self) {
  return lakh_score_error(self->x.cols) * self->longest * 2;
}

enum { LAKH_CELL_MIXED = -1, LAKH_UNLABELLED = -2 };

/* They label the rows of further blocks with the nearest centre, keep `sums` in step and count n_changed; *work is lowered by the
 * multiplications done. True when all blocks are labelled. */
bool lakh_kmeans_filter(lakh_kmeans *self, double *work);
bool lakh_kmeans_compare(lakh_kmeans *self, double *work);

/* Brings now.labels and now.inertia up to date with the labels in the slots. */
void lakh_kmeans_show(lakh_kmeans *self);

static inline double lakh_kmeans_weight(const lakh_kmeans *self, size_t row) {
  return self->sample_weight != NULL ? (double)self->sample_weight[row] : 1;
}

/* Moves the row in a slot from its cluster to another: label and sums. */
static inline void lakh_kmeans_move_row(lakh_kmeans *self, size_t slot, int32_t to) {
  const lakh_kmeans_rows *rows = self->rows;
  size_t cols = rows->x.cols;
  int32_t from = self->slot_labels[slot];
  double weight = (double)rows->weights[slot];
  const float *lane = rows->lanes + slot / LAKH_LANES * LAKH_LANES * cols + slot % LAKH_LANES;
  self->slot_labels[slot] = to;
  double *gains = self->sums + (size_t)to * (1 + cols), *loses = from >= 0 ? self->sums + (size_t)from * (1 + cols) : NULL;
  gains[0] += weight;
  if (loses == NULL) {
    for (size_t j = 0; j < cols; j++) gains[1 + j] += weight * (double)lane[j * LAKH_LANES];
    return;
  }
  loses[0] -= weight;
  for (size_t j = 0; j < cols; j++) {
    double mass = weight * (double)lane[j * LAKH_LANES];
    gains[1 + j] += mass;
    loses[1 + j] -= mass;
  }
}

#endif

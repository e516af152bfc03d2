/* Rows of short whole numbers, and what is known about how far each is from groups of centres.
 *
 * A row is 8 n_vectors values of 16 bits: the row in the frame times a power of two, rounded, with zeros behind its columns. A
 * centre's record is a vector that begins with half its squared length, followed by its values, negated, times a power of two of
 * their own. So the score of a row and a centre, |c|^2 / 2 - x.c times both powers, is a sum of whole numbers, and exact: whoever
 * fills the structs sees to it that it fits into 32 bits.
 *
 * Bounds are 16-bit whole numbers of a unit of distance: for each row one from above, of the distance to the centre of its
 * label, and for each group of centres one from below, of the distance to any of its centres but that of the label. They are kept
 * as if centres stood still; how far centres have moved since is subtracted where bounds are compared. */
#ifndef LAKH_KERNELS_GROUP_BOUNDS_H
#define LAKH_KERNELS_GROUP_BOUNDS_H

#include "kernels/lanes.h"

#include <stdbool.h>

enum {
  LAKH_SHORTS = 8, /* in a vector */
  LAKH_BOUND_MAX = INT16_MAX,
  LAKH_MAX_BOUND_VECTORS = 4, /* a row */
  LAKH_BOUND_ROWS = 64,       /* examined at a time */
};

typedef struct lakh_group_bounds {
  size_t n_vectors;     /* a row */
  const int16_t *rows;  /* a slot: 8 n_vectors */
  const float *squares; /* a slot: |x|^2 of these rows, in the frame */
  size_t group_size;    /* 1, or a multiple of 4: group g is the centres from g * group_size on */
  size_t n_groups;      /* at most 8 n_bound_vectors */
  size_t n_bound_vectors;
  const int16_t *centers; /* records; up to a multiple of 4 groups, those beyond have the largest score */

  const int32_t *labels; /* a slot */
  int16_t *uppers;       /* a slot; LAKH_BOUND_MAX: not known */
  int16_t *lowers;       /* a slot: 8 n_bound_vectors, beyond the groups as high as can be */

  /* How far centres have moved since bounds are kept, in the unit of bounds. */
  const float *drifts;         /* a centre */
  const int16_t *drifts_up;    /* the same, rounded up */
  const float *group_drifts;   /* 8 n_bound_vectors: the most of the centres of a group */
  const int16_t *group_limits; /* the same, rounded up, and 1 more */

  /* Of the row x and the score s, with e = error + slope |x|: the squared distance is |x|^2 + s * square within e; two scores
   * are told apart when they differ by more than margin + margin_slope |x|. A distance is off by row_error units besides. */
  float square, error, slope, margin, margin_slope;
  float units; /* of bounds, in a distance of 1 */
  float row_error;
} lakh_group_bounds;

/* What is found out about some rows. */
typedef struct lakh_examination {
  size_t n; /* rows */
  uint32_t slots[LAKH_BOUND_ROWS + 1];
  int32_t own[LAKH_BOUND_ROWS];     /* the score of the label */
  uint32_t groups[LAKH_BOUND_ROWS]; /* bit g: group g was scored */
  int32_t least[LAKH_BOUND_ROWS];   /* of these scores, without the label's */
  uint16_t first[LAKH_BOUND_ROWS];  /* where in `scores` those of the row begin */
  float squares[LAKH_BOUND_ROWS], drifts[LAKH_BOUND_ROWS], bases[LAKH_BOUND_ROWS], margins[LAKH_BOUND_ROWS];
  int32_t scores[LAKH_BOUND_ROWS * LAKH_MAX_BOUND_VECTORS * LAKH_SHORTS + 4]; /* the least of each group that was scored */
  size_t n_open;
  uint32_t open[LAKH_BOUND_ROWS]; /* rows whose label is not sure to stand: indices */
} lakh_examination;

/* Writes (row * scale - shift) * power, rounded, to `shorts`, and returns the squared length of what rounding took away, in the
 * unit of the frame. *square becomes the squared length of what is left. */
LAKH_KERNEL float lakh_shorten_row(const float *row, size_t cols, float scale, const float *shift, float power, int16_t *shorts,
                                   float *square);

/* Lists the slots of begin..end-1 whose label may have changed in `slots`, which has room for one more than all; returns how
 * many. */
LAKH_KERNEL size_t lakh_bounds_list(const lakh_group_bounds *bounds, size_t begin, size_t end, uint32_t *slots);

/* Examines the n rows in `slots`: their upper bounds are made tight and, where that is not enough,
 * groups in doubt are scored and their bounds set. For the rows that are left open, these are right as long as the label stays. */
LAKH_KERNEL void lakh_bounds_examine(const lakh_group_bounds *bounds, lakh_examination *examination);

/* The scores of a row and the centres of a group. */
LAKH_KERNEL void lakh_bounds_scores(const lakh_group_bounds *bounds, size_t slot, size_t group, int32_t *scores);

/* Set a bound anew, from the score of the label or the least of a group. INT32_MAX: there is no other centre. */
LAKH_KERNEL void lakh_bounds_set_upper(const lakh_group_bounds *bounds, size_t slot, int32_t label, int32_t score);
LAKH_KERNEL void lakh_bounds_set_lower(const lakh_group_bounds *bounds, size_t slot, size_t group, int32_t least);

#endif

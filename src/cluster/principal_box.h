/* The box that encloses the data, along their principal axes. */
#ifndef LAKH_CLUSTER_PRINCIPAL_BOX_H
#define LAKH_CLUSTER_PRINCIPAL_BOX_H

#include "lakh.h"

typedef struct lakh_principal_box {
  lakh_matrix x;
  const float *weights; /* NULL: all ones */
  lakh_status (*phase)(struct lakh_principal_box *box);
  size_t next;   /* row, or sweep */
  double weight; /* of the rows seen */
  double *means;
  double *covariance; /* cols x cols; turned into a diagonal */
  double *axes;       /* cols x cols: a row is an axis */
  double *low, *high; /* cols: what the box spans on each axis, from the mean */
} lakh_principal_box;

/* Begins to measure `x`, of finite values and weights that are not all zero. What was allocated is the caller's to release, also
 * after an error. */
lakh_status lakh_principal_box_begin(lakh_principal_box *box, lakh_matrix x, const float *weights);

/* Measures on, as a step of a job. */
lakh_status lakh_principal_box_step(lakh_principal_box *box);

void lakh_principal_box_release(lakh_principal_box *box);

#endif

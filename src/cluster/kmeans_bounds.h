/* Labels by distances that bounds do not rule out: see kmeans_bounds.c. The object belongs to a k-means job whose rows are in
 * lanes in their own order. */
#ifndef LAKH_CLUSTER_KMEANS_BOUNDS_H
#define LAKH_CLUSTER_KMEANS_BOUNDS_H

#include "kernels/group_bounds.h"
#include "lakh.h"

typedef struct lakh_kmeans_bounds lakh_kmeans_bounds;

/* For self's rows and number of centres. NULL when memory is short: there is another way to label. */
lakh_kmeans_bounds *lakh_kmeans_bounds_create(const lakh_kmeans *self);
void lakh_kmeans_bounds_free(lakh_kmeans_bounds *bounds);

/* Goes on bringing the rows into their short form. True when all are. */
bool lakh_kmeans_bounds_build(lakh_kmeans *self, double *work);

void lakh_kmeans_bounds_begin_run(lakh_kmeans *self);

/* To be called when the centres have moved (by center_shifts), before labelling. False when bounds are of no use for these data. */
bool lakh_kmeans_bounds_begin(lakh_kmeans *self);

/* Labels further blocks, as lakh_kmeans_compare does. */
bool lakh_kmeans_bounds_label(lakh_kmeans *self, double *work);

#endif

/* What the metrics ask of a labelling. */
#ifndef LAKH_METRICS_LABELS_H
#define LAKH_METRICS_LABELS_H

#include "lakh.h"

/* The weight of each label in counts[n_labels], as doubles; each row counts 1 when `sample_weight` is NULL.
 * LAKH_BAD_ARGUMENT: a label outside 0..n_labels-1, a label that no row has, a negative weight, fewer than two labels, or as
 * many labels as rows. */
lakh_status lakh_count_labels(lakh_matrix x, const int32_t *labels, size_t n_labels, const float *sample_weight,
                              double *counts);

#endif

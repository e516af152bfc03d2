/* Sums of Euclidean distances. */
#ifndef LAKH_KERNELS_DISTANCE_SUMS_H
#define LAKH_KERNELS_DISTANCE_SUMS_H

#include <stddef.h>

/* Adds to sums[q], for each of the four rows of the group `queries`, weight * |row - query| over the rows of n_groups groups. Rows
 * are in lanes, four a group (see lanes.h), any number of columns; a row of weight 0 does not count. */
void lakh_distance_sums(const float *lanes, const float *weights, size_t n_groups, size_t cols, const float *queries,
                        double sums[4]);

#endif

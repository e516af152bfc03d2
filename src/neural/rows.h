/* Tables of training data: what is checked before any work, and the order in which rows are taken. */
#ifndef LAKH_NEURAL_ROWS_H
#define LAKH_NEURAL_ROWS_H

#include "lakh.h"

/* x has n_features columns, all finite, and within [0, 1] when `unit` is set. LAKH_BAD_ARGUMENT or LAKH_NOT_FINITE if not. */
lakh_status lakh_rows_check(lakh_matrix x, size_t n_features, bool unit);

bool lakh_rows_within(lakh_matrix x, float low, float high);

/* There are labels for all rows, 0..n_classes-1. */
bool lakh_rows_labels_fit(const int32_t *labels, size_t rows, size_t n_classes);

/* The mean of the weights, 1 for NULL, or 0 when they are not usable: negative, not finite, all 0. */
double lakh_rows_mean_weight(const float *weights, size_t count);

/* order = 0..count-1 in a random order that follows from seed and stream (Fisher & Yates). */
void lakh_rows_shuffle(uint32_t seed, uint64_t stream, uint32_t *order, size_t count);

/* Whether a position can be one of training over epochs of `n_batches`: whole numbers, not negative, and no more batches than
 * there are. It may come from a damaged file, or from a model that was trained on other data. */
bool lakh_rows_position_fits(double step, double epoch, double batch, size_t n_batches);

#endif

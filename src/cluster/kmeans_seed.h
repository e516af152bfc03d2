/* Where k-means begins: greedy k-means++ and random rows. */
#ifndef LAKH_CLUSTER_KMEANS_SEED_H
#define LAKH_CLUSTER_KMEANS_SEED_H

#include "base/random.h"
#include "cluster/kmeans_rows.h"

typedef struct lakh_seeding lakh_seeding;

/* Prepares to choose k of `rows`, as often as wanted. */
lakh_status lakh_seeding_create(const lakh_kmeans_rows *rows, size_t k, int32_t init, lakh_seeding **out);
void lakh_seeding_free(lakh_seeding *seeding);

/* Begins anew with other random numbers. */
void lakh_seeding_begin(lakh_seeding *seeding, uint32_t seed, uint32_t run);

/* Goes on; *work is how many multiplications are left to do in this step, about, and is lowered. LAKH_DONE when `chosen` (k row
 * numbers) is complete. */
lakh_status lakh_seeding_continue(lakh_seeding *seeding, double *work);
const uint32_t *lakh_seeding_chosen(const lakh_seeding *seeding);

#endif

/* Labels by the distances of all rows to all centres (Lloyd 1982), in tiles.
 *
 * Time an iteration: O(n k d). */
#include "base/sizes.h"
#include "cluster/kmeans_state.h"
#include "cluster/nearest.h"

enum { ROWS_A_BLOCK = LAKH_BLOCK_GROUPS * LAKH_LANES };

static void take_row(lakh_kmeans *self, size_t slot, int32_t found, bool unsure) {
  int32_t label = found;
  if (unsure)
    label = lakh_nearest_center(self->x.data + lakh_row_of_slot(self->rows, slot) * self->x.cols, self->positions, self->k,
                                self->x.cols);
  if (label == self->slot_labels[slot]) return;
  lakh_kmeans_move_row(self, slot, label);
  self->n_changed++;
}

static void compare_block(lakh_kmeans *self, size_t block) {
  const lakh_kmeans_rows *rows = self->rows;
  size_t begin = lakh_block_begin(rows, block), n_groups = lakh_block_begin(rows, block + 1) - begin;
  int32_t found[ROWS_A_BLOCK];
  uint8_t reports[LAKH_BLOCK_GROUPS];
  lakh_lanes_nearest(rows->lanes + begin * LAKH_LANES * self->x.cols, n_groups, self->x.cols, self->packed, self->k,
                     rows->squares + begin * LAKH_LANES, lakh_kmeans_fixed_error(self), lakh_kmeans_slope_error(self),
                     self->slot_labels + begin * LAKH_LANES, found, reports);
  /* The slots that fill up the last group are not rows: the other algorithms do not label them, nor must they count. */
  size_t n_rows = lakh_smaller(n_groups * LAKH_LANES, self->x.rows - begin * LAKH_LANES);
  for (size_t i = 0; i < n_rows; i++) {
    unsigned report = reports[i / LAKH_LANES] >> i % LAKH_LANES;
    if ((report & 0x11) != 0) take_row(self, begin * LAKH_LANES + i, found[i], (report & 0x10) != 0);
  }
}

bool lakh_kmeans_compare(lakh_kmeans *self, double *work) {
  const lakh_kmeans_rows *rows = self->rows;
  while (self->next_block<rows->n_blocks && * work> 0) {
    compare_block(self, self->next_block++);
    *work -= (double)self->k * (double)self->x.cols * ROWS_A_BLOCK;
  }
  return self->next_block == rows->n_blocks;
}

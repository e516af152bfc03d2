/* Labels by distances in tiles: all of them (Lloyd), or only those of rows whose label may have changed (Hamerly 2010).
 *
 * With bounds each row keeps an upper bound on the distance to its own centre and a lower bound on the distance to any other.
 * When the centres move the bounds give way by as much; while upper < lower the label stands, and the row is skipped. */
#include "cluster/kmeans_state.h"
#include "cluster/nearest.h"

#include <math.h>

enum { SLOTS_A_BLOCK = LAKH_BLOCK_GROUPS * LAKH_LANES };

static void label_block(lakh_kmeans *self, size_t block) {
  const lakh_kmeans_rows *rows = self->rows;
  size_t cols = self->x.cols, begin = lakh_block_begin(rows, block), n_groups = lakh_block_begin(rows, block + 1) - begin;
  int32_t found[SLOTS_A_BLOCK];
  float best[SLOTS_A_BLOCK], second[SLOTS_A_BLOCK];
  uint8_t reports[LAKH_BLOCK_GROUPS];
  lakh_lanes_nearest(rows->lanes + begin * LAKH_LANES * cols, n_groups, cols, self->packed, self->k,
                     rows->squares + begin * LAKH_LANES, lakh_kmeans_fixed_error(self), lakh_kmeans_slope_error(self),
                     self->slot_labels + begin * LAKH_LANES, found, reports, best, second);
  for (size_t i = 0; i < n_groups * LAKH_LANES; i++) {
    unsigned report = reports[i / LAKH_LANES] >> i % LAKH_LANES;
    if ((report & 0x11) == 0) continue;
    size_t slot = begin * LAKH_LANES + i;
    int32_t label = found[i];
    if (report & 0x10)
      label = lakh_nearest_center(self->x.data + lakh_row_of_slot(rows, slot) * cols, self->positions, self->k, cols);
    if (label == self->slot_labels[slot]) continue;
    lakh_kmeans_move_row(self, slot, label);
    self->n_changed++;
  }
}

bool lakh_kmeans_label(lakh_kmeans *self, double *work) {
  const lakh_kmeans_rows *rows = self->rows;
  while (self->next_block<rows->n_blocks && * work> 0) {
    *work -= (double)(SLOTS_A_BLOCK * self->k) * (double)self->x.cols;
    label_block(self, self->next_block++);
  }
  return self->next_block == rows->n_blocks;
}

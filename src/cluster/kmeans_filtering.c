/* The filtering algorithm for k-means (Kanungo, Mount, Netanyahu, Piatko, Silverman & Wu 2002; Pelleg & Moore 1999), over the
 * cells of a grid instead of a k-d tree.
 *
 * A cell whose box is closer to one centre than to all others, at each of its points, belongs to that centre as a whole: its
 * weight and sum, known since the grid was built, move with it. Only the rows of cells that several centres share are compared,
 * and only with those centres. As centres come to rest, most cells keep their owner and cost nothing but the test.
 *
 * Time an iteration: O(cells * k d + rows in shared cells * centres that share them). */
#include "cluster/kmeans_state.h"
#include "cluster/nearest.h"

#include <math.h>
#include <string.h>

enum { CELLS_AT_ONCE = 64, GROUPS_AT_ONCE = 64 };

/* Room in the test of a cell beside that of its rows: the box's corners are rounded too. */
static const float CELL_MARGIN = 2;

/* Adds or takes away a whole cell. */
static void add_cell(lakh_kmeans *self, size_t cell, int32_t center, double sign) {
  size_t cols = self->x.cols;
  const double *cell_sums = self->rows->grid.sums + cell * (2 + cols);
  double *sums = self->sums + (size_t)center * (1 + cols);
  for (size_t j = 0; j < 1 + cols; j++) sums[j] += sign * cell_sums[j];
}

/* The cell's rows get the labels that its owner stood for. */
static void spell_out(lakh_kmeans *self, size_t cell) {
  int32_t owner = self->owners[cell];
  if (owner == LAKH_CELL_MIXED) return;
  size_t end = lakh_block_begin(self->rows, cell + 1) * LAKH_LANES;
  for (size_t slot = lakh_block_begin(self->rows, cell) * LAKH_LANES; slot < end; slot++) self->slot_labels[slot] = owner;
}

static void own_cell(lakh_kmeans *self, size_t cell, int32_t owner) {
  const lakh_grid *grid = &self->rows->grid;
  int32_t before = self->owners[cell];
  if (before == owner) return;
  if (before == LAKH_CELL_MIXED) {
    size_t begin = (size_t)grid->first[cell] * LAKH_LANES;
    for (size_t slot = begin; slot < begin + grid->sizes[cell]; slot++) {
      if (self->slot_labels[slot] == owner) continue;
      lakh_kmeans_move_row(self, slot, owner);
      self->n_changed++;
    }
  } else {
    if (before >= 0) add_cell(self, cell, before, -1);
    add_cell(self, cell, owner, 1);
    self->n_changed += grid->sizes[cell];
  }
  self->owners[cell] = owner;
}

/* Which centres may be nearest to some point of the box, in ascending order. */
static size_t list_candidates(const lakh_kmeans *self, size_t cell, float margin, int32_t *candidates, float *scores) {
  const lakh_grid *grid = &self->rows->grid;
  size_t cols = grid->cols, place = cell / LAKH_LANES * LAKH_LANES * cols + cell % LAKH_LANES, best = 0, n = 0;
  for (size_t z = 0; z < self->k; z++) {
    const float *line = self->lines + z * (1 + cols);
    float score = line[0];
    for (size_t j = 0; j < cols; j++) score += line[1 + j] * grid->middles[place + j * LAKH_LANES];
    scores[z] = score;
    if (score < scores[best]) best = z;
  }
  const float *own = self->lines + best * (1 + cols);
  for (size_t z = 0; z < self->k; z++) {
    const float *line = self->lines + z * (1 + cols);
    float least = scores[z];
    for (size_t j = 0; j < cols; j++) {
      float tilt = line[1 + j] - own[1 + j];
      least -= (tilt < 0 ? -tilt : tilt) * grid->halves[place + j * LAKH_LANES];
    }
    if (z == best || least <= scores[best] + margin) candidates[n++] = (int32_t)z;
  }
  return n;
}

/* Takes up what the kernel reports about a group. */
static void take_group(lakh_kmeans *self, size_t group, const int32_t *found, unsigned report) {
  for (size_t lane = 0; lane < LAKH_LANES; lane++) {
    size_t slot = group * LAKH_LANES + lane;
    int32_t label = found[lane];
    if (report >> (LAKH_LANES + lane) & 1)
      label = lakh_nearest_center(self->x.data + lakh_row_of_slot(self->rows, slot) * self->x.cols, self->positions, self->k,
                                  self->x.cols);
    if (label == self->slot_labels[slot]) continue;
    lakh_kmeans_move_row(self, slot, label);
    self->n_changed++;
  }
}

/* The candidate that is nearest to the middle of the box, about. */
static int32_t nearest_to_middle(const lakh_kmeans *self, size_t cell, size_t n_candidates) {
  const lakh_grid *grid = &self->rows->grid;
  size_t cols = grid->cols, place = cell / LAKH_LANES * LAKH_LANES * cols + cell % LAKH_LANES;
  int32_t nearest = self->candidates[0];
  float least = HUGE_VALF;
  for (size_t c = 0; c < n_candidates; c++) {
    const float *line = self->lines + (size_t)self->candidates[c] * (1 + cols);
    float score = line[0];
    for (size_t j = 0; j < cols; j++) score += line[1 + j] * grid->middles[place + j * LAKH_LANES];
    if (!(score < least)) continue;
    least = score;
    nearest = self->candidates[c];
  }
  return nearest;
}

static double share_cell(lakh_kmeans *self, size_t cell, uint32_t rivals) {
  const lakh_grid *grid = &self->rows->grid;
  size_t cols = grid->cols, begin = grid->first[cell], end = grid->first[cell + 1];
  float error = lakh_kmeans_fixed_error(self) + lakh_kmeans_slope_error(self) * grid->norms[cell];
  size_t n_candidates = 0;
  if (self->k <= 32)
    for (; rivals != 0; rivals &= rivals - 1) self->candidates[n_candidates++] = __builtin_ctz(rivals);
  else
    n_candidates = list_candidates(self, cell, CELL_MARGIN * error, self->candidates, self->scores);
  /* A cell that is new comes as a whole first, so that only the rows of other centres move by themselves. */
  if (self->owners[cell] == LAKH_UNLABELLED) own_cell(self, cell, nearest_to_middle(self, cell, n_candidates));
  spell_out(self, cell);
  self->owners[cell] = LAKH_CELL_MIXED;
  for (size_t group = begin; group < end; group += GROUPS_AT_ONCE) {
    int32_t found[GROUPS_AT_ONCE * LAKH_LANES];
    uint8_t reports[GROUPS_AT_ONCE];
    size_t n_groups = end - group < GROUPS_AT_ONCE ? end - group : GROUPS_AT_ONCE;
    lakh_lanes_nearest_of_few(grid->lanes + group * LAKH_LANES * cols, n_groups, cols, self->lines, self->candidates,
                              n_candidates, error, self->slot_labels + group * LAKH_LANES, found, reports);
    for (size_t g = 0; g < n_groups; g++)
      if (reports[g] != 0) take_group(self, group + g, found + g * LAKH_LANES, reports[g]);
  }
  return (double)(self->k * 2 + (end - begin) * n_candidates) * (double)cols;
}

bool lakh_kmeans_filter(lakh_kmeans *self, double *work) {
  const lakh_grid *grid = &self->rows->grid;
  while (self->next_block<grid->n_cells && * work> 0) {
    int32_t owners[CELLS_AT_ONCE];
    uint32_t rivals[CELLS_AT_ONCE];
    size_t begin = self->next_block, left = grid->n_cells - begin, n = left < CELLS_AT_ONCE ? left : CELLS_AT_ONCE;
    size_t n_groups = (n + LAKH_LANES - 1) / LAKH_LANES;
    lakh_lanes_owners(grid->middles + begin * grid->cols, grid->halves + begin * grid->cols, grid->norms + begin, n_groups,
                      grid->cols, self->lines, self->k, CELL_MARGIN * lakh_kmeans_fixed_error(self),
                      CELL_MARGIN * lakh_kmeans_slope_error(self), owners, rivals);
    *work -= (double)(n_groups * self->k * grid->cols * 2);
    for (size_t i = 0; i < n; i++) {
      if (owners[i] >= 0)
        own_cell(self, begin + i, owners[i]);
      else
        *work -= share_cell(self, begin + i, rivals[i]);
    }
    self->next_block = begin + n;
  }
  return self->next_block == grid->n_cells;
}

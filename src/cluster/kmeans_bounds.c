/* Labels by distances in tiles: all of them (Lloyd 1982), or only those of rows whose label may have changed (Hamerly 2010).
 *
 * With bounds each row keeps an upper bound on the distance to its own centre and a lower bound on the distance to any other.
 * When centres move, the bounds give way by as much. While the upper bound is below the lower one, or below half the distance
 * from the row's centre to the next, the label stands (Elkan 2003 has the latter) and the row is skipped. Rows that are not are
 * gathered, 64 at a time, and compared with all centres at once: single bounds let more rows through than Elkan's k a row, but
 * cost 8 bytes instead of 4 k, and leave whole tiles to compute.
 *
 * Bounds are float and rounded outwards, so that a skipped row would have kept its label in exact arithmetic too.
 *
 * Measured, share of rows compared over a fit: MNIST, k = 10, about a third; overlapping blobs in 16 columns, k = 50, about 40 %.
 * Time an iteration: O(n + compared rows * k d). */
#include "cluster/kmeans_state.h"
#include "cluster/nearest.h"

#include <float.h>
#include <math.h>

enum { SLOTS_A_BLOCK = LAKH_BLOCK_GROUPS * LAKH_LANES, MANY_OF_BLOCK = SLOTS_A_BLOCK * 3 / 4 };

/* Sums and roots of bounds are off by a few units in the last place. */
static const float UP = 1 + 0x1p-20f, DOWN = 1 - 0x1p-20f;

static void set_bounds(lakh_kmeans *self, size_t slot, float own, float other) {
  float squares = self->rows->squares[slot];
  float error = lakh_kmeans_fixed_error(self) + lakh_kmeans_slope_error(self) * sqrtf(squares) + FLT_EPSILON * 4 * squares;
  self->upper[slot] = sqrtf(fmaxf(own + squares + error, 0)) * UP;
  self->lower[slot] = sqrtf(fmaxf(other + squares - error, 0)) * DOWN;
}

/* Takes up what the kernel found for the row in a slot. */
static void take_row(lakh_kmeans *self, size_t slot, int32_t found, bool unsure, float best, float second) {
  int32_t label = found;
  if (unsure)
    label = lakh_nearest_center(self->x.data + lakh_row_of_slot(self->rows, slot) * self->x.cols, self->positions, self->k,
                                self->x.cols);
  if (self->upper != NULL) set_bounds(self, slot, label == found ? best : second, label == found ? second : best);
  if (label == self->slot_labels[slot]) return;
  lakh_kmeans_move_row(self, slot, label);
  self->n_changed++;
}

/* Compares up to 64 rows with all centres. slots[i] is the slot of the i-th. */
static void compare(lakh_kmeans *self, const float *lanes, const float *squares, size_t n_groups, const uint32_t *slots,
                    size_t n) {
  int32_t labels[SLOTS_A_BLOCK], found[SLOTS_A_BLOCK];
  float best[SLOTS_A_BLOCK], second[SLOTS_A_BLOCK];
  uint8_t reports[LAKH_BLOCK_GROUPS];
  for (size_t i = 0; i < n_groups * LAKH_LANES; i++) labels[i] = self->slot_labels[slots[i < n ? i : n - 1]];
  lakh_lanes_nearest(lanes, n_groups, self->x.cols, self->packed, self->k, squares, lakh_kmeans_fixed_error(self),
                     lakh_kmeans_slope_error(self), labels, found, reports, best, second);
  for (size_t i = 0; i < n; i++) {
    unsigned report = reports[i / LAKH_LANES] >> i % LAKH_LANES;
    if ((report & 0x11) != 0 || self->upper != NULL)
      take_row(self, slots[i], found[i], (report & 0x10) != 0, best[i], second[i]);
  }
}

static void compare_block(lakh_kmeans *self, size_t block) {
  const lakh_kmeans_rows *rows = self->rows;
  size_t begin = lakh_block_begin(rows, block), n_groups = lakh_block_begin(rows, block + 1) - begin;
  uint32_t slots[SLOTS_A_BLOCK];
  for (size_t i = 0; i < n_groups * LAKH_LANES; i++) slots[i] = (uint32_t)(begin * LAKH_LANES + i);
  compare(self, rows->lanes + begin * LAKH_LANES * self->x.cols, rows->squares + begin * LAKH_LANES, n_groups, slots,
          n_groups * LAKH_LANES);
}

/* Compares the rows that were gathered. */
static void compare_gathered(lakh_kmeans *self) {
  size_t n = self->n_gathered, cols = self->x.cols, n_groups = (n + 2 * LAKH_LANES - 1) / (2 * LAKH_LANES) * 2;
  if (n == 0) return;
  float squares[SLOTS_A_BLOCK];
  for (size_t g = 0; g < n_groups; g++) {
    const float *four[LAKH_LANES];
    for (size_t l = 0; l < LAKH_LANES; l++) {
      size_t i = g * LAKH_LANES + l;
      four[l] = self->x.data + lakh_row_of_slot(self->rows, self->gathered[i < n ? i : n - 1]) * cols;
    }
    lakh_lanes_pack(four, cols, self->frame.scale, self->frame.shift, self->gathered_lanes + g * LAKH_LANES * cols,
                    squares + g * LAKH_LANES);
  }
  compare(self, self->gathered_lanes, squares, n_groups, self->gathered, n);
  self->n_gathered = 0;
}

/* How the bounds give way to the centres' last move. */
void lakh_kmeans_begin_bounds(lakh_kmeans *self) {
  size_t cols = self->x.cols, k = self->k, first = 0;
  float *shifts = self->center_shifts;
  self->n_gathered = 0;
  for (size_t c = 1; c < k; c++)
    if (shifts[c] > shifts[first]) first = c;
  self->farthest_center = (int32_t)first;
  self->largest_shift = shifts[first];
  self->second_shift = 0;
  for (size_t c = 0; c < k; c++)
    if (c != first && shifts[c] > self->second_shift) self->second_shift = shifts[c];
  for (size_t c = 0; c < k; c++) {
    double nearest = HUGE_VAL;
    for (size_t other = 0; other < k; other++) {
      if (other == c) continue;
      double distance = 0;
      for (size_t j = 0; j < cols; j++) {
        double difference = self->positions[c * cols + j] - self->positions[other * cols + j];
        distance += difference * difference;
      }
      nearest = fmin(nearest, distance);
    }
    self->half_gaps[c] = (float)fmin(0.5 * sqrt(nearest) * (double)self->frame.scale, 1e30) * DOWN;
  }
}

/* Lets the bounds of a block's rows give way, and lists the slots of the rows whose label may have changed. */
static size_t list_doubtful(lakh_kmeans *self, size_t block, uint32_t *slots) {
  size_t begin = lakh_block_begin(self->rows, block) * LAKH_LANES, end = lakh_block_begin(self->rows, block + 1) * LAKH_LANES;
  const int32_t *labels = self->slot_labels;
  const float *shifts = self->center_shifts, *half_gaps = self->half_gaps;
  float *uppers = self->upper, *lowers = self->lower, largest = self->largest_shift, second = self->second_shift;
  int32_t farthest = self->farthest_center;
  size_t n = 0;
  for (size_t slot = begin; slot < end; slot++) {
    int32_t label = labels[slot];
    float upper = (uppers[slot] + shifts[label]) * UP, lower = (lowers[slot] - (label == farthest ? second : largest));
    lower = lower > 0 ? lower * DOWN : 0;
    uppers[slot] = upper;
    lowers[slot] = lower;
    float bar = lower > half_gaps[label] ? lower : half_gaps[label];
    slots[n] = (uint32_t)slot;
    n += !(upper < bar);
  }
  return n;
}

bool lakh_kmeans_label(lakh_kmeans *self, double *work) {
  const lakh_kmeans_rows *rows = self->rows;
  double work_a_row = (double)self->k * (double)self->x.cols;
  while (self->next_block<rows->n_blocks && * work> 0) {
    size_t block = self->next_block++;
    if (self->upper == NULL || !self->bounded) {
      compare_block(self, block);
      *work -= work_a_row * SLOTS_A_BLOCK;
      continue;
    }
    uint32_t slots[SLOTS_A_BLOCK + 1];
    size_t n = list_doubtful(self, block, slots);
    *work -= work_a_row * (double)n + 4 * SLOTS_A_BLOCK;
    if (n >= MANY_OF_BLOCK) {
      compare_block(self, block);
      continue;
    }
    for (size_t i = 0; i < n; i++) {
      self->gathered[self->n_gathered++] = slots[i];
      if (self->n_gathered == SLOTS_A_BLOCK) compare_gathered(self);
    }
  }
  if (self->next_block < rows->n_blocks) return false;
  compare_gathered(self);
  self->bounded = self->upper != NULL;
  return true;
}

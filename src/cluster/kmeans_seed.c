/* Greedy k-means++ (Arthur & Vassilvitskii 2007): each further centre is the best of 2 + floor(ln k) rows drawn with
 * probabilities proportional to weight * squared distance to the nearest centre so far; best is the one that lowers the
 * potential, the weighted sum of those distances, by most. As in scikit-learn, with one difference: how much a candidate would
 * gain is computed over all rows only while these are few, and otherwise estimated from some thousand rows. Blocks of rows are
 * taken in proportion to their share of the potential (systematic sampling with probabilities proportional to size: Madow 1949),
 * so that a small far cluster, which has a large share, is never overlooked, and the estimate has no bias. The draws themselves
 * are exact.
 *
 * Each block knows its part of the potential, so that drawing a row walks over blocks first; and with few columns the largest
 * distance in it, so that a candidate that is farther from the block's box leaves it as it is without a look at its rows.
 *
 * Time: O(n k d), one pass a centre, and less with few columns as centres become dense. Memory: one float a row. */
#include "cluster/kmeans_seed.h"

#include "base/alloc.h"
#include "base/logarithm.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Rows, about, on which candidates are judged; below twice as many, all rows are. At 4096 the estimated gain is off by some
 * percent, and the inertia reached is the same within its spread over seeds. */
enum { JUDGED_ROWS = 4096 };

typedef enum phase { START, DRAW, TRY, KEEP, RANDOM, COMPLETE } phase;

struct lakh_seeding {
  const lakh_kmeans_rows *rows;
  size_t k;
  int32_t init;
  phase phase;
  size_t n_chosen;
  size_t next_block; /* of the pass under way; when trying, an index into `judged` */
  size_t n_trials;
  double total; /* potential of the centres so far */
  lakh_random random;
  uint32_t *chosen;   /* k rows */
  size_t *candidates; /* n_trials slots */
  double *gains;      /* n_trials: by how much each lowers the potential */
  float *lines;       /* n_trials of 1 + cols: centres (few columns: behind a number that is not used) or lines */
  float *packed;
  float *sums;     /* n_trials */
  float *bounds;   /* n_trials x blocks: of the distance to a candidate; few columns only */
  float *nearest;  /* a slot: squared distance to the nearest centre */
  float *farthest; /* a block: the largest of these */
  double *mass;    /* a block: its potential */
  size_t n_judged;
  uint32_t *judged; /* blocks on which candidates are judged */
  double *factors;  /* what each of them stands for: 1 / the probability that it was taken */
};

void lakh_seeding_free(lakh_seeding *self) {
  if (self == NULL) return;
  lakh_free(self->chosen);
  lakh_free(self->candidates);
  lakh_free(self->gains);
  lakh_free(self->lines);
  lakh_free(self->packed);
  lakh_free(self->sums);
  lakh_free(self->bounds);
  lakh_free(self->nearest);
  lakh_free(self->farthest);
  lakh_free(self->mass);
  lakh_free(self->judged);
  lakh_free(self->factors);
  lakh_free(self);
}

lakh_status lakh_seeding_create(const lakh_kmeans_rows *rows, size_t k, int32_t init, lakh_seeding **out) {
  lakh_seeding *self = lakh_alloc_zeroed(1, sizeof *self);
  if (self == NULL) return LAKH_NO_MEMORY;
  self->rows = rows;
  self->k = k;
  self->init = init;
  self->n_trials = 2 + (size_t)lakh_log((double)k);
  size_t line = (1 + rows->x.cols) * sizeof(float), blocks = (rows->n_blocks + LAKH_LANES - 1) / LAKH_LANES * LAKH_LANES;
  self->chosen = lakh_alloc(k, sizeof(uint32_t));
  self->candidates = lakh_alloc(self->n_trials, sizeof(size_t));
  self->gains = lakh_alloc(self->n_trials, sizeof(double));
  self->lines = lakh_alloc(self->n_trials, line);
  self->packed = lakh_alloc(self->n_trials, line);
  self->sums = lakh_alloc(self->n_trials, sizeof(float));
  self->bounds = lakh_alloc(rows->few ? blocks : 0, self->n_trials * sizeof(float));
  self->nearest = lakh_alloc(rows->n_groups, LAKH_LANES * sizeof(float));
  self->farthest = lakh_alloc(rows->n_blocks, sizeof(float));
  self->mass = lakh_alloc(rows->n_blocks, sizeof(double));
  self->judged = lakh_alloc(rows->n_blocks, sizeof(uint32_t));
  self->factors = lakh_alloc(rows->n_blocks, sizeof(double));
  if (self->chosen == NULL || self->candidates == NULL || self->gains == NULL || self->lines == NULL || self->packed == NULL ||
      self->sums == NULL || self->bounds == NULL || self->nearest == NULL || self->farthest == NULL || self->mass == NULL ||
      self->judged == NULL || self->factors == NULL) {
    lakh_seeding_free(self);
    return LAKH_NO_MEMORY;
  }
  *out = self;
  return LAKH_OK;
}

void lakh_seeding_begin(lakh_seeding *self, uint32_t seed, uint32_t run) {
  self->random = lakh_random_stream(seed, run);
  self->phase = START;
  self->n_chosen = 0;
}

const uint32_t *lakh_seeding_chosen(const lakh_seeding *self) { return self->chosen; }

/* Draws a slot in proportion to weight * nearest. */
static size_t draw_slot(lakh_seeding *self) {
  const lakh_kmeans_rows *rows = self->rows;
  double left = lakh_random_unit(&self->random) * self->total;
  size_t block = 0, last = 0;
  for (; block < rows->n_blocks; block++) {
    if (self->mass[block] > 0) last = block;
    if (left < self->mass[block]) break;
    left -= self->mass[block];
  }
  /* Rounding can carry the walk past the end of the blocks, or of the block. */
  if (block == rows->n_blocks) {
    block = last;
    left = self->mass[last];
  }
  size_t slot = lakh_block_begin(rows, block) * LAKH_LANES, end = lakh_block_begin(rows, block + 1) * LAKH_LANES, found = slot;
  for (; slot < end; slot++) {
    double mass = (double)self->nearest[slot] * (double)rows->weights[slot];
    if (mass > 0) found = slot;
    left -= mass;
    if (left < 0) break;
  }
  return found;
}

/* Makes nearest * weight the weight itself. */
static void weigh_blocks(lakh_seeding *self) {
  const lakh_kmeans_rows *rows = self->rows;
  self->total = 0;
  for (size_t slot = 0; slot < rows->n_groups * LAKH_LANES; slot++) self->nearest[slot] = 1;
  for (size_t block = 0; block < rows->n_blocks; block++) {
    double mass = rows->few ? rows->grid.sums[block * (2 + rows->x.cols)] : 0;
    size_t end = rows->few ? 0 : lakh_block_begin(rows, block + 1) * LAKH_LANES;
    for (size_t slot = lakh_block_begin(rows, block) * LAKH_LANES; slot < end; slot++) mass += (double)rows->weights[slot];
    self->mass[block] = mass;
    self->total += mass;
  }
}

static void set_line(lakh_seeding *self, size_t candidate) {
  const lakh_kmeans_rows *rows = self->rows;
  size_t cols = rows->x.cols;
  float *line = self->lines + candidate * (1 + cols);
  double squares = 0;
  for (size_t j = 0; j < cols; j++) {
    float value = lakh_value_in_slot(rows, self->candidates[candidate], j);
    line[1 + j] = rows->few ? value : -2 * value;
    squares += (double)value * (double)value;
  }
  line[0] = (float)squares;
}

/* Lower bounds of the distances between a candidate and the blocks. */
static void bound_blocks(lakh_seeding *self, size_t candidate) {
  const lakh_grid *grid = &self->rows->grid;
  size_t blocks = grid->n_box_groups * LAKH_LANES;
  lakh_lanes_box_distances(grid->middles, grid->halves, grid->n_box_groups, grid->cols,
                           self->lines + candidate * (1 + grid->cols) + 1, self->bounds + candidate * blocks);
}

static const float *bounds_of(const lakh_seeding *self, size_t candidate) {
  return self->bounds + candidate * self->rows->grid.n_box_groups * LAKH_LANES;
}

/* Takes blocks in proportion to their mass: one for each step of the way along all masses, from a random start. */
static void choose_judged_blocks(lakh_seeding *self) {
  const lakh_kmeans_rows *rows = self->rows;
  size_t n_rows = rows->n_groups * LAKH_LANES, n = 0;
  if (n_rows <= 2 * JUDGED_ROWS || !(self->total > 0)) {
    for (; n < rows->n_blocks; n++) {
      self->judged[n] = (uint32_t)n;
      self->factors[n] = 1;
    }
    self->n_judged = n;
    return;
  }
  double n_steps = ceil((double)rows->n_blocks * JUDGED_ROWS / (double)n_rows), step = self->total / n_steps;
  double next = lakh_random_unit(&self->random) * step, way = 0;
  for (size_t block = 0; block < rows->n_blocks; block++) {
    double hits = 0;
    way += self->mass[block];
    for (; next < way; next += step) hits++;
    if (hits == 0) continue;
    self->judged[n] = (uint32_t)block;
    self->factors[n++] = hits * step / self->mass[block];
  }
  self->n_judged = n;
}

static void try_block(lakh_seeding *self, size_t index) {
  const lakh_kmeans_rows *rows = self->rows;
  size_t cols = rows->x.cols, block = self->judged[index], begin = lakh_block_begin(rows, block);
  size_t n_groups = lakh_block_begin(rows, block + 1) - begin;
  const float *lanes = rows->lanes + begin * LAKH_LANES * cols;
  const float *weights = rows->weights + begin * LAKH_LANES, *nearest = self->nearest + begin * LAKH_LANES;
  double mass = self->mass[block], factor = self->factors[index];
  if (!rows->few) {
    lakh_lanes_potentials(lanes, n_groups, cols, self->lines, self->packed, self->n_trials, rows->squares + begin * LAKH_LANES,
                          weights, nearest, self->sums);
    for (size_t t = 0; t < self->n_trials; t++) self->gains[t] += factor * (mass - (double)self->sums[t]);
    return;
  }
  for (size_t t = 0; t < self->n_trials; t++) {
    if (bounds_of(self, t)[block] >= self->farthest[block]) continue;
    float rest = lakh_lanes_potential(lanes, n_groups, cols, self->lines + t * (1 + cols) + 1, weights, nearest);
    self->gains[t] += factor * (mass - (double)rest);
  }
}

/* The candidate in line 0 becomes a centre. */
static void keep_block(lakh_seeding *self, size_t block) {
  const lakh_kmeans_rows *rows = self->rows;
  size_t cols = rows->x.cols, begin = lakh_block_begin(rows, block), n_groups = lakh_block_begin(rows, block + 1) - begin;
  const float *lanes = rows->lanes + begin * LAKH_LANES * cols, *weights = rows->weights + begin * LAKH_LANES;
  float *nearest = self->nearest + begin * LAKH_LANES;
  if (!rows->few)
    self->mass[block] = (double)lakh_lanes_approach_line(lanes, n_groups, cols, self->lines, rows->squares + begin * LAKH_LANES,
                                                         weights, nearest);
  else if (self->bounds[block] < self->farthest[block])
    self->mass[block] =
        (double)lakh_lanes_approach(lanes, n_groups, cols, self->lines + 1, weights, nearest, &self->farthest[block]);
}

/* True when all candidates are judged. */
static bool try_blocks(lakh_seeding *self, double *work) {
  const lakh_kmeans_rows *rows = self->rows;
  double row_work = (double)(self->n_trials * rows->x.cols) * LAKH_LANES;
  while (self->next_block<self->n_judged && * work> 0) {
    size_t block = self->judged[self->next_block];
    *work -= row_work * (double)(lakh_block_begin(rows, block + 1) - lakh_block_begin(rows, block));
    try_block(self, self->next_block++);
  }
  return self->next_block == self->n_judged;
}

/* True when all rows know the new centre. */
static bool keep_blocks(lakh_seeding *self, double *work) {
  const lakh_kmeans_rows *rows = self->rows;
  double row_work = (double)rows->x.cols * 2 * LAKH_LANES;
  while (self->next_block<rows->n_blocks && * work> 0) {
    size_t block = self->next_block++;
    *work -= row_work * (double)(lakh_block_begin(rows, block + 1) - lakh_block_begin(rows, block));
    keep_block(self, block);
  }
  return self->next_block == rows->n_blocks;
}

static void begin_keeping(lakh_seeding *self, size_t candidate) {
  self->chosen[self->n_chosen] = (uint32_t)lakh_row_of_slot(self->rows, self->candidates[candidate]);
  self->candidates[0] = self->candidates[candidate];
  set_line(self, 0);
  if (self->rows->few) bound_blocks(self, 0);
  self->next_block = 0;
  self->phase = KEEP;
}

static void start(lakh_seeding *self) {
  const lakh_kmeans_rows *rows = self->rows;
  weigh_blocks(self);
  if (self->init == LAKH_INIT_RANDOM) {
    self->phase = RANDOM;
    return;
  }
  self->candidates[0] = draw_slot(self);
  for (size_t slot = 0; slot < rows->n_groups * LAKH_LANES; slot++) self->nearest[slot] = FLT_MAX;
  for (size_t block = 0; block < rows->n_blocks; block++) self->farthest[block] = FLT_MAX;
  begin_keeping(self, 0);
}

static void draw_candidates(lakh_seeding *self) {
  const lakh_kmeans_rows *rows = self->rows;
  for (size_t t = 0; t < self->n_trials; t++) {
    self->candidates[t] = draw_slot(self);
    self->gains[t] = 0;
    set_line(self, t);
    if (rows->few) bound_blocks(self, t);
  }
  choose_judged_blocks(self);
  if (!rows->few) lakh_pack_lines(self->lines, self->n_trials, rows->x.cols, self->packed);
  self->next_block = 0;
  self->phase = TRY;
}

static size_t best_candidate(const lakh_seeding *self) {
  size_t best = 0;
  for (size_t t = 1; t < self->n_trials; t++)
    if (self->gains[t] > self->gains[best]) best = t;
  return best;
}

static void end_keeping(lakh_seeding *self) {
  self->total = 0;
  for (size_t block = 0; block < self->rows->n_blocks; block++) self->total += self->mass[block];
  self->n_chosen++;
  self->phase = self->n_chosen == self->k ? COMPLETE : DRAW;
}

/* Different rows, in proportion to their weights; when there are no more, any row again. */
static void choose_random_row(lakh_seeding *self) {
  if (!(self->total > 0)) weigh_blocks(self);
  size_t slot = draw_slot(self), block = 0;
  self->chosen[self->n_chosen++] = (uint32_t)lakh_row_of_slot(self->rows, slot);
  self->nearest[slot] = 0;
  while (lakh_block_begin(self->rows, block + 1) * LAKH_LANES <= slot) block++;
  size_t end = lakh_block_begin(self->rows, block + 1) * LAKH_LANES;
  self->mass[block] = 0;
  for (slot = lakh_block_begin(self->rows, block) * LAKH_LANES; slot < end; slot++)
    self->mass[block] += (double)self->nearest[slot] * (double)self->rows->weights[slot];
  self->total = 0;
  for (block = 0; block < self->rows->n_blocks; block++) self->total += self->mass[block];
  if (self->n_chosen == self->k) self->phase = COMPLETE;
}

lakh_status lakh_seeding_continue(lakh_seeding *self, double *work) {
  while (self->phase != COMPLETE && *work > 0) {
    switch (self->phase) {
    case START:
      start(self);
      break;
    case DRAW:
      draw_candidates(self);
      break;
    case TRY:
      if (try_blocks(self, work)) begin_keeping(self, best_candidate(self));
      break;
    case KEEP:
      if (keep_blocks(self, work)) end_keeping(self);
      break;
    case RANDOM:
      *work -= 2 * (double)self->rows->n_blocks;
      choose_random_row(self);
      break;
    case COMPLETE:
      break;
    }
  }
  return self->phase == COMPLETE ? LAKH_DONE : LAKH_MORE;
}

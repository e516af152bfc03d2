/* Labels by distances that bounds do not rule out (Elkan 2003), with a bound for groups of centres instead of each (Ding, Zhao,
 * Shen, Musuvathi & Mytkowicz 2015), and whole numbers in place of floats (kernels/group_bounds.h).
 *
 * Each row keeps an upper bound on the distance to its own centre and, for each group of centres, a lower bound on the distance
 * to any other. When centres move, the bounds give way by as much. While the upper bound is below all lower ones the label stands;
 * otherwise the distance to the own centre is computed, and if that is not enough, those to the centres of the groups in doubt.
 * Up to 16 centres each is a group of its own (Elkan's algorithm), up to 128 four are, and more beyond: 16 to 64 bytes of bounds
 * a row. Bounds are stored as if centres stood still, and how far they have moved is held against them once for all rows, so that
 * a row whose label stands costs two loads and no store. While many labels change bounds do not pay, and the first iterations are
 * those of kmeans_lloyd.c.
 *
 * Distances come from rows and centres of 16 bits, eight products an instruction. What rounding to 16 bits may have changed widens
 * the bounds, and centres that are too close to call are compared in double (nearest.h). So a skipped row would have kept its
 * label in exact arithmetic too, and labels are those of Lloyd's algorithm, at any precision; where 16 bits are too few to be
 * of use, all distances are computed as in kmeans_lloyd.c.
 *
 * Measured, once bounds are in use, distances computed of all: MNIST, k = 10, 10 %; overlapping blobs in 16 columns, k = 50, 7 %.
 * Time an iteration: O(n + doubtful rows * cols * centres in doubt). Memory: 2 cols + 22 to 70 bytes a row. */
#include "cluster/kmeans_bounds.h"

#include "base/alloc.h"
#include "cluster/kmeans_state.h"
#include "cluster/nearest.h"

#include <float.h>
#include <math.h>

enum {
  SAMPLED_ROWS = 16,  /* to choose the unit of bounds */
  UNITS = 2048,       /* of bounds in the root mean square distance to the nearest centre; they reach 16 times as far */
  MOST_DRIFT = 12000, /* beyond, bounds are made anew, before they lose range */
  MOST_UNSURE = 8,    /* one in 8 rows too close to call at first: 16 bits are too few */
  WORK_A_LOOK = 8,    /* at a row's bounds, in multiplications */
  WORK_A_DOUBT = 60,
};

struct lakh_kmeans_bounds {
  lakh_group_bounds kernel;
  int16_t *rows;
  float *squares;
  size_t next_row; /* to be shortened */
  float row_power, center_power;
  float longest;   /* no centre is longer */
  float row_error; /* the longest difference between a row and its short form */
  int16_t *centers;
  size_t record; /* its size */
  int16_t *uppers, *lowers;
  double *center_drifts, *group_drifts; /* exact */
  float *drifts, *group_drifts_now;
  int16_t *drifts_up, *group_limits;
  int32_t *scores; /* of a group */
  lakh_examination *examination;
  size_t n_unsure; /* rows of the first labelling with several nearest centres, as far as 16 bits can tell */
  bool first;      /* this is the first labelling with bounds */
  bool begun;      /* it was */
};

void lakh_kmeans_bounds_free(lakh_kmeans_bounds *b) {
  if (b == NULL) return;
  lakh_free(b->rows);
  lakh_free(b->squares);
  lakh_free(b->centers);
  lakh_free(b->uppers);
  lakh_free(b->lowers);
  lakh_free(b->center_drifts);
  lakh_free(b->group_drifts);
  lakh_free(b->drifts);
  lakh_free(b->group_drifts_now);
  lakh_free(b->drifts_up);
  lakh_free(b->group_limits);
  lakh_free(b->scores);
  lakh_free(b->examination);
  lakh_free(b);
}

/* ---- Creation ---------------------------------------------------------------------------------------------------------- */

static void group_centers(lakh_group_bounds *kernel, size_t k) {
  size_t n_vectors = k <= 8 ? 1 : k <= 64 ? 2 : (k + 31) / 32;
  if (n_vectors > LAKH_MAX_BOUND_VECTORS) n_vectors = LAKH_MAX_BOUND_VECTORS;
  size_t most = LAKH_SHORTS * n_vectors;
  kernel->n_bound_vectors = n_vectors;
  kernel->group_size = k <= 16 ? 1 : (k + 4 * most - 1) / (4 * most) * 4;
  kernel->n_groups = (k + kernel->group_size - 1) / kernel->group_size;
}

lakh_kmeans_bounds *lakh_kmeans_bounds_create(const lakh_kmeans *self) {
  lakh_kmeans_bounds *b = lakh_alloc_zeroed(1, sizeof *b);
  if (b == NULL) return NULL;
  size_t rows = self->x.rows, k = self->k;
  lakh_group_bounds *kernel = &b->kernel;
  group_centers(kernel, k);
  kernel->n_vectors = (self->x.cols + LAKH_SHORTS - 1) / LAKH_SHORTS;
  b->record = LAKH_SHORTS * (1 + kernel->n_vectors);
  size_t lanes = LAKH_SHORTS * kernel->n_bound_vectors, padded = (kernel->n_groups + 3) / 4 * 4 * kernel->group_size;
  kernel->rows = b->rows = lakh_alloc(rows, LAKH_SHORTS * kernel->n_vectors * sizeof(int16_t));
  kernel->squares = b->squares = lakh_alloc(rows, sizeof(float));
  kernel->centers = b->centers = lakh_alloc_zeroed(padded, b->record * sizeof(int16_t));
  kernel->uppers = b->uppers = lakh_alloc(rows, sizeof(int16_t));
  kernel->lowers = b->lowers = lakh_alloc(rows, lanes * sizeof(int16_t));
  b->center_drifts = lakh_alloc(k, sizeof(double));
  b->group_drifts = lakh_alloc(lanes, sizeof(double));
  kernel->drifts = b->drifts = lakh_alloc(k, sizeof(float));
  kernel->group_drifts = b->group_drifts_now = lakh_alloc(lanes, sizeof(float));
  kernel->drifts_up = b->drifts_up = lakh_alloc(k, sizeof(int16_t));
  kernel->group_limits = b->group_limits = lakh_alloc(lanes, sizeof(int16_t));
  b->scores = lakh_alloc(kernel->group_size, sizeof(int32_t));
  b->examination = lakh_alloc_zeroed(1, sizeof *b->examination);
  if (b->rows == NULL || b->squares == NULL || b->centers == NULL || b->uppers == NULL || b->lowers == NULL ||
      b->center_drifts == NULL || b->group_drifts == NULL || b->drifts == NULL || b->group_drifts_now == NULL ||
      b->drifts_up == NULL || b->group_limits == NULL || b->scores == NULL || b->examination == NULL) {
    lakh_kmeans_bounds_free(b);
    return NULL;
  }
  return b;
}

/* ---- Rows in 16 bits ------------------------------------------------------------------------------------------------------ */

/* The largest power of two up to `limit` > 0, between 2^-60 and 2^30. */
static float power_up_to(double limit) {
  int exponent;
  frexp(limit, &exponent);
  return ldexpf(1, exponent - 1 < -60 ? -60 : exponent - 1 > 30 ? 30 : exponent - 1);
}

/* The smallest power of two that makes the values of some rows whole, or twice `most`. */
static float power_of_values(const lakh_kmeans *self, float most) {
  enum { ROWS = 256 };
  const lakh_matrix x = self->x;
  size_t n = x.rows < ROWS ? x.rows : ROWS;
  float power = 1;
  for (size_t i = 0; i < n; i++) {
    const float *row = x.data + i * x.rows / n * x.cols;
    for (size_t j = 0; j < x.cols && power <= most; j++) {
      float value = row[j] * self->frame.scale - self->frame.shift[j];
      while (power <= most && value * power != rintf(value * power)) power *= 2;
    }
  }
  return power;
}

/* Chooses the powers by which rows and centres are multiplied, such that values fit into 16 bits and scores into 32. Values that
 * few bits hold exactly, such as bytes, get as few, and centres the more. */
static void choose_powers(lakh_kmeans *self) {
  lakh_kmeans_bounds *b = self->bounds;
  size_t cols = self->x.cols;
  double square = 0, largest = 1;
  for (size_t slot = 0; slot < self->x.rows; slot++) square = fmax(square, (double)self->rows->squares[slot]);
  double longest_row = fmax(sqrt(square), 0x1p-30), longest = longest_row;
  for (size_t j = 0; j < cols; j++) largest = fmax(largest, 1 + fabs((double)self->frame.shift[j]));
  for (size_t c = 0; c < self->k && self->init_centers != NULL; c++) {
    double length = 0;
    for (size_t j = 0; j < cols; j++) {
      double value = (double)self->init_centers[c * cols + j] * (double)self->frame.scale - (double)self->frame.shift[j];
      length += value * value;
    }
    longest = fmax(longest, sqrt(length));
  }
  longest *= 1.001;
  longest_row *= 1.001;
  b->longest = (float)longest;
  double most = INT16_MAX / largest, product = INT32_MAX / (longest_row * longest + longest * longest / 2);
  float balanced = power_up_to(fmin(fmin(most, sqrt(product)), sqrt(INT32_MAX) / longest_row));
  float exact = power_of_values(self, balanced);
  b->row_power = fminf(exact, balanced);
  b->center_power = power_up_to(fmin(most, product / (double)b->row_power));
  b->kernel.square = 2 / (b->row_power * b->center_power);
}

bool lakh_kmeans_bounds_build(lakh_kmeans *self, double *work) {
  lakh_kmeans_bounds *b = self->bounds;
  size_t cols = self->x.cols, stride = LAKH_SHORTS * b->kernel.n_vectors;
  if (b->next_row == self->x.rows) return true;
  if (b->next_row == 0) choose_powers(self);
  for (; b->next_row<self->x.rows && * work> 0; b->next_row++) {
    float lost = lakh_shorten_row(self->x.data + b->next_row * cols, cols, self->frame.scale, self->frame.shift, b->row_power,
                                  b->rows + b->next_row * stride, b->squares + b->next_row);
    if (lost > b->row_error) b->row_error = lost;
    *work -= 10 + (double)cols;
  }
  if (b->next_row < self->x.rows) return false;
  /* The longest difference, with room for its own rounding and for that of the frame. */
  b->row_error = sqrtf(b->row_error) * (1 + 0x1p-10f) + sqrtf((float)cols) * 0x1p-22f;
  return true;
}

/* ---- Centres -------------------------------------------------------------------------------------------------------------- */

void lakh_kmeans_bounds_begin_run(lakh_kmeans *self) {
  self->bounds->begun = false;
  self->bounds->n_unsure = 0;
}

/* Writes a centre's record; returns how far it is from the centre, or infinity when it does not fit. */
static double shorten_center(lakh_kmeans *self, size_t center) {
  lakh_kmeans_bounds *b = self->bounds;
  size_t cols = self->x.cols;
  int16_t *record = b->centers + center * b->record, *values = record + LAKH_SHORTS;
  double power = (double)b->center_power, squares = 0, lost = 0;
  for (size_t j = 0; j < cols; j++) {
    double value = self->positions[center * cols + j] * (double)self->frame.scale - (double)self->frame.shift[j];
    double whole = rint(value * power);
    if (!(fabs(whole) <= INT16_MAX)) return HUGE_VAL;
    squares += value * value;
    lost += (value - whole / power) * (value - whole / power);
    values[j] = (int16_t)-whole;
  }
  if (!(sqrt(squares) <= (double)b->longest)) return HUGE_VAL;
  ((int32_t *)(void *)record)[0] = (int32_t)rint(squares / (double)b->kernel.square);
  return sqrt(lost);
}

/* How much scores may be off. */
static bool shorten_centers(lakh_kmeans *self) {
  lakh_kmeans_bounds *b = self->bounds;
  lakh_group_bounds *kernel = &b->kernel;
  double lost = 0;
  for (size_t c = 0; c < self->k; c++) lost = fmax(lost, shorten_center(self, c));
  if (isinf(lost)) return false;
  for (size_t c = self->k; c < (kernel->n_groups + 3) / 4 * 4 * kernel->group_size; c++)
    ((int32_t *)(void *)(b->centers + c * b->record))[0] = INT32_MAX;
  /* 2 x.c is off by 2 |x| lost, and the sum by its own rounding and that of half the square. For two scores of the row itself,
   * not of its short form, that of the row comes in. */
  double square = (double)kernel->square, longest = (double)b->longest, rounding = 0x1p-20 * longest * longest + square;
  kernel->error = (float)(rounding * 1.001);
  kernel->slope = (float)((2 * lost + 0x1p-20 * longest) * 1.001);
  double margin = 2 * (rounding + 2 * (double)b->row_error * (longest + lost)), margin_slope = 2 * (double)kernel->slope;
  kernel->margin = (float)(margin / square * 1.001 + 1);
  kernel->margin_slope = (float)(margin_slope / square * 1.001);
  return true;
}

static void forget_bounds(lakh_kmeans *self) {
  lakh_kmeans_bounds *b = self->bounds;
  size_t lanes = LAKH_SHORTS * b->kernel.n_bound_vectors;
  for (size_t c = 0; c < self->k; c++) b->center_drifts[c] = 0;
  for (size_t g = 0; g < lanes; g++) b->group_drifts[g] = 0;
  for (size_t slot = 0; slot < self->x.rows; slot++) {
    b->uppers[slot] = LAKH_BOUND_MAX;
    for (size_t g = 0; g < lanes; g++)
      b->lowers[slot * lanes + g] = g < b->kernel.n_groups ? -LAKH_BOUND_MAX : LAKH_BOUND_MAX - 1;
  }
}

/* The last move of the centres is held against the bounds. */
static void drift(lakh_kmeans *self) {
  lakh_kmeans_bounds *b = self->bounds;
  size_t group_size = b->kernel.group_size;
  double most = 0;
  for (size_t c = 0; c < self->k; c++) b->center_drifts[c] += (double)(self->center_shifts[c] * b->kernel.units);
  for (size_t g = 0; g < b->kernel.n_groups; g++) {
    float shift = 0;
    for (size_t c = g * group_size; c < (g + 1) * group_size && c < self->k; c++)
      if (self->center_shifts[c] > shift) shift = self->center_shifts[c];
    b->group_drifts[g] += (double)(shift * b->kernel.units);
    most = fmax(most, b->group_drifts[g]);
  }
  if (!(most <= MOST_DRIFT)) forget_bounds(self);
}

static void show_drift(lakh_kmeans *self) {
  lakh_kmeans_bounds *b = self->bounds;
  for (size_t c = 0; c < self->k; c++) {
    b->drifts[c] = (float)b->center_drifts[c];
    b->drifts_up[c] = (int16_t)ceil(b->center_drifts[c]);
  }
  for (size_t g = 0; g < LAKH_SHORTS * b->kernel.n_bound_vectors; g++) {
    b->group_drifts_now[g] = (float)b->group_drifts[g];
    b->group_limits[g] = (int16_t)(ceil(b->group_drifts[g]) + 1);
  }
}

/* From the distances of some rows to the nearest centre. */
static void choose_unit(lakh_kmeans *self) {
  lakh_kmeans_bounds *b = self->bounds;
  lakh_group_bounds *kernel = &b->kernel;
  double sum = 0;
  for (uint32_t i = 0; i < SAMPLED_ROWS; i++) {
    uint32_t slot = (uint32_t)((size_t)i * self->x.rows / SAMPLED_ROWS);
    int32_t least = INT32_MAX;
    for (size_t g = 0; g < kernel->n_groups; g++) {
      lakh_bounds_scores(kernel, slot, g, b->scores);
      for (size_t c = 0; c < kernel->group_size; c++)
        if (b->scores[c] < least) least = b->scores[c];
    }
    double square = (double)b->squares[slot] + (double)least * (double)kernel->square;
    sum += fmax(square, (double)kernel->error);
  }
  kernel->units = (float)(UNITS / sqrt(sum / SAMPLED_ROWS));
  kernel->row_error = b->row_error * kernel->units * (1 + 0x1p-20f);
  forget_bounds(self);
}

bool lakh_kmeans_bounds_begin(lakh_kmeans *self) {
  lakh_kmeans_bounds *b = self->bounds;
  b->kernel.labels = self->slot_labels;
  if (b->n_unsure * MOST_UNSURE > self->x.rows || !shorten_centers(self)) return false;
  b->first = !b->begun;
  b->begun = true;
  if (b->first)
    choose_unit(self);
  else
    drift(self);
  show_drift(self);
  return true;
}

/* ---- Rows in doubt --------------------------------------------------------------------------------------------------------- */

/* The nearest of the centres that were considered. */
typedef struct choice {
  int32_t center;
  double distance; /* known when there are two and more */
  size_t n;
} choice;

static double distance_of(const lakh_kmeans *self, size_t slot, int32_t center) {
  size_t cols = self->x.cols;
  return lakh_squared_distance(self->x.data + slot * cols, self->positions + (size_t)center * cols, cols);
}

static void consider(const lakh_kmeans *self, size_t slot, int32_t center, choice *best) {
  if (best->n++ == 0) {
    best->center = center;
    return;
  }
  if (best->n == 2) best->distance = distance_of(self, slot, best->center);
  double distance = distance_of(self, slot, center);
  if (distance > best->distance || (distance == best->distance && center > best->center)) return;
  best->center = center;
  best->distance = distance;
}

/* The nearest centre, of all whose scores are too close to the least. */
static int32_t nearest(lakh_kmeans *self, size_t slot, size_t i) {
  lakh_kmeans_bounds *b = self->bounds;
  const lakh_examination *e = b->examination;
  size_t group_size = b->kernel.group_size;
  int32_t label = self->slot_labels[slot];
  double bar = fmin(e->own[i], e->least[i]) + (double)e->margins[i];
  choice best = {.n = 0};
  if (e->own[i] <= bar) consider(self, slot, label, &best);
  const int32_t *least = e->scores + e->first[i];
  for (uint32_t groups = e->groups[i]; groups != 0; groups &= groups - 1, least++) {
    if (!(*least <= bar)) continue;
    size_t group = (size_t)__builtin_ctz(groups), begin = group * group_size;
    lakh_bounds_scores(&b->kernel, slot, group, b->scores);
    for (size_t c = 0; c < group_size && begin + c < self->k; c++)
      if (b->scores[c] <= bar && (int32_t)(begin + c) != label) consider(self, slot, (int32_t)(begin + c), &best);
  }
  if (b->first) b->n_unsure += best.n > 1;
  return best.center;
}

/* The bounds of a row whose label changes: the new one leaves its group, the old one comes back to its own. */
static void exchange(lakh_kmeans *self, size_t slot, size_t i, int32_t now) {
  lakh_kmeans_bounds *b = self->bounds;
  const lakh_examination *e = b->examination;
  size_t group_size = b->kernel.group_size, group = (size_t)now / group_size;
  int32_t old = self->slot_labels[slot], least = INT32_MAX;
  lakh_bounds_scores(&b->kernel, slot, group, b->scores);
  lakh_bounds_set_upper(&b->kernel, slot, now, b->scores[(size_t)now % group_size]);
  for (size_t c = 0; c < group_size; c++)
    if (c != (size_t)now % group_size && b->scores[c] < least) least = b->scores[c];
  lakh_bounds_set_lower(&b->kernel, slot, group, least);
  if ((size_t)old / group_size == group) return;
  least = e->own[i];
  group = (size_t)old / group_size;
  const int32_t *scored = e->scores + e->first[i];
  for (uint32_t groups = e->groups[i]; groups != 0; groups &= groups - 1, scored++)
    if ((size_t)__builtin_ctz(groups) == group && *scored < least) least = *scored;
  lakh_bounds_set_lower(&b->kernel, slot, group, least);
}

static void decide(lakh_kmeans *self, size_t i) {
  size_t slot = self->bounds->examination->slots[i];
  int32_t label = nearest(self, slot, i);
  if (label == self->slot_labels[slot]) return;
  exchange(self, slot, i, label);
  lakh_kmeans_move_row(self, slot, label);
  self->n_changed++;
}

bool lakh_kmeans_bounds_label(lakh_kmeans *self, double *work) {
  const lakh_group_bounds *kernel = &self->bounds->kernel;
  lakh_examination *e = self->bounds->examination;
  size_t n_rows = self->x.rows;
  double work_a_doubt = (double)(self->x.cols * (self->bounds->first ? self->k : 4)) / 2 + WORK_A_DOUBT;
  for (; self->next_block * LAKH_BOUND_ROWS<n_rows && * work> 0; self->next_block++) {
    size_t begin = self->next_block * LAKH_BOUND_ROWS, end = begin + LAKH_BOUND_ROWS;
    e->n = lakh_bounds_list(kernel, begin, end < n_rows ? end : n_rows, e->slots);
    lakh_bounds_examine(kernel, e);
    for (size_t i = 0; i < e->n_open; i++) decide(self, e->open[i]);
    *work -= LAKH_BOUND_ROWS * WORK_A_LOOK + (double)e->n * work_a_doubt;
  }
  return self->next_block * LAKH_BOUND_ROWS >= n_rows;
}

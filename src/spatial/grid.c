#include "spatial/grid.h"

#include "base/alloc.h"
#include "kernels/quantise.h"
#include "kernels/range.h"

#include <math.h>
#include <string.h>

enum {
  ROWS_A_CELL = 32,  /* on average, at least: measured on photos with k = 5 and 16; half as many take a quarter longer */
  MAX_KEY_BITS = 18, /* a table of 1 MB */
  MOST_ROWS = 4096,  /* in a cell: fuller ones are cut, so that work on a cell is bounded */
  CHUNK = 256,       /* rows quantised at a time, on the stack */
};

typedef enum phase { MEASURE, COUNT, PLACE, SUMMARISE } phase;

typedef struct lakh_grid_builder {
  phase phase;
  size_t next; /* row, or cell, with which the phase goes on */
  lakh_matrix x;
  const float *weights;
  float scale;
  float shift[LAKH_FEW_COLUMNS];
  float low[LAKH_FEW_COLUMNS], high[LAKH_FEW_COLUMNS];
  lakh_axis axes[LAKH_FEW_COLUMNS];
  uint32_t *spread[LAKH_FEW_COLUMNS]; /* place on an axis -> its bits of the key */
  uint32_t *spread_block;
  unsigned key_bits;
  unsigned joined;  /* low bits dropped from the keys */
  uint32_t *keys;   /* one a row */
  uint32_t *counts; /* one a key: rows; later the slot for the next row */
} builder;

static void free_builder(lakh_grid *grid) {
  builder *self = grid->builder;
  if (self == NULL) return;
  lakh_free(self->spread_block);
  lakh_free(self->keys);
  lakh_free(self->counts);
  lakh_free(self);
  grid->builder = NULL;
}

void lakh_grid_free(lakh_grid *grid) {
  free_builder(grid);
  lakh_free(grid->first);
  lakh_free(grid->sizes);
  lakh_free(grid->rows);
  lakh_free(grid->lanes);
  lakh_free(grid->weights);
  lakh_free(grid->sums);
  lakh_free(grid->middles);
  lakh_free(grid->halves);
  lakh_free(grid->norms);
  *grid = (lakh_grid){0};
}

lakh_status lakh_grid_begin(lakh_grid *grid, lakh_matrix x, const float *weights, float scale, const float *shift) {
  *grid = (lakh_grid){.cols = x.cols};
  if (x.rows > UINT32_MAX / 8) return LAKH_BAD_ARGUMENT;
  builder *self = grid->builder = lakh_alloc_zeroed(1, sizeof *self);
  if (self == NULL) return LAKH_NO_MEMORY;
  self->x = x;
  self->weights = weights;
  self->scale = scale;
  for (size_t j = 0; j < x.cols; j++) {
    self->shift[j] = shift[j];
    self->low[j] = (float)HUGE_VAL;
    self->high[j] = -(float)HUGE_VAL;
  }
  while (self->key_bits < MAX_KEY_BITS && x.rows >> (self->key_bits + 1) != 0) self->key_bits++;
  self->keys = lakh_alloc(x.rows, sizeof(uint32_t));
  self->counts = lakh_alloc_zeroed((size_t)1 << self->key_bits, sizeof(uint32_t));
  return self->keys != NULL && self->counts != NULL ? LAKH_OK : LAKH_NO_MEMORY;
}

/* Decides across which column each halving goes, and tabulates what each place on an axis adds to the key. */
static lakh_status cut_axes(builder *self) {
  size_t cols = self->x.cols, places = 0;
  unsigned column_of_bit[MAX_KEY_BITS] = {0}, bits[LAKH_FEW_COLUMNS] = {0};
  float width[LAKH_FEW_COLUMNS];
  for (size_t j = 0; j < cols; j++) width[j] = self->high[j] * self->scale - self->low[j] * self->scale;
  /* Differences so small that their squares vanish are not worth a cut. */
  const float least_width = 1e-18f;
  unsigned cuts = 0;
  for (; cuts < self->key_bits; cuts++) {
    unsigned widest = 0;
    for (unsigned j = 1; j < cols; j++)
      if (width[j] > width[widest]) widest = j;
    if (width[widest] < least_width) break;
    column_of_bit[cuts] = widest;
    width[widest] /= 2;
    bits[widest]++;
  }
  self->key_bits = cuts;
  for (size_t j = 0; j < cols; j++) places += (size_t)1 << bits[j];
  uint32_t *block = self->spread_block = lakh_alloc_zeroed(places, sizeof(uint32_t));
  if (block == NULL) return LAKH_NO_MEMORY;
  for (size_t j = 0; j < cols; j++) {
    size_t n_places = (size_t)1 << bits[j];
    float range = self->high[j] * self->scale - self->low[j] * self->scale;
    self->axes[j] =
        (lakh_axis){self->scale, self->low[j] * self->scale, bits[j] > 0 ? (float)n_places / range : 0, (int32_t)n_places - 1};
    self->spread[j] = block;
    unsigned bit_of_place = bits[j];
    for (unsigned cut = 0; cut < cuts; cut++) {
      if (column_of_bit[cut] != j) continue;
      bit_of_place--;
      for (size_t place = 0; place < n_places; place++)
        block[place] |= (uint32_t)(place >> bit_of_place & 1) << (cuts - 1 - cut);
    }
    block += n_places;
  }
  return LAKH_OK;
}

static inline __attribute__((always_inline)) void count_places(builder *self, size_t row, size_t n, const int32_t *places,
                                                               const size_t cols) {
  uint32_t *keys = self->keys + row, *counts = self->counts;
  const uint32_t *spread[LAKH_FEW_COLUMNS];
  for (size_t j = 0; j < cols; j++) spread[j] = self->spread[j];
  for (size_t i = 0; i < n; i++) {
    uint32_t key = 0;
    for (size_t j = 0; j < cols; j++) key |= spread[j][places[i * cols + j]];
    keys[i] = key;
    counts[key]++;
  }
}

static void count_rows(builder *self, size_t begin, size_t end) {
  size_t cols = self->x.cols;
  int32_t places[CHUNK * LAKH_FEW_COLUMNS];
  for (size_t row = begin; row < end; row += CHUNK) {
    size_t n = end - row < CHUNK ? end - row : CHUNK;
    lakh_quantise(self->x.data + row * cols, n, cols, self->axes, places);
    if (cols == 3)
      count_places(self, row, n, places, 3);
    else
      count_places(self, row, n, places, cols);
  }
}

static size_t occupied(const uint32_t *counts, size_t n) {
  size_t total = 0;
  for (size_t i = 0; i < n; i++) total += (counts[i] + MOST_ROWS - 1) / MOST_ROWS;
  return total;
}

/* Joins cells in pairs until they are full enough, and gives each its place among the groups. */
static lakh_status lay_out(lakh_grid *grid) {
  builder *self = grid->builder;
  size_t n_keys = (size_t)1 << self->key_bits;
  uint32_t *counts = self->counts;
  grid->n_cells = occupied(counts, n_keys);
  while (n_keys > 1 && grid->n_cells * ROWS_A_CELL > self->x.rows) {
    n_keys /= 2;
    for (size_t i = 0; i < n_keys; i++) counts[i] = counts[2 * i] + counts[2 * i + 1];
    grid->n_cells = occupied(counts, n_keys);
    self->joined++;
  }
  grid->first = lakh_alloc(grid->n_cells + 1, sizeof(uint32_t));
  grid->sizes = lakh_alloc(grid->n_cells, sizeof(uint32_t));
  if (grid->first == NULL || grid->sizes == NULL) return LAKH_NO_MEMORY;
  size_t cell = 0, groups = 0;
  for (size_t key = 0; key < n_keys; key++) {
    uint32_t size = counts[key];
    counts[key] = (uint32_t)(groups * LAKH_LANES);
    for (uint32_t left = size; left > 0; cell++) {
      uint32_t part = left < MOST_ROWS ? left : MOST_ROWS;
      grid->first[cell] = (uint32_t)groups;
      grid->sizes[cell] = part;
      groups += (part + LAKH_LANES - 1) / LAKH_LANES;
      left -= part;
    }
  }
  grid->first[cell] = (uint32_t)groups;
  grid->n_groups = groups;
  grid->n_box_groups = (grid->n_cells + LAKH_LANES - 1) / LAKH_LANES;
  grid->rows = lakh_alloc(groups, LAKH_LANES * sizeof(uint32_t));
  grid->lanes = lakh_alloc(groups, LAKH_LANES * grid->cols * sizeof(float));
  grid->weights = lakh_alloc(groups, LAKH_LANES * sizeof(float));
  grid->sums = lakh_alloc(grid->n_cells, (2 + grid->cols) * sizeof(double));
  grid->middles = lakh_alloc_zeroed(grid->n_box_groups, LAKH_LANES * grid->cols * sizeof(float));
  grid->halves = lakh_alloc_zeroed(grid->n_box_groups, LAKH_LANES * grid->cols * sizeof(float));
  grid->norms = lakh_alloc_zeroed(grid->n_box_groups, LAKH_LANES * sizeof(float));
  bool complete = grid->rows != NULL && grid->lanes != NULL && grid->weights != NULL && grid->sums != NULL &&
                  grid->middles != NULL && grid->halves != NULL && grid->norms != NULL;
  return complete ? LAKH_OK : LAKH_NO_MEMORY;
}

/* `cols` is a constant where it matters, so that this becomes straight code for pixels. */
static inline __attribute__((always_inline)) void place_rows_of(lakh_grid *grid, size_t begin, size_t end, const size_t cols) {
  builder *self = grid->builder;
  const unsigned joined = self->joined;
  const float scale = self->scale, *weights = self->weights;
  const uint32_t *keys = self->keys;
  uint32_t *next = self->counts, *rows = grid->rows;
  float *lanes = grid->lanes, *lane_weights = grid->weights;
  float shift[LAKH_FEW_COLUMNS];
  for (size_t j = 0; j < cols; j++) shift[j] = self->shift[j];
  for (size_t row = begin; row < end; row++) {
    uint32_t slot = next[keys[row] >> joined]++;
    const float *values = self->x.data + row * cols;
    float *lane = lanes + (size_t)(slot / LAKH_LANES) * LAKH_LANES * cols + slot % LAKH_LANES;
    for (size_t j = 0; j < cols; j++) lane[j * LAKH_LANES] = values[j] * scale - shift[j];
    rows[slot] = (uint32_t)row;
    lane_weights[slot] = weights != NULL ? weights[row] : 1;
  }
}

static void place_rows(lakh_grid *grid, size_t begin, size_t end) {
  if (grid->cols == 3)
    place_rows_of(grid, begin, end, 3);
  else
    place_rows_of(grid, begin, end, grid->cols);
}

/* Fills up the last group of a cell. */
static void pad(lakh_grid *grid, size_t cell) {
  size_t begin = (size_t)grid->first[cell] * LAKH_LANES + grid->sizes[cell];
  size_t end = (size_t)grid->first[cell + 1] * LAKH_LANES;
  float *group = grid->lanes + (end - LAKH_LANES) * grid->cols;
  for (size_t slot = begin; slot < end; slot++) {
    grid->rows[slot] = grid->rows[begin - 1];
    grid->weights[slot] = 0;
    for (size_t j = 0; j < grid->cols; j++)
      group[j * LAKH_LANES + slot % LAKH_LANES] = group[j * LAKH_LANES + (begin - 1) % LAKH_LANES];
  }
}

static void summarise(lakh_grid *grid, size_t cell) {
  size_t cols = grid->cols, first = grid->first[cell];
  float low[LAKH_FEW_COLUMNS], high[LAKH_FEW_COLUMNS];
  pad(grid, cell);
  lakh_lanes_summary(grid->lanes + first * LAKH_LANES * cols, grid->first[cell + 1] - first, cols,
                     grid->weights + first * LAKH_LANES, low, high, grid->sums + cell * (2 + cols));
  float squared_norm = 0;
  size_t place = cell / LAKH_LANES * LAKH_LANES * cols + cell % LAKH_LANES;
  for (size_t j = 0; j < cols; j++) {
    /* The half width is rounded up: middle +- half covers the box. */
    float middle = (low[j] + high[j]) / 2;
    float half = fmaxf(high[j] - middle, middle - low[j]) * (1 + 0x1p-22f);
    float farthest = fabsf(middle) + half;
    grid->middles[place + j * LAKH_LANES] = middle;
    grid->halves[place + j * LAKH_LANES] = half;
    squared_norm += farthest * farthest;
  }
  grid->norms[cell] = sqrtf(squared_norm) * (1 + 0x1p-20f);
}

static lakh_status enter(lakh_grid *grid, phase next) {
  builder *self = grid->builder;
  self->phase = next;
  self->next = 0;
  if (next == COUNT) return cut_axes(self);
  if (next == PLACE) return lay_out(grid);
  return LAKH_OK;
}

lakh_status lakh_grid_build(lakh_grid *grid, size_t n_rows) {
  while (grid->builder != NULL && n_rows > 0) {
    builder *self = grid->builder;
    size_t all = self->phase == SUMMARISE ? grid->n_cells : self->x.rows;
    size_t most = self->phase == SUMMARISE ? n_rows / ROWS_A_CELL + 1 : n_rows;
    size_t begin = self->next, end = all - begin < most ? all : begin + most;
    switch (self->phase) {
    case MEASURE:
      lakh_range_of_columns(self->x.data + begin * grid->cols, end - begin, grid->cols, self->low, self->high);
      break;
    case COUNT:
      count_rows(self, begin, end);
      break;
    case PLACE:
      place_rows(grid, begin, end);
      break;
    case SUMMARISE:
      for (size_t cell = begin; cell < end; cell++) summarise(grid, cell);
    }
    self->next = end;
    n_rows -= self->phase == SUMMARISE ? n_rows : end - begin;
    if (end < all) continue;
    if (self->phase == SUMMARISE)
      free_builder(grid);
    else if (enter(grid, self->phase + 1) != LAKH_OK)
      return LAKH_NO_MEMORY;
  }
  return grid->builder == NULL ? LAKH_DONE : LAKH_MORE;
}

/* A grid over rows of few columns: rows that are close lie together, in cells with known bounds.
 *
 * The range of the data is halved again and again, each time across the column in which cells are widest, so that cells are
 * about as wide in each column. The choices of a row, first halving first, are the bits of its key: a space-filling order in
 * which dropping the last bit joins the two halves of the last cut. Rows are counted by key, pairs of cells are joined until
 * the cells that are not empty hold LAKH_GRID_ROWS rows on average, and the rows are then put in their places: a counting sort.
 *
 * Time: O(n cols), a few passes. Memory: (cols + 3) * 4 bytes a row. */
#ifndef LAKH_SPATIAL_GRID_H
#define LAKH_SPATIAL_GRID_H

#include "kernels/lanes.h"
#include "lakh.h"

typedef struct lakh_grid {
  size_t cols;
  size_t n_cells;
  size_t n_groups;
  uint32_t *first; /* n_cells + 1: the rows of cell c are the groups first[c] .. first[c + 1] - 1 */
  uint32_t *sizes; /* n_cells: its rows; the last group is filled up with copies of the last row, which weigh nothing */
  uint32_t *rows;  /* 4 * n_groups: which row of the table it is */
  float *lanes;    /* the rows, value * scale - shift, as kernels/lanes.h has them */
  float *weights;  /* 4 * n_groups */
  double *sums;    /* n_cells x (2 + cols): the cell's weight, its weighted sum of rows, and of their squared lengths */

  /* The cells' bounding boxes, in lanes too. */
  size_t n_box_groups;
  float *middles;
  float *halves;
  float *norms; /* no row of the cell is longer */

  struct lakh_grid_builder *builder; /* NULL when built */
} lakh_grid;

/* Begins a grid of the rows of `x` (1..LAKH_FEW_COLUMNS columns), weighed by `weights` or, when NULL, equally. `x` and `weights`
 * are read until it is built. |x * scale| must be at most about 1. */
lakh_status lakh_grid_begin(lakh_grid *grid, lakh_matrix x, const float *weights, float scale, const float *shift);

/* Goes on with about `n_rows` rows. LAKH_DONE when the grid is built. */
lakh_status lakh_grid_build(lakh_grid *grid, size_t n_rows);

/* Also of a half-built grid, and of one that is all zero. */
void lakh_grid_free(lakh_grid *grid);

#endif

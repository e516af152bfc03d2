/* The rows of a k-means problem in the form in which they are worked on.
 *
 * The frame. Values are multiplied by a power of two so that the largest is near 1, and columns whose mean is far from 0 for
 * their spread are shifted by a multiple of a power of two near that spread. Both are exact for all data that leave the
 * difference a few bits (bytes, whole numbers, an offset of 1e6 with a spread of 1), squares neither overflow nor vanish, and
 * little is lost to large means. Distances in the frame decide nothing by themselves: see cluster/nearest.h.
 *
 * The layout. Rows lie in lanes (kernels/lanes.h), cut into blocks: the cells of a grid when there are few columns, otherwise 64
 * rows in their own order. */
#ifndef LAKH_CLUSTER_KMEANS_ROWS_H
#define LAKH_CLUSTER_KMEANS_ROWS_H

#include "spatial/grid.h"

typedef struct lakh_frame {
  float scale;
  float *shift; /* cols; in scaled units */
} lakh_frame;

/* The frame for `x`, whose values are at most max_abs in magnitude. Reads up to 256 of its rows. */
lakh_status lakh_frame_create(lakh_matrix x, float max_abs, lakh_frame *frame);
void lakh_frame_free(lakh_frame *frame);

/* The line of a centre (kernels/lanes.h): |c|^2, then -2 c, with c moved into the frame. Returns |c|. */
float lakh_frame_line(const lakh_frame *frame, const double *center, size_t cols, float *line);

/* Added to the error of scores in the frame: below it numbers lose digits by being too small. */
#define LAKH_LEAST_ERROR 0x1p-120f

typedef struct lakh_kmeans_rows {
  lakh_matrix x; /* as the caller has it */
  const float *sample_weight;
  const lakh_frame *frame;

  bool few; /* columns: blocks are the cells of `grid` */
  lakh_grid grid;

  size_t n_groups;
  size_t n_blocks;
  float *lanes;
  float *weights;
  float *squares;    /* |row|^2 in the frame; NULL when few */
  double square_sum; /* weighted */
  size_t next_group; /* packing goes on here */
} lakh_kmeans_rows;

/* Begins to bring `x` into its form, in a grid when `few` (at most LAKH_FEW_COLUMNS columns). All must outlive `rows`. */
lakh_status lakh_kmeans_rows_begin(lakh_kmeans_rows *rows, lakh_matrix x, const float *sample_weight, const lakh_frame *frame,
                                   bool few);
/* Goes on with about n_rows rows; LAKH_DONE when all is ready. */
lakh_status lakh_kmeans_rows_build(lakh_kmeans_rows *rows, size_t n_rows);
void lakh_kmeans_rows_free(lakh_kmeans_rows *rows);

enum { LAKH_BLOCK_GROUPS = 16 };

static inline size_t lakh_block_begin(const lakh_kmeans_rows *rows, size_t block) {
  if (rows->few) return rows->grid.first[block];
  size_t begin = block * LAKH_BLOCK_GROUPS;
  return begin < rows->n_groups ? begin : rows->n_groups;
}

/* The caller's row in a slot (group * 4 + lane); slots that fill up a group name a row that has a slot of its own. */
static inline size_t lakh_row_of_slot(const lakh_kmeans_rows *rows, size_t slot) {
  if (rows->few) return rows->grid.rows[slot];
  return slot < rows->x.rows ? slot : rows->x.rows - 1;
}

static inline float lakh_value_in_slot(const lakh_kmeans_rows *rows, size_t slot, size_t col) {
  return rows->lanes[(slot / LAKH_LANES * rows->x.cols + col) * LAKH_LANES + slot % LAKH_LANES];
}

#endif

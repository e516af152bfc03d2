/* The single-precision matrix product C = A B, in all transpose cases. */
#ifndef LAKH_KERNELS_MATMUL_H
#define LAKH_KERNELS_MATMUL_H

#include <stdbool.h>
#include <stddef.h>

typedef struct lakh_matmul_shape {
  size_t rows;       /* of A and C */
  size_t cols;       /* of B and C */
  size_t depth;      /* columns of A, rows of B: the length of the sums */
  bool a_transposed; /* A is stored depth x rows instead of rows x depth */
  bool b_transposed; /* B is stored cols x depth instead of depth x cols */
} lakh_matmul_shape;

typedef struct lakh_matmul_finish {
  bool accumulate;   /* C += A B instead of C = A B */
  const float *bias; /* cols values added to every row of C, or NULL */
  bool relu;         /* negative elements become 0, after the bias */
} lakh_matmul_finish;

/* How many floats of workspace a product of this shape wants: at least 1, and enough for every smaller shape of the same case. */
size_t lakh_matmul_workspace(const lakh_matmul_shape *shape);

/* Computes C = A B. a_stride, b_stride, c_stride are the distances in floats between the stored rows of A, B, C. C overlaps
 * neither A nor B. `workspace` has lakh_matmul_workspace(shape) floats. Every element is summed in an order that the shape alone
 * decides. Values are finite: a zero times an infinity may count as nothing. */
void lakh_matmul(const lakh_matmul_shape *shape, const float *a, size_t a_stride, const float *b, size_t b_stride, float *c,
                 size_t c_stride, lakh_matmul_finish finish, float *workspace);

#endif

/* What the benchmark measures the matrix product against: the loops over register blocks of several sizes, bare. Each multiplies one
 * panel of rows by one panel of columns that lie in the first-level cache, and stores the block, over and over: no product can be
 * faster than the fastest of them, for it does all that and more. */
#include <stdint.h>
#include <wasm_simd128.h>

#include "kernels/matmul.h"

#define EXPORT(name) __attribute__((export_name(#name)))

enum {
  MAX_SIDE = 1024,
  MAX_FLOATS = MAX_SIDE * MAX_SIDE,
  MAX_BLOCK = 8 * 16,
};

static float a[MAX_FLOATS], b[MAX_FLOATS], c[MAX_FLOATS], workspace[MAX_FLOATS];

/* block (rows x 4 vectors) = panel of rows times panel of vectors; the counts are constants where this is called, so that the sums
 * become registers. */
static inline __attribute__((always_inline)) void multiply(int rows, int vectors, const float *x, const float *y, size_t depth,
                                                           float *block) {
  v128_t sums[MAX_BLOCK / 4];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows * vectors; i++) sums[i] = wasm_f32x4_splat(0);
  const float *end = y + 4 * (size_t)vectors * depth;
#pragma clang loop unroll(disable)
  for (; y != end; x += rows, y += 4 * vectors) {
    v128_t cols[4];
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) cols[j] = wasm_v128_load(y + 4 * j);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      v128_t row = wasm_v128_load32_splat(x + i);
#pragma clang loop unroll(full)
      for (int j = 0; j < vectors; j++) {
        sums[i * vectors + j] = wasm_f32x4_add(sums[i * vectors + j], wasm_f32x4_mul(row, cols[j]));
      }
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows * vectors; i++) wasm_v128_store(block + 4 * i, sums[i]);
}

/* What is known to the compiler in the product is known here too: neither addresses nor depth. */
#define LOOP(rows, vectors)                                                                                                    \
  static __attribute__((noinline)) void loop_##rows##x##vectors(const float *x, const float *y, size_t depth, float *block) {  \
    multiply(rows, vectors, x, y, depth, block);                                                                               \
  }
LOOP(2, 2)
LOOP(2, 3)
LOOP(2, 4)
LOOP(3, 2)
LOOP(3, 3)
LOOP(4, 2)
LOOP(4, 3)
LOOP(5, 2)
LOOP(6, 1)
LOOP(6, 2)
LOOP(8, 1)

static const struct {
  void (*run)(const float *, const float *, size_t, float *);
  int32_t rows, vectors;
} loops[] = {
    {loop_2x2, 2, 2}, {loop_2x3, 2, 3}, {loop_2x4, 2, 4}, {loop_3x2, 3, 2}, {loop_3x3, 3, 3}, {loop_4x2, 4, 2},
    {loop_4x3, 4, 3}, {loop_5x2, 5, 2}, {loop_6x1, 6, 1}, {loop_6x2, 6, 2}, {loop_8x1, 8, 1},
};

EXPORT(loop_count) int32_t loop_count(void) { return sizeof loops / sizeof loops[0]; }
EXPORT(loop_rows) int32_t loop_rows(int32_t loop) { return loops[loop].rows; }
EXPORT(loop_cols) int32_t loop_cols(int32_t loop) { return 4 * loops[loop].vectors; }

EXPORT(run_loop) void run_loop(int32_t loop, int32_t depth, int32_t times) {
  for (int32_t i = 0; i < times; i++) loops[loop].run(a, b, (size_t)depth, c);
}

EXPORT(fill) void fill(void) {
  for (int32_t i = 0; i < MAX_FLOATS; i++) a[i] = b[i] = (float)(i % 7 - 3) / 4;
}

/* Operands stored without gaps. */
EXPORT(run_product)
void run_product(int32_t rows, int32_t cols, int32_t depth, int32_t a_transposed, int32_t b_transposed, int32_t times) {
  lakh_matmul_shape shape = {(size_t)rows, (size_t)cols, (size_t)depth, a_transposed != 0, b_transposed != 0};
  size_t a_stride = (size_t)(a_transposed ? rows : depth), b_stride = (size_t)(b_transposed ? depth : cols);
  for (int32_t i = 0; i < times; i++) {
    lakh_matmul(&shape, a, a_stride, b, b_stride, c, shape.cols, (lakh_matmul_finish){0}, workspace);
  }
}

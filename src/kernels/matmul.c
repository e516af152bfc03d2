/* The single-precision matrix product (Goto & van de Geijn, "Anatomy of high-performance matrix multiplication", 2008).
 *
 * C is computed in tiles of 4 x 8 that stay in registers while the depth runs past: each step loads 8 values of B, spreads 4
 * values of A over a vector each, and does 8 vector multiplications and 8 additions. That is 8 sums, 2 vectors of B, 1 of A and
 * 1 product: 12 live vectors of the 15 that V8 gives on x86-64. A and B are copied first into panels of 4 rows and 8 columns in
 * the order in which the tile reads them, which also settles transposition and pads odd edges with zeros: a block of A once,
 * which then stays in the second-level cache, and each panel of B just before it meets that block, in the first-level cache.
 *
 * Narrow products whose operands both run along the depth (a layer with a few outputs) would spend their time copying. They are
 * summed straight from memory, in blocks of 4 x 2 dot products with the vector along the depth: the same 16 operations a step.
 *
 * Bound: 16 operations of 4 lanes a step, of which an x86-64 core of 2022 (Zen 4) can begin 4 a clock. In V8 11 on such a core
 * under load the bare loop over one pair of panels did 47 GFLOP/s in one thread; the product reaches 96-100 % of that at 256^3
 * and above and at 128 x 784 x 256 in all four cases, 85 % at 64^3, 70 % where narrow (128 x 4 x 256).
 *
 * Where a panel is zero throughout a step of the depth, as pictures of digits are around the digit, the step is skipped: a product
 * with zero adds nothing. Of four images side by side, half of the steps may be left, of eight neighbouring pixels a third.
 *
 * An element's sum runs over the depth in order (narrow products: in four interleaved sums), block by block; which way and which
 * blocks follows from the shape. Multiplication and addition stay separate, since WebAssembly's fused one may or may not fuse.
 */
#include "kernels/matmul.h"

#include "base/sizes.h"
#include "kernels/simd.h"

#include <stdint.h>
#include <string.h>

enum {
  TILE_ROWS = 4,
  TILE_COLS = 8,
  /* A panel of B is 8 x 320 floats = 10 KB and one of A 5 KB: together under half of a 32 KB cache. */
  BLOCK_DEPTH = 320,
  BLOCK_ROWS = 256, /* 256 x 320 floats = 320 KB, for a second-level cache of 512 KB and more */
  NARROW = 4,       /* a side up to this makes a product narrow: copying would cost as much as multiplying */
};

static size_t round_up(size_t value, size_t multiple) { return (value + multiple - 1) / multiple * multiple; }

/* Equal blocks instead of full ones and a rest: 784 is cut into 264 + 264 + 256. */
static size_t depth_of_block(size_t depth) {
  size_t blocks = (depth + BLOCK_DEPTH - 1) / BLOCK_DEPTH;
  return blocks <= 1 ? depth : round_up((depth + blocks - 1) / blocks, 8);
}

static bool is_narrow(const lakh_matmul_shape *shape) {
  return !shape->a_transposed && shape->b_transposed && (shape->cols <= NARROW || shape->rows <= NARROW);
}

/* ---- Panels ------------------------------------------------------------------------------------------------------------ */

/* panel[k * width + i] = source[i * stride + k], zero for count <= i < width: for operands stored along the depth. */
static void pack_across(float *panel, size_t width, const float *source, size_t stride, size_t count, size_t depth) {
  for (size_t first = 0; first < width; first += 4) {
    float *out = panel + first;
    size_t k = 0;
    if (first + 4 <= count) {
      const float *rows = source + first * stride;
      for (; k + 4 <= depth; k += 4) {
        v128_t r0 = wasm_v128_load(rows + k), r1 = wasm_v128_load(rows + stride + k);
        v128_t r2 = wasm_v128_load(rows + 2 * stride + k), r3 = wasm_v128_load(rows + 3 * stride + k);
        v128_t low01 = wasm_i32x4_shuffle(r0, r1, 0, 4, 1, 5), high01 = wasm_i32x4_shuffle(r0, r1, 2, 6, 3, 7);
        v128_t low23 = wasm_i32x4_shuffle(r2, r3, 0, 4, 1, 5), high23 = wasm_i32x4_shuffle(r2, r3, 2, 6, 3, 7);
        wasm_v128_store(out + k * width, wasm_i64x2_shuffle(low01, low23, 0, 2));
        wasm_v128_store(out + (k + 1) * width, wasm_i64x2_shuffle(low01, low23, 1, 3));
        wasm_v128_store(out + (k + 2) * width, wasm_i64x2_shuffle(high01, high23, 0, 2));
        wasm_v128_store(out + (k + 3) * width, wasm_i64x2_shuffle(high01, high23, 1, 3));
      }
    }
    for (; k < depth; k++) {
      for (size_t i = 0; i < 4; i++) out[k * width + i] = first + i < count ? source[(first + i) * stride + k] : 0;
    }
  }
}

/* panel[k * width + i] = source[k * stride + i], zero for count <= i < width: for operands stored across the depth. */
static void pack_along(float *panel, size_t width, const float *source, size_t stride, size_t count, size_t depth) {
  if (count == width) {
    for (size_t k = 0; k < depth; k++) {
      for (size_t i = 0; i < width; i += 4) wasm_v128_store(panel + k * width + i, wasm_v128_load(source + k * stride + i));
    }
    return;
  }
  for (size_t k = 0; k < depth; k++) {
    for (size_t i = 0; i < width; i++) panel[k * width + i] = i < count ? source[k * stride + i] : 0;
  }
}

/* One panel: `count` <= width rows of A or columns of B, the first of which begins at `source`. */
static void pack(float *panel, size_t width, const float *source, size_t stride, bool along_depth, size_t count, size_t depth) {
  if (along_depth) {
    pack_across(panel, width, source, stride, count, depth);
  } else {
    pack_along(panel, width, source, stride, count, depth);
  }
}

/* ---- Zeros ------------------------------------------------------------------------------------------------------------- */

static inline bool is_zero(const float *panel, size_t width) {
  v128_t any = wasm_f32x4_ne(wasm_v128_load(panel), wasm_f32x4_splat(0));
  if (width > 4) any = wasm_v128_or(any, wasm_f32x4_ne(wasm_v128_load(panel + 4), wasm_f32x4_splat(0)));
  return !wasm_v128_any_true(any);
}

/* Lists the steps of the depth, each times TILE_ROWS, at which a panel is not zero throughout, and returns how many there are, or
 * the whole depth when the others are too few to make skipping them worth it. Most panels have no zeros to speak of, which every
 * eighth step is enough to see. */
static size_t find_occupied(const float *panel, size_t width, size_t depth, uint16_t *steps) {
  size_t looks = 0, zeros = 0, count = 0;
  for (size_t k = 0; k < depth; k += 8, looks++) zeros += is_zero(panel + k * width, width);
  if (zeros * 8 < looks) return depth;
  for (size_t k = 0; k < depth; k++) {
    steps[count] = (uint16_t)(k * TILE_ROWS);
    count += !is_zero(panel + k * width, width);
  }
  return count * 8 <= depth * 7 ? count : depth;
}

/* ---- Tiles ------------------------------------------------------------------------------------------------------------- */

/* The sums of one tile: 4 rows of two vectors. */
typedef struct sums {
  v128_t s00, s01, s10, s11, s20, s21, s30, s31;
} sums;

/* One step of the depth. */
static inline sums add_products(sums s, const float *a, const float *b) {
  v128_t b0 = wasm_v128_load(b), b1 = wasm_v128_load(b + 4);
  v128_t a0 = wasm_v128_load32_splat(a), a1 = wasm_v128_load32_splat(a + 1);
  v128_t a2 = wasm_v128_load32_splat(a + 2), a3 = wasm_v128_load32_splat(a + 3);
  s.s00 = wasm_f32x4_add(s.s00, wasm_f32x4_mul(a0, b0));
  s.s01 = wasm_f32x4_add(s.s01, wasm_f32x4_mul(a0, b1));
  s.s10 = wasm_f32x4_add(s.s10, wasm_f32x4_mul(a1, b0));
  s.s11 = wasm_f32x4_add(s.s11, wasm_f32x4_mul(a1, b1));
  s.s20 = wasm_f32x4_add(s.s20, wasm_f32x4_mul(a2, b0));
  s.s21 = wasm_f32x4_add(s.s21, wasm_f32x4_mul(a2, b1));
  s.s30 = wasm_f32x4_add(s.s30, wasm_f32x4_mul(a3, b0));
  s.s31 = wasm_f32x4_add(s.s31, wasm_f32x4_mul(a3, b1));
  return s;
}

static inline sums no_sums(void) {
  v128_t zero = wasm_f32x4_splat(0);
  return (sums){zero, zero, zero, zero, zero, zero, zero, zero};
}

static inline void store_sums(sums s, float *tile) {
  wasm_v128_store(tile, s.s00);
  wasm_v128_store(tile + 4, s.s01);
  wasm_v128_store(tile + 8, s.s10);
  wasm_v128_store(tile + 12, s.s11);
  wasm_v128_store(tile + 16, s.s20);
  wasm_v128_store(tile + 20, s.s21);
  wasm_v128_store(tile + 24, s.s30);
  wasm_v128_store(tile + 28, s.s31);
}

/* tile (4 x 8) = panel of A times panel of B.
 *
 * One step of the depth a turn: V8 unrolls the loop itself. Unrolled here, it hoists one address a load out of the loop, runs
 * out of registers and stores the sums to memory and back: half the speed at two steps a turn, a third at eight. */
static void multiply_panels(const float *a, const float *b, size_t depth, float *tile) {
  sums s = no_sums();
  const float *b_end = b + TILE_COLS * depth;
#pragma clang loop unroll(disable)
  for (; b != b_end; a += TILE_ROWS, b += TILE_COLS) s = add_products(s, a, b);
  store_sums(s, tile);
}

/* The same, at the listed steps only. */
static void multiply_at_steps(const float *a, const float *b, const uint16_t *steps, size_t count, float *tile) {
  sums s = no_sums();
  const uint16_t *end = steps + count;
#pragma clang loop unroll(disable)
  for (; steps != end; steps++) s = add_products(s, a + *steps, b + TILE_COLS / TILE_ROWS * (size_t)*steps);
  store_sums(s, tile);
}

static float finish_element(float sum, float before, lakh_matmul_finish finish, size_t col) {
  if (finish.accumulate) sum = before + sum;
  if (finish.bias != NULL) sum += finish.bias[col];
  return finish.relu && sum < 0 ? 0 : sum;
}

static void store_tile(const float *tile, float *c, size_t c_stride, size_t rows, size_t cols, lakh_matmul_finish finish) {
  if (cols < TILE_COLS) {
    for (size_t i = 0; i < rows; i++) {
      for (size_t j = 0; j < cols; j++) {
        float *out = c + i * c_stride + j;
        *out = finish_element(tile[i * TILE_COLS + j], *out, finish, j);
      }
    }
    return;
  }
  v128_t zero = wasm_f32x4_splat(0), bias0 = zero, bias1 = zero;
  if (finish.bias != NULL) {
    bias0 = wasm_v128_load(finish.bias);
    bias1 = wasm_v128_load(finish.bias + 4);
  }
  for (size_t i = 0; i < rows; i++) {
    float *out = c + i * c_stride;
    v128_t v0 = wasm_v128_load(tile + i * TILE_COLS), v1 = wasm_v128_load(tile + i * TILE_COLS + 4);
    if (finish.accumulate) {
      v0 = wasm_f32x4_add(wasm_v128_load(out), v0);
      v1 = wasm_f32x4_add(wasm_v128_load(out + 4), v1);
    }
    if (finish.bias != NULL) {
      v0 = wasm_f32x4_add(v0, bias0);
      v1 = wasm_f32x4_add(v1, bias1);
    }
    if (finish.relu) {
      v0 = wasm_f32x4_pmax(v0, zero);
      v1 = wasm_f32x4_pmax(v1, zero);
    }
    wasm_v128_store(out, v0);
    wasm_v128_store(out + 4, v1);
  }
}

/* ---- Narrow products --------------------------------------------------------------------------------------------------- */

static float sum_lanes(v128_t v) {
  return (wasm_f32x4_extract_lane(v, 0) + wasm_f32x4_extract_lane(v, 2)) +
         (wasm_f32x4_extract_lane(v, 1) + wasm_f32x4_extract_lane(v, 3));
}

/* dots[i * 2 + j] = x[i] . y[j] for 4 rows of x and 2 of y. */
static void dot_4x2(const float *const x[4], const float *const y[2], size_t depth, float dots[8]) {
  v128_t zero = wasm_f32x4_splat(0);
  v128_t s00 = zero, s01 = zero, s10 = zero, s11 = zero, s20 = zero, s21 = zero, s30 = zero, s31 = zero;
  const float *x0 = x[0], *x1 = x[1], *x2 = x[2], *x3 = x[3], *y0 = y[0], *y1 = y[1];
  size_t whole = depth / 4 * 4;
#pragma clang loop unroll(disable)
  for (size_t k = 0; k < whole; k += 4) {
    v128_t v0 = wasm_v128_load(y0 + k), v1 = wasm_v128_load(y1 + k), u;
    u = wasm_v128_load(x0 + k);
    s00 = wasm_f32x4_add(s00, wasm_f32x4_mul(u, v0));
    s01 = wasm_f32x4_add(s01, wasm_f32x4_mul(u, v1));
    u = wasm_v128_load(x1 + k);
    s10 = wasm_f32x4_add(s10, wasm_f32x4_mul(u, v0));
    s11 = wasm_f32x4_add(s11, wasm_f32x4_mul(u, v1));
    u = wasm_v128_load(x2 + k);
    s20 = wasm_f32x4_add(s20, wasm_f32x4_mul(u, v0));
    s21 = wasm_f32x4_add(s21, wasm_f32x4_mul(u, v1));
    u = wasm_v128_load(x3 + k);
    s30 = wasm_f32x4_add(s30, wasm_f32x4_mul(u, v0));
    s31 = wasm_f32x4_add(s31, wasm_f32x4_mul(u, v1));
  }
  v128_t sums[8] = {s00, s01, s10, s11, s20, s21, s30, s31};
  for (size_t i = 0; i < 8; i++) {
    dots[i] = sum_lanes(sums[i]);
    for (size_t k = whole; k < depth; k++) dots[i] += x[i / 2][k] * y[i % 2][k];
  }
}

static void multiply_narrow(const lakh_matmul_shape *shape, const float *a, size_t a_stride, const float *b, size_t b_stride,
                            float *c, size_t c_stride, lakh_matmul_finish finish) {
  /* The longer side gives the 4, the shorter the 2. */
  bool swapped = shape->rows < shape->cols;
  const float *x = swapped ? b : a, *y = swapped ? a : b;
  size_t x_stride = swapped ? b_stride : a_stride, y_stride = swapped ? a_stride : b_stride;
  size_t x_rows = swapped ? shape->cols : shape->rows, y_rows = swapped ? shape->rows : shape->cols;
  for (size_t i = 0; i < x_rows; i += 4) {
    for (size_t j = 0; j < y_rows; j += 2) {
      /* Beyond the edge the last row is taken again and its result dropped. */
      const float *x_row[4], *y_row[2];
      for (size_t r = 0; r < 4; r++) x_row[r] = x + lakh_smaller(i + r, x_rows - 1) * x_stride;
      for (size_t r = 0; r < 2; r++) y_row[r] = y + lakh_smaller(j + r, y_rows - 1) * y_stride;
      float dots[8];
      dot_4x2(x_row, y_row, shape->depth, dots);
      for (size_t r = 0; r < lakh_smaller(4, x_rows - i); r++) {
        for (size_t s = 0; s < lakh_smaller(2, y_rows - j); s++) {
          size_t row = swapped ? j + s : i + r, col = swapped ? i + r : j + s;
          float *out = c + row * c_stride + col;
          *out = finish_element(dots[r * 2 + s], *out, finish, col);
        }
      }
    }
  }
}

/* ---- The product ------------------------------------------------------------------------------------------------------- */

/* Adds what `depth` steps from k on contribute to up to BLOCK_ROWS rows of C. */
static void multiply_block(const lakh_matmul_shape *shape, const float *a, size_t a_stride, const float *b, size_t b_stride,
                           float *c, size_t c_stride, size_t row, size_t k, size_t depth, const float *bias,
                           lakh_matmul_finish finish, float *workspace) {
  size_t rows = lakh_smaller(BLOCK_ROWS, shape->rows - row), occupied[BLOCK_ROWS / TILE_ROWS];
  float *a_panels = workspace, *b_panel = workspace + round_up(rows, TILE_ROWS) * depth;
  uint16_t *b_steps = (uint16_t *)(b_panel + TILE_COLS * depth), *a_steps = b_steps + depth;
  for (size_t i = 0; i < rows; i += TILE_ROWS) {
    const float *source = shape->a_transposed ? a + k * a_stride + row + i : a + (row + i) * a_stride + k;
    float *panel = a_panels + i * depth;
    pack(panel, TILE_ROWS, source, a_stride, !shape->a_transposed, lakh_smaller(TILE_ROWS, rows - i), depth);
    occupied[i / TILE_ROWS] = find_occupied(panel, TILE_ROWS, depth, a_steps + i / TILE_ROWS * depth);
  }
  for (size_t col = 0; col < shape->cols; col += TILE_COLS) {
    size_t cols = lakh_smaller(TILE_COLS, shape->cols - col);
    const float *source = shape->b_transposed ? b + col * b_stride + k : b + k * b_stride + col;
    pack(b_panel, TILE_COLS, source, b_stride, shape->b_transposed, cols, depth);
    size_t occupied_by_b = find_occupied(b_panel, TILE_COLS, depth, b_steps);
    if (bias != NULL) finish.bias = bias + col;
    for (size_t i = 0; i < rows; i += TILE_ROWS) {
      float tile[TILE_ROWS * TILE_COLS];
      const float *a_panel = a_panels + i * depth;
      size_t occupied_by_a = occupied[i / TILE_ROWS];
      if (occupied_by_a < lakh_smaller(occupied_by_b, depth)) {
        multiply_at_steps(a_panel, b_panel, a_steps + i / TILE_ROWS * depth, occupied_by_a, tile);
      } else if (occupied_by_b < depth) {
        multiply_at_steps(a_panel, b_panel, b_steps, occupied_by_b, tile);
      } else {
        multiply_panels(a_panel, b_panel, depth, tile);
      }
      store_tile(tile, c + (row + i) * c_stride + col, c_stride, lakh_smaller(TILE_ROWS, rows - i), cols, finish);
    }
  }
}

size_t lakh_matmul_workspace(const lakh_matmul_shape *shape) {
  if (is_narrow(shape)) return 1;
  /* Not depth_of_block: that is larger for 320 than for 784. */
  size_t rows = round_up(lakh_smaller(shape->rows, BLOCK_ROWS), TILE_ROWS), depth = lakh_smaller(shape->depth, BLOCK_DEPTH);
  size_t lists_of_steps = (rows / TILE_ROWS + 1) * depth;
  return (rows + TILE_COLS) * depth + (lists_of_steps + 1) / 2 + 1;
}

void lakh_matmul(const lakh_matmul_shape *shape, const float *a, size_t a_stride, const float *b, size_t b_stride, float *c,
                 size_t c_stride, lakh_matmul_finish finish, float *workspace) {
  if (is_narrow(shape) || shape->depth == 0) {
    multiply_narrow(shape, a, a_stride, b, b_stride, c, c_stride, finish);
    return;
  }
  size_t block_depth = depth_of_block(shape->depth);
  for (size_t k = 0; k < shape->depth; k += block_depth) {
    size_t depth = lakh_smaller(block_depth, shape->depth - k);
    bool last = k + depth == shape->depth;
    lakh_matmul_finish block_finish = {.accumulate = finish.accumulate || k > 0, .relu = last && finish.relu};
    for (size_t row = 0; row < shape->rows; row += BLOCK_ROWS) {
      multiply_block(shape, a, a_stride, b, b_stride, c, c_stride, row, k, depth, last ? finish.bias : NULL, block_finish,
                     workspace);
    }
  }
}

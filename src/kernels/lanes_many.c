/* Kernels on rows in lanes for any number of columns.
 *
 * A tile compares 8 rows (two groups) with up to 5 centres: for each feature 2 loads, 5 broadcast loads, 10 multiplications and
 * 10 additions make 40 products. 10 accumulators, 2 rows, a centre and a product are 14 of the 15 registers that V8 hands out.
 * Bound: two multiplications and two additions a cycle, 8 products a cycle. Reached on an EPYC: 784 columns, 21e9 products a second
 * natively with AVX and 13e9 in V8; 16 columns, 12e9 and 10e9, since
 * the search for the two smallest takes as long as 5 columns.
 *
 * Centres are dealt out to tiles evenly, so that no lane computes for nothing: 11 centres are tiles of 4, 4 and 3. */
#include "kernels/lanes.h"

#include "kernels/simd.h"

#define INLINE static inline __attribute__((always_inline))

enum { TILE = 5 };

static size_t tiles_of(size_t n_centers) { return (n_centers + TILE - 1) / TILE; }

/* Where the centres of tile t begin. */
static size_t tile_begin(size_t n_centers, size_t n_tiles, size_t t) { return n_centers * t / n_tiles; }

void lakh_pack_lines(const float *lines, size_t n_centers, size_t cols, float *packed) {
  size_t n_tiles = tiles_of(n_centers);
  for (size_t t = 0; t < n_tiles; t++) {
    size_t begin = tile_begin(n_centers, n_tiles, t), end = tile_begin(n_centers, n_tiles, t + 1);
    for (size_t j = 0; j < 1 + cols; j++)
      for (size_t c = begin; c < end; c++) *packed++ = lines[c * (1 + cols) + j];
  }
}

void lakh_lanes_pack(const float *const rows[4], size_t cols, float scale, const float *shift, float *lanes, float *squares) {
  const v128_t scales = wasm_f32x4_splat(scale);
  v128_t sum = wasm_f32x4_splat(0);
  size_t j = 0;
  for (; j + 4 <= cols; j += 4) {
    v128_t a = wasm_v128_load(rows[0] + j), b = wasm_v128_load(rows[1] + j);
    v128_t c = wasm_v128_load(rows[2] + j), d = wasm_v128_load(rows[3] + j);
    v128_t ab = wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), cd = wasm_i32x4_shuffle(c, d, 0, 4, 1, 5);
    v128_t ef = wasm_i32x4_shuffle(a, b, 2, 6, 3, 7), gh = wasm_i32x4_shuffle(c, d, 2, 6, 3, 7);
    v128_t x[4] = {wasm_i64x2_shuffle(ab, cd, 0, 2), wasm_i64x2_shuffle(ab, cd, 1, 3), wasm_i64x2_shuffle(ef, gh, 0, 2),
                   wasm_i64x2_shuffle(ef, gh, 1, 3)};
    for (size_t i = 0; i < 4; i++) {
      x[i] = wasm_f32x4_sub(wasm_f32x4_mul(x[i], scales), wasm_v128_load32_splat(shift + j + i));
      sum = wasm_f32x4_add(sum, wasm_f32x4_mul(x[i], x[i]));
      wasm_v128_store(lanes + (j + i) * 4, x[i]);
    }
  }
  for (; j < cols; j++) {
    v128_t x = wasm_f32x4_make(rows[0][j], rows[1][j], rows[2][j], rows[3][j]);
    x = wasm_f32x4_sub(wasm_f32x4_mul(x, scales), wasm_v128_load32_splat(shift + j));
    sum = wasm_f32x4_add(sum, wasm_f32x4_mul(x, x));
    wasm_v128_store(lanes + j * 4, x);
  }
  wasm_v128_store(squares, sum);
}

/* Scores of 8 rows against n centres, to scores[2 * c] and scores[2 * c + 1]. */
INLINE void score_tile(const float *lanes, size_t cols, const float *tile, const size_t n, v128_t *scores) {
  v128_t low[TILE], high[TILE];
  for (size_t c = 0; c < n; c++) low[c] = high[c] = wasm_v128_load32_splat(tile + c);
  const float *second = lanes + 4 * cols;
  for (size_t j = 0; j < cols; j++) {
    tile += n;
    v128_t x = wasm_v128_load(lanes + 4 * j), y = wasm_v128_load(second + 4 * j);
    for (size_t c = 0; c < n; c++) {
      v128_t slope = wasm_v128_load32_splat(tile + c);
      low[c] = wasm_f32x4_add(low[c], wasm_f32x4_mul(x, slope));
      high[c] = wasm_f32x4_add(high[c], wasm_f32x4_mul(y, slope));
    }
  }
  for (size_t c = 0; c < n; c++) {
    scores[2 * c] = low[c];
    scores[2 * c + 1] = high[c];
  }
}

/* Each size is a function of its own: within a large one, V8 would run out of registers. */
#define SCORE_TILE(n)                                                                                                          \
  static __attribute__((noinline)) void score_tile_##n(const float *lanes, size_t cols, const float *tile, v128_t *scores) {   \
    score_tile(lanes, cols, tile, n, scores);                                                                                  \
  }
SCORE_TILE(1)
SCORE_TILE(2)
SCORE_TILE(3)
SCORE_TILE(4)
SCORE_TILE(5)

static void score_tile_of(const float *lanes, size_t cols, const float *tile, size_t n, v128_t *scores) {
  switch (n) {
  case 1:
    score_tile_1(lanes, cols, tile, scores);
    break;
  case 2:
    score_tile_2(lanes, cols, tile, scores);
    break;
  case 3:
    score_tile_3(lanes, cols, tile, scores);
    break;
  case 4:
    score_tile_4(lanes, cols, tile, scores);
    break;
  default:
    score_tile_5(lanes, cols, tile, scores);
  }
}

void lakh_lanes_nearest(const float *lanes, size_t n_groups, size_t cols, const float *packed, size_t n_centers,
                        const float *squares, float a, float b, const int32_t *labels, int32_t *found, uint8_t *reports) {
  size_t n_tiles = tiles_of(n_centers);
  for (size_t g = 0; g < n_groups; g += 2) {
    v128_t best[2], second[2], nearest[2];
    best[0] = best[1] = second[0] = second[1] = wasm_f32x4_splat(__builtin_inff());
    nearest[0] = nearest[1] = wasm_i32x4_splat(0);
    const float *tile = packed;
    for (size_t t = 0; t < n_tiles; t++) {
      size_t begin = tile_begin(n_centers, n_tiles, t), n = tile_begin(n_centers, n_tiles, t + 1) - begin;
      v128_t scores[2 * TILE];
      score_tile_of(lanes + g * cols * 4, cols, tile, n, scores);
      tile += n * (1 + cols);
      for (size_t c = 0; c < n; c++) {
        for (size_t half = 0; half < 2; half++) {
          v128_t s = scores[2 * c + half];
          v128_t closer = wasm_f32x4_lt(s, best[half]);
          nearest[half] = wasm_v128_bitselect(wasm_i32x4_splat((int32_t)(begin + c)), nearest[half], closer);
          second[half] = wasm_f32x4_pmin(second[half], wasm_f32x4_pmax(best[half], s));
          best[half] = wasm_f32x4_pmin(best[half], s);
        }
      }
    }
    for (size_t half = 0; half < 2; half++) {
      size_t slot = 4 * (g + half);
      v128_t norm = wasm_f32x4_sqrt(wasm_v128_load(squares + slot));
      v128_t margin = wasm_f32x4_add(wasm_f32x4_splat(a), wasm_f32x4_mul(wasm_f32x4_splat(b), norm));
      v128_t unsure = wasm_f32x4_le(wasm_f32x4_sub(second[half], best[half]), margin);
      v128_t changed = wasm_i32x4_ne(nearest[half], wasm_v128_load(labels + slot));
      wasm_v128_store(found + slot, nearest[half]);
      reports[g + half] = (uint8_t)((unsigned)wasm_i32x4_bitmask(changed) | (unsigned)wasm_i32x4_bitmask(unsure) << 4);
    }
  }
}

/* Squared distances of four rows to the centre of a line, by differences. */
static v128_t squared_differences(const float *lanes, size_t cols, const float *line) {
  v128_t sum = wasm_f32x4_splat(0);
  for (size_t j = 0; j < cols; j++) {
    v128_t difference = wasm_f32x4_add(wasm_v128_load(lanes + 4 * j), wasm_f32x4_splat(0.5f * line[1 + j]));
    sum = wasm_f32x4_add(sum, wasm_f32x4_mul(difference, difference));
  }
  return sum;
}

void lakh_lanes_distances(const float *lanes, size_t cols, const float *lines, size_t n_centers, float unit, float *out,
                          size_t stride) {
  for (size_t c = 0; c < n_centers; c++) {
    v128_t squares = squared_differences(lanes, cols, lines + c * (1 + cols));
    v128_t distances = wasm_f32x4_mul(wasm_f32x4_sqrt(squares), wasm_f32x4_splat(unit));
    out[c] = wasm_f32x4_extract_lane(distances, 0);
    out[stride + c] = wasm_f32x4_extract_lane(distances, 1);
    out[2 * stride + c] = wasm_f32x4_extract_lane(distances, 2);
    out[3 * stride + c] = wasm_f32x4_extract_lane(distances, 3);
  }
}

/* |x|^2 + score, unless that keeps less than about two digits. */
INLINE v128_t squared_distances(const float *lanes, size_t cols, const float *line, v128_t squares, v128_t scores) {
  const v128_t doubtful = wasm_f32x4_splat(64 * lakh_score_error(cols));
  v128_t distances = wasm_f32x4_add(squares, scores);
  v128_t bar = wasm_f32x4_mul(doubtful, wasm_f32x4_add(squares, wasm_v128_load32_splat(line)));
  if (wasm_v128_any_true(wasm_f32x4_le(distances, bar))) return squared_differences(lanes, cols, line);
  return distances;
}

INLINE float across(v128_t sum) {
  return (wasm_f32x4_extract_lane(sum, 0) + wasm_f32x4_extract_lane(sum, 1)) +
         (wasm_f32x4_extract_lane(sum, 2) + wasm_f32x4_extract_lane(sum, 3));
}

void lakh_lanes_potentials(const float *lanes, size_t n_groups, size_t cols, const float *lines, const float *packed,
                           size_t n_centers, const float *squares, const float *weights, const float *nearest, float *sums) {
  size_t n_tiles = tiles_of(n_centers);
  for (size_t c = 0; c < n_centers; c++) sums[c] = 0;
  for (size_t g = 0; g < n_groups; g += 2) {
    const float *tile = packed;
    for (size_t t = 0; t < n_tiles; t++) {
      size_t begin = tile_begin(n_centers, n_tiles, t), n = tile_begin(n_centers, n_tiles, t + 1) - begin;
      v128_t scores[2 * TILE];
      score_tile_of(lanes + g * cols * 4, cols, tile, n, scores);
      tile += n * (1 + cols);
      for (size_t c = 0; c < n; c++) {
        v128_t mass = wasm_f32x4_splat(0);
        for (size_t half = 0; half < 2; half++) {
          size_t slot = 4 * (g + half);
          v128_t distances = squared_distances(lanes + slot * cols, cols, lines + (begin + c) * (1 + cols),
                                               wasm_v128_load(squares + slot), scores[2 * c + half]);
          distances = wasm_f32x4_pmin(wasm_v128_load(nearest + slot), distances);
          mass = wasm_f32x4_add(mass, wasm_f32x4_mul(distances, wasm_v128_load(weights + slot)));
        }
        sums[begin + c] += across(mass);
      }
    }
  }
}

float lakh_lanes_approach_line(const float *lanes, size_t n_groups, size_t cols, const float *line, const float *squares,
                               const float *weights, float *nearest) {
  v128_t mass = wasm_f32x4_splat(0);
  for (size_t g = 0; g < n_groups; g += 2) {
    v128_t scores[2];
    score_tile_1(lanes + g * cols * 4, cols, line, scores);
    for (size_t half = 0; half < 2; half++) {
      size_t slot = 4 * (g + half);
      v128_t distances = squared_distances(lanes + slot * cols, cols, line, wasm_v128_load(squares + slot), scores[half]);
      distances = wasm_f32x4_pmin(wasm_v128_load(nearest + slot), distances);
      wasm_v128_store(nearest + slot, distances);
      mass = wasm_f32x4_add(mass, wasm_f32x4_mul(distances, wasm_v128_load(weights + slot)));
    }
  }
  return across(mass);
}

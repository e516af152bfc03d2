/* Bound: arithmetic and, in rows of many columns, the loads. Four centres at a time take 13 operations for 32 products; 8 bounds
 * are compared, and made anew, in one vector. Which rows are doubtful is found without branches; what is done with each of them
 * depends on its bounds, and branches that cannot be foretold are kept few. */
#include "kernels/group_bounds.h"

#include "kernels/simd.h"

#include <math.h>

#define INLINE static inline __attribute__((always_inline))

/* Roots and products are off by a few units in the last place, and whole bounds by 2^-9 of one. */
static const float UP = 1 + 0x1p-20f, DOWN = 1 - 0x1p-20f, SLACK = 0x1p-6f;

/* Added to a float of less than 2^22 in magnitude, it leaves the nearest whole number in the low bits. */
static const float MAGIC = 12582912.0f;
enum { MAGIC_BITS = 0x4B400000 };

/* Values near the largest float may leave it: the frame (cluster/kmeans_rows.h) cannot scale these down to 1. */
static const float SHORT_LIMIT = INT16_MAX;

float lakh_shorten_row(const float *row, size_t cols, float scale, const float *shift, float power, int16_t *shorts,
                       float *square) {
  size_t padded = (cols + LAKH_SHORTS - 1) / LAKH_SHORTS * LAKH_SHORTS, j = 0;
  const v128_t scales = wasm_f32x4_splat(scale), powers = wasm_f32x4_splat(power), magic = wasm_f32x4_splat(MAGIC);
  v128_t lost = wasm_f32x4_splat(0);
  v128_t sum = wasm_i32x4_splat(0);
  for (; j + LAKH_SHORTS <= cols; j += LAKH_SHORTS) {
    v128_t whole[2];
    for (size_t half = 0; half < 2; half++) {
      size_t at = j + 4 * half;
      v128_t value = wasm_f32x4_sub(wasm_f32x4_mul(wasm_v128_load(row + at), scales), wasm_v128_load(shift + at));
      value = wasm_f32x4_mul(value, powers);
      /* What does not fit is cut off, and counts as lost. */
      v128_t kept = wasm_f32x4_pmin(wasm_f32x4_pmax(value, wasm_f32x4_splat(-SHORT_LIMIT)), wasm_f32x4_splat(SHORT_LIMIT));
      v128_t rounded = wasm_f32x4_add(kept, magic);
      v128_t rest = wasm_f32x4_sub(value, wasm_f32x4_sub(rounded, magic));
      lost = wasm_f32x4_add(lost, wasm_f32x4_mul(rest, rest));
      whole[half] = wasm_i32x4_sub(rounded, magic);
    }
    v128_t eight = wasm_i16x8_narrow_i32x4(whole[0], whole[1]);
    wasm_v128_store(shorts + j, eight);
    sum = wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(eight, eight));
  }
  double squares = 0;
  float rests = 0;
  for (size_t l = 0; l < 4; l++) {
    int32_t sums[4];
    float losses[4];
    wasm_v128_store(sums, sum);
    wasm_v128_store(losses, lost);
    squares += sums[l];
    rests += losses[l];
  }
  for (; j < padded; j++) {
    float value = j < cols ? (row[j] * scale - shift[j]) * power : 0;
    float whole = rintf(fmaxf(-SHORT_LIMIT, fminf(value, SHORT_LIMIT)));
    rests += (value - whole) * (value - whole);
    squares += (double)whole * (double)whole;
    shorts[j] = (int16_t)whole;
  }
  *square = (float)(squares / ((double)power * (double)power));
  return rests / (power * power);
}

INLINE v128_t limit_of(const lakh_group_bounds *b, size_t slot) {
  return wasm_i16x8_add_sat(wasm_v128_load16_splat(b->uppers + slot), wasm_v128_load16_splat(b->drifts_up + b->labels[slot]));
}

/* The groups, of 8, whose bound is not above the limit. */
INLINE v128_t doubtful_of(const lakh_group_bounds *b, v128_t limit, const int16_t *lowers, size_t vector) {
  v128_t bar = wasm_i16x8_add_sat(limit, wasm_v128_load(b->group_limits + LAKH_SHORTS * vector));
  return wasm_i16x8_gt(bar, wasm_v128_load(lowers + LAKH_SHORTS * vector));
}

INLINE size_t list(const lakh_group_bounds *b, size_t begin, size_t end, uint32_t *slots, const size_t n_vectors) {
  size_t n = 0;
  for (size_t slot = begin; slot < end; slot++) {
    const int16_t *lowers = b->lowers + slot * LAKH_SHORTS * n_vectors;
    v128_t limit = limit_of(b, slot), doubtful = doubtful_of(b, limit, lowers, 0);
    for (size_t v = 1; v < n_vectors; v++) doubtful = wasm_v128_or(doubtful, doubtful_of(b, limit, lowers, v));
    slots[n] = (uint32_t)slot;
    n += wasm_v128_any_true(doubtful);
  }
  return n;
}

size_t lakh_bounds_list(const lakh_group_bounds *bounds, size_t begin, size_t end, uint32_t *slots) {
  if (bounds->n_bound_vectors == 2) return list(bounds, begin, end, slots, 2);
  return list(bounds, begin, end, slots, bounds->n_bound_vectors);
}

/* ---- Scores --------------------------------------------------------------------------------------------------------------- */

INLINE size_t record_size(size_t n_vectors) { return LAKH_SHORTS * (1 + n_vectors); }

INLINE v128_t across_pair(v128_t a, v128_t b) {
  return wasm_i32x4_add(wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), wasm_i32x4_shuffle(a, b, 2, 6, 3, 7));
}

/* Four sums of four. */
INLINE v128_t across(const v128_t *sums) {
  v128_t ab = across_pair(sums[0], sums[1]), cd = across_pair(sums[2], sums[3]);
  return wasm_i32x4_add(wasm_i32x4_shuffle(ab, cd, 0, 1, 4, 5), wasm_i32x4_shuffle(ab, cd, 2, 3, 6, 7));
}

/* One row and four records that lie side by side. */
INLINE v128_t score_four(const int16_t *row, size_t n_vectors, const int16_t *record) {
  size_t size = record_size(n_vectors);
  v128_t sums[4];
  for (size_t c = 0; c < 4; c++) sums[c] = wasm_v128_load(record + c * size);
  for (size_t v = 0; v < n_vectors; v++) {
    v128_t x = wasm_v128_load(row + LAKH_SHORTS * v);
    for (size_t c = 0; c < 4; c++)
      sums[c] = wasm_i32x4_add(sums[c], wasm_i32x4_dot_i16x8(x, wasm_v128_load(record + c * size + LAKH_SHORTS * (1 + v))));
  }
  return across(sums);
}

/* Four rows, each with a record of its own. */
INLINE v128_t score_pairs(const int16_t *const *rows, const int16_t *const *records, size_t n_vectors) {
  v128_t sums[4];
  for (size_t i = 0; i < 4; i++) sums[i] = wasm_v128_load(records[i]);
  for (size_t v = 0; v < n_vectors; v++)
    for (size_t i = 0; i < 4; i++)
      sums[i] = wasm_i32x4_add(sums[i], wasm_i32x4_dot_i16x8(wasm_v128_load(rows[i] + LAKH_SHORTS * v),
                                                             wasm_v128_load(records[i] + LAKH_SHORTS * (1 + v))));
  return across(sums);
}

INLINE v128_t least_pair(v128_t a, v128_t b) {
  return wasm_i32x4_min(wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), wasm_i32x4_shuffle(a, b, 2, 6, 3, 7));
}

/* Four leasts of four. */
INLINE v128_t least_across(const v128_t *scores) {
  v128_t ab = least_pair(scores[0], scores[1]), cd = least_pair(scores[2], scores[3]);
  return wasm_i32x4_min(wasm_i32x4_shuffle(ab, cd, 0, 1, 4, 5), wasm_i32x4_shuffle(ab, cd, 2, 3, 6, 7));
}

void lakh_bounds_scores(const lakh_group_bounds *b, size_t slot, size_t group, int32_t *scores) {
  const int16_t *row = b->rows + slot * LAKH_SHORTS * b->n_vectors;
  size_t size = record_size(b->n_vectors);
  const int16_t *first = b->centers + group * b->group_size * size;
  if (b->group_size == 1) {
    const int16_t *rows[4] = {row, row, row, row}, *records[4] = {first, first, first, first};
    scores[0] = wasm_i32x4_extract_lane(score_pairs(rows, records, b->n_vectors), 0);
    return;
  }
  for (size_t c = 0; c < b->group_size; c += 4) wasm_v128_store(scores + c, score_four(row, b->n_vectors, first + c * size));
}

/* ---- Bounds --------------------------------------------------------------------------------------------------------------- */

INLINE v128_t whole(v128_t value) {
  return wasm_i32x4_sub(wasm_f32x4_add(value, wasm_f32x4_splat(MAGIC)), wasm_i32x4_splat(MAGIC_BITS));
}

/* Four bounds from above. */
INLINE v128_t uppers_of(const lakh_group_bounds *b, v128_t scores, v128_t squares, v128_t errors, v128_t drifts) {
  const v128_t most = wasm_f32x4_splat(LAKH_BOUND_MAX), least = wasm_f32x4_splat(-LAKH_BOUND_MAX);
  v128_t squared = wasm_f32x4_mul(wasm_f32x4_convert_i32x4(scores), wasm_f32x4_splat(b->square));
  squared = wasm_f32x4_pmax(wasm_f32x4_splat(0), wasm_f32x4_add(wasm_f32x4_add(squared, squares), errors));
  v128_t distance = wasm_f32x4_mul(wasm_f32x4_sqrt(squared), wasm_f32x4_splat(b->units * UP));
  v128_t bound = wasm_f32x4_add(wasm_f32x4_sub(distance, drifts), wasm_f32x4_splat(b->row_error + (SLACK + 0.5f)));
  return whole(wasm_f32x4_pmax(least, wasm_f32x4_pmin(most, bound)));
}

/* Four bounds from below; `bases` are the squares less the errors. */
INLINE v128_t lowers_of(const lakh_group_bounds *b, v128_t scores, v128_t bases, v128_t drifts) {
  const v128_t most = wasm_f32x4_splat(LAKH_BOUND_MAX - 1), least = wasm_f32x4_splat(-LAKH_BOUND_MAX);
  v128_t squared = wasm_f32x4_mul(wasm_f32x4_convert_i32x4(scores), wasm_f32x4_splat(b->square));
  squared = wasm_f32x4_pmax(wasm_f32x4_splat(0), wasm_f32x4_add(squared, bases));
  v128_t distance = wasm_f32x4_mul(wasm_f32x4_sqrt(squared), wasm_f32x4_splat(b->units * DOWN));
  v128_t bound = wasm_f32x4_add(distance, wasm_f32x4_sub(drifts, wasm_f32x4_splat(b->row_error + (SLACK + 0.5f))));
  /* Where nearly all rows lie on their centre the unit is so small that the error alone leaves 16 bits. */
  return whole(wasm_f32x4_pmax(least, wasm_f32x4_pmin(most, bound)));
}

void lakh_bounds_set_upper(const lakh_group_bounds *b, size_t slot, int32_t label, int32_t score) {
  v128_t square = wasm_f32x4_splat(b->squares[slot]);
  v128_t error = wasm_f32x4_splat(b->error + b->slope * sqrtf(b->squares[slot]));
  v128_t bound = uppers_of(b, wasm_i32x4_splat(score), square, error, wasm_f32x4_splat(b->drifts[label]));
  b->uppers[slot] = (int16_t)wasm_i32x4_extract_lane(bound, 0);
}

void lakh_bounds_set_lower(const lakh_group_bounds *b, size_t slot, size_t group, int32_t least) {
  float base = b->squares[slot] - (b->error + b->slope * sqrtf(b->squares[slot]));
  v128_t bound = lowers_of(b, wasm_i32x4_splat(least), wasm_f32x4_splat(base), wasm_f32x4_splat(b->group_drifts[group]));
  b->lowers[slot * LAKH_SHORTS * b->n_bound_vectors + group] =
      least == INT32_MAX ? LAKH_BOUND_MAX - 1 : (int16_t)wasm_i32x4_extract_lane(bound, 0);
}

/* ---- Examination ---------------------------------------------------------------------------------------------------------- */

/* Gathers what is known about the rows. */
INLINE void gather_rows(const lakh_group_bounds *b, lakh_examination *e) {
  for (size_t i = 0; i < e->n; i++) {
    uint32_t slot = e->slots[i];
    int32_t label = b->labels[slot];
    e->squares[i] = b->squares[slot];
    e->drifts[i] = b->drifts[label];
  }
  for (size_t i = 0; i < e->n; i += 4) {
    v128_t squares = wasm_v128_load(e->squares + i), norms = wasm_f32x4_sqrt(squares);
    v128_t errors = wasm_f32x4_add(wasm_f32x4_splat(b->error), wasm_f32x4_mul(wasm_f32x4_splat(b->slope), norms));
    v128_t margins = wasm_f32x4_mul(wasm_f32x4_splat(b->margin_slope), norms);
    wasm_v128_store(e->bases + i, wasm_f32x4_sub(squares, errors));
    wasm_v128_store(e->margins + i, wasm_f32x4_add(wasm_f32x4_splat(b->margin), margins));
  }
}

INLINE uint32_t groups_in_doubt(const lakh_group_bounds *b, size_t slot, int32_t label) {
  const int16_t *lowers = b->lowers + slot * LAKH_SHORTS * b->n_bound_vectors;
  v128_t limit = limit_of(b, slot);
  uint32_t groups = 0;
  for (size_t v = 0; v < b->n_bound_vectors; v++)
    groups |= (uint32_t)wasm_i16x8_bitmask(doubtful_of(b, limit, lowers, v)) << (8 * v);
  return b->group_size == 1 ? groups & ~((uint32_t)1 << label) : groups;
}

INLINE uint32_t all_groups(const lakh_group_bounds *b) { return ~(uint32_t)0 >> (32 - b->n_groups); }

/* Scores the labels' centres, four rows at a time, and finds the groups that are in doubt even so. */
INLINE void tighten(const lakh_group_bounds *b, lakh_examination *e, const size_t n_vectors) {
  for (size_t i = 0; i < e->n; i += 4) {
    const int16_t *rows[4], *records[4];
    size_t left = e->n - i < 4 ? e->n - i : 4;
    for (size_t l = 0; l < 4; l++) {
      uint32_t slot = e->slots[i + (l < left ? l : 0)];
      rows[l] = b->rows + slot * LAKH_SHORTS * n_vectors;
      records[l] = b->centers + (size_t)b->labels[slot] * record_size(n_vectors);
    }
    v128_t scores = score_pairs(rows, records, n_vectors), squares = wasm_v128_load(e->squares + i);
    v128_t errors = wasm_f32x4_sub(squares, wasm_v128_load(e->bases + i));
    int32_t uppers[4];
    wasm_v128_store(e->own + i, scores);
    wasm_v128_store(uppers, uppers_of(b, scores, squares, errors, wasm_v128_load(e->drifts + i)));
    for (size_t l = 0; l < left; l++) {
      uint32_t slot = e->slots[i + l];
      b->uppers[slot] = (int16_t)uppers[l];
      e->groups[i + l] = groups_in_doubt(b, slot, b->labels[slot]) & all_groups(b);
    }
  }
}

/* The scores of a group, four lanes of the least of every fourth centre. */
INLINE v128_t score_group(const int16_t *row, size_t n_vectors, const int16_t *record, size_t group_size, int32_t label) {
  const v128_t most = wasm_i32x4_splat(INT32_MAX);
  v128_t least = most, place = wasm_i32x4_sub(wasm_i32x4_make(0, 1, 2, 3), wasm_i32x4_splat(label));
  for (size_t c = 0; c < group_size; c += 4) {
    v128_t scores = score_four(row, n_vectors, record + c * record_size(n_vectors));
    v128_t own = wasm_i32x4_eq(place, wasm_i32x4_splat(-(int32_t)c));
    least = wasm_i32x4_min(least, wasm_v128_bitselect(most, scores, own));
  }
  return least;
}

/* Scores the groups in doubt of a row; returns where the next row's scores go. */
INLINE size_t examine_some(const lakh_group_bounds *b, lakh_examination *e, size_t i, size_t next, const size_t n_vectors) {
  size_t slot = e->slots[i], group_size = b->group_size, size = group_size * record_size(n_vectors);
  const int16_t *row = b->rows + slot * LAKH_SHORTS * n_vectors;
  int16_t *lowers = b->lowers + slot * LAKH_SHORTS * b->n_bound_vectors;
  const v128_t base = wasm_v128_load32_splat(e->bases + i);
  int32_t label = b->labels[slot], least = INT32_MAX;
  for (uint32_t groups = e->groups[i]; groups != 0; groups &= groups - 1) {
    size_t group = (size_t)__builtin_ctz(groups);
    const int16_t *record = b->centers + group * size;
    v128_t scores;
    if (group_size == 1) {
      scores = wasm_v128_load(record);
      for (size_t v = 0; v < n_vectors; v++)
        scores = wasm_i32x4_add(scores, wasm_i32x4_dot_i16x8(wasm_v128_load(row + LAKH_SHORTS * v),
                                                             wasm_v128_load(record + LAKH_SHORTS * (1 + v))));
      scores = wasm_i32x4_add(scores, wasm_i32x4_shuffle(scores, scores, 2, 3, 0, 1));
      scores = wasm_i32x4_add(scores, wasm_i32x4_shuffle(scores, scores, 1, 0, 3, 2));
    } else {
      scores = score_group(row, n_vectors, record, group_size, label - (int32_t)(group * group_size));
      scores = wasm_i32x4_min(scores, wasm_i32x4_shuffle(scores, scores, 2, 3, 0, 1));
      scores = wasm_i32x4_min(scores, wasm_i32x4_shuffle(scores, scores, 1, 0, 3, 2));
    }
    int32_t score = e->scores[next++] = wasm_i32x4_extract_lane(scores, 0);
    if (score < least) least = score;
    v128_t bound = lowers_of(b, scores, base, wasm_v128_load32_splat(b->group_drifts + group));
    wasm_v128_store16_lane(lowers + group, bound, 0);
  }
  e->least[i] = least;
  return next;
}

/* Scores all groups of a row, four and their bounds at a time. */
INLINE size_t examine_all(const lakh_group_bounds *b, lakh_examination *e, size_t i, size_t next, const size_t n_vectors) {
  size_t slot = e->slots[i], group_size = b->group_size, size = group_size * record_size(n_vectors);
  const int16_t *row = b->rows + slot * LAKH_SHORTS * n_vectors;
  int16_t *lowers = b->lowers + slot * LAKH_SHORTS * b->n_bound_vectors;
  const v128_t base = wasm_v128_load32_splat(e->bases + i);
  int32_t label = b->labels[slot];
  v128_t least = wasm_i32x4_splat(INT32_MAX);
  for (size_t group = 0; group < b->n_groups; group += 4) {
    const int16_t *record = b->centers + group * size;
    v128_t scores;
    if (group_size == 1) {
      v128_t own = wasm_i32x4_eq(wasm_i32x4_make(0, 1, 2, 3), wasm_i32x4_splat(label - (int32_t)group));
      scores = wasm_v128_bitselect(wasm_i32x4_splat(INT32_MAX), score_four(row, n_vectors, record), own);
    } else {
      v128_t four[4];
      for (size_t g = 0; g < 4; g++)
        four[g] = score_group(row, n_vectors, record + g * size, group_size, label - (int32_t)((group + g) * group_size));
      scores = least_across(four);
    }
    wasm_v128_store(e->scores + next + group, scores);
    least = wasm_i32x4_min(least, scores);
    v128_t bounds = lowers_of(b, scores, base, wasm_v128_load(b->group_drifts + group));
    const v128_t most = wasm_i32x4_splat(LAKH_BOUND_MAX - 1);
    bounds = wasm_v128_bitselect(most, bounds, wasm_i32x4_eq(scores, wasm_i32x4_splat(INT32_MAX)));
    wasm_v128_store64_lane(lowers + group, wasm_i16x8_narrow_i32x4(bounds, bounds), 0);
  }
  least = wasm_i32x4_min(least, wasm_i32x4_shuffle(least, least, 2, 3, 0, 1));
  least = wasm_i32x4_min(least, wasm_i32x4_shuffle(least, least, 1, 0, 3, 2));
  e->least[i] = wasm_i32x4_extract_lane(least, 0);
  e->groups[i] = all_groups(b);
  return next + b->n_groups;
}

INLINE void examine(const lakh_group_bounds *b, lakh_examination *e, const size_t n_vectors) {
  tighten(b, e, n_vectors);
  size_t n = 0, next = 0;
  for (size_t i = 0; i < e->n; i++) {
    e->open[n] = (uint32_t)i;
    n += e->groups[i] != 0;
  }
  e->n_open = 0;
  for (size_t at = 0; at < n; at++) {
    size_t i = e->open[at];
    e->first[i] = (uint16_t)next;
    if ((size_t)__builtin_popcount(e->groups[i]) * 2 > b->n_groups)
      next = examine_all(b, e, i, next, n_vectors);
    else
      next = examine_some(b, e, i, next, n_vectors);
    e->open[e->n_open] = (uint32_t)i;
    e->n_open += !((double)e->least[i] - (double)e->own[i] > (double)e->margins[i]);
  }
}

void lakh_bounds_examine(const lakh_group_bounds *bounds, lakh_examination *examination) {
  examination->n_open = 0;
  if (examination->n == 0) return;
  gather_rows(bounds, examination);
  examine(bounds, examination, bounds->n_vectors);
}

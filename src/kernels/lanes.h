/* Rows in lanes: four rows of a table lie side by side, so that a vector holds one feature of four rows.
 *
 * lanes[(g * cols + j) * 4 + l] is feature j of row 4 g + l. Four rows are then compared with a centre without any sum across a
 * vector, and the nearest of several centres falls out lane by lane. The last group is filled up with copies of its last row.
 *
 * Scores. For a row x the nearest centre c is the one with the smallest |c|^2 - 2 x.c = |x - c|^2 - |x|^2: one multiplication
 * and one addition a feature. The centres come as lines of 1 + cols numbers, (|c|^2, -2 c_0, -2 c_1, ...).
 *
 * Rounding. A score is off by at most lakh_score_error(cols) * (|c|^2 + 2 |x||c|) / 2; where the two smallest differ by more than
 * twice that, the choice is that of exact arithmetic. Where they do not, the kernels say so and leave the choice to the caller,
 * who compares in double. So every algorithm built on them, however it orders and skips its work, finds the same nearest centre.
 */
#ifndef LAKH_KERNELS_LANES_H
#define LAKH_KERNELS_LANES_H

#include <stddef.h>
#include <stdint.h>

enum { LAKH_LANES = 4 };

/* Kernels stay functions of their own: inlined into their callers they would share registers with all that is there, and V8
 * would compile the hot loops together with everything else, later. */
#define LAKH_KERNEL __attribute__((noinline))

/* The share of |c|^2 + 2 |x||c| by which the difference of two scores may be wrong: each of the sum's cols + 1 terms is rounded
 * a few times (row and centre when they were moved into the frame, product, sum), by half a unit of 2^-23. */
static inline float lakh_score_error(size_t cols) { return (float)(cols + 8) * 0x1p-23f; }

/* What the nearest-centre kernels report a group of four rows: bit l, the label of row l is not what it was; bit 4 + l, row l is
 * nearly as close to a second centre. */
enum { LAKH_CHANGED = 0x0F, LAKH_UNSURE = 0xF0 };

/* Few columns (1 <= cols <= LAKH_FEW_COLUMNS): finds for each row the nearest of the centres candidates[0..n-1] (ascending
 * indices into `lines`). `labels` is what they were, `found` what they are, `reports` a byte a group. */
enum { LAKH_FEW_COLUMNS = 5 };
LAKH_KERNEL void lakh_lanes_nearest_of_few(const float *lanes, size_t n_groups, size_t cols, const float *lines,
                                           const int32_t *candidates, size_t n_candidates, float error, const int32_t *labels,
                                           int32_t *found, uint8_t *reports);

/* Few columns: squared distances of rows to `center` (cols values), by differences. Returns the sum of
 * weight * min(nearest, distance). */
LAKH_KERNEL float lakh_lanes_potential(const float *lanes, size_t n_groups, size_t cols, const float *center,
                                       const float *weights, const float *nearest);

/* As lakh_lanes_potential, and makes `nearest` those minima; the largest of them goes to *farthest. */
LAKH_KERNEL float lakh_lanes_approach(const float *lanes, size_t n_groups, size_t cols, const float *center,
                                      const float *weights, float *nearest, float *farthest);

/* Few columns: bounds of the rows, and their weighted sums in double, sums[0] of the weights, sums[1 + j] of feature j and
 * sums[1 + cols] of the squared lengths. */
LAKH_KERNEL void lakh_lanes_summary(const float *lanes, size_t n_groups, size_t cols, const float *weights, float *low,
                                    float *high, double *sums);

/* Few columns: the sum of weight * squared distance to `center`, distances in float, the sum in double. */
LAKH_KERNEL double lakh_lanes_inertia(const float *lanes, size_t n_groups, size_t cols, const float *center,
                                      const float *weights);

/* Boxes in lanes: as rows, `middles` and `halves` are their centres and half widths, `norms` bounds |x| in each. Writes to
 * `owners` the centre that is nearest to every point of the box by more than the error a + b * norm, or -1 when there is none
 * or it is not sure; and to `rivals`, bit z for centre z < 32, which may be nearest somewhere in the box. */
LAKH_KERNEL void lakh_lanes_owners(const float *middles, const float *halves, const float *norms, size_t n_groups, size_t cols,
                                   const float *lines, size_t n_centers, float a, float b, int32_t *owners, uint32_t *rivals);

/* Writes a lower bound of the squared distance between `center` and any point of each box to `bounds`. */
LAKH_KERNEL void lakh_lanes_box_distances(const float *middles, const float *halves, size_t n_groups, size_t cols,
                                          const float *center, float *bounds);

/* Any number of columns. The groups come in pairs: n_groups is even, the last group of an odd number is repeated. */

/* Puts four rows (pointers to their values) into lanes, value * scale - shift, and their squared lengths into `squares`. */
LAKH_KERNEL void lakh_lanes_pack(const float *const rows[4], size_t cols, float scale, const float *shift, float *lanes,
                                 float *squares);

/* The lines of n centres in the order in which the kernels below read them: n * (1 + cols) numbers. */
LAKH_KERNEL void lakh_pack_lines(const float *lines, size_t n_centers, size_t cols, float *packed);

/* As lakh_lanes_nearest_of_few, for all of n_centers >= 1. A row is unsure when its two best scores differ by no more than
 * a + b * |x|, where `squares` holds |x|^2. */
LAKH_KERNEL void lakh_lanes_nearest(const float *lanes, size_t n_groups, size_t cols, const float *packed, size_t n_centers,
                                    const float *squares, float a, float b, const int32_t *labels, int32_t *found,
                                    uint8_t *reports);

/* Euclidean distances, by differences, of the four rows of a group to n centres: row l and centre c at out[l * stride + c],
 * multiplied by `unit`. */
LAKH_KERNEL void lakh_lanes_distances(const float *lanes, size_t cols, const float *lines, size_t n_centers, float unit,
                                      float *out, size_t stride);

/* As lakh_lanes_potential, for n centres at once: sums[c]. Distances are |x|^2 + score, and where that would lose more than a
 * few digits, sums of squared differences. */
LAKH_KERNEL void lakh_lanes_potentials(const float *lanes, size_t n_groups, size_t cols, const float *lines,
                                       const float *packed, size_t n_centers, const float *squares, const float *weights,
                                       const float *nearest, float *sums);

/* As lakh_lanes_approach, for any number of columns and the centre of one line. */
LAKH_KERNEL float lakh_lanes_approach_line(const float *lanes, size_t n_groups, size_t cols, const float *line,
                                           const float *squares, const float *weights, float *nearest);

#endif

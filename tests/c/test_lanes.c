/* The kernels against plain loops, on sizes with every kind of remainder. */
#include "base/random.h"
#include "kernels/lanes.h"
#include "kernels/quantise.h"
#include "kernels/range.h"
#include "test.h"

enum { MOST_GROUPS = 12, MOST_ROWS = MOST_GROUPS * LAKH_LANES, MOST_COLS = 40, MOST_CENTERS = 40 };

static float rows[MOST_ROWS * MOST_COLS], lanes[MOST_ROWS * MOST_COLS], lines[MOST_CENTERS * (1 + MOST_COLS)];
static float packed[MOST_CENTERS * (1 + MOST_COLS)], weights[MOST_ROWS], squares[MOST_ROWS], centers[MOST_CENTERS * MOST_COLS];
static float shift[MOST_COLS];

/* Multiples of 1/8 up to 2: sums of products of a few dozen are exact in float, so that references must match to the bit. */
static float eighth(lakh_random *random) { return (float)lakh_random_below(random, 33) / 8 - 2; }

static void fill(size_t n_groups, size_t cols, size_t n_centers, uint32_t seed) {
  lakh_random random = lakh_random_stream(seed, cols * 64 + n_groups);
  for (size_t i = 0; i < n_groups * LAKH_LANES * cols; i++) rows[i] = eighth(&random);
  for (size_t i = 0; i < n_groups * LAKH_LANES; i++) weights[i] = (float)lakh_random_below(&random, 5);
  for (size_t i = 0; i < n_centers * cols; i++) centers[i] = eighth(&random);
  for (size_t j = 0; j < cols; j++) shift[j] = 0;
  for (size_t g = 0; g < n_groups; g++) {
    const float *four[LAKH_LANES];
    for (size_t l = 0; l < LAKH_LANES; l++) four[l] = rows + (g * LAKH_LANES + l) * cols;
    lakh_lanes_pack(four, cols, 1, shift, lanes + g * LAKH_LANES * cols, squares + g * LAKH_LANES);
  }
  for (size_t c = 0; c < n_centers; c++) {
    float *line = lines + c * (1 + cols);
    line[0] = 0;
    for (size_t j = 0; j < cols; j++) {
      line[1 + j] = -2 * centers[c * cols + j];
      line[0] += centers[c * cols + j] * centers[c * cols + j];
    }
  }
  lakh_pack_lines(lines, n_centers, cols, packed);
}

static float distance(size_t row, size_t center, size_t cols) {
  float sum = 0;
  for (size_t j = 0; j < cols; j++) {
    float difference = rows[row * cols + j] - centers[center * cols + j];
    sum += difference * difference;
  }
  return sum;
}

static float square(size_t row, size_t cols) {
  float sum = 0;
  for (size_t j = 0; j < cols; j++) sum += rows[row * cols + j] * rows[row * cols + j];
  return sum;
}

static void packing_scales_shifts_and_measures(void) {
  for (size_t cols = 1; cols <= MOST_COLS; cols++) {
    float out[LAKH_LANES * MOST_COLS], lengths[LAKH_LANES];
    const float *four[LAKH_LANES];
    fill(1, cols, 1, 1);
    for (size_t j = 0; j < cols; j++) shift[j] = (float)(j % 3) / 2;
    for (size_t l = 0; l < LAKH_LANES; l++) four[l] = rows + l * cols;
    lakh_lanes_pack(four, cols, 0.5f, shift, out, lengths);
    for (size_t l = 0; l < LAKH_LANES; l++) {
      float length = 0;
      for (size_t j = 0; j < cols; j++) {
        float value = rows[l * cols + j] * 0.5f - shift[j];
        CHECK(out[j * LAKH_LANES + l] == value);
        length += value * value;
      }
      CHECK(lengths[l] == length);
    }
  }
}

/* The nearest of the listed centres, the first of equals, and how much closer it is than the next. */
static int32_t nearest_of(size_t row, size_t cols, const int32_t *candidates, size_t n, float *margin) {
  int32_t nearest = candidates[0];
  for (size_t c = 1; c < n; c++)
    if (distance(row, (size_t)candidates[c], cols) < distance(row, (size_t)nearest, cols)) nearest = candidates[c];
  *margin = (float)HUGE_VAL;
  for (size_t c = 0; c < n; c++)
    if (candidates[c] != nearest)
      *margin = fminf(*margin, distance(row, (size_t)candidates[c], cols) - distance(row, (size_t)nearest, cols));
  return nearest;
}

static void check_reports(size_t n_groups, size_t cols, const int32_t *candidates, size_t n, float error, const int32_t *labels,
                          const int32_t *found, const uint8_t *reports) {
  for (size_t row = 0; row < n_groups * LAKH_LANES; row++) {
    float margin;
    int32_t nearest = nearest_of(row, cols, candidates, n, &margin);
    unsigned report = reports[row / LAKH_LANES] >> row % LAKH_LANES;
    CHECK_EQ(found[row], nearest);
    CHECK_EQ(report & 1, nearest != labels[row]);
    CHECK_EQ(report >> 4 & 1, margin <= error);
  }
}

static void the_nearest_of_few_is_found(void) {
  int32_t labels[MOST_ROWS], found[MOST_ROWS];
  uint8_t reports[MOST_GROUPS];
  static const int32_t candidates[] = {0, 2, 3, 5, 8, 9, 13};
  for (size_t cols = 1; cols <= LAKH_FEW_COLUMNS; cols++) {
    for (size_t n_groups = 0; n_groups <= 10; n_groups++) {
      fill(n_groups, cols, 14, 2);
      for (size_t row = 0; row < MOST_ROWS; row++) labels[row] = candidates[row % 7];
      for (size_t n = 1; n <= 7; n++) {
        lakh_lanes_nearest_of_few(lanes, n_groups, cols, lines, candidates, n, 0.25f, labels, found, reports);
        check_reports(n_groups, cols, candidates, n, 0.25f, labels, found, reports);
      }
    }
  }
}

static void the_nearest_of_many_is_found(void) {
  int32_t labels[MOST_ROWS], found[MOST_ROWS], all[MOST_CENTERS];
  uint8_t reports[MOST_GROUPS];
  for (int32_t c = 0; c < MOST_CENTERS; c++) all[c] = c;
  for (size_t cols = 1; cols <= MOST_COLS; cols += cols < 10 ? 1 : 7) {
    for (size_t n_centers = 1; n_centers <= MOST_CENTERS; n_centers += n_centers < 12 ? 1 : 9) {
      for (size_t n_groups = 0; n_groups <= 4; n_groups += 2) {
        fill(n_groups, cols, n_centers, 3);
        for (size_t row = 0; row < MOST_ROWS; row++) labels[row] = (int32_t)(row % n_centers);
        lakh_lanes_nearest(lanes, n_groups, cols, packed, n_centers, squares, 0.25f, 0, labels, found, reports);
        check_reports(n_groups, cols, all, n_centers, 0.25f, labels, found, reports);
      }
    }
  }
}

static void potentials_are_sums_of_smaller_distances(void) {
  float nearest[MOST_ROWS], kept[MOST_ROWS], sums[7];
  for (size_t cols = 1; cols <= MOST_COLS; cols += cols < 9 ? 1 : 6) {
    for (size_t n_groups = 2; n_groups <= 12; n_groups += 2) {
      fill(n_groups, cols, 7, 4);
      for (size_t row = 0; row < n_groups * LAKH_LANES; row++) nearest[row] = (float)(row % 9);
      for (size_t n = 1; n <= 7; n++) {
        lakh_pack_lines(lines, n, cols, packed);
        lakh_lanes_potentials(lanes, n_groups, cols, lines, packed, n, squares, weights, nearest, sums);
        for (size_t c = 0; c < n; c++) {
          float expected = 0, largest = 0;
          for (size_t row = 0; row < n_groups * LAKH_LANES; row++) {
            float closer = fminf(nearest[row], distance(row, c, cols));
            expected += weights[row] * closer;
            largest = fmaxf(largest, closer);
          }
          CHECK(sums[c] == expected);
          memcpy(kept, nearest, sizeof kept);
          CHECK(lakh_lanes_approach_line(lanes, n_groups, cols, lines + c * (1 + cols), squares, weights, kept) == expected);
          for (size_t row = 0; row < n_groups * LAKH_LANES; row++)
            CHECK(kept[row] == fminf(nearest[row], distance(row, c, cols)));
          if (cols > LAKH_FEW_COLUMNS) continue;
          float farthest;
          CHECK(lakh_lanes_potential(lanes, n_groups, cols, centers + c * cols, weights, nearest) == expected);
          memcpy(kept, nearest, sizeof kept);
          CHECK(lakh_lanes_approach(lanes, n_groups, cols, centers + c * cols, weights, kept, &farthest) == expected);
          CHECK(farthest == largest);
          for (size_t row = 0; row < n_groups * LAKH_LANES; row++)
            CHECK(kept[row] == fminf(nearest[row], distance(row, c, cols)));
        }
      }
    }
  }
}

static void potentials_of_far_away_neighbours_keep_their_digits(void) {
  /* Distances of 2^-10 between points at 1: |x|^2 - 2 x.c + |c|^2 alone would leave nothing of them. */
  float nearest[8], sum;
  for (size_t cols = 1; cols <= 20; cols++) {
    fill(2, cols, 1, 5);
    for (size_t i = 0; i < 8 * cols; i++) rows[i] = 1 + (float)(i % 8) * 0x1p-20f;
    for (size_t j = 0; j < cols; j++) {
      centers[j] = 1;
      lines[1 + j] = -2;
    }
    lines[0] = (float)cols;
    for (size_t g = 0; g < 2; g++) {
      const float *four[LAKH_LANES];
      for (size_t l = 0; l < LAKH_LANES; l++) four[l] = rows + (g * LAKH_LANES + l) * cols;
      lakh_lanes_pack(four, cols, 1, shift, lanes + g * LAKH_LANES * cols, squares + g * LAKH_LANES);
    }
    for (size_t row = 0; row < 8; row++) {
      weights[row] = 1;
      nearest[row] = 1;
    }
    double expected = 0;
    for (size_t row = 0; row < 8; row++) expected += (double)distance(row, 0, cols);
    lakh_pack_lines(lines, 1, cols, packed);
    lakh_lanes_potentials(lanes, 2, cols, lines, packed, 1, squares, weights, nearest, &sum);
    CHECK(fabs((double)sum - expected) <= 1e-6 * expected);
  }
}

static void distances_are_written_row_by_row(void) {
  float out[LAKH_LANES * 11];
  for (size_t cols = 1; cols <= MOST_COLS; cols++) {
    fill(1, cols, 9, 6);
    lakh_lanes_distances(lanes, cols, lines, 9, 4, out, 11);
    for (size_t row = 0; row < LAKH_LANES; row++)
      for (size_t c = 0; c < 9; c++) CHECK(out[row * 11 + c] == 4 * sqrtf(distance(row, c, cols)));
  }
}

static void summaries_are_bounds_and_sums(void) {
  for (size_t cols = 1; cols <= LAKH_FEW_COLUMNS; cols++) {
    for (size_t n_groups = 1; n_groups <= 10; n_groups++) {
      float low[LAKH_FEW_COLUMNS], high[LAKH_FEW_COLUMNS];
      double sums[2 + LAKH_FEW_COLUMNS], expected[2 + LAKH_FEW_COLUMNS] = {0}, inertia = 0;
      fill(n_groups, cols, 1, 7);
      lakh_lanes_summary(lanes, n_groups, cols, weights, low, high, sums);
      for (size_t row = 0; row < n_groups * LAKH_LANES; row++) {
        expected[0] += (double)weights[row];
        expected[1 + cols] += (double)(weights[row] * square(row, cols));
        inertia += (double)(weights[row] * distance(row, 0, cols));
        for (size_t j = 0; j < cols; j++) expected[1 + j] += (double)(weights[row] * rows[row * cols + j]);
      }
      for (size_t j = 0; j < 2 + cols; j++) CHECK(sums[j] == expected[j]);
      CHECK(lakh_lanes_inertia(lanes, n_groups, cols, centers, weights) == inertia);
      for (size_t j = 0; j < cols; j++) {
        float least = rows[j], most = rows[j];
        for (size_t row = 1; row < n_groups * LAKH_LANES; row++) {
          least = fminf(least, rows[row * cols + j]);
          most = fmaxf(most, rows[row * cols + j]);
        }
        CHECK(low[j] == least && high[j] == most);
      }
    }
  }
}

/* A box is a row's place with half widths; its corners tell who owns it. */
static void boxes_belong_to_the_centre_nearest_to_every_corner(void) {
  float halves[MOST_ROWS * LAKH_FEW_COLUMNS], norms[MOST_ROWS] = {0}, bounds[MOST_ROWS];
  int32_t owners[MOST_ROWS];
  uint32_t rivals[MOST_ROWS];
  int owned = 0, shared = 0;
  for (size_t cols = 1; cols <= LAKH_FEW_COLUMNS; cols++) {
    for (size_t k = 1; k <= 6; k++) {
      fill(MOST_GROUPS, cols, k, 8);
      lakh_random random = lakh_random_stream(9, cols);
      for (size_t i = 0; i < MOST_ROWS * cols; i++) halves[i] = (float)lakh_random_below(&random, 5) / 8;
      lakh_lanes_owners(lanes, halves, norms, MOST_GROUPS, cols, lines, k, 0, 0, owners, rivals);
      lakh_lanes_box_distances(lanes, halves, MOST_GROUPS, cols, centers, bounds);
      for (size_t row = 0; row < MOST_ROWS; row++) {
        uint32_t at_corners = 0;
        float closest = (float)HUGE_VAL, middle[LAKH_FEW_COLUMNS];
        memcpy(middle, rows + row * cols, cols * sizeof(float));
        for (unsigned corner = 0; corner < 1u << cols; corner++) {
          for (size_t j = 0; j < cols; j++) {
            float half = halves[(row / 4 * cols + j) * 4 + row % 4];
            rows[row * cols + j] = middle[j] + (corner >> j & 1 ? half : -half);
          }
          float least = (float)HUGE_VAL;
          for (size_t c = 0; c < k; c++) least = fminf(least, distance(row, c, cols));
          for (size_t c = 0; c < k; c++)
            if (distance(row, c, cols) == least) at_corners |= 1u << c;
        }
        memcpy(rows + row * cols, middle, cols * sizeof(float));
        float gap_squares = 0;
        for (size_t j = 0; j < cols; j++) {
          float gap = fmaxf(0, fabsf(middle[j] - centers[j]) - halves[(row / 4 * cols + j) * 4 + row % 4]);
          gap_squares += gap * gap;
        }
        closest = gap_squares;
        CHECK(bounds[row] <= closest && bounds[row] >= closest * 0.9999f);
        CHECK_EQ(at_corners & ~rivals[row], 0);
        if (owners[row] >= 0) CHECK_EQ(at_corners, 1u << owners[row]);
        owned += owners[row] >= 0;
        shared += owners[row] < 0;
      }
    }
  }
  CHECK(owned > 200 && shared > 200);
}

static void ranges_cover_every_value(void) {
  lakh_random random = lakh_random_stream(3, 3);
  float values[45];
  for (size_t n = 1; n <= 40; n++) {
    for (size_t worst = 0; worst < n; worst++) {
      float low = (float)HUGE_VAL, high = -low, most = 0;
      double sum = 0;
      for (size_t i = 0; i < n; i++) {
        values[i] = eighth(&random) * (i == worst ? 8 : 1);
        low = fminf(low, values[i]);
        high = fmaxf(high, values[i]);
        most = fmaxf(most, fabsf(values[i]));
        sum += (double)values[i];
      }
      lakh_range range = lakh_range_of(values, n);
      CHECK(range.low == low && range.high == high && range.sum == sum);
      CHECK(lakh_max_abs(values, n) == most);
      values[worst] = -INFINITY;
      CHECK(lakh_max_abs(values, n) == INFINITY && lakh_range_of(values, n).low == -INFINITY);
      values[worst] = NAN;
      CHECK(isnan(lakh_max_abs(values, n)) && isnan(lakh_range_of(values, n).low));
      values[worst] = -NAN;
      CHECK(isnan(lakh_max_abs(values, n)) && isnan(lakh_range_of(values, n).high));
    }
  }
  CHECK(lakh_max_abs(values, 0) == 0);
}

static void columns_have_their_own_ranges_and_places(void) {
  lakh_random random = lakh_random_stream(4, 4);
  float values[40 * LAKH_RANGE_COLUMNS];
  int32_t places[40 * LAKH_RANGE_COLUMNS];
  for (size_t cols = 1; cols <= LAKH_RANGE_COLUMNS; cols++) {
    for (size_t n = 0; n <= 40; n++) {
      float low[LAKH_RANGE_COLUMNS], high[LAKH_RANGE_COLUMNS];
      lakh_axis axes[LAKH_QUANTISE_COLUMNS];
      for (size_t i = 0; i < n * cols; i++) values[i] = eighth(&random) + (float)(i % cols);
      for (size_t j = 0; j < cols; j++) {
        low[j] = (float)HUGE_VAL;
        high[j] = -(float)HUGE_VAL;
        axes[j] = (lakh_axis){0.5f, -1, 4 + (float)j, 7};
      }
      size_t half = n / 2;
      lakh_range_of_columns(values, half, cols, low, high);
      lakh_range_of_columns(values + half * cols, n - half, cols, low, high);
      lakh_quantise(values, n, cols, axes, places);
      for (size_t j = 0; j < cols; j++) {
        float least = (float)HUGE_VAL, most = -least;
        for (size_t i = 0; i < n; i++) {
          float value = values[i * cols + j], place = floorf((value * 0.5f + 1) * (4 + (float)j));
          least = fminf(least, value);
          most = fmaxf(most, value);
          CHECK_EQ(places[i * cols + j], fminf(fmaxf(place, 0), 7));
        }
        CHECK(low[j] == least && high[j] == most);
      }
    }
  }
}

static const promise promises[] = {
    {"packing scales, shifts and measures", packing_scales_shifts_and_measures},
    {"the nearest of few is found", the_nearest_of_few_is_found},
    {"the nearest of many is found", the_nearest_of_many_is_found},
    {"potentials are sums of smaller distances", potentials_are_sums_of_smaller_distances},
    {"potentials of far away neighbours keep their digits", potentials_of_far_away_neighbours_keep_their_digits},
    {"distances are written row by row", distances_are_written_row_by_row},
    {"summaries are bounds and sums", summaries_are_bounds_and_sums},
    {"boxes belong to the centre nearest to every corner", boxes_belong_to_the_centre_nearest_to_every_corner},
    {"ranges cover every value", ranges_cover_every_value},
    {"columns have their own ranges and places", columns_have_their_own_ranges_and_places},
};

MAIN(promises)

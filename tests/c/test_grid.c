#include "base/alloc.h"
#include "base/random.h"
#include "spatial/grid.h"
#include "test.h"

static float *make_rows(size_t n, size_t cols, double outlier) {
  float *rows = malloc(n * cols * sizeof(float));
  lakh_random random = lakh_random_stream(5, n);
  for (size_t i = 0; i < n * cols; i++) rows[i] = (float)(lakh_random_unit(&random) * (i % cols == 0 ? 1 : 0.25) - 0.5);
  rows[0] += (float)outlier;
  return rows;
}

static void build(lakh_grid *grid, lakh_matrix x, const float *weights, size_t rows_a_step) {
  static const float shift[LAKH_FEW_COLUMNS] = {0.25f, 0, 0.5f, 0, 0};
  CHECK_EQ(lakh_grid_begin(grid, x, weights, 0.5f, shift), LAKH_OK);
  lakh_status status;
  do status = lakh_grid_build(grid, rows_a_step);
  while (status == LAKH_MORE);
  CHECK_EQ(status, LAKH_DONE);
}

/* Every row lies in one slot, as it should be, inside its cell's box; sums are those of the cell's rows. */
static void check(const lakh_grid *grid, lakh_matrix x, const float *weights) {
  size_t cols = x.cols, n_rows = 0;
  bool *seen = calloc(x.rows, sizeof(bool));
  CHECK_EQ(grid->first[grid->n_cells], grid->n_groups);
  for (size_t cell = 0; cell < grid->n_cells; cell++) {
    double sums[2 + LAKH_FEW_COLUMNS] = {0};
    size_t begin = (size_t)grid->first[cell] * LAKH_LANES, end = (size_t)grid->first[cell + 1] * LAKH_LANES;
    CHECK(grid->sizes[cell] > 0 && end - begin - grid->sizes[cell] < LAKH_LANES);
    for (size_t slot = begin; slot < end; slot++) {
      size_t row = grid->rows[slot];
      bool padding = slot >= begin + grid->sizes[cell];
      CHECK(row < x.rows && seen[row] == padding);
      seen[row] = true;
      CHECK(grid->weights[slot] == (padding ? 0 : weights != NULL ? weights[row] : 1));
      double weight = (double)grid->weights[slot], length = 0;
      sums[0] += weight;
      for (size_t j = 0; j < cols; j++) {
        float value = x.data[row * cols + j] * 0.5f - (j == 0 ? 0.25f : j == 2 ? 0.5f : 0);
        size_t place = (cell / LAKH_LANES * cols + j) * LAKH_LANES + cell % LAKH_LANES;
        CHECK(grid->lanes[(slot / LAKH_LANES * cols + j) * LAKH_LANES + slot % LAKH_LANES] == value);
        CHECK(fabs((double)value - (double)grid->middles[place]) <= (double)grid->halves[place]);
        sums[1 + j] += weight * (double)value;
        length += (double)value * (double)value;
      }
      CHECK(sqrt(length) <= (double)grid->norms[cell]);
      sums[1 + cols] += weight * length;
    }
    for (size_t j = 0; j < 2 + cols; j++) CHECK_NEAR(grid->sums[cell * (2 + cols) + j], sums[j], 1e-12);
    n_rows += grid->sizes[cell];
  }
  CHECK_EQ(n_rows, x.rows);
  free(seen);
}

static void every_row_has_its_place(void) {
  static const size_t sizes[] = {1, 2, 3, 4, 5, 31, 32, 33, 100, 1000, 20000};
  for (size_t cols = 1; cols <= LAKH_FEW_COLUMNS; cols++) {
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
      size_t n = sizes[s];
      float *rows = make_rows(n, cols, 0), *weights = malloc(n * sizeof(float));
      for (size_t i = 0; i < n; i++) weights[i] = (float)(i % 4);
      lakh_grid grid;
      build(&grid, (lakh_matrix){rows, n, cols}, weights, SIZE_MAX);
      check(&grid, (lakh_matrix){rows, n, cols}, weights);
      lakh_grid_free(&grid);
      free(rows);
      free(weights);
    }
  }
}

static void cells_are_small_and_well_filled(void) {
  float *rows = make_rows(100000, 3, 0);
  lakh_grid grid;
  build(&grid, (lakh_matrix){rows, 100000, 3}, NULL, SIZE_MAX);
  CHECK(grid.n_cells > 100000 / 100 && grid.n_cells < 100000 / 30);
  double widest = 0;
  for (size_t i = 0; i < grid.n_box_groups * LAKH_LANES * 3; i++) widest = fmax(widest, (double)grid.halves[i]);
  CHECK(widest < 0.05);
  lakh_grid_free(&grid);
  free(rows);
}

static void steps_do_not_change_the_grid(void) {
  float *rows = make_rows(5000, 2, 0);
  lakh_matrix x = {rows, 5000, 2};
  lakh_grid whole, stepped;
  build(&whole, x, NULL, SIZE_MAX);
  for (size_t step = 1; step < 9000; step = step * 3 + 1) {
    build(&stepped, x, NULL, step);
    CHECK_EQ(stepped.n_cells, whole.n_cells);
    CHECK(memcmp(stepped.rows, whole.rows, whole.n_groups * LAKH_LANES * sizeof(uint32_t)) == 0);
    CHECK(memcmp(stepped.lanes, whole.lanes, whole.n_groups * LAKH_LANES * 2 * sizeof(float)) == 0);
    lakh_grid_free(&stepped);
  }
  lakh_grid_free(&whole);
  free(rows);
}

static void cells_with_many_rows_are_cut(void) {
  /* All but one row in one corner. */
  float *rows = make_rows(50000, 3, 1e6);
  lakh_grid grid;
  build(&grid, (lakh_matrix){rows, 50000, 3}, NULL, SIZE_MAX);
  for (size_t cell = 0; cell < grid.n_cells; cell++) CHECK(grid.sizes[cell] <= 4096);
  check(&grid, (lakh_matrix){rows, 50000, 3}, NULL);
  lakh_grid_free(&grid);
  free(rows);
}

static void equal_rows_and_vanishing_ranges_make_one_place(void) {
  float *rows = malloc(100 * 2 * sizeof(float));
  for (size_t i = 0; i < 100; i++) {
    rows[2 * i] = 1;
    rows[2 * i + 1] = (float)i * 1e-40f;
  }
  lakh_grid grid;
  build(&grid, (lakh_matrix){rows, 100, 2}, NULL, 7);
  CHECK_EQ(grid.n_cells, 1);
  check(&grid, (lakh_matrix){rows, 100, 2}, NULL);
  lakh_grid_free(&grid);
  free(rows);
}

static void a_failing_allocation_is_reported_and_leaves_nothing(void) {
  float rows[300] = {0};
  for (size_t i = 0; i < 300; i++) rows[i] = (float)(i * 7 % 13);
  static const float shift[3] = {0, 0, 0};
  for (long n = 0;; n++) {
    lakh_grid grid;
    lakh_fail_allocations(n, true);
    lakh_status status = lakh_grid_begin(&grid, (lakh_matrix){rows, 100, 3}, NULL, 1, shift);
    while (status == LAKH_OK || status == LAKH_MORE) {
      status = lakh_grid_build(&grid, 50);
      if (status == LAKH_DONE) break;
    }
    lakh_fail_allocations(-1, false);
    lakh_grid_free(&grid);
    if (status == LAKH_DONE) {
      CHECK(n > 8);
      return;
    }
    CHECK_EQ(status, LAKH_NO_MEMORY);
  }
}

static const promise promises[] = {
    {"every row has its place", every_row_has_its_place},
    {"cells are small and well filled", cells_are_small_and_well_filled},
    {"steps do not change the grid", steps_do_not_change_the_grid},
    {"cells with many rows are cut", cells_with_many_rows_are_cut},
    {"equal rows and vanishing ranges make one place", equal_rows_and_vanishing_ranges_make_one_place},
    {"a failing allocation is reported and leaves nothing", a_failing_allocation_is_reported_and_leaves_nothing},
};

MAIN(promises)

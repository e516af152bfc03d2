/* Skipping distances by bounds must not change a single label: fits with bounds are held against fits without. */
#include "base/alloc.h"
#include "base/random.h"
#include "kernels/group_bounds.h"
#include "lakh.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum kind { BLOBS, BYTES, OUTLIER, OFFSET, FAR_AND_FINE, GRID, UNEVEN, N_KINDS } kind;

static float value_of(kind kind, lakh_random *random, size_t row, size_t col, size_t blob) {
  double noise = lakh_random_unit(random) + lakh_random_unit(random) - 1, center = (double)((blob * 7 + col * 3) % 11) / 4;
  switch (kind) {
  case BYTES:
    return (float)lakh_random_below(random, 256);
  case OUTLIER:
    return (float)(row == 17 ? 1e6 * (double)(col + 1) : center + noise);
  case OFFSET:
    return (float)(1e6 + 100 * (double)col + center + noise);
  case FAR_AND_FINE:
    return (float)((row % 2 == 0 ? -1e5 : 1e5) + center + noise);
  case GRID: /* many rows as far from one centre as from another */
    return (float)lakh_random_below(random, 3);
  case UNEVEN:
    return (float)((center + noise) * pow(10, (double)(col % 5) - 2));
  default:
    return (float)(center + noise);
  }
}

static lakh_matrix make(kind kind, size_t rows, size_t cols, uint32_t seed) {
  float *data = malloc(rows * cols * sizeof(float));
  lakh_random random = lakh_random_stream(seed, (uint32_t)kind);
  for (size_t i = 0; i < rows; i++) {
    size_t blob = lakh_random_below(&random, 40);
    for (size_t j = 0; j < cols; j++) data[i * cols + j] = value_of(kind, &random, i, j, blob);
  }
  return (lakh_matrix){data, rows, cols};
}

static lakh_kmeans *fit(lakh_matrix x, int32_t k, int32_t n_init, int32_t algorithm, lakh_kmeans_state *state) {
  lakh_kmeans_params params = {.n_clusters = k, .n_init = n_init, .max_iter = 60, .tol = 0, .algorithm = algorithm};
  lakh_kmeans *kmeans = NULL;
  CHECK_EQ(lakh_kmeans_create(&params, x, NULL, NULL, &kmeans), LAKH_OK);
  CHECK_EQ(lakh_job_run((lakh_job *)kmeans), LAKH_DONE);
  lakh_kmeans_get(kmeans, state);
  return kmeans;
}

static void check_same(lakh_matrix x, int32_t k, int32_t n_init) {
  lakh_kmeans_state plain, bounded;
  lakh_kmeans *without = fit(x, k, n_init, LAKH_KMEANS_LLOYD, &plain), *with = fit(x, k, n_init, LAKH_KMEANS_ELKAN, &bounded);
  CHECK_EQ(plain.n_iter, bounded.n_iter);
  CHECK(memcmp(plain.labels, bounded.labels, x.rows * sizeof(int32_t)) == 0);
  CHECK(memcmp(plain.centers, bounded.centers, (size_t)k * x.cols * sizeof(float)) == 0);
  CHECK(plain.inertia == bounded.inertia);
  lakh_job_free((lakh_job *)without);
  lakh_job_free((lakh_job *)with);
}

static void bounds_change_no_label_of_any_kind_of_data(void) {
  for (kind kind = BLOBS; kind < N_KINDS; kind++) {
    for (size_t cols = 1; cols <= 25; cols += cols < 9 ? 2 : 8) {
      lakh_matrix x = make(kind, 700, cols, 5);
      check_same(x, 12, 1);
      free((void *)(uintptr_t)x.data);
    }
  }
}

static void bounds_change_no_label_for_any_number_of_centres(void) {
  static const int32_t ks[] = {1, 2, 7, 8, 9, 15, 16, 17, 20, 33, 63, 64, 65, 128, 129, 300};
  for (size_t i = 0; i < sizeof ks / sizeof *ks; i++) {
    lakh_matrix x = make(BLOBS, 900, 10, (uint32_t)i);
    check_same(x, ks[i], 2);
    free((void *)(uintptr_t)x.data);
  }
}

static void a_short_row_is_the_row_but_for_what_is_said_to_be_lost(void) {
  float row[21], shift[21];
  int16_t shorts[24];
  for (size_t cols = 1; cols <= 21; cols++) {
    double lost = 0, squares = 0;
    for (size_t j = 0; j < cols; j++) {
      row[j] = sinf((float)(j * cols + 1)) * 3;
      shift[j] = 0.25f * (float)(j % 3);
    }
    float square, said = lakh_shorten_row(row, cols, 0.25f, shift, 1024, shorts, &square);
    for (size_t j = 0; j < 24; j++) {
      if (j >= cols && j < (cols + 7) / 8 * 8) CHECK_EQ(shorts[j], 0);
      if (j >= cols) continue;
      double value = shorts[j] / 1024.0, rest = (double)(row[j] * 0.25f - shift[j]) - value;
      CHECK(fabs(rest) <= 0.5 / 1024);
      lost += rest * rest;
      squares += value * value;
    }
    CHECK(fabs((double)said - lost) <= 1e-6 * lost);
    CHECK(fabs((double)square - squares) <= 1e-6 * squares);
  }
}

static const promise promises[] = {
    {"bounds change no label of any kind of data", bounds_change_no_label_of_any_kind_of_data},
    {"bounds change no label for any number of centres", bounds_change_no_label_for_any_number_of_centres},
    {"a short row is the row but for what is said to be lost", a_short_row_is_the_row_but_for_what_is_said_to_be_lost},
};

MAIN(promises)

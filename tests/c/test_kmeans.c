#include "base/alloc.h"
#include "base/random.h"
#include "kmeans_reference.h"
#include "lakh.h"
#include "test.h"

#include <float.h>

static const int32_t algorithms[] = {LAKH_KMEANS_AUTO, LAKH_KMEANS_LLOYD, LAKH_KMEANS_ELKAN, LAKH_KMEANS_FILTERING};

static lakh_kmeans_params params_of(size_t k, int32_t init, int32_t algorithm) {
  return (lakh_kmeans_params){.n_clusters = (int32_t)k,
                              .init = init,
                              .n_init = 1,
                              .max_iter = 300,
                              .tol = 1e-4,
                              .random_state = 3,
                              .algorithm = algorithm};
}

/* A fit that must succeed; freed by the caller. */
static lakh_kmeans *fit(const lakh_kmeans_params *params, lakh_matrix x, const float *weights, const float *init,
                        lakh_kmeans_state *state) {
  lakh_kmeans *kmeans = NULL;
  CHECK_EQ(lakh_kmeans_create(params, x, weights, init, &kmeans), LAKH_OK);
  CHECK_EQ(lakh_job_run((lakh_job *)kmeans), LAKH_DONE);
  lakh_kmeans_get(kmeans, state);
  return kmeans;
}

static void release(lakh_kmeans *kmeans) { lakh_job_free((lakh_job *)kmeans); }

/* Blobs: n rows around `blobs` centres. */
static lakh_matrix make_blobs(size_t n, size_t cols, size_t blobs, double spread, uint32_t seed) {
  float *data = malloc(n * cols * sizeof(float));
  double *centers = malloc(blobs * cols * sizeof(double));
  lakh_random random = lakh_random_stream(seed, 7);
  for (size_t i = 0; i < blobs * cols; i++) centers[i] = lakh_random_unit(&random) * 10;
  for (size_t i = 0; i < n; i++) {
    const double *center = centers + lakh_random_below(&random, (uint32_t)blobs) * cols;
    for (size_t j = 0; j < cols; j++) {
      double noise = lakh_random_unit(&random) + lakh_random_unit(&random) + lakh_random_unit(&random) - 1.5;
      data[i * cols + j] = (float)(center[j] + spread * noise);
    }
  }
  free(centers);
  return (lakh_matrix){data, n, cols};
}

static void release_matrix(lakh_matrix x) { free((void *)(uintptr_t)x.data); }

static void check_against_reference(lakh_matrix x, const float *weights, const float *init, size_t k, int32_t algorithm) {
  lakh_kmeans_params params = params_of(k, LAKH_INIT_CENTERS, algorithm);
  lakh_kmeans_state state;
  lakh_kmeans *kmeans = fit(&params, x, weights, init, &state);
  reference_fit reference = reference_kmeans(x, weights, init, k, params.max_iter, params.tol);
  for (size_t i = 0; i < x.rows; i++) CHECK_EQ(state.labels[i], reference.labels[i]);
  double largest = 0;
  for (size_t i = 0; i < k * x.cols; i++) largest = fmax(largest, fabs(reference.centers[i]));
  for (size_t i = 0; i < k * x.cols; i++) CHECK(fabs((double)state.centers[i] - reference.centers[i]) <= 2e-7 * largest);
  CHECK(fabs(state.inertia - reference.inertia) <= 1e-6 * reference.inertia + 1e-12 * largest * largest);
  CHECK_EQ(state.n_iter, reference.n_iter);
  CHECK_EQ(state.converged, reference.converged);
  free_reference(&reference);
  release(kmeans);
}

static void all_algorithms_give_the_reference_s_partition(void) {
  static const size_t shapes[][3] = {{1, 1, 1},     {2, 2, 2},    {7, 3, 2},    {50, 1, 3},   {400, 2, 5},  {1000, 3, 5},
                                     {3000, 3, 40}, {1000, 4, 6}, {1500, 5, 7}, {500, 6, 11}, {801, 16, 9}, {300, 70, 12}};
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
    size_t n = shapes[s][0], cols = shapes[s][1], k = shapes[s][2];
    lakh_matrix x = make_blobs(n, cols, k, 3, (uint32_t)s);
    float *weights = malloc(n * sizeof(float));
    for (size_t i = 0; i < n; i++) weights[i] = (float)(i % 5) + (n < 5);
    for (size_t a = 0; a < 4; a++) {
      if (algorithms[a] == LAKH_KMEANS_FILTERING && cols > 5) continue;
      check_against_reference(x, NULL, x.data, k, algorithms[a]);
      check_against_reference(x, weights, x.data, k, algorithms[a]);
    }
    free(weights);
    release_matrix(x);
  }
}

static void the_algorithm_does_not_change_what_a_seed_gives(void) {
  for (size_t cols = 3; cols <= 9; cols += 6) {
    lakh_matrix x = make_blobs(20000, cols, 8, 6, 1);
    lakh_kmeans_state states[4];
    lakh_kmeans *fits[4] = {NULL};
    for (size_t a = 0; a < 4; a++) {
      if (algorithms[a] == LAKH_KMEANS_FILTERING && cols > 5) continue;
      lakh_kmeans_params params = params_of(8, LAKH_INIT_KMEANS_PLUS_PLUS, algorithms[a]);
      fits[a] = fit(&params, x, NULL, NULL, &states[a]);
      CHECK(memcmp(states[a].labels, states[0].labels, x.rows * sizeof(int32_t)) == 0);
      CHECK(memcmp(states[a].centers, states[0].centers, 8 * cols * sizeof(float)) == 0);
      CHECK_EQ(states[a].n_iter, states[0].n_iter);
    }
    for (size_t a = 0; a < 4; a++) release(fits[a]);
    release_matrix(x);
  }
}

static void merging_equal_pixels_changes_nothing(void) {
  /* 8000 pixels of at most 512 colours, and the same merged. */
  enum { N = 8000, COLORS = 512 };
  float *pixels = malloc(N * 3 * sizeof(float)), merged[COLORS * 3], weights[COLORS] = {0};
  int color_of[N], row_of[COLORS];
  lakh_random random = lakh_random_stream(11, 0);
  for (int i = 0; i < N; i++) {
    color_of[i] = 0;
    for (int j = 0; j < 3; j++) {
      uint32_t level = (lakh_random_below(&random, 8) + lakh_random_below(&random, 8)) / 2;
      pixels[3 * i + j] = (float)(level * 36 + (uint32_t)j);
      color_of[i] = color_of[i] * 8 + (int)level;
    }
    weights[color_of[i]]++;
  }
  size_t n_merged = 0;
  for (int color = 0; color < COLORS; color++) {
    row_of[color] = -1;
    if (weights[color] == 0) continue;
    for (int j = 0; j < 3; j++) merged[3 * n_merged + (size_t)j] = (float)((color >> (6 - 3 * j) & 7) * 36 + j);
    weights[n_merged] = weights[color];
    row_of[color] = (int)n_merged++;
  }
  float init[15] = {0, 1, 2, 252, 253, 254, 10, 200, 30, 100, 120, 90, 200, 20, 100};
  for (size_t a = 0; a < 4; a++) {
    lakh_kmeans_params params = params_of(5, LAKH_INIT_CENTERS, algorithms[a]);
    lakh_kmeans_state whole, less;
    lakh_kmeans *first = fit(&params, (lakh_matrix){pixels, N, 3}, NULL, init, &whole);
    lakh_kmeans *second = fit(&params, (lakh_matrix){merged, n_merged, 3}, weights, init, &less);
    CHECK(memcmp(whole.centers, less.centers, sizeof init) == 0);
    for (int i = 0; i < N; i++) CHECK_EQ(whole.labels[i], less.labels[row_of[color_of[i]]]);
    CHECK_NEAR(whole.inertia / less.inertia, 1, 1e-12);
    CHECK_EQ(whole.n_iter, less.n_iter);
    release(first);
    release(second);
  }
  free(pixels);
}

static void labels_are_those_of_assign(void) {
  lakh_matrix x = make_blobs(5000, 3, 9, 4, 5);
  lakh_kmeans_params params = params_of(9, LAKH_INIT_KMEANS_PLUS_PLUS, LAKH_KMEANS_AUTO);
  lakh_kmeans_state state;
  lakh_kmeans *kmeans = fit(&params, x, NULL, NULL, &state);
  int32_t *labels = malloc(x.rows * sizeof(int32_t));
  lakh_assign *assign;
  CHECK_EQ(lakh_assign_create(x, state.centers, 9, labels, NULL, NULL, &assign), LAKH_OK);
  CHECK_EQ(lakh_job_run((lakh_job *)assign), LAKH_DONE);
  CHECK(memcmp(labels, state.labels, x.rows * sizeof(int32_t)) == 0);
  lakh_job_free((lakh_job *)assign);
  free(labels);
  release(kmeans);
  release_matrix(x);
}

static void every_iteration_shows_a_consistent_state(void) {
  lakh_matrix x = make_blobs(4000, 3, 6, 5, 2);
  for (size_t a = 0; a < 4; a++) {
    lakh_kmeans_params params = params_of(6, LAKH_INIT_KMEANS_PLUS_PLUS, algorithms[a]);
    lakh_kmeans *kmeans;
    CHECK_EQ(lakh_kmeans_create(&params, x, NULL, NULL, &kmeans), LAKH_OK);
    double inertia_before = HUGE_VAL, done_before = 0;
    int32_t iterations = -1;
    for (lakh_status status; (status = lakh_job_step((lakh_job *)kmeans)) != LAKH_DONE;) {
      CHECK(status == LAKH_MORE || status == LAKH_ITERATION);
      double done, total;
      lakh_job_progress((lakh_job *)kmeans, &done, &total);
      CHECK(done >= done_before && done <= total);
      done_before = done;
      if (status != LAKH_ITERATION) continue;
      lakh_kmeans_state state;
      lakh_kmeans_get(kmeans, &state);
      double centers[18], inertia = 0;
      for (size_t i = 0; i < 18; i++) centers[i] = (double)state.centers[i];
      for (size_t i = 0; i < x.rows; i++) {
        CHECK(state.labels[i] >= 0 && state.labels[i] < 6);
        inertia += reference_distance(x.data + i * 3, centers + state.labels[i] * 3, 3);
      }
      CHECK(fabs(inertia - state.inertia) <= 1e-6 * inertia);
      CHECK(state.inertia <= inertia_before * (1 + 1e-9));
      inertia_before = state.inertia;
      CHECK(state.n_iter > iterations);
      iterations = state.n_iter;
    }
    CHECK(iterations >= 1);
    double done, total;
    lakh_job_progress((lakh_job *)kmeans, &done, &total);
    CHECK(done == total);
    release(kmeans);
  }
  release_matrix(x);
}

static void empty_clusters_take_the_farthest_rows(void) {
  float rows[] = {0, 0, 1, 0, 0, 1, 10, 10, 50, 50}, init[] = {0, 0, 1000, 1000, 2000, 2000};
  lakh_matrix x = {rows, 5, 2};
  for (size_t a = 0; a < 4; a++) check_against_reference(x, NULL, init, 3, algorithms[a]);
  lakh_kmeans_params params = params_of(3, LAKH_INIT_CENTERS, LAKH_KMEANS_AUTO);
  lakh_kmeans_state state;
  lakh_kmeans *kmeans = fit(&params, x, NULL, init, &state);
  static const int32_t expected[] = {0, 0, 0, 2, 1};
  for (int i = 0; i < 5; i++) CHECK_EQ(state.labels[i], expected[i]);
  CHECK_NEAR(state.inertia, 4.0 / 3, 1e-6);
  release(kmeans);
}

static void more_clusters_than_rows_coincide(void) {
  float rows[] = {1, 2, 3, 4, 1, 2};
  for (int32_t init = LAKH_INIT_KMEANS_PLUS_PLUS; init <= LAKH_INIT_RANDOM; init++) {
    for (size_t a = 0; a < 4; a++) {
      lakh_kmeans_params params = params_of(7, init, algorithms[a]);
      lakh_kmeans_state state;
      lakh_kmeans *kmeans = fit(&params, (lakh_matrix){rows, 3, 2}, NULL, NULL, &state);
      CHECK(state.inertia == 0);
      CHECK_EQ(state.labels[0], state.labels[2]);
      CHECK(state.labels[0] != state.labels[1]);
      CHECK_EQ(state.converged, 1);
      for (size_t i = 0; i < 14; i++) CHECK(isfinite(state.centers[i]));
      release(kmeans);
    }
  }
}

static void equal_rows_and_constant_columns_are_ordinary_data(void) {
  enum { N = 3000 };
  float *equal = malloc(N * 3 * sizeof(float)), *constant = malloc(N * 3 * sizeof(float));
  for (size_t i = 0; i < N; i++) {
    for (size_t j = 0; j < 3; j++) equal[3 * i + j] = 0.1f * (float)(j + 1);
    constant[3 * i] = 1e6f;
    constant[3 * i + 1] = (float)(i % 2) * 5;
    constant[3 * i + 2] = -7;
  }
  for (size_t a = 0; a < 4; a++) {
    lakh_kmeans_params params = params_of(2, LAKH_INIT_KMEANS_PLUS_PLUS, algorithms[a]);
    lakh_kmeans_state state;
    lakh_kmeans *kmeans = fit(&params, (lakh_matrix){equal, N, 3}, NULL, NULL, &state);
    CHECK(state.inertia == 0);
    for (size_t i = 0; i < N; i++) CHECK_EQ(state.labels[i], 0);
    for (size_t j = 0; j < 3; j++) CHECK(state.centers[j] == equal[j]);
    release(kmeans);
    kmeans = fit(&params, (lakh_matrix){constant, N, 3}, NULL, NULL, &state);
    CHECK(state.inertia == 0);
    for (size_t i = 2; i < N; i++) CHECK_EQ(state.labels[i], state.labels[i % 2]);
    CHECK(state.labels[0] != state.labels[1]);
    release(kmeans);
  }
  free(equal);
  free(constant);
}

/* Powers of two change nothing but the exponents; an offset changes the labels only where it rounds the data. */
static void scale_and_offset_do_not_matter(void) {
  enum { N = 2000 };
  lakh_matrix x = make_blobs(N, 3, 5, 2, 9), wide = make_blobs(N, 12, 5, 2, 9);
  float *moved = malloc(N * 12 * sizeof(float));
  static const float scales[] = {0x1p-100f, 0x1p-140f, 0x1p100f, 0x1p120f};
  lakh_matrix tables[] = {x, wide};
  for (size_t t = 0; t < 2; t++) {
    size_t size = N * tables[t].cols;
    for (size_t a = 0; a < 3; a++) {
      lakh_kmeans_params params = params_of(5, LAKH_INIT_KMEANS_PLUS_PLUS, algorithms[a]);
      lakh_kmeans_state plain, scaled;
      lakh_kmeans *first = fit(&params, tables[t], NULL, NULL, &plain);
      for (size_t s = 0; s < 4; s++) {
        for (size_t i = 0; i < size; i++) moved[i] = tables[t].data[i] * scales[s];
        lakh_kmeans *second = fit(&params, (lakh_matrix){moved, N, tables[t].cols}, NULL, NULL, &scaled);
        if (scales[s] != 0x1p-140f) { /* there numbers lose digits */
          CHECK(memcmp(plain.labels, scaled.labels, N * sizeof(int32_t)) == 0);
          CHECK_NEAR(scaled.inertia / plain.inertia / (double)scales[s] / (double)scales[s], 1, 1e-12);
        }
        release(second);
      }
      for (size_t i = 0; i < size; i++) moved[i] = rintf(tables[t].data[i] * 16) / 16 + 1e6f;
      check_against_reference((lakh_matrix){moved, N, tables[t].cols}, NULL, moved, 5, algorithms[a]);
      release(first);
    }
  }
  free(moved);
  release_matrix(x);
  release_matrix(wide);
}

static void the_largest_floats_do_not_overflow(void) {
  float rows[] = {FLT_MAX, -FLT_MAX, FLT_MAX, FLT_MAX, -FLT_MAX, -FLT_MAX, FLT_TRUE_MIN, 0};
  for (size_t a = 0; a < 4; a++) {
    lakh_kmeans_params params = params_of(4, LAKH_INIT_KMEANS_PLUS_PLUS, algorithms[a]);
    lakh_kmeans_state state;
    lakh_kmeans *kmeans = fit(&params, (lakh_matrix){rows, 4, 2}, NULL, NULL, &state);
    CHECK(state.inertia < 1e70);
    for (int i = 0; i < 4; i++)
      for (int j = 0; j < i; j++) CHECK(state.labels[i] != state.labels[j]);
    release(kmeans);
  }
}

static void rows_of_weight_zero_follow_but_do_not_lead(void) {
  float rows[] = {0, 1, 2, 100, 101, 102, 1e6f, 50.4f}, weights[] = {1, 1, 1, 2, 2, 2, 0, 0};
  for (size_t a = 0; a < 4; a++) {
    lakh_kmeans_params params = params_of(2, LAKH_INIT_KMEANS_PLUS_PLUS, algorithms[a]);
    lakh_kmeans_state state;
    lakh_kmeans *kmeans = fit(&params, (lakh_matrix){rows, 8, 1}, weights, NULL, &state);
    CHECK_NEAR(state.inertia, 6, 1e-6);
    CHECK_EQ(state.labels[6], state.labels[3]);
    CHECK_EQ(state.labels[7], state.labels[0]);
    release(kmeans);
  }
}

static void the_best_of_several_runs_is_kept(void) {
  lakh_matrix x = make_blobs(600, 2, 12, 1, 4);
  lakh_kmeans_params params = params_of(12, LAKH_INIT_RANDOM, LAKH_KMEANS_AUTO);
  lakh_kmeans_state state;
  params.n_init = 8;
  lakh_kmeans *several = fit(&params, x, NULL, NULL, &state);
  double centers[24], inertia = 0, best = HUGE_VAL;
  for (size_t i = 0; i < 24; i++) centers[i] = (double)state.centers[i];
  for (size_t i = 0; i < 600; i++) inertia += reference_distance(x.data + 2 * i, centers + 2 * state.labels[i], 2);
  CHECK_NEAR(state.inertia, inertia, 1e-6);
  /* The same runs, watched one by one. */
  lakh_kmeans *watched;
  CHECK_EQ(lakh_kmeans_create(&params, x, NULL, NULL, &watched), LAKH_OK);
  double last = HUGE_VAL;
  int32_t run = 0, best_run = 0;
  for (lakh_status status = LAKH_MORE; status != LAKH_DONE;) {
    status = lakh_job_step((lakh_job *)watched);
    CHECK(status >= LAKH_DONE);
    if (status != LAKH_ITERATION) continue;
    lakh_kmeans_state now;
    lakh_kmeans_get(watched, &now);
    if (now.run != run && last < best) {
      best = last;
      best_run = run;
    }
    run = now.run;
    last = now.inertia;
  }
  if (last < best) {
    best = last;
    best_run = run;
  }
  CHECK_EQ(state.run, best_run);
  CHECK_EQ(run, 7);
  CHECK_NEAR(state.inertia, best, 1e-6);
  release(several);
  release(watched);
  release_matrix(x);
}

static void random_starts_are_different_rows(void) {
  float rows[40];
  for (size_t i = 0; i < 40; i++) rows[i] = (float)(i * i);
  for (uint32_t seed = 0; seed < 20; seed++) {
    lakh_kmeans_params params = params_of(40, LAKH_INIT_RANDOM, LAKH_KMEANS_AUTO);
    params.random_state = seed;
    lakh_kmeans_state state;
    lakh_kmeans *kmeans = fit(&params, (lakh_matrix){rows, 40, 1}, NULL, NULL, &state);
    CHECK(state.inertia == 0);
    release(kmeans);
  }
}

static void seeding_finds_small_far_clusters(void) {
  /* 30,000 rows in one place and three a long way off: more rows than candidates are judged on. */
  enum { N = 30003 };
  for (size_t cols = 2; cols <= 8; cols += 6) {
    lakh_matrix x = make_blobs(N, cols, 1, 1, 6);
    float *data = (float *)(uintptr_t)x.data;
    for (size_t i = 0; i < 3; i++) data[i * 10000 * cols] += 3000;
    int found = 0;
    for (uint32_t seed = 0; seed < 20; seed++) {
      lakh_kmeans_params params = params_of(2, LAKH_INIT_KMEANS_PLUS_PLUS, LAKH_KMEANS_AUTO);
      params.random_state = seed;
      lakh_kmeans_state state;
      lakh_kmeans *kmeans = fit(&params, x, NULL, NULL, &state);
      found += state.labels[0] == state.labels[10000] && state.labels[0] == state.labels[20000] &&
               state.labels[0] != state.labels[1];
      release(kmeans);
    }
    CHECK_EQ(found, 20);
    release_matrix(x);
  }
}

static void one_iteration_is_one_iteration(void) {
  lakh_matrix x = make_blobs(500, 2, 5, 8, 8);
  lakh_kmeans_params params = params_of(5, LAKH_INIT_CENTERS, LAKH_KMEANS_AUTO);
  params.max_iter = 1;
  lakh_kmeans_state state;
  lakh_kmeans *kmeans = fit(&params, x, NULL, x.data, &state);
  reference_fit reference = reference_kmeans(x, NULL, x.data, 5, 1, 1e-4);
  CHECK_EQ(state.n_iter, 1);
  CHECK_EQ(state.converged, 0);
  for (size_t i = 0; i < 500; i++) CHECK_EQ(state.labels[i], reference.labels[i]);
  free_reference(&reference);
  release(kmeans);
  release_matrix(x);
}

static void refuse(lakh_kmeans_params params, lakh_matrix x, const float *weights, const float *init, lakh_status expected) {
  lakh_kmeans *untouched = (lakh_kmeans *)&untouched;
  CHECK_EQ(lakh_kmeans_create(&params, x, weights, init, &untouched), expected);
  CHECK(untouched == (lakh_kmeans *)&untouched);
}

static void bad_arguments_are_refused(void) {
  float rows[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, weights[] = {1, 0}, bad[12];
  lakh_matrix x = {rows, 2, 6}, none = {rows, 0, 6};
  lakh_kmeans_params good = params_of(2, LAKH_INIT_KMEANS_PLUS_PLUS, LAKH_KMEANS_AUTO), params = good;
  refuse(good, none, NULL, NULL, LAKH_BAD_ARGUMENT);
  refuse(good, (lakh_matrix){rows, 2, 0}, NULL, NULL, LAKH_BAD_ARGUMENT);
  refuse(good, (lakh_matrix){NULL, 2, 6}, NULL, NULL, LAKH_BAD_ARGUMENT);
  refuse(good, (lakh_matrix){rows, SIZE_MAX / 8, 6}, NULL, NULL, LAKH_BAD_ARGUMENT);
  params.n_clusters = 0;
  refuse(params, x, NULL, NULL, LAKH_BAD_ARGUMENT);
  params = good, params.n_init = 0;
  refuse(params, x, NULL, NULL, LAKH_BAD_ARGUMENT);
  params = good, params.max_iter = 0;
  refuse(params, x, NULL, NULL, LAKH_BAD_ARGUMENT);
  params = good, params.tol = -1;
  refuse(params, x, NULL, NULL, LAKH_BAD_ARGUMENT);
  params = good, params.tol = (double)NAN;
  refuse(params, x, NULL, NULL, LAKH_BAD_ARGUMENT);
  params = good, params.init = 3;
  refuse(params, x, NULL, NULL, LAKH_BAD_ARGUMENT);
  params = good, params.algorithm = 4;
  refuse(params, x, NULL, NULL, LAKH_BAD_ARGUMENT);
  params = good, params.init = LAKH_INIT_CENTERS;
  refuse(params, x, NULL, NULL, LAKH_BAD_ARGUMENT);
  refuse(good, x, NULL, rows, LAKH_BAD_ARGUMENT);
  for (int i = 0; i < 4; i++) {
    static const float wrong[] = {-1, NAN, INFINITY, 0};
    weights[0] = wrong[i];
    refuse(good, x, weights, NULL, LAKH_BAD_ARGUMENT);
  }
  for (size_t i = 0; i < 12; i++) {
    for (int j = 0; j < 3; j++) {
      memcpy(bad, rows, sizeof rows);
      bad[i] = j == 0 ? NAN : j == 1 ? INFINITY : -INFINITY;
      refuse(good, (lakh_matrix){bad, 2, 6}, NULL, NULL, LAKH_NOT_FINITE);
      refuse(good, (lakh_matrix){bad, 4, 3}, NULL, NULL, LAKH_NOT_FINITE);
      params = good, params.init = LAKH_INIT_CENTERS;
      refuse(params, x, NULL, bad, LAKH_NOT_FINITE);
    }
  }
}

/* Runs a fit with the n-th allocation failing; true when it was not reached. */
static bool survives(const lakh_kmeans_params *params, lakh_matrix x, long n, bool once) {
  lakh_fail_allocations(n, once);
  lakh_kmeans *kmeans = NULL;
  lakh_status status = lakh_kmeans_create(params, x, NULL, NULL, &kmeans);
  if (status == LAKH_OK) status = lakh_job_run((lakh_job *)kmeans);
  lakh_fail_allocations(-1, false);
  CHECK(status == LAKH_DONE || status == LAKH_NO_MEMORY);
  lakh_job_free((lakh_job *)kmeans);
  return status == LAKH_DONE;
}

static void running_out_of_memory_anywhere_is_an_error(void) {
  for (size_t cols = 3; cols <= 9; cols += 6) {
    lakh_matrix x = make_blobs(300, cols, 3, 3, 1);
    for (size_t a = 0; a < 4; a++) {
      if (algorithms[a] == LAKH_KMEANS_FILTERING && cols > 5) continue;
      lakh_kmeans_params params = params_of(3, LAKH_INIT_KMEANS_PLUS_PLUS, algorithms[a]);
      params.n_init = 2;
      for (int once = 0; once < 2; once++) {
        long n = 0;
        while (!survives(&params, x, n, once)) n++;
        CHECK(n > 10);
      }
    }
    release_matrix(x);
  }
}

static void a_fit_can_be_freed_at_every_step(void) {
  for (size_t cols = 3; cols <= 9; cols += 6) {
    lakh_matrix x = make_blobs(40000, cols, 5, 3, 1);
    lakh_kmeans_params params = params_of(5, LAKH_INIT_KMEANS_PLUS_PLUS, LAKH_KMEANS_AUTO);
    params.n_init = 2;
    for (int steps = 0, finished = 0; !finished; steps++) {
      lakh_kmeans *kmeans;
      CHECK_EQ(lakh_kmeans_create(&params, x, NULL, NULL, &kmeans), LAKH_OK);
      for (int i = 0; i < steps && !finished; i++) finished = lakh_job_step((lakh_job *)kmeans) == LAKH_DONE;
      release(kmeans);
      steps += steps / 4;
    }
    release_matrix(x);
  }
}

static void looking_on_does_not_change_the_result(void) {
  lakh_matrix x = make_blobs(30000, 3, 5, 4, 12);
  lakh_kmeans_params params = params_of(5, LAKH_INIT_KMEANS_PLUS_PLUS, LAKH_KMEANS_AUTO);
  lakh_kmeans_state unseen, seen;
  lakh_kmeans *first = fit(&params, x, NULL, NULL, &unseen), *second;
  CHECK_EQ(lakh_kmeans_create(&params, x, NULL, NULL, &second), LAKH_OK);
  while (lakh_job_step((lakh_job *)second) != LAKH_DONE) lakh_kmeans_get(second, &seen);
  lakh_kmeans_get(second, &seen);
  CHECK(memcmp(unseen.labels, seen.labels, x.rows * sizeof(int32_t)) == 0);
  CHECK(memcmp(unseen.centers, seen.centers, 15 * sizeof(float)) == 0);
  CHECK(unseen.inertia == seen.inertia);
  release(first);
  release(second);
  release_matrix(x);
}

static const promise promises[] = {
    {"all algorithms give the reference's partition", all_algorithms_give_the_reference_s_partition},
    {"the algorithm does not change what a seed gives", the_algorithm_does_not_change_what_a_seed_gives},
    {"merging equal pixels changes nothing", merging_equal_pixels_changes_nothing},
    {"labels are those of assign", labels_are_those_of_assign},
    {"every iteration shows a consistent state", every_iteration_shows_a_consistent_state},
    {"empty clusters take the farthest rows", empty_clusters_take_the_farthest_rows},
    {"more clusters than rows coincide", more_clusters_than_rows_coincide},
    {"equal rows and constant columns are ordinary data", equal_rows_and_constant_columns_are_ordinary_data},
    {"scale and offset do not matter", scale_and_offset_do_not_matter},
    {"the largest floats do not overflow", the_largest_floats_do_not_overflow},
    {"rows of weight zero follow but do not lead", rows_of_weight_zero_follow_but_do_not_lead},
    {"the best of several runs is kept", the_best_of_several_runs_is_kept},
    {"random starts are different rows", random_starts_are_different_rows},
    {"seeding finds small far clusters", seeding_finds_small_far_clusters},
    {"one iteration is one iteration", one_iteration_is_one_iteration},
    {"bad arguments are refused", bad_arguments_are_refused},
    {"running out of memory anywhere is an error", running_out_of_memory_anywhere_is_an_error},
    {"a fit can be freed at every step", a_fit_can_be_freed_at_every_step},
    {"looking on does not change the result", looking_on_does_not_change_the_result},
};

MAIN(promises)

#include "base/alloc.h"
#include "base/job.h"
#include "base/logarithm.h"
#include "base/random.h"
#include "test.h"

static void philox_gives_the_published_numbers(void) {
  /* Known answers of Random123 1.14 (kat_vectors, philox4x32 10). */
  static const struct {
    uint32_t counter[4], key[2], expected[4];
  } known[] = {
      {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
       {0xa4093822, 0x299f31d0},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    uint32_t out[4];
    lakh_philox4x32(known[i].counter, known[i].key, out);
    for (int j = 0; j < 4; j++) CHECK_EQ(out[j], known[i].expected[j]);
  }
}

static void random_numbers_stay_in_their_range(void) {
  lakh_random random = lakh_random_stream(1, 2);
  double sum = 0;
  for (int i = 0; i < 100000; i++) {
    double unit = lakh_random_unit(&random);
    CHECK(unit >= 0 && unit < 1);
    sum += unit;
  }
  CHECK_NEAR(sum / 100000, 0.5, 0.005);
  int seen[7] = {0};
  for (int i = 0; i < 70000; i++) seen[lakh_random_below(&random, 7)]++;
  for (int i = 0; i < 7; i++) CHECK(abs(seen[i] - 10000) < 500);
  CHECK_EQ(lakh_random_below(&random, 1), 0);
}

static void streams_of_one_seed_differ(void) {
  lakh_random a = lakh_random_stream(5, 0), b = lakh_random_stream(5, 1), again = lakh_random_stream(5, 0);
  uint32_t first = lakh_random_u32(&a);
  CHECK(first != lakh_random_u32(&b));
  CHECK_EQ(first, lakh_random_u32(&again));
}

static void impossible_sizes_are_refused_and_blocks_are_aligned(void) {
  CHECK(lakh_alloc(SIZE_MAX, 2) == NULL);
  CHECK(lakh_alloc(SIZE_MAX / 2, 1) == NULL);
  void *nothing = lakh_alloc(0, 8);
  CHECK(nothing != NULL);
  lakh_free(nothing);
  for (size_t size = 1; size < 100; size++) {
    unsigned char *block = lakh_alloc_zeroed(size, 1);
    CHECK((uintptr_t)block % 16 == 0);
    for (size_t i = 0; i < size; i++) CHECK_EQ(block[i], 0);
    lakh_free(block);
  }
}

static void the_nth_allocation_can_be_made_to_fail(void) {
  lakh_fail_allocations(1, true);
  void *first = lakh_alloc(1, 1);
  CHECK(first != NULL && lakh_alloc(1, 1) == NULL);
  void *third = lakh_alloc(1, 1);
  CHECK(third != NULL);
  lakh_free(first);
  lakh_free(third);
  lakh_fail_allocations(0, false);
  CHECK(lakh_alloc(1, 1) == NULL && lakh_alloc(1, 1) == NULL);
  lakh_fail_allocations(-1, false);
}

static void the_first_value_that_is_not_finite_is_found(void) {
  float data[6] = {1, 2, 3, 4, 5, 6};
  lakh_matrix x = {data, 2, 3};
  size_t row = 9, col = 9;
  CHECK_EQ(lakh_check_finite(x, &row, &col), LAKH_OK);
  CHECK_EQ(row, 9);
  data[4] = NAN;
  data[5] = INFINITY;
  CHECK_EQ(lakh_check_finite(x, &row, &col), LAKH_NOT_FINITE);
  CHECK_EQ(row, 1);
  CHECK_EQ(col, 1);
  data[1] = -INFINITY;
  CHECK_EQ(lakh_check_finite(x, &row, &col), LAKH_NOT_FINITE);
  CHECK_EQ(row, 0);
}

typedef struct countdown {
  lakh_job job;
  int left;
} countdown;

static lakh_status count(lakh_job *job) {
  countdown *self = (countdown *)job;
  lakh_job_advance(job, 1);
  return --self->left > 0 ? LAKH_MORE : self->left == 0 ? LAKH_DONE : LAKH_NO_MEMORY;
}

static void a_finished_job_stays_finished(void) {
  countdown job = {.left = 3};
  lakh_job_begin(&job.job, count, NULL, 5);
  CHECK_EQ(lakh_job_step(&job.job), LAKH_MORE);
  CHECK_EQ(lakh_job_run(&job.job), LAKH_DONE);
  double done, total;
  lakh_job_progress(&job.job, &done, &total);
  CHECK(done == 5 && total == 5);
  CHECK_EQ(lakh_job_step(&job.job), LAKH_DONE);
  CHECK_EQ(job.left, 0);
}

static void logarithms_are_right_to_the_last_digits(void) {
  CHECK(lakh_log(1) == 0);
  for (double x = 1e-300; x < 1e300; x *= 1.37) CHECK(fabs(lakh_log(x) - log(x)) <= 4e-16 * fmax(1, fabs(log(x))));
  for (double x = 0.5; x < 2; x += 1e-4) CHECK(fabs(lakh_log(x) - log(x)) <= 4e-16 * fmax(0.5, fabs(log(x))));
}

static const promise promises[] = {
    {"philox gives the published numbers", philox_gives_the_published_numbers},
    {"random numbers stay in their range", random_numbers_stay_in_their_range},
    {"streams of one seed differ", streams_of_one_seed_differ},
    {"impossible sizes are refused and blocks are aligned", impossible_sizes_are_refused_and_blocks_are_aligned},
    {"the n-th allocation can be made to fail", the_nth_allocation_can_be_made_to_fail},
    {"the first value that is not finite is found", the_first_value_that_is_not_finite_is_found},
    {"logarithms are right to the last digits", logarithms_are_right_to_the_last_digits},
    {"a finished job stays finished", a_finished_job_stays_finished},
};

MAIN(promises)

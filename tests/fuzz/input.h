/* The bytes of a fuzzer as a source of choices. When they run out, every choice is 0. */
#ifndef LAKH_FUZZ_INPUT_H
#define LAKH_FUZZ_INPUT_H

#include "base/alloc.h"
#include "lakh.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                                                                     \
  do {                                                                                                                         \
    if (!(condition)) {                                                                                                        \
      fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);                                                \
      abort();                                                                                                                 \
    }                                                                                                                          \
  } while (0)

typedef struct input {
  const uint8_t *data;
  size_t size;
} input;

static inline uint8_t take_byte(input *in) {
  if (in->size == 0) return 0;
  in->size--;
  return *in->data++;
}

/* A whole number in low..high, at most 256 apart. */
static inline int32_t take_int(input *in, int32_t low, int32_t high) { return low + take_byte(in) % (high - low + 1); }

static inline float take_bits(input *in) {
  uint32_t bits = 0;
  for (int i = 0; i < 4; i++) bits = bits << 8 | take_byte(in);
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* How values are made of bytes: small whole numbers, so that rows and distances are often equal; these times a power of two, on
 * an offset; or any bits at all, also NaN and infinity. */
typedef struct value_maker {
  int kind;
  float scale, offset;
} value_maker;

static inline value_maker take_maker(input *in) {
  value_maker maker = {take_int(in, 0, 3), 1, 0};
  if (maker.kind == 1 || maker.kind == 2) maker.scale = ldexpf(1, take_int(in, -60, 60));
  if (maker.kind == 2) maker.offset = maker.scale * ldexpf(1, take_int(in, 0, 20));
  return maker;
}

static inline float take_value(input *in, value_maker maker) {
  if (maker.kind == 3) return take_bits(in);
  return (float)(int8_t)take_byte(in) * maker.scale + maker.offset;
}

/* A table of its own size, so that the sanitizer sees every step beyond it. */
static inline float *take_table(input *in, size_t size) {
  float *table = malloc(size * sizeof *table);
  value_maker maker = take_maker(in);
  for (size_t i = 0; i < size; i++) table[i] = take_value(in, maker);
  return table;
}

/* NULL, or weights of which some are 0. */
static inline float *take_weights(input *in, size_t size) {
  if (take_byte(in) % 2 == 0) return NULL;
  float *weights = malloc(size * sizeof *weights);
  for (size_t i = 0; i < size; i++) weights[i] = (float)take_int(in, 0, 5);
  return weights;
}

static inline bool all_finite(const float *table, size_t size) {
  for (size_t i = 0; i < size; i++) {
    if (!isfinite(table[i])) return false;
  }
  return true;
}

static inline double sum_of(const float *values, size_t size) {
  double sum = 0;
  for (size_t i = 0; i < size; i++) sum += (double)values[i];
  return sum;
}

/* The largest difference between values of a column, over all columns: the size of the data. */
static inline double extent_of(lakh_matrix x) {
  double widest = 0;
  for (size_t j = 0; j < x.cols; j++) {
    for (size_t i = 0; i < x.rows; i++) widest = fmax(widest, fabs((double)x.data[i * x.cols + j] - (double)x.data[j]));
  }
  return widest;
}

static inline double squared_distance(const float *a, const float *b, size_t cols) {
  double sum = 0;
  for (size_t j = 0; j < cols; j++) sum += ((double)a[j] - (double)b[j]) * ((double)a[j] - (double)b[j]);
  return sum;
}

/* Now and then one of the next allocations fails. Returns whether it may. */
static inline bool take_failure(input *in) {
  uint8_t choice = take_byte(in);
  if (choice < 192) return false;
  lakh_fail_allocations(choice - 192, choice % 2 == 0);
  return true;
}

/* Steps a job that was created with `status`, and says how it went; a job that failed is freed. */
static inline bool run_job(lakh_status status, lakh_job *job, bool may_fail) {
  if (status == LAKH_OK) status = lakh_job_run(job);
  lakh_fail_allocations(-1, false);
  if (status == LAKH_DONE) return true;
  if (!may_fail || status != LAKH_NO_MEMORY) fprintf(stderr, "status %d\n", (int)status);
  REQUIRE(may_fail && status == LAKH_NO_MEMORY);
  lakh_job_free(job);
  return false;
}

#endif

/* Tells an engine whose SIMD works from a broken one: rows are assigned to centres by the kernels and by plain scalar code. All
 * numbers are small integers, whose squared distances are exact in float in whatever order they are summed. */
#include <stdint.h>

#include "base/alloc.h"
#include "lakh.h"
#include "wasm/export.h"

/* Rows: more than a vector's lanes, and a remainder. Columns: one vector of four and a remainder. */
enum { ROWS = 21, CENTERS = 3, COLS = 5 };

typedef struct samples {
  float rows[ROWS * COLS];
  float centers[CENTERS * COLS];
  int32_t labels[ROWS];
  float nearest[ROWS];
} samples;

static float small_integer(int i) { return (float)((i * 37 + 11) % 29 - 14); }

/* Squared distance of a row to a centre; `volatile` keeps the compiler from computing it in vectors, or now. */
static int squared_distance(int row, int center) {
  volatile int sum = 0;
  for (int j = 0; j < COLS; j++) {
    int difference = (int)small_integer(row * COLS + j) - (int)small_integer((ROWS + center) * COLS + j);
    sum = sum + difference * difference;
  }
  return sum;
}

static bool is_right(const samples *s, int row) {
  int label = 0;
  for (int c = 1; c < CENTERS; c++) {
    if (squared_distance(row, c) < squared_distance(row, label)) label = c;
  }
  return s->labels[row] == label && s->nearest[row] == (float)squared_distance(row, label);
}

/* 1 when the engine computes rightly; 0 when it does not, or when there is no memory to tell. */
LAKH_EXPORT(self_check) int wasm_self_check(void) {
  samples *s = lakh_alloc(1, sizeof *s);
  if (s == NULL) return 0;
  for (int i = 0; i < ROWS * COLS; i++) s->rows[i] = small_integer(i);
  for (int i = 0; i < CENTERS * COLS; i++) s->centers[i] = small_integer(ROWS * COLS + i);
  lakh_assign *assign = NULL;
  lakh_matrix x = {s->rows, ROWS, COLS};
  bool right = lakh_assign_create(x, s->centers, CENTERS, s->labels, NULL, s->nearest, &assign) == LAKH_OK;
  right = right && lakh_job_run((lakh_job *)assign) == LAKH_DONE;
  lakh_job_free((lakh_job *)assign);
  for (int row = 0; row < ROWS; row++) right = right && is_right(s, row);
  lakh_free(s);
  return right ? 1 : 0;
}

#include "base/alloc.h"
#include "base/random.h"
#include "kernels/matmul.h"
#include "test.h"

static const float GUARD = 12345;

/* One product on random data: all that surrounds C, and the rest of its rows, must stay. */
typedef struct problem {
  lakh_matmul_shape shape;
  size_t a_stride, b_stride, c_stride;
  float *a, *b, *before, *bias;
} problem;

static float *random_floats(lakh_random *random, size_t count) {
  float *values = malloc((count + 1) * sizeof *values);
  for (size_t i = 0; i < count; i++) values[i] = (float)(lakh_random_unit(random) * 2 - 1);
  return values;
}

static problem make_problem(lakh_matmul_shape shape, size_t gap) {
  lakh_random random = lakh_random_stream(7, shape.rows * 10007 + shape.cols * 101 + shape.depth);
  problem p = {.shape = shape};
  p.a_stride = (shape.a_transposed ? shape.rows : shape.depth) + gap;
  p.b_stride = (shape.b_transposed ? shape.depth : shape.cols) + gap;
  p.c_stride = shape.cols + gap;
  p.a = random_floats(&random, p.a_stride * (shape.a_transposed ? shape.depth : shape.rows));
  p.b = random_floats(&random, p.b_stride * (shape.b_transposed ? shape.cols : shape.depth));
  p.before = random_floats(&random, p.c_stride * shape.rows);
  p.bias = random_floats(&random, shape.cols);
  for (size_t i = 0; i < shape.rows; i++) {
    for (size_t j = shape.cols; j < p.c_stride; j++) p.before[i * p.c_stride + j] = GUARD;
  }
  return p;
}

static void free_problem(problem *p) {
  free(p->a);
  free(p->b);
  free(p->before);
  free(p->bias);
}

static float *run(const problem *p, lakh_matmul_finish finish) {
  size_t size = p->c_stride * p->shape.rows, wanted = lakh_matmul_workspace(&p->shape);
  float *c = malloc((size + 1) * sizeof *c), *workspace = malloc((wanted + 1) * sizeof *workspace);
  memcpy(c, p->before, size * sizeof *c);
  c[size] = GUARD;
  for (size_t i = 0; i < wanted; i++) workspace[i] = NAN; /* what was there must not matter */
  workspace[wanted] = GUARD;
  lakh_matmul(&p->shape, p->a, p->a_stride, p->b, p->b_stride, c, p->c_stride, finish, workspace);
  CHECK(c[size] == GUARD && workspace[wanted] == GUARD);
  free(workspace);
  return c;
}

/* The definition, in double; each element must lie within the bound of any order of summation: depth * 2^-24 * sum |a b|. */
static void check_product(const problem *p, lakh_matmul_finish finish) {
  const lakh_matmul_shape *shape = &p->shape;
  float *c = run(p, finish);
  for (size_t i = 0; i < shape->rows; i++) {
    for (size_t j = 0; j < shape->cols; j++) {
      double sum = finish.accumulate ? (double)p->before[i * p->c_stride + j] : 0, size = fabs(sum);
      for (size_t k = 0; k < shape->depth; k++) {
        double a = (double)(shape->a_transposed ? p->a[k * p->a_stride + i] : p->a[i * p->a_stride + k]);
        double b = (double)(shape->b_transposed ? p->b[j * p->b_stride + k] : p->b[k * p->b_stride + j]);
        sum += a * b;
        size += fabs(a * b);
      }
      if (finish.bias != NULL) sum += (double)finish.bias[j], size += fabs((double)finish.bias[j]);
      if (finish.relu && sum < 0) sum = 0;
      double error = fabs((double)c[i * p->c_stride + j] - sum);
      CHECK(error <= ((double)shape->depth + 3) * 0x1p-24 * size);
    }
    for (size_t j = shape->cols; j < p->c_stride; j++) CHECK(c[i * p->c_stride + j] == GUARD);
  }
  free(c);
}

static void check_all_cases(size_t rows, size_t cols, size_t depth, size_t gap) {
  for (int form = 0; form < 4; form++) {
    problem p = make_problem((lakh_matmul_shape){rows, cols, depth, form & 1, form >> 1 & 1}, gap);
    check_product(&p, (lakh_matmul_finish){0});
    check_product(&p, (lakh_matmul_finish){.accumulate = true});
    check_product(&p, (lakh_matmul_finish){.bias = p.bias});
    check_product(&p, (lakh_matmul_finish){.bias = p.bias, .relu = true});
    check_product(&p, (lakh_matmul_finish){.accumulate = true, .bias = p.bias, .relu = true});
    free_problem(&p);
  }
}

static void every_small_shape_is_right(void) {
  for (size_t rows = 0; rows <= 10; rows++) {
    for (size_t cols = 0; cols <= 18; cols++) {
      for (size_t depth = 0; depth <= 9; depth++) check_all_cases(rows, cols, depth, 0);
    }
  }
  static const size_t odd[] = {1, 2, 3, 4, 5, 7, 11, 13, 16, 17, 23, 31, 33, 39, 40};
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
    for (size_t j = 0; j < sizeof odd / sizeof *odd; j++) check_all_cases(odd[i], odd[j], odd[(i + 2 * j) % 15], 1 + i % 3);
  }
}

/* Sets whole steps of the depth to zero in blocks of neighbouring rows of A and columns of B, as pictures have empty margins. */
static void empty_margins(problem *p) {
  const lakh_matmul_shape *shape = &p->shape;
  for (size_t k = 0; k < shape->depth; k++) {
    for (size_t i = 0; i < shape->rows; i++) {
      if ((i / 16 + k / 3) % 3 > 0) p->a[shape->a_transposed ? k * p->a_stride + i : i * p->a_stride + k] = 0;
    }
    for (size_t j = 0; j < shape->cols; j++) {
      if ((j / 24 + k / 5) % 4 == 1) p->b[shape->b_transposed ? j * p->b_stride + k : k * p->b_stride + j] = -0.f;
    }
  }
}

static void skipping_zeros_changes_no_bit(void) {
  for (int form = 0; form < 4; form++) {
    problem p = make_problem((lakh_matmul_shape){51, 107, 200, form & 1, form >> 1 & 1}, 1);
    empty_margins(&p);
    check_product(&p, (lakh_matmul_finish){.accumulate = true, .bias = p.bias});
    float *c = run(&p, (lakh_matmul_finish){0});
    for (size_t i = 0; i < p.shape.rows; i++) {
      for (size_t j = 0; j < p.shape.cols; j++) {
        float sum = 0;
        for (size_t k = 0; k < p.shape.depth; k++) {
          float a = p.shape.a_transposed ? p.a[k * p.a_stride + i] : p.a[i * p.a_stride + k];
          float b = p.shape.b_transposed ? p.b[j * p.b_stride + k] : p.b[k * p.b_stride + j];
          sum += a * b;
        }
        CHECK(c[i * p.c_stride + j] == sum);
      }
    }
    free(c);
    free_problem(&p);
  }
}

static void shapes_beyond_one_block_are_right(void) {
  check_all_cases(133, 17, 330, 1);
  check_all_cases(5, 259, 321, 0);
  check_all_cases(131, 265, 37, 5);
  check_all_cases(3, 9, 1000, 0);
  check_all_cases(128, 4, 256, 0);
}

static void rows_may_lie_apart(void) {
  check_all_cases(9, 11, 13, 1);
  check_all_cases(4, 8, 4, 3);
  check_all_cases(17, 3, 21, 7);
}

static void relu_lets_nan_through(void) {
  /* A diverged training must be seen, not silently made 0. */
  problem p = make_problem((lakh_matmul_shape){5, 9, 6, false, false}, 0);
  p.a[0] = NAN;
  float *c = run(&p, (lakh_matmul_finish){.relu = true});
  for (size_t j = 0; j < 9; j++) CHECK(isnan(c[j]));
  for (size_t j = 9; j < 45; j++) CHECK(c[j] >= 0);
  free(c);
  free_problem(&p);
}

static void transposed_operands_give_the_same_bits(void) {
  /* Wide shapes are summed in one order, however A and B are stored. */
  enum { ROWS = 21, COLS = 19, DEPTH = 700 };
  problem p = make_problem((lakh_matmul_shape){ROWS, COLS, DEPTH, false, false}, 0);
  float *expected = run(&p, (lakh_matmul_finish){0});
  for (int form = 1; form < 4; form++) {
    problem q = make_problem((lakh_matmul_shape){ROWS, COLS, DEPTH, form & 1, form >> 1 & 1}, 0);
    for (size_t k = 0; k < DEPTH; k++) {
      for (size_t i = 0; i < ROWS; i++) q.a[form & 1 ? k * ROWS + i : i * DEPTH + k] = p.a[i * DEPTH + k];
      for (size_t j = 0; j < COLS; j++) q.b[form >> 1 ? j * DEPTH + k : k * COLS + j] = p.b[k * COLS + j];
    }
    float *c = run(&q, (lakh_matmul_finish){0});
    CHECK(memcmp(c, expected, sizeof(float) * ROWS * COLS) == 0);
    free(c);
    free_problem(&q);
  }
  free(expected);
  free_problem(&p);
}

static void workspace_serves_every_smaller_shape(void) {
  static const size_t sizes[] = {0, 1, 4, 5, 7, 255, 256, 257, 319, 320, 321, 640, 641, 784};
  enum { COUNT = sizeof sizes / sizeof *sizes };
  for (size_t i = 0; i + 1 < COUNT * COUNT * COUNT; i++) {
    for (int form = 0; form < 4; form++) {
      lakh_matmul_shape shape = {sizes[i % COUNT], sizes[i / COUNT % COUNT], sizes[i / COUNT / COUNT], form & 1, form >> 1};
      size_t wanted = lakh_matmul_workspace(&shape);
      CHECK(wanted >= 1);
      size_t *sides[] = {&shape.rows, &shape.cols, &shape.depth};
      for (int side = 0; side < 3; side++) {
        size_t before = *sides[side];
        for (size_t j = 0; j < COUNT && sizes[j] <= before; j++) {
          *sides[side] = sizes[j];
          CHECK(lakh_matmul_workspace(&shape) <= wanted);
        }
        *sides[side] = before;
      }
    }
  }
}

static const promise promises[] = {
    {"every small shape is right in all transpose cases", every_small_shape_is_right},
    {"skipping zeros changes no bit", skipping_zeros_changes_no_bit},
    {"shapes beyond one block are right", shapes_beyond_one_block_are_right},
    {"rows may lie apart, and what lies between stays", rows_may_lie_apart},
    {"workspace serves every smaller shape", workspace_serves_every_smaller_shape},
    {"relu lets NaN through", relu_lets_nan_through},
    {"transposed operands give the same bits", transposed_operands_give_the_same_bits},
};

MAIN(promises)

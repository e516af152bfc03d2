/* The box that encloses the data along the eigenvectors of their covariance, found by Jacobi's rotations (Golub & Van Loan, Matrix
 * Computations, 8.5): each makes one element off the diagonal zero, and after a few sweeps over all of them they are all
 * negligible.
 *
 * A cloud that is long in an oblique direction fills little of the box along its columns, and would look clustered beside data
 * that fill it. Beyond MAX_COLUMNS columns, where the rotations would take too long, the columns are the axes all the same.
 *
 * Time: O(n d^2 + d^3). Memory: O(d^2). */
#include "cluster/principal_box.h"

#include <float.h>
#include <math.h>

#include "base/alloc.h"

enum { MAX_COLUMNS = 100, MAX_SWEEPS = 30 };

/* Multiplications of a step, about 2 ms. */
static const double WORK_A_STEP = 2e6;

static lakh_status find_means(lakh_principal_box *box);
static lakh_status find_covariance(lakh_principal_box *box);
static lakh_status sweep(lakh_principal_box *box);
static lakh_status enclose(lakh_principal_box *box);

lakh_status lakh_principal_box_begin(lakh_principal_box *box, lakh_matrix x, const float *weights) {
  *box = (lakh_principal_box){.x = x, .weights = weights, .phase = find_means};
  box->means = lakh_alloc_zeroed(x.cols, sizeof *box->means);
  box->low = lakh_alloc(x.cols, sizeof *box->low);
  box->high = lakh_alloc(x.cols, sizeof *box->high);
  if (box->means == NULL || box->low == NULL || box->high == NULL) return LAKH_NO_MEMORY;
  for (size_t j = 0; j < x.cols; j++) {
    box->low[j] = DBL_MAX;
    box->high[j] = -DBL_MAX;
  }
  if (x.cols > MAX_COLUMNS) return LAKH_OK;
  box->covariance = lakh_alloc_zeroed(x.cols * x.cols, sizeof *box->covariance);
  box->axes = lakh_alloc_zeroed(x.cols * x.cols, sizeof *box->axes);
  if (box->covariance == NULL || box->axes == NULL) return LAKH_NO_MEMORY;
  for (size_t j = 0; j < x.cols; j++) box->axes[j * x.cols + j] = 1;
  return LAKH_OK;
}

lakh_status lakh_principal_box_step(lakh_principal_box *box) { return box->phase(box); }

void lakh_principal_box_release(lakh_principal_box *box) {
  lakh_free(box->means);
  lakh_free(box->covariance);
  lakh_free(box->axes);
  lakh_free(box->low);
  lakh_free(box->high);
  *box = (lakh_principal_box){.phase = NULL};
}

static lakh_status go_on_with(lakh_principal_box *box, lakh_status (*phase)(lakh_principal_box *)) {
  box->phase = phase;
  box->next = 0;
  return LAKH_MORE;
}

static double weight_of(const lakh_principal_box *box, size_t row) {
  return box->weights != NULL ? (double)box->weights[row] : 1;
}

/* Where a step ends that does `work` a row. */
static size_t end_of_step(const lakh_principal_box *box, double work) {
  const double rows = WORK_A_STEP / work + 1, left = (double)(box->x.rows - box->next);
  return rows < left ? box->next + (size_t)rows : box->x.rows;
}

static lakh_status find_means(lakh_principal_box *box) {
  const lakh_matrix x = box->x;
  const size_t end = end_of_step(box, (double)x.cols);
  for (size_t i = box->next; i < end; i++) {
    const double weight = weight_of(box, i);
    for (size_t j = 0; j < x.cols; j++) box->means[j] += weight * (double)x.data[i * x.cols + j];
    box->weight += weight;
  }
  box->next = end;
  if (end < x.rows) return LAKH_MORE;
  for (size_t j = 0; j < x.cols; j++) box->means[j] /= box->weight;
  return go_on_with(box, box->covariance != NULL ? find_covariance : enclose);
}

/* The upper triangle, times the weight. */
static lakh_status find_covariance(lakh_principal_box *box) {
  const lakh_matrix x = box->x;
  const size_t end = end_of_step(box, (double)(x.cols * x.cols));
  for (size_t i = box->next; i < end; i++) {
    const float *row = x.data + i * x.cols;
    for (size_t j = 0; j < x.cols; j++) {
      const double weighted = weight_of(box, i) * ((double)row[j] - box->means[j]);
      for (size_t l = j; l < x.cols; l++) box->covariance[j * x.cols + l] += weighted * ((double)row[l] - box->means[l]);
    }
  }
  box->next = end;
  if (end < x.rows) return LAKH_MORE;
  for (size_t j = 0; j < x.cols; j++) {
    for (size_t l = 0; l < j; l++) box->covariance[j * x.cols + l] = box->covariance[l * x.cols + j];
  }
  return go_on_with(box, sweep);
}

/* (a, b) becomes (c a - s b, s a + c b), for `count` pairs. */
static void rotate(double *a, double *b, size_t count, size_t stride, double c, double s) {
  for (size_t i = 0; i < count * stride; i += stride) {
    const double x = a[i], y = b[i];
    a[i] = c * x - s * y;
    b[i] = s * x + c * y;
  }
}

/* Makes the element (p, q) zero. */
static void rotate_away(lakh_principal_box *box, size_t p, size_t q) {
  const size_t n = box->x.cols;
  double *a = box->covariance;
  if (a[p * n + q] == 0) return;
  const double theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
  const double t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1)); /* the tangent of the smaller angle */
  const double c = 1 / sqrt(t * t + 1), s = t * c;
  rotate(a + p * n, a + q * n, n, 1, c, s);
  rotate(a + p, a + q, n, n, c, s);
  rotate(box->axes + p * n, box->axes + q * n, n, 1, c, s);
  a[p * n + q] = a[q * n + p] = 0;
}

/* Whether what is off the diagonal is nothing beside what is on it. */
static bool is_diagonal(const lakh_principal_box *box) {
  const size_t n = box->x.cols;
  double on = 0, off = 0;
  for (size_t p = 0; p < n; p++) {
    for (size_t q = 0; q < n; q++) *(p == q ? &on : &off) += box->covariance[p * n + q] * box->covariance[p * n + q];
  }
  return !(off > 1e-20 * on);
}

static lakh_status sweep(lakh_principal_box *box) {
  if (box->next == MAX_SWEEPS || is_diagonal(box)) return go_on_with(box, enclose);
  for (size_t p = 0; p < box->x.cols; p++) {
    for (size_t q = p + 1; q < box->x.cols; q++) rotate_away(box, p, q);
  }
  box->next++;
  return LAKH_MORE;
}

static double along(const lakh_principal_box *box, const float *row, size_t axis) {
  if (box->axes == NULL) return (double)row[axis] - box->means[axis];
  const double *direction = box->axes + axis * box->x.cols;
  double sum = 0;
  for (size_t j = 0; j < box->x.cols; j++) sum += direction[j] * ((double)row[j] - box->means[j]);
  return sum;
}

/* Rows without weight are not there. */
static lakh_status enclose(lakh_principal_box *box) {
  const lakh_matrix x = box->x;
  const size_t end = end_of_step(box, (double)(box->axes != NULL ? x.cols * x.cols : x.cols));
  for (size_t i = box->next; i < end; i++) {
    if (weight_of(box, i) == 0) continue;
    for (size_t j = 0; j < x.cols; j++) {
      const double place = along(box, x.data + i * x.cols, j);
      if (place < box->low[j]) box->low[j] = place;
      if (place > box->high[j]) box->high[j] = place;
    }
  }
  box->next = end;
  return end < x.rows ? LAKH_MORE : LAKH_DONE;
}

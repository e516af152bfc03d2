/* The silhouette (Rousseeuw 1987, "Silhouettes: a graphical aid to the interpretation and validation of cluster analysis").
 *
 * For row i, a is the mean distance to the other rows of its cluster, b the smallest mean distance to the rows of another
 * cluster, and s = (b - a) / max(a, b). It is 0 in a cluster of one row, and where a = b = 0.
 *
 * A row of weight w stands for w equal rows: its copies are at distance 0 from it and count among the others.
 *
 * Time: O(n^2 d). Memory: O(n + k); distances are summed by cluster as they arise. */
#include <float.h>
#include <math.h>

#include "base/alloc.h"
#include "base/job.h"
#include "metrics/labels.h"

/* Multiplications and additions of a step, about 2 ms. */
static const double WORK_A_STEP = 1e6;

struct lakh_silhouette {
  lakh_job job;
  lakh_matrix x;
  const int32_t *labels;
  size_t n_labels;
  const float *sample_weight;
  double *counts; /* n_labels: weight of each cluster */
  double *sums;   /* n_labels: weighted distances from the row at hand to each cluster */
  float *values;  /* x.rows */
  size_t next;
  double weighted_sum;
  double weight;
};

static lakh_status step(lakh_job *job);
static void release(lakh_job *job);

lakh_status lakh_silhouette_create(lakh_matrix x, const int32_t *labels, size_t n_labels, const float *sample_weight,
                                   lakh_silhouette **out) {
  if (x.rows < 2 || x.cols < 1 || n_labels < 2 || n_labels > x.rows) return LAKH_BAD_ARGUMENT;
  lakh_silhouette *silhouette = lakh_alloc_zeroed(1, sizeof *silhouette);
  if (silhouette == NULL) return LAKH_NO_MEMORY;
  silhouette->x = x;
  silhouette->labels = labels;
  silhouette->n_labels = n_labels;
  silhouette->sample_weight = sample_weight;
  lakh_job_begin(&silhouette->job, step, release, (double)x.rows);
  silhouette->counts = lakh_alloc(n_labels, sizeof *silhouette->counts);
  silhouette->sums = lakh_alloc(n_labels, sizeof *silhouette->sums);
  silhouette->values = lakh_alloc(x.rows, sizeof *silhouette->values);
  lakh_status status = LAKH_NO_MEMORY;
  if (silhouette->counts != NULL && silhouette->sums != NULL && silhouette->values != NULL) {
    status = lakh_count_labels(x, labels, n_labels, sample_weight, silhouette->counts);
  }
  if (status != LAKH_OK) {
    release(&silhouette->job);
    return status;
  }
  *out = silhouette;
  return LAKH_OK;
}

void lakh_silhouette_get(const lakh_silhouette *silhouette, const float **values, double *mean) {
  *values = silhouette->values;
  *mean = silhouette->weight > 0 ? silhouette->weighted_sum / silhouette->weight : 0;
}

static void release(lakh_job *job) {
  lakh_silhouette *silhouette = (lakh_silhouette *)job;
  lakh_free(silhouette->counts);
  lakh_free(silhouette->sums);
  lakh_free(silhouette->values);
  lakh_free(silhouette);
}

static double weight_of(const lakh_silhouette *silhouette, size_t row) {
  return silhouette->sample_weight != NULL ? (double)silhouette->sample_weight[row] : 1;
}

static double distance(const float *a, const float *b, size_t cols) {
  double sum = 0;
  for (size_t j = 0; j < cols; j++) {
    double difference = (double)a[j] - (double)b[j];
    sum += difference * difference;
  }
  return sqrt(sum);
}

static double value_of(const lakh_silhouette *silhouette, size_t row) {
  const size_t own = (size_t)silhouette->labels[row];
  const double others = silhouette->counts[own] - 1;
  if (!(others > 0) || weight_of(silhouette, row) == 0) return 0;
  double a = silhouette->sums[own] / others, b = DBL_MAX;
  for (size_t label = 0; label < silhouette->n_labels; label++) {
    if (label == own || silhouette->counts[label] == 0) continue;
    double mean = silhouette->sums[label] / silhouette->counts[label];
    if (mean < b) b = mean;
  }
  double larger = a > b ? a : b;
  return larger > 0 && b < DBL_MAX ? (b - a) / larger : 0;
}

static lakh_status step(lakh_job *job) {
  lakh_silhouette *silhouette = (lakh_silhouette *)job;
  const lakh_matrix x = silhouette->x;
  double work = 0;
  do {
    const float *row = x.data + silhouette->next * x.cols;
    for (size_t label = 0; label < silhouette->n_labels; label++) silhouette->sums[label] = 0;
    for (size_t other = 0; other < x.rows; other++) {
      silhouette->sums[silhouette->labels[other]] +=
          weight_of(silhouette, other) * distance(row, x.data + other * x.cols, x.cols);
    }
    double weight = weight_of(silhouette, silhouette->next), value = value_of(silhouette, silhouette->next);
    silhouette->values[silhouette->next] = (float)value;
    silhouette->weighted_sum += weight * value;
    silhouette->weight += weight;
    silhouette->next++;
    lakh_job_advance(job, 1);
    work += (double)x.rows * (double)x.cols;
  } while (silhouette->next < x.rows && work < WORK_A_STEP);
  return silhouette->next < x.rows ? LAKH_MORE : LAKH_DONE;
}

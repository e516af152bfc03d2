/* The restricted Boltzmann machine: hidden units, reconstructions, samples and scores of rows, a piece of a batch a step. */
#include "base/alloc.h"
#include "base/job.h"
#include "base/sizes.h"
#include "neural/rbm.h"
#include "neural/rows.h"

#include <string.h>

struct lakh_rbm_apply {
  lakh_job job;
  lakh_rbm *rbm;
  lakh_rbm_task task;
  lakh_matrix x;
  int32_t n_gibbs;
  uint32_t seed;
  float *out;
  size_t row; /* the next to be worked on */
};

/* Random numbers depend on the place of the piece's first row, and thus on batch_size, but not on time. */
static void gibbs(lakh_rbm_apply *apply, const float *x, float *out, size_t n) {
  lakh_rbm *rbm = apply->rbm;
  lakh_random random = lakh_random_stream(apply->seed, lakh_rbm_stream(LAKH_RBM_SAMPLE, apply->row));
  memcpy(out, x, n * rbm->n_features * sizeof *out);
  for (int32_t i = 0; i < apply->n_gibbs; i++) {
    lakh_rbm_mean_hidden(rbm, out, rbm->hidden, n);
    lakh_rbm_sample(rbm->hidden, rbm->hidden, n * rbm->n_components, &random);
    lakh_rbm_sample_visible(rbm, rbm->hidden, out, n, &random);
  }
}

static lakh_status step(lakh_job *job) {
  lakh_rbm_apply *apply = (lakh_rbm_apply *)job;
  lakh_rbm *rbm = apply->rbm;
  size_t first = apply->row, n = lakh_smaller(lakh_rbm_rows_together(rbm), apply->x.rows - first), features = rbm->n_features;
  if (n == 0) return LAKH_DONE;
  const float *x = apply->x.data + first * features;
  switch (apply->task) {
  case LAKH_RBM_TRANSFORM:
    lakh_rbm_mean_hidden(rbm, x, apply->out + first * rbm->n_components, n);
    break;
  case LAKH_RBM_RECONSTRUCT:
    lakh_rbm_mean_hidden(rbm, x, rbm->hidden, n);
    lakh_rbm_mean_visible(rbm, rbm->hidden, apply->out + first * features, n);
    break;
  case LAKH_RBM_GIBBS:
    gibbs(apply, x, apply->out + first * features, n);
    break;
  case LAKH_RBM_FREE_ENERGY:
    lakh_rbm_free_energies(rbm, x, n, apply->out + first);
    break;
  case LAKH_RBM_SCORE:
    lakh_rbm_score_rows(rbm, x, first, n, apply->seed, apply->out + first);
    break;
  }
  apply->row += n;
  lakh_job_advance(job, (double)n);
  return apply->row < apply->x.rows ? LAKH_MORE : LAKH_DONE;
}

static void free_apply(lakh_job *job) { lakh_free(job); }

lakh_status lakh_rbm_apply_create(lakh_rbm *rbm, lakh_rbm_task task, lakh_matrix x, int32_t n_gibbs, uint32_t seed, float *out,
                                  lakh_rbm_apply **job) {
  if (task < LAKH_RBM_TRANSFORM || task > LAKH_RBM_SCORE) return LAKH_BAD_ARGUMENT;
  if (task == LAKH_RBM_GIBBS && n_gibbs < 1) return LAKH_BAD_ARGUMENT;
  lakh_status status = lakh_rows_check(x, rbm->n_features, !rbm->gaussian);
  if (status != LAKH_OK) return status;
  lakh_rbm_apply *apply = lakh_alloc_zeroed(1, sizeof *apply);
  if (apply == NULL) return LAKH_NO_MEMORY;
  lakh_job_begin(&apply->job, step, free_apply, (double)x.rows);
  apply->rbm = rbm;
  apply->task = task;
  apply->x = x;
  apply->n_gibbs = n_gibbs;
  apply->seed = seed;
  apply->out = out;
  *job = apply;
  return LAKH_OK;
}

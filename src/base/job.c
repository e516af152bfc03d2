#include "base/job.h"

#include "base/alloc.h"

void lakh_job_begin(lakh_job *job, lakh_status (*step)(lakh_job *), void (*free)(lakh_job *), double total) {
  *job = (lakh_job){.step = step, .free = free, .done = 0, .total = total > 0 ? total : 1, .status = LAKH_MORE};
}

void lakh_job_advance(lakh_job *job, double units) {
  job->done += units;
  if (job->done > job->total) job->done = job->total;
}

lakh_status lakh_job_step(lakh_job *job) {
  if (job->status <= LAKH_DONE) return job->status; /* done or failed: nothing more happens */
  job->status = job->step(job);
  if (job->status == LAKH_DONE) job->done = job->total;
  return job->status;
}

lakh_status lakh_job_run(lakh_job *job) {
  lakh_status status;
  do status = lakh_job_step(job);
  while (status > LAKH_DONE);
  return status;
}

void lakh_job_progress(const lakh_job *job, double *done, double *total) {
  *done = job->done;
  *total = job->total;
}

void lakh_job_free(lakh_job *job) {
  if (job != NULL) job->free(job);
}

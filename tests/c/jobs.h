/* What every job must bear: allocations that fail, and being freed after any number of steps. */
#ifndef LAKH_TESTS_JOBS_H
#define LAKH_TESTS_JOBS_H

#include "base/alloc.h"
#include "lakh.h"
#include "test.h"

/* Creates a job of its own choosing. */
typedef lakh_status (*job_maker)(const void *context, lakh_job **job);

/* Makes the n-th allocation fail, once and for good, for every n that the job reaches. */
static inline void survive_failing_allocations(job_maker make, const void *context) {
  for (int once = 0; once < 2; once++) {
    long n = 0;
    for (;; n++) {
      lakh_job *job = NULL;
      lakh_fail_allocations(n, once != 0);
      lakh_status status = make(context, &job);
      if (status == LAKH_OK) status = lakh_job_run(job);
      lakh_fail_allocations(-1, false);
      lakh_job_free(job);
      if (status == LAKH_DONE) break;
      CHECK_EQ(status, LAKH_NO_MEMORY);
    }
    CHECK(n > 0);
  }
}

/* Frees the job after every number of steps that it may take. */
static inline void survive_being_freed_early(job_maker make, const void *context) {
  for (long n_steps = 0;; n_steps++) {
    lakh_job *job = NULL;
    CHECK_EQ(make(context, &job), LAKH_OK);
    lakh_status status = LAKH_MORE;
    double last = -1, done, total;
    for (long i = 0; i < n_steps && status > LAKH_DONE; i++) {
      status = lakh_job_step(job);
      CHECK(status >= LAKH_OK);
      lakh_job_progress(job, &done, &total);
      CHECK(done >= last && done <= total);
      last = done;
    }
    if (status == LAKH_DONE) CHECK(done == total);
    lakh_job_free(job);
    if (status == LAKH_DONE) return;
  }
}

#endif

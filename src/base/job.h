/* What every job begins with. An object that computes step by step embeds a lakh_job as its first member and hands its two
 * functions to lakh_job_begin; the public lakh_job_* functions of lakh.h do the rest. */
#ifndef LAKH_BASE_JOB_H
#define LAKH_BASE_JOB_H

#include "lakh.h"

struct lakh_job {
  lakh_status (*step)(lakh_job *job);
  void (*free)(lakh_job *job); /* releases the whole object, also a half-built one */
  double done;
  double total;       /* > 0; a guess is allowed, it is made true at the end */
  lakh_status status; /* of the last step */
};

void lakh_job_begin(lakh_job *job, lakh_status (*step)(lakh_job *), void (*free)(lakh_job *), double total);

/* Adds to the units of work done. */
void lakh_job_advance(lakh_job *job, double units);

#endif

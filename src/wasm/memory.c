/* Memory and jobs, as the binding sees them. */
#include "base/alloc.h"
#include "lakh.h"
#include "wasm/export.h"

/* Raised with every change of an exported function or of a struct that crosses the border. */
enum { ABI_VERSION = 2 };

LAKH_EXPORT(abi_version) int wasm_abi_version(void) { return ABI_VERSION; }

LAKH_EXPORT(alloc) void *wasm_alloc(size_t count, size_t size) { return lakh_alloc(count, size); }
LAKH_EXPORT(free) void wasm_free(void *block) { lakh_free(block); }

LAKH_EXPORT(job_step) lakh_status wasm_job_step(lakh_job *job) { return lakh_job_step(job); }
LAKH_EXPORT(job_free) void wasm_job_free(lakh_job *job) { lakh_job_free(job); }

LAKH_EXPORT(job_done) double wasm_job_done(const lakh_job *job) {
  double done, total;
  lakh_job_progress(job, &done, &total);
  return done;
}

LAKH_EXPORT(job_total) double wasm_job_total(const lakh_job *job) {
  double done, total;
  lakh_job_progress(job, &done, &total);
  return total;
}

#ifdef LAKH_FAULT_INJECTION
LAKH_EXPORT(fail_allocations) void wasm_fail_allocations(long successes, int once) {
  lakh_fail_allocations(successes, once != 0);
}
#endif

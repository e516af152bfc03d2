#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef LAKH_FAULT_INJECTION
/* The one mutable global of the core; it exists in test builds only. */
static struct {
  long successes; /* negative: off */
  bool once;
} failure = {-1, false};

void lakh_fail_allocations(long successes, bool once) {
  failure.successes = successes;
  failure.once = once;
}

static bool must_fail(void) {
  if (failure.successes < 0) return false;
  if (failure.successes > 0) {
    failure.successes--;
    return false;
  }
  if (failure.once) failure.successes = -1;
  return true;
}
#endif

/* malloc aligns to 16 bytes natively on 64-bit systems and to 8 in emmalloc; aligned_alloc wants a multiple of the alignment. */
enum { ALIGNMENT = 16 };

void *lakh_alloc(size_t count, size_t size) {
#ifdef LAKH_FAULT_INJECTION
  if (must_fail()) return NULL;
#endif
  /* PTRDIFF_MAX keeps differences of pointers into the block defined. */
  if (size != 0 && count > ((size_t)PTRDIFF_MAX - ALIGNMENT) / size) return NULL;
  size_t bytes = (count * size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  return aligned_alloc(ALIGNMENT, bytes != 0 ? bytes : ALIGNMENT);
}

void *lakh_alloc_zeroed(size_t count, size_t size) {
  void *block = lakh_alloc(count, size);
  if (block != NULL) memset(block, 0, count * size);
  return block;
}

void lakh_free(void *block) { free(block); }

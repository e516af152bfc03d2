/* Checked allocation: the only way to memory in the core.
 *
 * Sizes are given as count and element size, so that the product is checked for overflow. Blocks are aligned to 16 bytes, the
 * width of a SIMD vector. In builds with LAKH_FAULT_INJECTION tests can make the n-th allocation fail. */
#ifndef LAKH_BASE_ALLOC_H
#define LAKH_BASE_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* count * size bytes, not initialised; NULL when there is no memory. A request for nothing gives a block of its own. */
void *lakh_alloc(size_t count, size_t size);

/* As lakh_alloc, filled with zero bytes. */
void *lakh_alloc_zeroed(size_t count, size_t size);

/* NULL is allowed. */
void lakh_free(void *block);

#ifdef LAKH_FAULT_INJECTION
/* Lets `successes` further allocations succeed and the following ones fail: one when `once`, otherwise all. A negative number
 * ends it. */
void lakh_fail_allocations(long successes, bool once);
#endif

#endif

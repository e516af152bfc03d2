/* Random numbers that are a function of (seed, stream, counter): Philox4x32-10 (Salmon, Moraes, Dror & Shaw, "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011). Streams are independent, so that each part of an algorithm, each run and each chunk of
 * rows can have its own without depending on how many numbers others drew. */
#ifndef LAKH_BASE_RANDOM_H
#define LAKH_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

typedef struct lakh_random {
  uint32_t key[2];
  uint32_t counter[4];
  uint32_t block[4];
  uint32_t used; /* words of `block` already given out */
} lakh_random;

/* The beginning of stream `stream` of `seed`. */
lakh_random lakh_random_stream(uint32_t seed, uint64_t stream);

uint32_t lakh_random_u32(lakh_random *random);
/* Uniform in [0, 1): 53 bits. */
double lakh_random_unit(lakh_random *random);
/* Uniform in 0..bound-1, without bias; bound >= 1. */
uint32_t lakh_random_below(lakh_random *random, uint32_t bound);

/* One Philox block, for tests against published vectors. */
void lakh_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

#endif

#include "base/random.h"

#include <string.h>

void lakh_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = (uint64_t)0xD2511F53u * c0;
    uint64_t p1 = (uint64_t)0xCD9E8D57u * c2;
    c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
    c1 = (uint32_t)p1;
    c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c3 = (uint32_t)p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

lakh_random lakh_random_stream(uint32_t seed, uint64_t stream) {
  lakh_random random = {.key = {seed, 0}, .used = 4};
  random.counter[2] = (uint32_t)stream;
  random.counter[3] = (uint32_t)(stream >> 32);
  return random;
}

uint32_t lakh_random_u32(lakh_random *random) {
  if (random->used == 4) {
    lakh_philox4x32(random->counter, random->key, random->block);
    if (++random->counter[0] == 0) random->counter[1]++;
    random->used = 0;
  }
  return random->block[random->used++];
}

double lakh_random_unit(lakh_random *random) {
  uint64_t high = lakh_random_u32(random) >> 5; /* 27 bits */
  uint64_t low = lakh_random_u32(random) >> 6;  /* 26 bits */
  return (double)(high << 26 | low) * 0x1p-53;
}

/* Multiplication instead of division, with rejection of the few values that would bias it (Lemire 2019). */
uint32_t lakh_random_below(lakh_random *random, uint32_t bound) {
  uint64_t product = (uint64_t)lakh_random_u32(random) * bound;
  if ((uint32_t)product < bound) {
    uint32_t threshold = -bound % bound;
    while ((uint32_t)product < threshold) product = (uint64_t)lakh_random_u32(random) * bound;
  }
  return (uint32_t)(product >> 32);
}

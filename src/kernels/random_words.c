/* Philox4x32-10 (see base/random.h) on four counters at once: lane i of every vector belongs to the i-th block. A round takes two
 * products of 32 by 32 bits, whose halves are shuffled apart; about 160 vector operations give 16 words. */
#include "kernels/random_words.h"

#include "kernels/simd.h"

/* The upper and lower halves of the 64-bit products of all lanes by `factor`. */
static inline v128_t multiply(v128_t lanes, uint32_t factor, v128_t *low) {
  v128_t factors = wasm_i32x4_splat((int32_t)factor);
  v128_t first = wasm_u64x2_extmul_low_u32x4(lanes, factors), second = wasm_u64x2_extmul_high_u32x4(lanes, factors);
  *low = wasm_i32x4_shuffle(first, second, 0, 2, 4, 6);
  return wasm_i32x4_shuffle(first, second, 1, 3, 5, 7);
}

static void four_blocks(const lakh_random *random, uint32_t *words) {
  v128_t c0 = wasm_i32x4_add(wasm_i32x4_splat((int32_t)random->counter[0]), wasm_i32x4_make(0, 1, 2, 3));
  v128_t c1 = wasm_i32x4_splat((int32_t)random->counter[1]), c2 = wasm_i32x4_splat((int32_t)random->counter[2]);
  v128_t c3 = wasm_i32x4_splat((int32_t)random->counter[3]);
  uint32_t k0 = random->key[0], k1 = random->key[1];
  for (int round = 0; round < 10; round++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
    v128_t low0, low1, high0 = multiply(c0, 0xD2511F53u, &low0), high1 = multiply(c2, 0xCD9E8D57u, &low1);
    c0 = wasm_v128_xor(wasm_v128_xor(high1, c1), wasm_i32x4_splat((int32_t)k0));
    c1 = low1;
    c2 = wasm_v128_xor(wasm_v128_xor(high0, c3), wasm_i32x4_splat((int32_t)k1));
    c3 = low0;
  }
  v128_t low01 = wasm_i32x4_shuffle(c0, c1, 0, 4, 1, 5), high01 = wasm_i32x4_shuffle(c0, c1, 2, 6, 3, 7);
  v128_t low23 = wasm_i32x4_shuffle(c2, c3, 0, 4, 1, 5), high23 = wasm_i32x4_shuffle(c2, c3, 2, 6, 3, 7);
  wasm_v128_store(words, wasm_i64x2_shuffle(low01, low23, 0, 2));
  wasm_v128_store(words + 4, wasm_i64x2_shuffle(low01, low23, 1, 3));
  wasm_v128_store(words + 8, wasm_i64x2_shuffle(high01, high23, 0, 2));
  wasm_v128_store(words + 12, wasm_i64x2_shuffle(high01, high23, 1, 3));
}

void lakh_random_words(lakh_random *random, uint32_t *words, size_t count) {
  size_t i = 0;
  for (; i < count && random->used < 4; i++) words[i] = lakh_random_u32(random);
  /* Near the carry into the next counter word, one block at a time is right by itself. */
  for (; i + 16 <= count && random->counter[0] < UINT32_MAX - 4; i += 16, random->counter[0] += 4)
    four_blocks(random, words + i);
  for (; i < count; i++) words[i] = lakh_random_u32(random);
}

void lakh_random_units(lakh_random *random, float *units, size_t count) {
  uint32_t words[256];
  for (size_t start = 0; start < count; start += 256) {
    size_t n = count - start < 256 ? count - start : 256;
    lakh_random_words(random, words, n);
    for (size_t i = 0; i < n; i++) units[start + i] = (float)(int32_t)(words[i] >> 8) * 0x1p-24f;
  }
}

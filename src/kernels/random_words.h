/* Many random numbers at once. */
#ifndef LAKH_KERNELS_RANDOM_WORDS_H
#define LAKH_KERNELS_RANDOM_WORDS_H

#include "base/random.h"

/* The next `count` words of the stream: what as many calls of lakh_random_u32 would give, four blocks at a time. */
void lakh_random_words(lakh_random *random, uint32_t *words, size_t count);

/* The next `count` words as floats in [0, 1), of which the upper 24 bits fill the fraction. */
void lakh_random_units(lakh_random *random, float *units, size_t count);

#endif

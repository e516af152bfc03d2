#include "kernels/random_words.h"
#include "test.h"

static void words_are_those_of_the_stream_wherever_it_stands(void) {
  for (uint32_t skipped = 0; skipped < 6; skipped++) {
    for (size_t count = 0; count < 70; count++) {
      lakh_random one = lakh_random_stream(7, 1234567890123), many = one;
      for (uint32_t i = 0; i < skipped; i++) CHECK_EQ(lakh_random_u32(&one), lakh_random_u32(&many));
      uint32_t words[71];
      words[count] = 99;
      lakh_random_words(&many, words, count);
      for (size_t i = 0; i < count; i++) CHECK_EQ(words[i], lakh_random_u32(&one));
      CHECK_EQ(words[count], 99);
      for (int i = 0; i < 5; i++) CHECK_EQ(lakh_random_u32(&many), lakh_random_u32(&one));
    }
  }
}

static void the_carry_of_the_counter_is_kept(void) {
  lakh_random one = lakh_random_stream(1, 2);
  one.counter[0] = UINT32_MAX - 9;
  lakh_random many = one;
  uint32_t words[100];
  lakh_random_words(&many, words, 100);
  for (size_t i = 0; i < 100; i++) CHECK_EQ(words[i], lakh_random_u32(&one));
  CHECK_EQ(many.counter[1], 1);
}

static void units_are_uniform(void) {
  enum { COUNT = 100001 };
  static float units[COUNT];
  lakh_random one = lakh_random_stream(3, 4), many = one;
  lakh_random_units(&many, units, COUNT);
  double sum = 0, squares = 0;
  for (size_t i = 0; i < COUNT; i++) {
    CHECK(units[i] == (float)(lakh_random_u32(&one) >> 8) * 0x1p-24f);
    CHECK(units[i] >= 0 && units[i] < 1);
    sum += (double)units[i];
    squares += (double)units[i] * (double)units[i];
  }
  CHECK_NEAR(sum / COUNT, 0.5, 0.004);
  CHECK_NEAR(squares / COUNT, 1.0 / 3, 0.004);
}

static const promise promises[] = {
    {"words are those of the stream, wherever it stands", words_are_those_of_the_stream_wherever_it_stands},
    {"the carry of the counter is kept", the_carry_of_the_counter_is_kept},
    {"units are uniform", units_are_uniform},
};

MAIN(promises)

/* The little that a C test needs: a list of named promises, and checks that say what was expected. */
#ifndef LAKH_TESTS_TEST_H
#define LAKH_TESTS_TEST_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                                                       \
  do {                                                                                                                         \
    if (!(condition)) {                                                                                                        \
      fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);                                                \
      exit(1);                                                                                                                 \
    }                                                                                                                          \
  } while (0)

#define CHECK_EQ(actual, expected)                                                                                             \
  do {                                                                                                                         \
    long long actual_ = (long long)(actual), expected_ = (long long)(expected);                                                \
    if (actual_ != expected_) {                                                                                                \
      fprintf(stderr, "%s:%d: %s is %lld, expected %lld\n", __FILE__, __LINE__, #actual, actual_, expected_);                  \
      exit(1);                                                                                                                 \
    }                                                                                                                          \
  } while (0)

/* |actual - expected| <= tolerance * max(1, |expected|) */
#define CHECK_NEAR(actual, expected, tolerance)                                                                                \
  do {                                                                                                                         \
    double actual_ = (double)(actual), expected_ = (double)(expected);                                                         \
    if (!(fabs(actual_ - expected_) <= (tolerance)*fmax(1, fabs(expected_)))) {                                                \
      fprintf(stderr, "%s:%d: %s is %.17g, expected %.17g\n", __FILE__, __LINE__, #actual, actual_, expected_);                \
      exit(1);                                                                                                                 \
    }                                                                                                                          \
  } while (0)

typedef struct promise {
  const char *name;
  void (*test)(void);
} promise;

/* Runs all promises, or those whose name contains the first argument. */
static inline int keep(const promise *promises, size_t count, int argc, char **argv) {
  size_t ran = 0;
  for (size_t i = 0; i < count; i++) {
    if (argc > 1 && strstr(promises[i].name, argv[1]) == NULL) continue;
    printf("- %s\n", promises[i].name);
    fflush(stdout);
    promises[i].test();
    ran++;
  }
  printf("%zu kept\n", ran);
  return ran > 0 ? 0 : 1;
}

#define MAIN(promises)                                                                                                         \
  int main(int argc, char **argv) { return keep(promises, sizeof(promises) / sizeof *(promises), argc, argv); }

#endif

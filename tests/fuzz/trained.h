/* What the fuzzers of trained models share: rows and labels, and models as lists of tensors. */
#ifndef LAKH_FUZZ_TRAINED_H
#define LAKH_FUZZ_TRAINED_H

#include "input.h"
#include "lakh.h"

/* Values within [0, 1], or of any kind. */
static inline float *take_features(input *in, size_t size) {
  if (take_byte(in) % 4 == 3) return take_table(in, size);
  float *values = malloc(size * sizeof *values);
  for (size_t i = 0; i < size; i++) values[i] = (float)take_byte(in) / 255;
  return values;
}

static inline bool all_within(const float *values, size_t size, float low, float high) {
  for (size_t i = 0; i < size; i++) {
    if (!(values[i] >= low && values[i] <= high)) return false;
  }
  return true;
}

/* NULL, or one a row, of which some may be beyond the classes. */
static inline int32_t *take_labels(input *in, size_t rows, int32_t n_classes) {
  if (take_byte(in) % 8 == (n_classes == 0 ? 1 : 0)) return NULL;
  if (n_classes == 0) return NULL;
  bool wrong = take_byte(in) % 8 == 7;
  int32_t *labels = malloc(rows * sizeof *labels);
  for (size_t i = 0; i < rows; i++) labels[i] = wrong ? take_int(in, -1, n_classes) : take_int(in, 0, n_classes - 1);
  return labels;
}

static inline bool labels_fit(const int32_t *labels, size_t rows, int32_t n_classes) {
  if (n_classes == 0 || labels == NULL) return (n_classes == 0) == (labels == NULL);
  for (size_t i = 0; i < rows; i++) {
    if (labels[i] < 0 || labels[i] >= n_classes) return false;
  }
  return true;
}

/* From hardly any step to one that diverges at once. */
static inline double take_learning_rate(input *in) {
  static const double rates[] = {0.01, 1e-30, 0.1, 10, 0x1p60};
  return rates[take_int(in, 0, 4)];
}

typedef bool (*tensor_of)(const void *model, size_t index, lakh_tensor *out);

static inline void require_finite(tensor_of tensor, const void *model) {
  lakh_tensor t;
  for (size_t i = 0; tensor(model, i, &t); i++) REQUIRE(all_finite(t.values, t.size));
}

/* As a saved model is loaded: values and moments. */
static inline void copy_tensors(tensor_of tensor, const void *from, const void *to) {
  lakh_tensor a, b;
  for (size_t i = 0; tensor(from, i, &a); i++) {
    REQUIRE(tensor(to, i, &b) && a.size == b.size && strcmp(a.name, b.name) == 0);
    memcpy(b.values, a.values, a.size * sizeof *a.values);
    if (a.first != NULL) memcpy(b.first, a.first, a.size * sizeof *a.first);
    if (a.second != NULL) memcpy(b.second, a.second, a.size * sizeof *a.second);
  }
}

static inline void require_same(tensor_of tensor, const void *one, const void *other) {
  lakh_tensor a, b;
  for (size_t i = 0; tensor(one, i, &a); i++) {
    REQUIRE(tensor(other, i, &b) && memcmp(a.values, b.values, a.size * sizeof *a.values) == 0);
  }
}

#endif

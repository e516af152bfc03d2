/* Layers without parameters that change the number of values, or keep only some of them. */
#include "kernels/random_words.h"
#include "neural/layers.h"

#include <math.h>
#include <string.h>

void lakh_dropout(const float *x, float *y, size_t count, float rate, uint32_t seed, uint64_t stream) {
  lakh_random random = lakh_random_stream(seed, stream);
  float scale = 1 / (1 - rate), units[256];
  for (size_t start = 0; start < count; start += 256) {
    size_t n = count - start < 256 ? count - start : 256;
    lakh_random_units(&random, units, n);
    for (size_t i = 0; i < n; i++) y[start + i] = units[i] < rate ? 0 : x[start + i] * scale;
  }
}

void lakh_upsample_forward(const float *x, float *y, size_t planes, size_t height, size_t width, size_t factor) {
  for (size_t row = 0; row < planes * height; row++, x += width) {
    float *first = y;
    for (size_t j = 0; j < width; j++) {
      for (size_t k = 0; k < factor; k++) *y++ = x[j];
    }
    for (size_t k = 1; k < factor; k++, y += width * factor) memcpy(y, first, width * factor * sizeof *y);
  }
}

void lakh_upsample_backward(const float *dy, float *dx, size_t planes, size_t height, size_t width, size_t factor) {
  memset(dx, 0, planes * height * width * sizeof *dx);
  for (size_t row = 0; row < planes * height; row++, dx += width) {
    for (size_t k = 0; k < factor; k++, dy += width * factor) {
      for (size_t j = 0; j < width * factor; j++) dx[j / factor] += dy[j];
    }
  }
}

void lakh_average_pool_forward(const float *x, float *y, size_t planes, size_t height, size_t width, size_t size) {
  float share = 1 / (float)(size * size);
  for (size_t plane = 0; plane < planes; plane++, x += height * width) {
    for (size_t i = 0; i < height / size; i++) {
      for (size_t j = 0; j < width / size; j++) {
        float sum = 0;
        for (size_t k = 0; k < size * size; k++) sum += x[(i * size + k / size) * width + j * size + k % size];
        *y++ = sum * share;
      }
    }
  }
}

void lakh_average_pool_backward(const float *dy, float *dx, size_t planes, size_t height, size_t width, size_t size) {
  float share = 1 / (float)(size * size);
  memset(dx, 0, planes * height * width * sizeof *dx);
  for (size_t plane = 0; plane < planes; plane++, dx += height * width) {
    for (size_t i = 0; i < height / size; i++) {
      for (size_t j = 0; j < width / size; j++, dy++) {
        for (size_t k = 0; k < size * size; k++) dx[(i * size + k / size) * width + j * size + k % size] = *dy * share;
      }
    }
  }
}

/* The place of the largest value of the block that begins at `block`, as an offset from there; NaN counts as largest. */
static size_t largest_of_block(const float *block, size_t width, size_t size) {
  size_t best = 0;
  for (size_t k = 0; k < size * size; k++) {
    size_t at = k / size * width + k % size;
    if (block[at] > block[best] || isnan(block[at])) best = at;
  }
  return best;
}

void lakh_max_pool_forward(const float *x, float *y, size_t planes, size_t height, size_t width, size_t size) {
  for (size_t plane = 0; plane < planes; plane++, x += height * width) {
    for (size_t i = 0; i < height / size; i++) {
      for (size_t j = 0; j < width / size; j++) {
        const float *block = x + i * size * width + j * size;
        *y++ = block[largest_of_block(block, width, size)];
      }
    }
  }
}

void lakh_max_pool_backward(const float *x, const float *dy, float *dx, size_t planes, size_t height, size_t width,
                            size_t size) {
  memset(dx, 0, planes * height * width * sizeof *dx);
  for (size_t plane = 0; plane < planes; plane++, x += height * width, dx += height * width) {
    for (size_t i = 0; i < height / size; i++) {
      for (size_t j = 0; j < width / size; j++) {
        size_t at = i * size * width + j * size;
        dx[at + largest_of_block(x + at, width, size)] = *dy++;
      }
    }
  }
}

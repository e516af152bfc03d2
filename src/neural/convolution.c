/* Convolution through the matrix product (Chellapilla, Puri & Simard 2006).
 *
 * For one image, `patches` (image_channels kernel^2, map_height map_width) holds in each column the values under the kernel at
 * one place of the map. Then
 *
 *   convolution              map = weight patches(image)
 *   transposed convolution   image = sum of patches placed back, patches = weight^T map
 *
 * and the backward pass of each is the forward pass of the other. One image at a time keeps the patches small (9 times the
 * image for a 3 x 3 kernel) and in the cache. */
#include "kernels/matmul.h"
#include "neural/layers.h"

#include <string.h>

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }
static size_t image_size(const lakh_convolution *s) { return s->image_channels * s->image_height * s->image_width; }
static size_t map_places(const lakh_convolution *s) { return s->map_height * s->map_width; }
static size_t map_size(const lakh_convolution *s) { return s->map_channels * map_places(s); }
static size_t patch_size(const lakh_convolution *s) { return s->image_channels * s->kernel * s->kernel; }

size_t lakh_convolution_side(size_t image_side, size_t kernel, size_t stride, size_t padding) {
  return image_side + 2 * padding < kernel ? 0 : (image_side + 2 * padding - kernel) / stride + 1;
}

/* ---- Patches ----------------------------------------------------------------------------------------------------------- */

/* A run of the patches: one channel, one place in the kernel, one row of the map. Its columns first..last-1 lie inside the image,
 * column j at offset + j * stride + kernel_x - padding; the others lie in the padding. */
typedef struct patch_row {
  size_t offset; /* of the row of the image */
  bool inside;
  size_t first, last;
} patch_row;

static patch_row find_patch_row(const lakh_convolution *s, size_t channel, size_t kernel_y, size_t kernel_x, size_t map_y) {
  size_t y = map_y * s->stride + kernel_y; /* + padding */
  patch_row row = {.inside = y >= s->padding && y - s->padding < s->image_height};
  if (!row.inside) return row;
  row.offset = (channel * s->image_height + y - s->padding) * s->image_width;
  row.first = kernel_x >= s->padding ? 0 : (s->padding - kernel_x + s->stride - 1) / s->stride;
  size_t end = s->image_width + s->padding; /* j * stride + kernel_x < end */
  row.last = kernel_x >= end ? 0 : (end - kernel_x - 1) / s->stride + 1;
  if (row.last > s->map_width) row.last = s->map_width;
  if (row.first > row.last) row.first = row.last;
  return row;
}

static void take_patches(const lakh_convolution *s, const float *image, float *patches) {
  for (size_t channel = 0; channel < s->image_channels; channel++) {
    for (size_t kernel_y = 0; kernel_y < s->kernel; kernel_y++) {
      for (size_t kernel_x = 0; kernel_x < s->kernel; kernel_x++) {
        for (size_t map_y = 0; map_y < s->map_height; map_y++, patches += s->map_width) {
          patch_row row = find_patch_row(s, channel, kernel_y, kernel_x, map_y);
          if (!row.inside) row.first = row.last = s->map_width;
          for (size_t j = 0; j < row.first; j++) patches[j] = 0;
          for (size_t j = row.first; j < row.last; j++) {
            patches[j] = image[row.offset + j * s->stride + kernel_x - s->padding];
          }
          for (size_t j = row.last; j < s->map_width; j++) patches[j] = 0;
        }
      }
    }
  }
}

/* The adjoint: adds each value of the patches to the pixel that it was taken from. */
static void place_patches(const lakh_convolution *s, const float *patches, float *image) {
  for (size_t channel = 0; channel < s->image_channels; channel++) {
    for (size_t kernel_y = 0; kernel_y < s->kernel; kernel_y++) {
      for (size_t kernel_x = 0; kernel_x < s->kernel; kernel_x++) {
        for (size_t map_y = 0; map_y < s->map_height; map_y++, patches += s->map_width) {
          patch_row row = find_patch_row(s, channel, kernel_y, kernel_x, map_y);
          if (!row.inside) continue;
          for (size_t j = row.first; j < row.last; j++) {
            image[row.offset + j * s->stride + kernel_x - s->padding] += patches[j];
          }
        }
      }
    }
  }
}

/* ---- The three products ------------------------------------------------------------------------------------------------ */

static lakh_matmul_shape map_from_patches(const lakh_convolution *s) {
  return (lakh_matmul_shape){.rows = s->map_channels, .cols = map_places(s), .depth = patch_size(s)};
}
static lakh_matmul_shape patches_from_map(const lakh_convolution *s) {
  return (lakh_matmul_shape){.rows = patch_size(s), .cols = map_places(s), .depth = s->map_channels, .a_transposed = true};
}
static lakh_matmul_shape weight_gradient(const lakh_convolution *s) {
  return (lakh_matmul_shape){.rows = s->map_channels, .cols = patch_size(s), .depth = map_places(s), .b_transposed = true};
}

size_t lakh_convolution_workspace(const lakh_convolution *s) {
  lakh_matmul_shape forward = map_from_patches(s), backward = patches_from_map(s), weights = weight_gradient(s);
  return patch_size(s) * map_places(s) +
         larger(lakh_matmul_workspace(&forward), larger(lakh_matmul_workspace(&backward), lakh_matmul_workspace(&weights)));
}

static void multiply_to_map(const lakh_convolution *s, const float *weight, const float *patches, float *map, bool accumulate,
                            float *workspace) {
  lakh_matmul_shape shape = map_from_patches(s);
  lakh_matmul(&shape, weight, patch_size(s), patches, map_places(s), map, map_places(s),
              (lakh_matmul_finish){.accumulate = accumulate}, workspace);
}

static void multiply_to_patches(const lakh_convolution *s, const float *weight, const float *map, float *patches,
                                float *workspace) {
  lakh_matmul_shape shape = patches_from_map(s);
  lakh_matmul(&shape, weight, patch_size(s), map, map_places(s), patches, map_places(s), (lakh_matmul_finish){0}, workspace);
}

static void add_weight_gradient(const lakh_convolution *s, const float *map, const float *patches, float *dweight,
                                float *workspace) {
  lakh_matmul_shape shape = weight_gradient(s);
  lakh_matmul(&shape, map, map_places(s), patches, map_places(s), dweight, patch_size(s),
              (lakh_matmul_finish){.accumulate = true}, workspace);
}

static void fill_with_bias(float *y, const float *bias, size_t channels, size_t places) {
  for (size_t channel = 0; channel < channels; channel++) {
    for (size_t i = 0; i < places; i++) y[channel * places + i] = bias[channel];
  }
}

static void add_bias_gradient(const float *dy, float *dbias, size_t channels, size_t places) {
  for (size_t channel = 0; channel < channels; channel++) {
    double sum = 0;
    for (size_t i = 0; i < places; i++) sum += (double)dy[channel * places + i];
    dbias[channel] += (float)sum;
  }
}

/* ---- The layers -------------------------------------------------------------------------------------------------------- */

void lakh_convolution_forward(const lakh_convolution *s, const float *x, const float *weight, const float *bias, float *y,
                              size_t n, float *workspace) {
  float *patches = workspace, *rest = workspace + patch_size(s) * map_places(s);
  for (size_t i = 0; i < n; i++, x += image_size(s), y += map_size(s)) {
    take_patches(s, x, patches);
    fill_with_bias(y, bias, s->map_channels, map_places(s));
    multiply_to_map(s, weight, patches, y, true, rest);
  }
}

void lakh_convolution_backward(const lakh_convolution *s, const float *x, const float *weight, const float *dy, float *dx,
                               float *dweight, float *dbias, size_t n, float *workspace) {
  float *patches = workspace, *rest = workspace + patch_size(s) * map_places(s);
  for (size_t i = 0; i < n; i++, x += image_size(s), dy += map_size(s)) {
    take_patches(s, x, patches);
    add_weight_gradient(s, dy, patches, dweight, rest);
    add_bias_gradient(dy, dbias, s->map_channels, map_places(s));
    if (dx == NULL) continue;
    multiply_to_patches(s, weight, dy, patches, rest);
    memset(dx, 0, image_size(s) * sizeof *dx);
    place_patches(s, patches, dx);
    dx += image_size(s);
  }
}

void lakh_transposed_convolution_forward(const lakh_convolution *s, const float *x, const float *weight, const float *bias,
                                         float *y, size_t n, float *workspace) {
  float *patches = workspace, *rest = workspace + patch_size(s) * map_places(s);
  for (size_t i = 0; i < n; i++, x += map_size(s), y += image_size(s)) {
    multiply_to_patches(s, weight, x, patches, rest);
    fill_with_bias(y, bias, s->image_channels, s->image_height * s->image_width);
    place_patches(s, patches, y);
  }
}

void lakh_transposed_convolution_backward(const lakh_convolution *s, const float *x, const float *weight, const float *dy,
                                          float *dx, float *dweight, float *dbias, size_t n, float *workspace) {
  float *patches = workspace, *rest = workspace + patch_size(s) * map_places(s);
  for (size_t i = 0; i < n; i++, x += map_size(s), dy += image_size(s)) {
    take_patches(s, dy, patches);
    add_weight_gradient(s, x, patches, dweight, rest);
    add_bias_gradient(dy, dbias, s->image_channels, s->image_height * s->image_width);
    if (dx == NULL) continue;
    multiply_to_map(s, weight, patches, dx, false, rest);
    dx += map_size(s);
  }
}

/* Convolution through the matrix product (Chellapilla, Puri & Simard 2006).
 *
 * For one image, `patches` (image_channels kernel^2, map_height map_width) holds in each column the values under the kernel at
 * one place of the map. Then
 *
 *   convolution              map = weight patches(image)
 *   transposed convolution   image = sum of patches placed back, patches = weight^T map
 *
 * and the backward pass of each is the forward pass of the other. Several small images go side by side into one product: alone, a
 * map of 7 x 7 would leave an eighth of the tiles empty, and the weights would be packed anew for every image. */
#include "base/sizes.h"
#include "kernels/matmul.h"
#include "neural/layers.h"

#include <string.h>

static size_t image_size(const lakh_convolution *s) { return s->image_channels * s->image_height * s->image_width; }
static size_t map_places(const lakh_convolution *s) { return s->map_height * s->map_width; }
static size_t map_size(const lakh_convolution *s) { return s->map_channels * map_places(s); }
static size_t patch_size(const lakh_convolution *s) { return s->image_channels * s->kernel * s->kernel; }

size_t lakh_convolution_side(size_t image_side, size_t kernel, size_t stride, size_t padding) {
  return image_side + 2 * padding < kernel ? 0 : (image_side + 2 * padding - kernel) / stride + 1;
}

/* Images side by side: about as many columns as make the packing of the weights cheap. */
enum { COLUMNS = 256 };
size_t lakh_convolution_images(const lakh_convolution *s) { return lakh_larger(1, COLUMNS / map_places(s)); }

/* ---- Patches ----------------------------------------------------------------------------------------------------------- */

/* The columns of the map, first..last-1, that see the inside of the image at one column of the kernel. */
typedef struct columns {
  size_t first, last;
} columns;

static columns columns_inside(const lakh_convolution *s, size_t kernel_x) {
  /* 0 <= column * stride + kernel_x - padding < image_width */
  size_t first = kernel_x >= s->padding ? 0 : (s->padding - kernel_x + s->stride - 1) / s->stride;
  size_t end = s->image_width + s->padding;
  size_t last = lakh_smaller(s->map_width, kernel_x >= end ? 0 : (end - kernel_x - 1) / s->stride + 1);
  return (columns){lakh_smaller(first, last), last};
}

/* The row of the image that a row of the map sees at one row of the kernel, or NULL for padding. */
static const float *row_seen(const lakh_convolution *s, const float *image, size_t channel, size_t map_y, size_t kernel_y) {
  size_t y = map_y * s->stride + kernel_y;
  if (y < s->padding || y - s->padding >= s->image_height) return NULL;
  return image + (channel * s->image_height + y - s->padding) * s->image_width;
}

/* Writes the patches of one image; their rows lie `row_stride` apart. */
static void take_patches(const lakh_convolution *s, const float *image, float *patches, size_t row_stride) {
  size_t width = s->map_width, stride = s->stride;
  for (size_t row = 0; row < patch_size(s); row++, patches += row_stride) {
    size_t channel = row / (s->kernel * s->kernel), kernel_y = row / s->kernel % s->kernel, kernel_x = row % s->kernel;
    columns inside = columns_inside(s, kernel_x);
    float *out = patches;
    for (size_t map_y = 0; map_y < s->map_height; map_y++, out += width) {
      const float *in = row_seen(s, image, channel, map_y, kernel_y);
      size_t first = in == NULL ? width : inside.first;
      for (size_t j = 0; j < first; j++) out[j] = 0;
      if (in == NULL) continue;
      for (size_t j = first, at = first * stride + kernel_x - s->padding; j < inside.last; j++, at += stride) out[j] = in[at];
      for (size_t j = inside.last; j < width; j++) out[j] = 0;
    }
  }
}

/* The adjoint: adds each value of the patches to the pixel that it was taken from. */
static void place_patches(const lakh_convolution *s, const float *patches, size_t row_stride, float *image) {
  size_t width = s->map_width, stride = s->stride;
  for (size_t row = 0; row < patch_size(s); row++, patches += row_stride) {
    size_t channel = row / (s->kernel * s->kernel), kernel_y = row / s->kernel % s->kernel, kernel_x = row % s->kernel;
    columns inside = columns_inside(s, kernel_x);
    const float *in = patches;
    for (size_t map_y = 0; map_y < s->map_height; map_y++, in += width) {
      const float *seen = row_seen(s, image, channel, map_y, kernel_y);
      if (seen == NULL) continue;
      float *out = image + (seen - image);
      for (size_t j = inside.first, at = j * stride + kernel_x - s->padding; j < inside.last; j++, at += stride)
        out[at] += in[j];
    }
  }
}

/* ---- Maps side by side --------------------------------------------------------------------------------------------------- */

/* together (map_channels, n map_places) = maps (N, map_channels, map_places) */
static void gather_maps(const lakh_convolution *s, const float *maps, float *together, size_t n) {
  size_t places = map_places(s);
  for (size_t i = 0; i < n; i++) {
    for (size_t channel = 0; channel < s->map_channels; channel++, maps += places) {
      memcpy(together + (channel * n + i) * places, maps, places * sizeof *maps);
    }
  }
}

/* The way back, with `bias` (map_channels, or NULL for none) added. */
static void scatter_maps(const lakh_convolution *s, const float *together, const float *bias, float *maps, size_t n) {
  size_t places = map_places(s);
  for (size_t i = 0; i < n; i++) {
    for (size_t channel = 0; channel < s->map_channels; channel++, maps += places) {
      const float *in = together + (channel * n + i) * places;
      float add = bias != NULL ? bias[channel] : 0;
      for (size_t j = 0; j < places; j++) maps[j] = in[j] + add;
    }
  }
}

/* ---- The three products ------------------------------------------------------------------------------------------------ */

static lakh_matmul_shape map_from_patches(const lakh_convolution *s, size_t n) {
  return (lakh_matmul_shape){.rows = s->map_channels, .cols = n * map_places(s), .depth = patch_size(s)};
}
static lakh_matmul_shape patches_from_map(const lakh_convolution *s, size_t n) {
  return (lakh_matmul_shape){.rows = patch_size(s), .cols = n * map_places(s), .depth = s->map_channels, .a_transposed = true};
}
static lakh_matmul_shape weight_gradient(const lakh_convolution *s, size_t n) {
  return (lakh_matmul_shape){.rows = s->map_channels, .cols = patch_size(s), .depth = n * map_places(s), .b_transposed = true};
}

/* A part of the workspace each, for lakh_convolution_images(s) images. */
typedef struct buffers {
  float *patches, *maps, *rest;
} buffers;

static buffers divide_workspace(const lakh_convolution *s, float *workspace) {
  size_t columns = lakh_convolution_images(s) * map_places(s);
  float *maps = workspace + patch_size(s) * columns;
  return (buffers){workspace, maps, maps + s->map_channels * columns};
}

size_t lakh_convolution_workspace(const lakh_convolution *s) {
  size_t n = lakh_convolution_images(s);
  lakh_matmul_shape forward = map_from_patches(s, n), backward = patches_from_map(s, n), weights = weight_gradient(s, n);
  return (patch_size(s) + s->map_channels) * n * map_places(s) +
         lakh_larger(lakh_matmul_workspace(&forward),
                     lakh_larger(lakh_matmul_workspace(&backward), lakh_matmul_workspace(&weights)));
}

static void take_all_patches(const lakh_convolution *s, const float *images, float *patches, size_t n) {
  for (size_t i = 0; i < n; i++) {
    take_patches(s, images + i * image_size(s), patches + i * map_places(s), n * map_places(s));
  }
}

static void place_all_patches(const lakh_convolution *s, const float *patches, float *images, size_t n) {
  for (size_t i = 0; i < n; i++) {
    place_patches(s, patches + i * map_places(s), n * map_places(s), images + i * image_size(s));
  }
}

static void multiply_to_maps(const lakh_convolution *s, const float *weight, buffers b, size_t n) {
  lakh_matmul_shape shape = map_from_patches(s, n);
  lakh_matmul(&shape, weight, patch_size(s), b.patches, shape.cols, b.maps, shape.cols, (lakh_matmul_finish){0}, b.rest);
}

static void multiply_to_patches(const lakh_convolution *s, const float *weight, buffers b, size_t n) {
  lakh_matmul_shape shape = patches_from_map(s, n);
  lakh_matmul(&shape, weight, patch_size(s), b.maps, shape.cols, b.patches, shape.cols, (lakh_matmul_finish){0}, b.rest);
}

static void add_weight_gradient(const lakh_convolution *s, buffers b, float *dweight, size_t n) {
  lakh_matmul_shape shape = weight_gradient(s, n);
  lakh_matmul(&shape, b.maps, shape.depth, b.patches, shape.depth, dweight, patch_size(s),
              (lakh_matmul_finish){.accumulate = true}, b.rest);
}

static void fill_with_bias(float *y, const float *bias, size_t n, size_t channels, size_t places) {
  for (size_t i = 0; i < n * channels; i++, y += places) {
    for (size_t j = 0; j < places; j++) y[j] = bias[i % channels];
  }
}

static void add_bias_gradient(const float *dy, float *dbias, size_t n, size_t channels, size_t places) {
  for (size_t i = 0; i < n * channels; i++, dy += places) {
    double sum = 0;
    for (size_t j = 0; j < places; j++) sum += (double)dy[j];
    dbias[i % channels] += (float)sum;
  }
}

/* ---- The layers -------------------------------------------------------------------------------------------------------- */

void lakh_convolution_forward(const lakh_convolution *s, const float *x, const float *weight, const float *bias, float *y,
                              size_t n, float *workspace) {
  buffers b = divide_workspace(s, workspace);
  for (size_t count; n > 0; n -= count, x += count * image_size(s), y += count * map_size(s)) {
    count = lakh_smaller(n, lakh_convolution_images(s));
    take_all_patches(s, x, b.patches, count);
    multiply_to_maps(s, weight, b, count);
    scatter_maps(s, b.maps, bias, y, count);
  }
}

void lakh_convolution_backward(const lakh_convolution *s, const float *x, const float *weight, const float *dy, float *dx,
                               float *dweight, float *dbias, size_t n, float *workspace) {
  buffers b = divide_workspace(s, workspace);
  for (size_t first = 0, count; first < n; first += count, dy += count * map_size(s)) {
    count = lakh_smaller(n - first, lakh_convolution_images(s));
    gather_maps(s, dy, b.maps, count);
    if (dweight != NULL) {
      take_all_patches(s, x + first * image_size(s), b.patches, count);
      add_weight_gradient(s, b, dweight, count);
    }
    if (dbias != NULL) add_bias_gradient(dy, dbias, count, s->map_channels, map_places(s));
    if (dx == NULL) continue;
    multiply_to_patches(s, weight, b, count);
    memset(dx, 0, count * image_size(s) * sizeof *dx);
    place_all_patches(s, b.patches, dx, count);
    dx += count * image_size(s);
  }
}

void lakh_transposed_convolution_forward(const lakh_convolution *s, const float *x, const float *weight, const float *bias,
                                         float *y, size_t n, float *workspace) {
  buffers b = divide_workspace(s, workspace);
  for (size_t count; n > 0; n -= count, x += count * map_size(s), y += count * image_size(s)) {
    count = lakh_smaller(n, lakh_convolution_images(s));
    gather_maps(s, x, b.maps, count);
    multiply_to_patches(s, weight, b, count);
    fill_with_bias(y, bias, count, s->image_channels, s->image_height * s->image_width);
    place_all_patches(s, b.patches, y, count);
  }
}

void lakh_transposed_convolution_backward(const lakh_convolution *s, const float *x, const float *weight, const float *dy,
                                          float *dx, float *dweight, float *dbias, size_t n, float *workspace) {
  buffers b = divide_workspace(s, workspace);
  for (size_t first = 0, count; first < n; first += count, dy += count * image_size(s)) {
    count = lakh_smaller(n - first, lakh_convolution_images(s));
    take_all_patches(s, dy, b.patches, count);
    if (dweight != NULL) {
      gather_maps(s, x + first * map_size(s), b.maps, count);
      add_weight_gradient(s, b, dweight, count);
    }
    if (dbias != NULL) add_bias_gradient(dy, dbias, count, s->image_channels, s->image_height * s->image_width);
    if (dx == NULL) continue;
    multiply_to_maps(s, weight, b, count);
    scatter_maps(s, b.maps, NULL, dx, count);
    dx += count * map_size(s);
  }
}

/* Images, as the binding sees them. */
#include "lakh.h"
#include "wasm/export.h"

LAKH_EXPORT(pixels_create)
lakh_status wasm_pixels_create(const lakh_pixels_params *params, const uint8_t *bytes, const float *sample_weight,
                               lakh_pixels **out) {
  return lakh_pixels_create(params, bytes, sample_weight, out);
}

LAKH_EXPORT(pixels_get) void wasm_pixels_get(const lakh_pixels *pixels, lakh_pixels_state *state) {
  lakh_pixels_get(pixels, state);
}

LAKH_EXPORT(paint_create)
lakh_status wasm_paint_create(const lakh_pixels *pixels, const int32_t *row_labels, size_t n_labels, double *shares,
                              uint8_t *means, lakh_paint **out) {
  return lakh_paint_create(pixels, row_labels, n_labels, shares, means, out);
}

LAKH_EXPORT(paint_nearest_create)
lakh_status wasm_paint_nearest_create(const lakh_pixels *pixels, const float *centers, size_t n_labels, double *shares,
                                      uint8_t *means, lakh_paint **out) {
  return lakh_paint_nearest_create(pixels, centers, n_labels, shares, means, out);
}

LAKH_EXPORT(paint_band)
lakh_status wasm_paint_band(lakh_paint *paint, const uint8_t *bytes, size_t count, int32_t *labels) {
  return lakh_paint_band(paint, bytes, count, labels);
}

LAKH_EXPORT(recolor) void wasm_recolor(const int32_t *labels, size_t count, const uint32_t *colors, uint32_t *recolored) {
  lakh_recolor(labels, count, colors, recolored);
}

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
lakh_status wasm_paint_create(const lakh_pixels *pixels, const int32_t *row_labels, size_t n_labels,
                              const lakh_painting *painting, lakh_paint **out) {
  return lakh_paint_create(pixels, row_labels, n_labels, painting, out);
}

LAKH_EXPORT(paint_nearest_create)
lakh_status wasm_paint_nearest_create(const lakh_pixels *pixels, const float *centers, size_t n_labels,
                                      const lakh_painting *painting, lakh_paint **out) {
  return lakh_paint_nearest_create(pixels, centers, n_labels, painting, out);
}

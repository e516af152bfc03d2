/* The layers of generative models, as the binding sees them for export to ONNX and for messages. */
#include "lakh.h"
#include "wasm/export.h"

LAKH_EXPORT(vae_layer)
bool wasm_vae_layer(const lakh_vae_params *params, size_t n_features, lakh_vae_part part, size_t index, lakh_layer_info *out) {
  return lakh_vae_layer(params, n_features, part, index, out);
}

LAKH_EXPORT(gan_layer)
bool wasm_gan_layer(const lakh_gan_params *params, size_t n_features, lakh_gan_part part, size_t index, lakh_layer_info *out) {
  return lakh_gan_layer(params, n_features, part, index, out);
}

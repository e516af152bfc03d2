/* Generative models, as the binding sees them. Models are objects that the binding frees; jobs borrow them. Positions are counts
 * that JavaScript has as numbers, which is why they cross the border as double. */
#include "lakh.h"
#include "neural/training.h"
#include "wasm/export.h"

/* ---- What they share --------------------------------------------------------------------------------------------------- */

/* Whether every value lies within [low, high]. */
LAKH_EXPORT(check_range) int wasm_check_range(const float *x, size_t rows, size_t cols, float low, float high) {
  bool outside = false;
  for (size_t i = 0; i < rows * cols; i++) outside |= x[i] < low || x[i] > high;
  return !outside;
}

/* Codes to decode: values of the standard normal distribution. The models draw from streams of small numbers. */
LAKH_EXPORT(draw_codes) void wasm_draw_codes(uint32_t seed, float *codes, size_t count) {
  lakh_random random = lakh_random_stream(seed, (uint64_t)1 << 40);
  lakh_fill_normal(&random, codes, count, 1);
}

/* ---- Variational autoencoder ------------------------------------------------------------------------------------------- */

LAKH_EXPORT(vae_create)
lakh_status wasm_vae_create(const lakh_vae_params *params, size_t n_features, int training, lakh_vae **out) {
  return lakh_vae_create(params, n_features, training != 0, out);
}

LAKH_EXPORT(vae_misfit)
int wasm_vae_misfit(const lakh_vae_params *params, size_t n_features, lakh_misfit *out) {
  return lakh_vae_misfit(params, n_features, out);
}

LAKH_EXPORT(vae_free) void wasm_vae_free(lakh_vae *vae) { lakh_vae_free(vae); }

LAKH_EXPORT(vae_tensor) int wasm_vae_tensor(const lakh_vae *vae, size_t index, lakh_tensor *out) {
  return lakh_vae_tensor(vae, index, out);
}

LAKH_EXPORT(vae_get_position) void wasm_vae_get_position(const lakh_vae *vae, lakh_vae_position *position) {
  lakh_vae_get_position(vae, position);
}

LAKH_EXPORT(vae_set_position) void wasm_vae_set_position(lakh_vae *vae, const lakh_vae_position *position) {
  lakh_vae_set_position(vae, position);
}

LAKH_EXPORT(vae_fit_create)
lakh_status wasm_vae_fit_create(lakh_vae *vae, const float *x, size_t rows, size_t cols, const float *sample_weight,
                                const int32_t *labels, const float *validation, size_t validation_rows,
                                const int32_t *validation_labels, size_t until_epoch, lakh_vae_fit **out) {
  return lakh_vae_fit_create(vae, (lakh_matrix){x, rows, cols}, sample_weight, labels,
                             (lakh_matrix){validation, validation_rows, cols}, validation_labels, until_epoch, out);
}

LAKH_EXPORT(vae_fit_get) void wasm_vae_fit_get(const lakh_vae_fit *fit, lakh_vae_fit_state *state) {
  lakh_vae_fit_get(fit, state);
}

LAKH_EXPORT(vae_apply_create)
lakh_status wasm_vae_apply_create(lakh_vae *vae, int task, const float *x, size_t rows, size_t cols, const int32_t *labels,
                                  float *out, lakh_vae_apply **job) {
  return lakh_vae_apply_create(vae, (lakh_vae_task)task, (lakh_matrix){x, rows, cols}, labels, out, job);
}

/* ---- Generative adversarial network ------------------------------------------------------------------------------------ */

LAKH_EXPORT(gan_create)
lakh_status wasm_gan_create(const lakh_gan_params *params, size_t n_features, int training, lakh_gan **out) {
  return lakh_gan_create(params, n_features, training != 0, out);
}

LAKH_EXPORT(gan_misfit)
int wasm_gan_misfit(const lakh_gan_params *params, size_t n_features, lakh_misfit *out) {
  return lakh_gan_misfit(params, n_features, out);
}

LAKH_EXPORT(gan_free) void wasm_gan_free(lakh_gan *gan) { lakh_gan_free(gan); }

LAKH_EXPORT(gan_tensor) int wasm_gan_tensor(const lakh_gan *gan, size_t index, lakh_tensor *out) {
  return lakh_gan_tensor(gan, index, out);
}

LAKH_EXPORT(gan_get_position) void wasm_gan_get_position(const lakh_gan *gan, lakh_gan_position *position) {
  lakh_gan_get_position(gan, position);
}

LAKH_EXPORT(gan_set_position) void wasm_gan_set_position(lakh_gan *gan, const lakh_gan_position *position) {
  lakh_gan_set_position(gan, position);
}

LAKH_EXPORT(gan_fit_create)
lakh_status wasm_gan_fit_create(lakh_gan *gan, const float *x, size_t rows, size_t cols, const float *sample_weight,
                                const int32_t *labels, size_t until_epoch, lakh_gan_fit **out) {
  return lakh_gan_fit_create(gan, (lakh_matrix){x, rows, cols}, sample_weight, labels, until_epoch, out);
}

LAKH_EXPORT(gan_fit_get) void wasm_gan_fit_get(const lakh_gan_fit *fit, lakh_gan_fit_state *state) {
  lakh_gan_fit_get(fit, state);
}

LAKH_EXPORT(gan_apply_create)
lakh_status wasm_gan_apply_create(lakh_gan *gan, int task, const float *x, size_t rows, size_t cols, const int32_t *labels,
                                  float *out, lakh_gan_apply **job) {
  return lakh_gan_apply_create(gan, (lakh_gan_task)task, (lakh_matrix){x, rows, cols}, labels, out, job);
}

/* ---- Restricted Boltzmann machine -------------------------------------------------------------------------------------- */

LAKH_EXPORT(rbm_create)
lakh_status wasm_rbm_create(const lakh_rbm_params *params, size_t n_features, int training, lakh_rbm **out) {
  return lakh_rbm_create(params, n_features, training != 0, out);
}

/* One layer always fits. */
LAKH_EXPORT(rbm_misfit)
int wasm_rbm_misfit(const lakh_rbm_params *params, size_t n_features, lakh_misfit *out) {
  (void)params, (void)n_features, (void)out;
  return 0;
}

LAKH_EXPORT(rbm_free) void wasm_rbm_free(lakh_rbm *rbm) { lakh_rbm_free(rbm); }

LAKH_EXPORT(rbm_tensor) int wasm_rbm_tensor(const lakh_rbm *rbm, size_t index, lakh_tensor *out) {
  return lakh_rbm_tensor(rbm, index, out);
}

LAKH_EXPORT(rbm_get_position) void wasm_rbm_get_position(const lakh_rbm *rbm, lakh_rbm_position *position) {
  lakh_rbm_get_position(rbm, position);
}

LAKH_EXPORT(rbm_set_position) void wasm_rbm_set_position(lakh_rbm *rbm, const lakh_rbm_position *position) {
  lakh_rbm_set_position(rbm, position);
}

LAKH_EXPORT(rbm_fit_create)
lakh_status wasm_rbm_fit_create(lakh_rbm *rbm, const float *x, size_t rows, size_t cols, const float *sample_weight,
                                const float *validation, size_t validation_rows, size_t until_epoch, lakh_rbm_fit **out) {
  return lakh_rbm_fit_create(rbm, (lakh_matrix){x, rows, cols}, sample_weight, (lakh_matrix){validation, validation_rows, cols},
                             until_epoch, out);
}

LAKH_EXPORT(rbm_fit_get) void wasm_rbm_fit_get(const lakh_rbm_fit *fit, lakh_rbm_fit_state *state) {
  lakh_rbm_fit_get(fit, state);
}

LAKH_EXPORT(rbm_apply_create)
lakh_status wasm_rbm_apply_create(lakh_rbm *rbm, int task, const float *x, size_t rows, size_t cols, int n_gibbs, uint32_t seed,
                                  float *out, lakh_rbm_apply **job) {
  return lakh_rbm_apply_create(rbm, (lakh_rbm_task)task, (lakh_matrix){x, rows, cols}, n_gibbs, seed, out, job);
}

LAKH_EXPORT(rbm_partition_create)
lakh_status wasm_rbm_partition_create(lakh_rbm *rbm, int n_temperatures, uint32_t seed, lakh_rbm_partition **out) {
  return lakh_rbm_partition_create(rbm, n_temperatures, seed, out);
}

LAKH_EXPORT(rbm_partition_get)
void wasm_rbm_partition_get(const lakh_rbm_partition *partition, lakh_rbm_partition_state *state) {
  lakh_rbm_partition_get(partition, state);
}

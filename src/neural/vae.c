/* The variational autoencoder (Kingma & Welling, "Auto-encoding variational Bayes", 2014): the model.
 *
 * The encoder gives mean m and log-variance v of a normal distribution over codes z; the decoder gives for a code the logits (or
 * means) of the features. Training (vae_fit.c) lowers, averaged over rows,
 *
 *   -ln p(x | z) + beta KL(N(m, e^v) || N(0, 1)),   z = m + e^(v / 2) noise,
 *
 * which for beta = 1 bounds -ln p(x) from above. Gradients pass through z, since the noise is an input like any other.
 *
 * A conditional model (Sohn, Lee & Yan 2015) appends the label, as n_classes values 0 or 1, to the code and to the features; to
 * images as n_classes further channels of zeros and ones.
 *
 * Time a step: 6 multiply-adds a weight and row, less those for the gradient by x. Memory: 4 floats a weight (itself, gradient,
 * two moments) and about 3 times the activations of one batch; nothing is allocated while training.
 * In V8 11 on one thread of a Zen 4 core a step of 128 rows of 784-256-2-256-784 takes 6.9 ms, 5.5 of them in matrix products at
 * the speed of their bare loop; PyTorch 1.13 on two such threads takes 4.3. */
#include "neural/vae.h"

#include "base/alloc.h"
#include "base/sizes.h"
#include "neural/rows.h"

#include <math.h>
#include <string.h>

static lakh_status make_networks(lakh_vae *vae) {
  size_t bad_layer;
  lakh_vae_layers layers = lakh_vae_encoder_layers(&vae->params, vae->n_features);
  lakh_status status =
      lakh_network_make(&vae->encoder, layers.list, layers.count, layers.in, vae->batch_size, vae->training, &bad_layer);
  if (status != LAKH_OK) return status;
  layers = lakh_vae_decoder_layers(&vae->params, vae->n_features, vae->encoder.layers);
  return lakh_network_make(&vae->decoder, layers.list, layers.count, layers.in, vae->batch_size, vae->training, &bad_layer);
}

static lakh_status make_buffers(lakh_vae *vae) {
  size_t n = vae->batch_size;
  vae->input = lakh_alloc(n * vae->encoder.in_size, sizeof(float));
  vae->codes = lakh_alloc(n * vae->decoder.in_size, sizeof(float));
  vae->noise = lakh_alloc(n * vae->latent_dim, sizeof(float));
  if (vae->input == NULL || vae->codes == NULL || vae->noise == NULL) return LAKH_NO_MEMORY;
  if (!vae->training) return LAKH_OK;
  vae->loss_gradient = lakh_alloc(n * vae->n_features, sizeof(float));
  vae->code_gradient = lakh_alloc(n * vae->decoder.in_size, sizeof(float));
  vae->head_gradient = lakh_alloc(n * 2 * vae->latent_dim, sizeof(float));
  if (vae->loss_gradient == NULL || vae->code_gradient == NULL || vae->head_gradient == NULL) return LAKH_NO_MEMORY;
  if (vae->params.patience == 0) return LAKH_OK;
  vae->best = lakh_alloc_zeroed(vae->encoder.n_parameters + vae->decoder.n_parameters, sizeof(float));
  return vae->best == NULL ? LAKH_NO_MEMORY : LAKH_OK;
}

/* ---- The model --------------------------------------------------------------------------------------------------------- */

lakh_status lakh_vae_create(const lakh_vae_params *params, size_t n_features, bool training, lakh_vae **out) {
  if (!lakh_vae_params_fit(params, n_features)) return LAKH_BAD_ARGUMENT;
  lakh_vae *vae = lakh_alloc_zeroed(1, sizeof *vae);
  if (vae == NULL) return LAKH_NO_MEMORY;
  vae->params = *params;
  vae->position.best_validation = HUGE_VAL;
  vae->n_features = n_features;
  vae->latent_dim = (size_t)params->latent_dim;
  vae->n_classes = (size_t)params->n_classes;
  vae->batch_size = (size_t)params->batch_size;
  vae->training = training;
  lakh_status status = make_networks(vae);
  if (status == LAKH_OK) status = make_buffers(vae);
  if (status != LAKH_OK) {
    lakh_vae_free(vae);
    return status;
  }
  uint64_t stream = lakh_vae_stream(LAKH_VAE_FIRST_WEIGHTS, 0);
  lakh_network_initialize(&vae->encoder, LAKH_FAN_IN_UNIFORM, params->random_state, stream);
  lakh_network_initialize(&vae->decoder, LAKH_FAN_IN_UNIFORM, params->random_state, stream + LAKH_VAE_ALL_LAYERS);
  *out = vae;
  return LAKH_OK;
}

void lakh_vae_free(lakh_vae *vae) {
  if (vae == NULL) return;
  lakh_network_free(&vae->encoder);
  lakh_network_free(&vae->decoder);
  lakh_free(vae->input);
  lakh_free(vae->codes);
  lakh_free(vae->noise);
  lakh_free(vae->loss_gradient);
  lakh_free(vae->code_gradient);
  lakh_free(vae->head_gradient);
  lakh_free(vae->best);
  lakh_free(vae);
}

/* The same places in a copy of the parameters that begins at `copy`. */
static lakh_tensor tensor_in_copy(lakh_tensor tensor, const lakh_network *network, float *copy) {
  tensor.values = copy + (tensor.values - network->parameters);
  tensor.first = tensor.second = NULL;
  return tensor;
}

bool lakh_vae_tensor(const lakh_vae *vae, size_t index, lakh_tensor *out) {
  const lakh_network *encoder = &vae->encoder, *decoder = &vae->decoder;
  if (lakh_network_tensor(encoder, "encoder", &index, out)) return true;
  if (lakh_network_tensor(decoder, "decoder", &index, out)) return true;
  if (vae->best == NULL) return false;
  if (lakh_network_tensor(encoder, "best.encoder", &index, out)) {
    *out = tensor_in_copy(*out, encoder, vae->best);
    return true;
  }
  if (!lakh_network_tensor(decoder, "best.decoder", &index, out)) return false;
  *out = tensor_in_copy(*out, decoder, vae->best + encoder->n_parameters);
  return true;
}

void lakh_vae_keep_best(lakh_vae *vae) {
  const lakh_network *encoder = &vae->encoder, *decoder = &vae->decoder;
  memcpy(vae->best, encoder->parameters, encoder->n_parameters * sizeof(float));
  memcpy(vae->best + encoder->n_parameters, decoder->parameters, decoder->n_parameters * sizeof(float));
}

void lakh_vae_restore_best(lakh_vae *vae) {
  lakh_network *encoder = &vae->encoder, *decoder = &vae->decoder;
  memcpy(encoder->parameters, vae->best, encoder->n_parameters * sizeof(float));
  memcpy(decoder->parameters, vae->best + encoder->n_parameters, decoder->n_parameters * sizeof(float));
}

void lakh_vae_get_position(const lakh_vae *vae, lakh_vae_position *position) { *position = vae->position; }
void lakh_vae_set_position(lakh_vae *vae, const lakh_vae_position *position) { vae->position = *position; }

/* ---- Rows -------------------------------------------------------------------------------------------------------------- */

bool lakh_vae_labels_fit(const lakh_vae *vae, const int32_t *labels, size_t rows) {
  return vae->n_classes == 0 ? labels == NULL : lakh_rows_labels_fit(labels, rows, vae->n_classes);
}

lakh_status lakh_vae_check_rows(const lakh_vae *vae, lakh_matrix x) {
  return lakh_rows_check(x, vae->n_features, vae->params.likelihood == LAKH_VAE_BERNOULLI);
}

/* Each class as `size` values: 1 for the label's, 0 for others. */
static void write_label(float *out, size_t n_classes, int32_t label, size_t size) {
  for (size_t i = 0; i < n_classes * size; i++) out[i] = (int32_t)(i / size) == label ? 1 : 0;
}

void lakh_vae_gather(lakh_vae *vae, lakh_matrix x, const int32_t *labels, const uint32_t *rows, size_t first, size_t n) {
  size_t stride = vae->encoder.in_size;
  lakh_shape in = vae->encoder.layers[0].in;
  for (size_t i = 0; i < n; i++) {
    size_t row = rows != NULL ? rows[i] : first + i;
    float *out = vae->input + i * stride;
    memcpy(out, x.data + row * x.cols, x.cols * sizeof *out);
    if (vae->n_classes > 0) write_label(out + x.cols, vae->n_classes, labels[row], in.height * in.width);
  }
}

void lakh_vae_label_codes(lakh_vae *vae, const int32_t *labels, const uint32_t *rows, size_t first, size_t n) {
  if (vae->n_classes == 0) return;
  for (size_t i = 0; i < n; i++) {
    int32_t label = labels[rows != NULL ? rows[i] : first + i];
    write_label(vae->codes + i * vae->decoder.in_size + vae->latent_dim, vae->n_classes, label, 1);
  }
}

void lakh_vae_draw_codes(lakh_vae *vae, const float *heads, size_t n, uint64_t stream) {
  size_t dim = vae->latent_dim;
  lakh_random random = lakh_random_stream(vae->params.random_state, stream);
  lakh_fill_normal(&random, vae->noise, n * dim, 1);
  for (size_t i = 0; i < n; i++) {
    const float *mean = heads + i * 2 * dim, *log_variance = mean + dim;
    float *code = vae->codes + i * vae->decoder.in_size, *noise = vae->noise + i * dim;
    for (size_t j = 0; j < dim; j++) code[j] = 0.5f * log_variance[j];
    lakh_exp(code, code, dim);
    for (size_t j = 0; j < dim; j++) noise[j] *= code[j];
    for (size_t j = 0; j < dim; j++) code[j] = mean[j] + noise[j];
  }
}

double lakh_vae_reconstruction(const lakh_vae *vae, const float *decoded, const float *row, float weight, float *gradient) {
  size_t n = vae->n_features;
  if (vae->params.likelihood == LAKH_VAE_BERNOULLI) return lakh_cross_entropy(decoded, row, n, weight, gradient);
  static const double HALF_LN_2PI = 0.91893853320467274;
  return 0.5 * lakh_squared_error(decoded, row, n, 0.5f * weight, gradient) + HALF_LN_2PI * (double)n;
}

size_t lakh_vae_rows_together(const lakh_vae *vae) {
  double rows = LAKH_PIECE_OF_WORK / (lakh_network_work(&vae->encoder) + lakh_network_work(&vae->decoder));
  return rows < (double)vae->batch_size ? lakh_larger((size_t)rows, lakh_smaller(8, vae->batch_size)) : vae->batch_size;
}

lakh_vae_evaluation lakh_vae_evaluate(lakh_vae *vae, lakh_matrix x, const int32_t *labels, size_t first, size_t n) {
  lakh_pass pass = {.n = n};
  lakh_vae_gather(vae, x, labels, NULL, first, n);
  const float *heads = lakh_network_forward(&vae->encoder, vae->input, pass);
  lakh_vae_draw_codes(vae, heads, n, lakh_vae_stream(LAKH_VAE_SCORE_NOISE, first));
  lakh_vae_label_codes(vae, labels, NULL, first, n);
  return (lakh_vae_evaluation){heads, lakh_network_forward(&vae->decoder, vae->codes, pass)};
}

lakh_vae_loss lakh_vae_loss_of_row(const lakh_vae *vae, lakh_vae_evaluation evaluation, size_t i) {
  const float *mean = evaluation.heads + i * 2 * vae->latent_dim, *row = vae->input + i * vae->encoder.in_size;
  double reconstruction = lakh_vae_reconstruction(vae, evaluation.decoded + i * vae->n_features, row, 0, NULL);
  double divergence = lakh_divergence(mean, mean + vae->latent_dim, vae->latent_dim, 0, NULL, NULL);
  return (lakh_vae_loss){reconstruction, divergence, reconstruction + divergence};
}

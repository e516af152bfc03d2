/* The restricted Boltzmann machine (Smolensky 1986; Hinton, "Training products of experts", 2002): the model.
 *
 * Visible units v and hidden units h, each independent of its kind given the other kind:
 *
 *   P(h_j = 1 | v) = s((W v + c)_j)
 *   P(v_i = 1 | h) = s((h W + b)_i),   or for Gaussian features   v ~ N(h W + b, 1)
 *
 * with s the sigmoid, W the components, c and b the intercepts. The probability of v is proportional to e^-F(v) with the free
 * energy F(v) = -b v - sum_j ln(1 + e^(W v + c)_j), for Gaussian features with |v - b|^2 / 2 in place of -b v.
 *
 * Time a step of training: 5 multiply-adds a component and row for one step of a chain, 2 more for each further one. Memory: 2
 * floats a weight (itself, velocity), and four batches; nothing is allocated while training. In V8 11
 * on one thread of a Zen 4 core a step of 128 rows of 784 features with 256 hidden units takes 6.5 ms, 5.4 of them in products. */
#include "neural/rbm.h"

#include "base/alloc.h"
#include "base/sizes.h"
#include "kernels/activations.h"
#include "kernels/matmul.h"
#include "kernels/random_words.h"
#include "neural/layers.h"
#include "neural/network.h"
#include "neural/training.h"

#include <math.h>
#include <string.h>

static const float FIRST_DEVIATION = 0.01f; /* of the components, as in scikit-learn and in Hinton's guide (2010) */
static const double MAX_FLOATS = 1 << 28;   /* 1 GB in all */

enum { CHUNK = 256 }; /* values worked on at once, so that they stay in the first-level cache; even, for lakh_fill_normal */

/* ---- The model --------------------------------------------------------------------------------------------------------- */

static bool are_params(const lakh_rbm_params *p, size_t n_features) {
  bool sparsity = p->sparsity_cost >= 0 && isfinite(p->sparsity_cost) &&
                  (p->sparsity_cost == 0 || (p->sparsity_target > 0 && p->sparsity_target < 1));
  return n_features >= 1 && p->n_components >= 1 && p->batch_size >= 1 &&
         (p->visible == LAKH_RBM_BERNOULLI || p->visible == LAKH_RBM_GAUSSIAN) &&
         (p->method == LAKH_RBM_PERSISTENT || p->method == LAKH_RBM_CONTRASTIVE) && p->n_gibbs >= 1 &&
         lakh_is_learning_rate(p->learning_rate) && p->momentum >= 0 && p->momentum < 1 && p->weight_decay >= 0 &&
         isfinite(p->weight_decay) && sparsity;
}

static lakh_rbm_weights weights_at(const lakh_rbm *rbm, float *memory) {
  float *hidden = memory + rbm->n_components * rbm->n_features;
  return (lakh_rbm_weights){memory, hidden, hidden + rbm->n_components};
}

static size_t workspace_size(const lakh_rbm *rbm) {
  size_t n = rbm->batch_size, features = rbm->n_features, components = rbm->n_components;
  lakh_matmul_shape up = {.rows = n, .cols = components, .depth = features, .b_transposed = true};
  lakh_matmul_shape down = {.rows = n, .cols = features, .depth = components};
  lakh_matmul_shape statistics = {.rows = components, .cols = features, .depth = 2 * n, .a_transposed = true};
  return lakh_larger(lakh_matmul_workspace(&up), lakh_larger(lakh_matmul_workspace(&down), lakh_matmul_workspace(&statistics)));
}

static lakh_status allocate(lakh_rbm *rbm) {
  size_t n = rbm->batch_size, features = rbm->n_features, components = rbm->n_components;
  double wanted = 2 * (double)features * (double)components + 2 * (double)n * ((double)features + 2 * (double)components);
  if (wanted > MAX_FLOATS) return LAKH_NO_MEMORY;
  rbm->n_weights = components * features + components + features;
  rbm->memory = lakh_alloc_zeroed((rbm->training ? 2 : 1) * rbm->n_weights, sizeof(float));
  rbm->visible = lakh_alloc(2 * n * features, sizeof(float));
  rbm->hidden = lakh_alloc(2 * n * components, sizeof(float));
  rbm->workspace = lakh_alloc(workspace_size(rbm), sizeof(float));
  if (rbm->memory == NULL || rbm->visible == NULL || rbm->hidden == NULL || rbm->workspace == NULL) return LAKH_NO_MEMORY;
  rbm->weights = weights_at(rbm, rbm->memory);
  if (!rbm->training) return LAKH_OK;
  rbm->velocity = weights_at(rbm, rbm->memory + rbm->n_weights);
  rbm->chains = lakh_alloc_zeroed(n * components, sizeof(float));
  return rbm->chains == NULL ? LAKH_NO_MEMORY : LAKH_OK;
}

lakh_status lakh_rbm_create(const lakh_rbm_params *params, size_t n_features, bool training, lakh_rbm **out) {
  if (!are_params(params, n_features)) return LAKH_BAD_ARGUMENT;
  lakh_rbm *rbm = lakh_alloc_zeroed(1, sizeof *rbm);
  if (rbm == NULL) return LAKH_NO_MEMORY;
  rbm->params = *params;
  rbm->n_features = n_features;
  rbm->n_components = (size_t)params->n_components;
  rbm->batch_size = (size_t)params->batch_size;
  rbm->training = training;
  rbm->gaussian = params->visible == LAKH_RBM_GAUSSIAN;
  if (allocate(rbm) != LAKH_OK) {
    lakh_rbm_free(rbm);
    return LAKH_NO_MEMORY;
  }
  lakh_random random = lakh_random_stream(params->random_state, lakh_rbm_stream(LAKH_RBM_FIRST_WEIGHTS, 0));
  lakh_fill_normal(&random, rbm->weights.components, rbm->n_components * n_features, FIRST_DEVIATION);
  *out = rbm;
  return LAKH_OK;
}

void lakh_rbm_free(lakh_rbm *rbm) {
  if (rbm == NULL) return;
  lakh_free(rbm->memory);
  lakh_free(rbm->visible);
  lakh_free(rbm->hidden);
  lakh_free(rbm->workspace);
  lakh_free(rbm->chains);
  lakh_free(rbm);
}

bool lakh_rbm_tensor(const lakh_rbm *rbm, size_t index, lakh_tensor *out) {
  size_t features = rbm->n_features, components = rbm->n_components;
  const lakh_rbm_weights *w = &rbm->weights, *v = &rbm->velocity;
  switch (index) {
  case 0:
    *out = (lakh_tensor){"components", {components, features}, 2, components * features, w->components, v->components, NULL};
    return true;
  case 1:
    *out = (lakh_tensor){"intercept_hidden", {components}, 1, components, w->hidden, v->hidden, NULL};
    return true;
  case 2:
    *out = (lakh_tensor){"intercept_visible", {features}, 1, features, w->visible, v->visible, NULL};
    return true;
  case 3:
    if (!rbm->training) return false;
    *out = (lakh_tensor){"chains", {rbm->batch_size, components}, 2, rbm->batch_size * components, rbm->chains, NULL, NULL};
    return true;
  default:
    return false;
  }
}

void lakh_rbm_get_position(const lakh_rbm *rbm, lakh_rbm_position *position) { *position = rbm->position; }
void lakh_rbm_set_position(lakh_rbm *rbm, const lakh_rbm_position *position) { rbm->position = *position; }

/* ---- From one kind of unit to the other ---------------------------------------------------------------------------------- */

void lakh_rbm_hidden_input(lakh_rbm *rbm, const float *visible, float *input, size_t n) {
  lakh_dense_forward(visible, rbm->weights.components, rbm->weights.hidden, input, n, rbm->n_features, rbm->n_components, false,
                     rbm->workspace);
}

void lakh_rbm_mean_hidden(lakh_rbm *rbm, const float *visible, float *hidden, size_t n) {
  lakh_rbm_hidden_input(rbm, visible, hidden, n);
  lakh_activate(LAKH_SIGMOID, hidden, hidden, n * rbm->n_components);
}

void lakh_rbm_mean_visible(lakh_rbm *rbm, const float *hidden, float *visible, size_t n) {
  lakh_matmul_shape down = {.rows = n, .cols = rbm->n_features, .depth = rbm->n_components};
  lakh_matmul(&down, hidden, rbm->n_components, rbm->weights.components, rbm->n_features, visible, rbm->n_features,
              (lakh_matmul_finish){.bias = rbm->weights.visible}, rbm->workspace);
  if (!rbm->gaussian) lakh_activate(LAKH_SIGMOID, visible, visible, n * rbm->n_features);
}

void lakh_rbm_sample(const float *probabilities, float *samples, size_t count, lakh_random *random) {
  float units[CHUNK];
  for (size_t start = 0; start < count; start += CHUNK) {
    size_t n = lakh_smaller(CHUNK, count - start);
    lakh_random_units(random, units, n);
    for (size_t i = 0; i < n; i++) samples[start + i] = units[i] < probabilities[start + i] ? 1 : 0;
  }
}

void lakh_rbm_sample_inputs(float *inputs, size_t count, lakh_random *random) {
  lakh_activate(LAKH_SIGMOID, inputs, inputs, count);
  lakh_rbm_sample(inputs, inputs, count, random);
}

/* Adds N(0, 1). */
static void add_noise(float *values, size_t count, lakh_random *random) {
  float noise[CHUNK];
  for (size_t start = 0; start < count; start += CHUNK) {
    size_t n = lakh_smaller(CHUNK, count - start);
    lakh_fill_normal(random, noise, n, 1);
    for (size_t i = 0; i < n; i++) values[start + i] += noise[i];
  }
}

void lakh_rbm_sample_visible(lakh_rbm *rbm, const float *hidden, float *visible, size_t n, lakh_random *random) {
  lakh_rbm_mean_visible(rbm, hidden, visible, n);
  if (rbm->gaussian) {
    add_noise(visible, n * rbm->n_features, random);
  } else {
    lakh_rbm_sample(visible, visible, n * rbm->n_features, random);
  }
}

size_t lakh_rbm_rows_together(const lakh_rbm *rbm) {
  double rows = LAKH_PIECE_OF_WORK / ((double)rbm->n_features * (double)rbm->n_components);
  return rows < (double)rbm->batch_size ? lakh_larger((size_t)rows, lakh_smaller(8, rbm->batch_size)) : rbm->batch_size;
}

/* ---- Energies ---------------------------------------------------------------------------------------------------------- */

double lakh_rbm_softplus(const float *input, size_t count) {
  float softplus[CHUNK], sigmoid[CHUNK];
  double sum = 0;
  for (size_t start = 0; start < count; start += CHUNK) {
    size_t n = lakh_smaller(CHUNK, count - start);
    lakh_softplus_sigmoid(input + start, softplus, sigmoid, n);
    for (size_t i = 0; i < n; i++) sum += (double)softplus[i];
  }
  return sum;
}

static double visible_energy(const lakh_rbm *rbm, const float *row) {
  const float *intercept = rbm->weights.visible;
  double sum = 0;
  for (size_t i = 0; i < rbm->n_features; i++) {
    double difference = (double)row[i] - (double)intercept[i];
    sum += rbm->gaussian ? difference * difference / 2 : -(double)row[i] * (double)intercept[i];
  }
  return sum;
}

void lakh_rbm_free_energies(lakh_rbm *rbm, const float *x, size_t n, float *energies) {
  lakh_rbm_hidden_input(rbm, x, rbm->hidden, n);
  for (size_t i = 0; i < n; i++) {
    double hidden = lakh_rbm_softplus(rbm->hidden + i * rbm->n_components, rbm->n_components);
    energies[i] = (float)(visible_energy(rbm, x + i * rbm->n_features) - hidden);
  }
}

/* How much the free energy rises when feature `flipped` of a row becomes 1 minus itself. Only that column of the components
 * counts, so that this costs one feature's share of a product. */
static double energy_of_flip(const lakh_rbm *rbm, const float *row, size_t flipped, const float *input, float *flipped_input) {
  float change = 1 - 2 * row[flipped];
  const float *column = rbm->weights.components + flipped;
  for (size_t j = 0; j < rbm->n_components; j++) flipped_input[j] = input[j] + change * column[j * rbm->n_features];
  double before = lakh_rbm_softplus(input, rbm->n_components), after = lakh_rbm_softplus(flipped_input, rbm->n_components);
  return before - after - (double)(change * rbm->weights.visible[flipped]);
}

void lakh_rbm_score_rows(lakh_rbm *rbm, const float *x, size_t first, size_t n, uint32_t seed, float *scores) {
  if (rbm->gaussian) {
    lakh_rbm_free_energies(rbm, x, n, scores);
    for (size_t i = 0; i < n; i++) scores[i] = -scores[i];
    return;
  }
  float *flipped_input = rbm->hidden + rbm->batch_size * rbm->n_components;
  lakh_rbm_hidden_input(rbm, x, rbm->hidden, n);
  for (size_t i = 0; i < n; i++) {
    lakh_random random = lakh_random_stream(seed, lakh_rbm_stream(LAKH_RBM_FLIP, first + i));
    size_t flipped = lakh_random_below(&random, (uint32_t)rbm->n_features);
    /* n_features times ln of the probability of the feature, given all others: -ln(1 + e^-rise). */
    float fall =
        (float)-energy_of_flip(rbm, x + i * rbm->n_features, flipped, rbm->hidden + i * rbm->n_components, flipped_input);
    scores[i] = (float)(-(double)rbm->n_features * lakh_rbm_softplus(&fall, 1));
  }
}

/* The partition function of a restricted Boltzmann machine, without which free energies are not likelihoods.
 *
 * Exactly: the sum over hidden states h of e^(c h) times what the visible units contribute, which is a product over features:
 * (1 + e^(b + h W)_i), or for Gaussian features sqrt(2 pi) e^(b_i a_i + a_i^2 / 2) with a = h W. Time: 2^n_components n_features.
 *
 * By annealed importance sampling (Salakhutdinov & Murray, "On the quantitative analysis of deep belief networks", 2008): chains
 * start where hidden units do not matter, with the visible intercepts alone and a partition function that is known, and are led
 * to the model by one step of Gibbs sampling at each inverse temperature t from 0 to 1, at which
 *
 *   ln p(v) = -(energy of v by its intercepts) + sum_j ln(1 + e^(t (W v + c)_j)) + constant.
 *
 * The changes of ln p(v) along a chain add up to the logarithm of its weight, and the mean weight estimates the ratio of the two
 * partition functions. One step of the job is one temperature for all chains, or a block of hidden states. */
#include "base/alloc.h"
#include "base/job.h"
#include "base/sizes.h"
#include "neural/rbm.h"

#include <math.h>
#include <string.h>

struct lakh_rbm_partition {
  lakh_job job;
  lakh_rbm *rbm;
  size_t n_steps, n_done; /* hidden states, or temperatures */
  uint32_t seed;
  double largest, sum; /* exact: so far e^largest * sum */
  double *log_weights; /* batch_size: annealed */
  float *visible;      /* n_features: exact */
  lakh_rbm_partition_state state;
};

static const double LN_2 = 0.69314718055994531, LN_2PI = 1.8378770664093455;

/* ---- Exactly ----------------------------------------------------------------------------------------------------------- */

enum { MAX_ENUMERATED = 24, STATES_A_STEP = 512 };

/* ln of the share of one hidden state, whose bits are those of `hidden`. */
static double log_share(const lakh_rbm *rbm, size_t hidden, float *input) {
  size_t features = rbm->n_features;
  double sum = 0;
  memset(input, 0, features * sizeof *input);
  for (size_t j = 0; j < rbm->n_components; j++) {
    if ((hidden >> j & 1) == 0) continue;
    sum += (double)rbm->weights.hidden[j];
    for (size_t i = 0; i < features; i++) input[i] += rbm->weights.components[j * features + i];
  }
  if (rbm->gaussian) {
    for (size_t i = 0; i < features; i++) {
      double a = (double)input[i];
      sum += LN_2PI / 2 + a * ((double)rbm->weights.visible[i] + a / 2);
    }
    return sum;
  }
  for (size_t i = 0; i < features; i++) input[i] += rbm->weights.visible[i];
  return sum + lakh_rbm_softplus(input, features);
}

/* sum += e^(log_term), relative to the largest term so far, so that nothing overflows. */
static void add_exponential(double *largest, double *sum, double log_term) {
  if (log_term > *largest) {
    *sum *= exp(*largest - log_term);
    *largest = log_term;
  }
  *sum += exp(log_term - *largest);
}

static lakh_status enumerate(lakh_rbm_partition *p) {
  size_t end = lakh_smaller(p->n_done + STATES_A_STEP, p->n_steps);
  lakh_job_advance(&p->job, (double)(end - p->n_done));
  for (; p->n_done < end; p->n_done++) add_exponential(&p->largest, &p->sum, log_share(p->rbm, p->n_done, p->visible));
  if (p->n_done < p->n_steps) return LAKH_MORE;
  p->state.log_partition = p->largest + log(p->sum);
  return LAKH_DONE;
}

/* ---- By annealing ------------------------------------------------------------------------------------------------------ */

static double log_partition_at_zero(const lakh_rbm *rbm) {
  double hidden = (double)rbm->n_components * LN_2;
  if (rbm->gaussian) return hidden + (double)rbm->n_features * LN_2PI / 2;
  return hidden + lakh_rbm_softplus(rbm->weights.visible, rbm->n_features);
}

/* Visible units for hidden units of 0: the model at inverse temperature 0. */
static void start_chains(lakh_rbm_partition *p, lakh_random *random) {
  lakh_rbm *rbm = p->rbm;
  memset(rbm->hidden, 0, rbm->batch_size * rbm->n_components * sizeof(float));
  lakh_rbm_sample_visible(rbm, rbm->hidden, rbm->visible, rbm->batch_size, random);
}

/* From t0 to t1: weighs the chains where they are, then moves them by a step of Gibbs sampling at t1. */
static void anneal(lakh_rbm_partition *p, float t0, float t1, lakh_random *random) {
  lakh_rbm *rbm = p->rbm;
  size_t components = rbm->n_components, n = rbm->batch_size;
  float *scaled = rbm->hidden + n * components;
  lakh_rbm_hidden_input(rbm, rbm->visible, rbm->hidden, n);
  for (size_t i = 0; i < n; i++) {
    const float *input = rbm->hidden + i * components;
    float *cold = scaled + i * components;
    for (size_t j = 0; j < components; j++) cold[j] = t0 * input[j];
    double before = lakh_rbm_softplus(cold, components);
    for (size_t j = 0; j < components; j++) cold[j] = t1 * input[j];
    p->log_weights[i] += lakh_rbm_softplus(cold, components) - before;
  }
  lakh_rbm_sample_inputs(scaled, n * components, random);
  for (size_t j = 0; j < n * components; j++) scaled[j] *= t1;
  lakh_rbm_sample_visible(rbm, scaled, rbm->visible, n, random);
}

static void estimate(lakh_rbm_partition *p) {
  size_t n = p->rbm->batch_size;
  double largest = p->log_weights[0], sum = 0, squares = 0;
  for (size_t i = 1; i < n; i++) largest = fmax(largest, p->log_weights[i]);
  for (size_t i = 0; i < n; i++) {
    double weight = exp(p->log_weights[i] - largest);
    sum += weight;
    squares += weight * weight;
  }
  double mean = sum / (double)n, variance = fmax(0, squares / (double)n - mean * mean);
  p->state.log_partition = log_partition_at_zero(p->rbm) + largest + log(mean);
  p->state.error = sqrt(variance / (double)n) / mean;
}

static lakh_status step(lakh_job *job) {
  lakh_rbm_partition *p = (lakh_rbm_partition *)job;
  if (p->log_weights == NULL) return enumerate(p);
  lakh_random random = lakh_random_stream(p->seed, lakh_rbm_stream(LAKH_RBM_ANNEAL, p->n_done));
  if (p->n_done == 0) start_chains(p, &random);
  float steps = (float)p->n_steps;
  anneal(p, (float)p->n_done / steps, (float)(p->n_done + 1) / steps, &random);
  lakh_job_advance(job, 1);
  if (++p->n_done < p->n_steps) return LAKH_MORE;
  estimate(p);
  return LAKH_DONE;
}

/* ---- The job ----------------------------------------------------------------------------------------------------------- */

static void free_partition(lakh_job *job) {
  lakh_rbm_partition *p = (lakh_rbm_partition *)job;
  lakh_free(p->log_weights);
  lakh_free(p->visible);
  lakh_free(p);
}

lakh_status lakh_rbm_partition_create(lakh_rbm *rbm, int32_t n_temperatures, uint32_t seed, lakh_rbm_partition **out) {
  bool exact = n_temperatures == 0;
  if (n_temperatures < 0 || (exact && rbm->n_components > MAX_ENUMERATED)) return LAKH_BAD_ARGUMENT;
  lakh_rbm_partition *p = lakh_alloc_zeroed(1, sizeof *p);
  if (p == NULL) return LAKH_NO_MEMORY;
  p->rbm = rbm;
  p->seed = seed;
  p->largest = -HUGE_VAL;
  p->n_steps = exact ? (size_t)1 << rbm->n_components : (size_t)n_temperatures;
  if (exact) {
    p->visible = lakh_alloc(rbm->n_features, sizeof *p->visible);
  } else {
    p->log_weights = lakh_alloc_zeroed(rbm->batch_size, sizeof *p->log_weights);
  }
  if (p->visible == NULL && p->log_weights == NULL) {
    free_partition(&p->job);
    return LAKH_NO_MEMORY;
  }
  lakh_job_begin(&p->job, step, free_partition, (double)p->n_steps);
  *out = p;
  return LAKH_OK;
}

void lakh_rbm_partition_get(const lakh_rbm_partition *partition, lakh_rbm_partition_state *state) { *state = partition->state; }

#include "base/alloc.h"
#include "test_rbm.h"

/* Sums over all states: with 6 features and 3 hidden units, 64 and 8. */
static double log_partition(const lakh_rbm *rbm) {
  lakh_tensor w = tensor_of(rbm, 0), c = tensor_of(rbm, 1), b = tensor_of(rbm, 2);
  double sum = 0;
  for (unsigned h = 0; h < 1u << HIDDEN; h++) {
    double term = 1;
    for (size_t j = 0; j < HIDDEN; j++) term *= h >> j & 1 ? exp((double)c.values[j]) : 1;
    for (size_t i = 0; i < FEATURES; i++) {
      double input = (double)b.values[i];
      for (size_t j = 0; j < HIDDEN; j++) input += h >> j & 1 ? (double)w.values[j * FEATURES + i] : 0;
      term *= 1 + exp(input);
    }
    sum += term;
  }
  return log(sum);
}

static double log_likelihood(lakh_rbm *rbm, lakh_matrix x) {
  float *energy = apply(rbm, LAKH_RBM_FREE_ENERGY, x, 0, 0, 1);
  double mean = 0;
  for (size_t i = 0; i < x.rows; i++) mean -= (double)energy[i] / (double)x.rows;
  free(energy);
  return mean - log_partition(rbm);
}

/* Pairs of features that agree in 3 of 4 rows: the data's entropy, which no model's likelihood passes, is 3 (ln 2 + 0.5623) =
 * 3.767; features taken alone give 6 ln 2 = 4.159. */
static lakh_matrix make_pairs(void) {
  float *values = zeros(512 * FEATURES);
  for (size_t i = 0; i < 512; i++) {
    for (size_t pair = 0; pair < 3; pair++) {
      size_t value = i >> pair & 1, differs = (i >> (3 + 2 * pair)) % 4 == 0;
      values[i * FEATURES + 2 * pair] = (float)value;
      values[i * FEATURES + 2 * pair + 1] = (float)(value ^ differs);
    }
  }
  return (lakh_matrix){values, 512, FEATURES};
}

static void training_raises_the_exact_likelihood(void) {
  lakh_matrix x = make_pairs();
  for (int method = 0; method < 2; method++) {
    lakh_rbm_params params = method == 0 ? persistent_params() : contrastive_params();
    params.batch_size = 64;
    params.shuffle = 1;
    lakh_rbm *rbm = make(params);
    double before = log_likelihood(rbm, x);
    train(rbm, x, NULL, NOTHING, 1500);
    double after = log_likelihood(rbm, x);
    CHECK_NEAR(before, -6 * log(2), 0.02);
    CHECK(after > -3.79 && after <= -3.766);
    lakh_rbm_free(rbm);
  }
  free_rows(x);
}

static void free_energies_are_those_of_the_sampled_distribution(void) {
  /* The shares of states in long Gibbs chains against e^-F / Z. */
  enum { CHAINS = 4000 };
  lakh_rbm *rbm = make_known(persistent_params());
  float *start = zeros(CHAINS * FEATURES);
  float *samples = apply(rbm, LAKH_RBM_GIBBS, (lakh_matrix){start, CHAINS, FEATURES}, 30, 1, FEATURES);
  double count[64] = {0}, partition = log_partition(rbm), distance = 0;
  for (size_t i = 0; i < CHAINS; i++) {
    unsigned state = 0;
    for (size_t j = 0; j < FEATURES; j++) state |= (unsigned)samples[i * FEATURES + j] << j;
    count[state]++;
  }
  for (unsigned state = 0; state < 64; state++) {
    float v[FEATURES];
    for (size_t j = 0; j < FEATURES; j++) v[j] = (float)(state >> j & 1);
    float *energy = apply(rbm, LAKH_RBM_FREE_ENERGY, (lakh_matrix){v, 1, FEATURES}, 0, 0, 1);
    double expected = CHAINS * exp(-(double)energy[0] - partition);
    distance += (count[state] - expected) * (count[state] - expected) / expected;
    free(energy);
  }
  /* Chi squared with 63 degrees of freedom: 104 is passed once in a thousand times. */
  CHECK(distance < 104);
  free(start);
  free(samples);
  lakh_rbm_free(rbm);
}

static lakh_rbm_partition_state find_partition(lakh_rbm *rbm, int32_t n_temperatures) {
  lakh_rbm_partition *job;
  CHECK_EQ(lakh_rbm_partition_create(rbm, n_temperatures, 1, &job), LAKH_OK);
  CHECK_EQ(lakh_job_run((lakh_job *)job), LAKH_DONE);
  lakh_rbm_partition_state state;
  lakh_rbm_partition_get(job, &state);
  lakh_job_free((lakh_job *)job);
  return state;
}

static void the_partition_function_is_the_sum_over_all_states(void) {
  lakh_rbm *rbm = make_known(persistent_params());
  lakh_rbm_partition_state exact = find_partition(rbm, 0);
  CHECK_NEAR(exact.log_partition, log_partition(rbm), 1e-6);
  CHECK(exact.error == 0);
  /* The same from the other side: the sum of e^-F over all features. */
  double sum = 0;
  for (unsigned state = 0; state < 64; state++) {
    float v[FEATURES];
    for (size_t j = 0; j < FEATURES; j++) v[j] = (float)(state >> j & 1);
    float *energy = apply(rbm, LAKH_RBM_FREE_ENERGY, (lakh_matrix){v, 1, FEATURES}, 0, 0, 1);
    sum += exp(-(double)energy[0]);
    free(energy);
  }
  CHECK_NEAR(exact.log_partition, log(sum), 1e-6);
  lakh_rbm_free(rbm);

  /* Blocks of hidden states, and terms that overflow: without components, factors multiply. */
  lakh_rbm_params params = persistent_params();
  params.n_components = 11;
  rbm = make(params);
  for (size_t i = 0; i < 3; i++) {
    lakh_tensor tensor = tensor_of(rbm, i);
    for (size_t j = 0; j < tensor.size; j++) tensor.values[j] = i == 0 ? 0 : i == 1 ? 100 : -1;
  }
  CHECK_NEAR(find_partition(rbm, 0).log_partition, 11 * 100 + 6 * log1p(exp(-1)), 1e-6);
  lakh_rbm_free(rbm);
}

static void the_partition_function_of_gaussian_features_is_their_integral(void) {
  /* One feature: the integral by the midpoint rule. */
  lakh_rbm_params params = contrastive_params();
  params.visible = LAKH_RBM_GAUSSIAN;
  lakh_rbm *rbm;
  CHECK_EQ(lakh_rbm_create(&params, 1, true, &rbm), LAKH_OK);
  for (size_t i = 0; i < 3; i++) {
    lakh_tensor tensor = tensor_of(rbm, i);
    float *values = pattern(20 + i, tensor.size);
    memcpy(tensor.values, values, tensor.size * sizeof *values);
    free(values);
  }
  double sum = 0;
  for (float v = -12 + 1.0f / 128; v < 12; v += 1.0f / 64) {
    float *energy = apply(rbm, LAKH_RBM_FREE_ENERGY, (lakh_matrix){&v, 1, 1}, 0, 0, 1);
    sum += exp(-(double)energy[0]) / 64;
    free(energy);
  }
  CHECK_NEAR(find_partition(rbm, 0).log_partition, log(sum), 1e-5);
  lakh_rbm_free(rbm);
}

static void annealing_comes_within_its_error_of_the_exact_partition_function(void) {
  for (int visible = 0; visible < 2; visible++) {
    lakh_rbm_params params = contrastive_params();
    params.visible = visible;
    params.batch_size = 100;
    lakh_rbm *rbm = make_known(params);
    lakh_rbm_partition_state exact = find_partition(rbm, 0), estimate = find_partition(rbm, 200);
    CHECK(estimate.error > 0 && estimate.error < 0.05);
    CHECK(fabs(estimate.log_partition - exact.log_partition) < 4 * estimate.error);
    lakh_rbm_free(rbm);
  }
}

static void a_partition_function_too_large_to_enumerate_is_refused(void) {
  lakh_rbm_params params = persistent_params();
  params.n_components = 25;
  lakh_rbm *rbm = make(params);
  lakh_rbm_partition *job = NULL;
  CHECK_EQ(lakh_rbm_partition_create(rbm, 0, 1, &job), LAKH_BAD_ARGUMENT);
  CHECK_EQ(lakh_rbm_partition_create(rbm, -1, 1, &job), LAKH_BAD_ARGUMENT);
  for (int exact = 0; exact < 2; exact++) {
    lakh_rbm *small = make(persistent_params());
    for (long successes = 0; successes < 2; successes++) {
      lakh_fail_allocations(successes, true);
      CHECK_EQ(lakh_rbm_partition_create(small, exact ? 0 : 10, 1, &job), LAKH_NO_MEMORY);
      lakh_fail_allocations(-1, false);
    }
    lakh_rbm_free(small);
  }
  CHECK(job == NULL);
  lakh_rbm_free(rbm);
}

static const promise promises[] = {
    {"training raises the exact likelihood", training_raises_the_exact_likelihood},
    {"free energies are those of the sampled distribution", free_energies_are_those_of_the_sampled_distribution},
    {"the partition function is the sum over all states", the_partition_function_is_the_sum_over_all_states},
    {"the partition function of Gaussian features is their integral",
     the_partition_function_of_gaussian_features_is_their_integral},
    {"annealing comes within its error of the exact partition function",
     annealing_comes_within_its_error_of_the_exact_partition_function},
    {"a partition function too large to enumerate is refused, and so is one without memory",
     a_partition_function_too_large_to_enumerate_is_refused},
};

MAIN(promises)

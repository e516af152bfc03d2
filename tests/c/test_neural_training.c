#include "../oracle/neural/fixtures.h"
#include "neural/training.h"
#include "test_neural.h"

/* lakh_fill_* and the moments of what they give. */
typedef struct moments {
  double mean, deviation, kurtosis, least, largest;
} moments;

static moments moments_of(const float *values, size_t count) {
  moments m = {.least = 1e9, .largest = -1e9};
  for (size_t i = 0; i < count; i++) {
    m.mean += (double)values[i] / (double)count;
    m.least = fmin(m.least, (double)values[i]);
    m.largest = fmax(m.largest, (double)values[i]);
  }
  double second = 0, fourth = 0;
  for (size_t i = 0; i < count; i++) {
    double square = ((double)values[i] - m.mean) * ((double)values[i] - m.mean);
    second += square / (double)count;
    fourth += square * square / (double)count;
  }
  m.deviation = sqrt(second);
  m.kurtosis = fourth / (second * second);
  return m;
}

enum { MANY = 200000 };

static void normal_values_are_normal(void) {
  float *values = zeros(MANY);
  lakh_random random = lakh_random_stream(1, 2);
  lakh_fill_normal(&random, values, MANY - 1, 2);
  moments m = moments_of(values, MANY - 1);
  CHECK(fabs(m.mean) < 0.02);
  CHECK_NEAR(m.deviation, 2, 0.005);
  CHECK_NEAR(m.kurtosis, 3, 0.02);
  /* Shares below some quantiles, which also test the logarithm over its range. */
  static const double quantiles[][2] = {
      {-3, 0.00134990}, {-1, 0.15865525}, {-0.1, 0.46017216}, {0.5, 0.69146246}, {2.5, 0.99379033}};
  for (size_t q = 0; q < 5; q++) {
    double below = 0;
    for (size_t i = 0; i < MANY - 1; i++) below += (double)values[i] / 2 < quantiles[q][0];
    double share = quantiles[q][1], error = sqrt(share * (1 - share) / MANY);
    CHECK(fabs(below / (MANY - 1) - share) < 4 * error);
  }
  free(values);
}

static void first_weights_have_the_stated_spread(void) {
  float *weight = zeros(MANY);
  static const struct {
    lakh_initialization kind;
    double deviation, limit;
  } cases[] = {{LAKH_GLOROT_UNIFORM, 0.0816497, 0.1414214},
               {LAKH_GLOROT_NORMAL, 0.0816497, 1},
               {LAKH_HE_UNIFORM, 0.1, 0.1732051},
               {LAKH_HE_NORMAL, 0.1, 1},
               {LAKH_FAN_IN_UNIFORM, 0.0408248, 0.0707107}};
  for (size_t i = 0; i < 5; i++) {
    lakh_random random = lakh_random_stream(3, i);
    lakh_initialize(cases[i].kind, &random, weight, MANY, 200, 100);
    moments m = moments_of(weight, MANY);
    CHECK(fabs(m.mean) < 0.001);
    CHECK_NEAR(m.deviation / cases[i].deviation, 1, 0.01);
    CHECK(m.largest <= cases[i].limit * 1.000001 && m.least >= -cases[i].limit * 1.000001);
  }
  free(weight);
}

static void losses_are_pytorchs(void) {
  enum { N = 12 };
  float *a = pattern(1, N), *b = pattern(2, N), d[N], e[N], scaled[N];
  for (int i = 0; i < N; i++) a[i] *= 30, b[i] = (b[i] + 1) / 2;
  CHECK_NEAR(lakh_cross_entropy(a, b, N, 1, d), cross_entropy_loss[0], 1e-6);
  CHECK_ARRAY(d, cross_entropy_dlogits, 1e-6);
  lakh_cross_entropy(a, b, N, 0.5f, scaled);
  for (int i = 0; i < N; i++) CHECK(scaled[i] == 0.5f * d[i]);
  free(a);
  free(b);

  a = pattern(1, N);
  b = pattern(2, N);
  CHECK_NEAR(lakh_squared_error(a, b, N, 1, d), squared_error_loss[0], 1e-6);
  CHECK_ARRAY(d, squared_error_dpredictions, 1e-6);
  CHECK_NEAR(lakh_squared_error(a, b, N, 1, NULL), squared_error_loss[0], 1e-6);

  for (int i = 0; i < N; i++) b[i] = 3 * b[i];
  CHECK_NEAR(lakh_divergence(a, b, N, 1, d, e), divergence_loss[0], 1e-6);
  CHECK_ARRAY(d, divergence_dmean, 1e-6);
  CHECK_ARRAY(e, divergence_dlog_variance, 1e-6);

  for (int i = 0; i < N; i++) a[i] *= 2;
  CHECK_NEAR(lakh_wasserstein(a, -1, N, 1, d), wasserstein_fake_loss[0], 1e-6);
  CHECK_ARRAY(d, wasserstein_fake_dscores, 0);
  CHECK_NEAR(lakh_hinge(a, 1, N, 1, d), hinge_real_loss[0], 1e-6);
  CHECK_ARRAY(d, hinge_real_dscores, 0);
  CHECK_NEAR(lakh_hinge(a, -1, N, 1, d), hinge_fake_loss[0], 1e-6);
  CHECK_ARRAY(d, hinge_fake_dscores, 0);
  free(a);
  free(b);
}

/* The cross-entropy of one label; the derivatives go elsewhere. */
static double softmax_loss(void *context) {
  float d[5];
  return lakh_softmax_cross_entropy(context, 3, 5, 1, d);
}

static void the_softmax_loss_is_the_logarithm_of_a_share(void) {
  float z[5] = {0, 0.6931472f, 1.0986123f, 1.3862944f, 88}, d[5];
  /* e^z is 1, 2, 3, 4 */
  CHECK_NEAR(lakh_softmax_cross_entropy(z, 1, 4, 1, d), log(10) - log(2), 1e-6);
  CHECK_NEAR(d[0], 0.1, 1e-6);
  CHECK_NEAR(d[1], 0.2 - 1, 1e-6);
  CHECK_NEAR(lakh_softmax_cross_entropy(z, 0, 5, 1, d), 88, 1e-6);
  float *logits = pattern(1, 5);
  lakh_softmax_cross_entropy(logits, 3, 5, 1, d);
  check_gradient("softmax", logits, d, 5, softmax_loss, logits, 1e-4);
  free(logits);
}

static void losses_of_extreme_logits_stay_finite(void) {
  float z[4] = {-3e38f, 3e38f, -200, 200}, t[4] = {0, 1, 1, 0}, d[4];
  CHECK_NEAR(lakh_cross_entropy(z, t, 4, 1, d), 400, 1e-6);
  CHECK(d[0] == 0 && d[1] == 0 && d[2] == -1 && d[3] == 1);
}

static void a_loss_that_is_not_a_number_is_seen(void) {
  float bad[2] = {NAN, 1}, good[2] = {0, 1};
  CHECK(isnan(lakh_cross_entropy(bad, good, 2, 1, NULL)));
  CHECK(isnan(lakh_squared_error(bad, good, 2, 1, NULL)));
  CHECK(isnan(lakh_wasserstein(bad, 1, 2, 1, NULL)));
  CHECK(isnan(lakh_hinge(bad, 1, 2, 1, NULL)));
  CHECK(isnan(lakh_divergence(bad, good, 2, 1, NULL, NULL)));
}

static void long_losses_are_the_sum_of_their_parts(void) {
  enum { N = 1000 }; /* beyond one chunk, with a rest */
  float *a = pattern(1, N), *b = pattern(2, N);
  double entropy = 0, divergence = 0;
  for (size_t i = 0; i < N; i++) {
    entropy += lakh_cross_entropy(a + i, b + i, 1, 1, NULL);
    divergence += lakh_divergence(a + i, b + i, 1, 1, NULL, NULL);
  }
  CHECK_NEAR(lakh_cross_entropy(a, b, N, 1, NULL), entropy, 1e-12);
  CHECK_NEAR(lakh_divergence(a, b, N, 1, NULL, NULL), divergence, 1e-12);
  free(a);
  free(b);
}

static float *train(lakh_optimizer optimizer) {
  float *weights = pattern(1, 6), first[6] = {0}, second[6] = {0};
  for (uint64_t step = 1; step < 8; step++) {
    float *gradients = pattern(10 + step, 6);
    lakh_optimizer_update(&optimizer, step, weights, gradients, first, optimizer.kind == LAKH_SGD ? NULL : second, 6);
    free(gradients);
  }
  return weights;
}

static void optimisers_are_pytorchs(void) {
#define CHECK_OPTIMIZER(expected, ...)                                                                                         \
  do {                                                                                                                         \
    float *weights = train((lakh_optimizer){__VA_ARGS__});                                                                     \
    CHECK_ARRAY(weights, expected, 1e-6);                                                                                      \
    free(weights);                                                                                                             \
  } while (0)
  CHECK_OPTIMIZER(adam_weights, LAKH_ADAM, 0.01, 0.9, 0.999, 1e-8, 0);
  CHECK_OPTIMIZER(adam_decay_weights, LAKH_ADAM, 0.01, 0.9, 0.999, 1e-8, 0.1);
  CHECK_OPTIMIZER(adamw_weights, LAKH_ADAMW, 0.01, 0.9, 0.999, 1e-8, 0.1);
  CHECK_OPTIMIZER(rmsprop_weights, LAKH_RMSPROP, 0.01, 0.5, 0.9, 1e-8, 0.1);
  CHECK_OPTIMIZER(sgd_weights, LAKH_SGD, 0.01, 0.9, 0, 0, 0.1);
}

static void clipping_shortens_long_gradients_only(void) {
  float *gradients = pattern(2, 6);
  double norm = sqrt(dot(gradients, gradients, 6));
  CHECK_NEAR(lakh_clip_by_norm(gradients, 6, 100), norm, 1e-12);
  CHECK_NEAR(lakh_clip_by_norm(gradients, 6, 0.5), norm, 1e-12);
  CHECK_ARRAY(gradients, clipped, 1e-6);
  free(gradients);
}

static void gradients_that_no_step_can_take_are_found_anywhere(void) {
  float values[37];
  for (int i = 0; i < 37; i++) values[i] = i % 2 == 0 ? 1.1e18f : -1e-40f;
  CHECK(lakh_all_moderate(values, 37) && lakh_all_moderate(values, 0));
  static const float bad[] = {NAN, INFINITY, -INFINITY, -1.2e18f, 3.4e38f};
  for (int i = 0; i < 37; i++) {
    float good = values[i];
    values[i] = bad[i % 5];
    CHECK(!lakh_all_moderate(values, 37));
    values[i] = good;
  }
}

static const promise promises[] = {
    {"normal values are normal", normal_values_are_normal},
    {"first weights have the stated spread", first_weights_have_the_stated_spread},
    {"losses are PyTorch's", losses_are_pytorchs},
    {"the softmax loss is the logarithm of a share", the_softmax_loss_is_the_logarithm_of_a_share},
    {"losses of extreme logits stay finite", losses_of_extreme_logits_stay_finite},
    {"a loss that is not a number is seen", a_loss_that_is_not_a_number_is_seen},
    {"long losses are the sum of their parts", long_losses_are_the_sum_of_their_parts},
    {"optimisers are PyTorch's", optimisers_are_pytorchs},
    {"clipping shortens long gradients only", clipping_shortens_long_gradients_only},
    {"gradients that no step can take are found anywhere", gradients_that_no_step_can_take_are_found_anywhere},
};

MAIN(promises)

/* The quality of an adversarial network, which its losses do not tell.
 *
 * A classifier of the data's modes (the labels that came with the data, or the classes that k-means finds) is trained once, before
 * everything else. Of generated samples and of as many rows, drawn evenly over their weight, its last hidden layer gives features
 * f, scaled so that the mean of |f|^2 over rows is 1. Then
 *
 * - the feature distance is the kernel distance of Binkowski et al. ("Demystifying MMD GANs", 2018): with k(f, g) = (f . g + 1)^3,
 *   the mean of k over pairs of rows, plus that over pairs of samples, less twice that over rows and samples. Its estimate has no
 *   bias, so that for equal distributions it is 0 on average, also of few samples, which the Frechet distance's is not;
 * - a mode is covered when samples are put into it at least a tenth as often as rows are;
 * - diversity is the variance of features within modes, as a share of the rows': samples of one mode that are all alike have none.
 *
 * The codes are the same after each epoch, so that the curve is smooth. Time: one pass of the generator over the samples, and
 * 2 n^2 products of features. */
#include "neural/gan_quality.h"

#include "base/alloc.h"
#include "base/job.h"
#include "base/sizes.h"
#include "kernels/matmul.h"
#include "neural/rows.h"

#include <math.h>
#include <string.h>

/* The classifier learns for so many batches, or so many passes over the data if that is less: on MNIST 96 % by then. */
enum { TRAINING_STEPS = 1000, TRAINING_EPOCHS = 20 };
static const double LEARNING_RATE = 0.001;
static const double RECENT = 50;            /* batches over which its accuracy is averaged */
static const double COVERED = 0.1;          /* of a mode's due share */
static const double COLLAPSED_MODES = 0.5;  /* below this coverage, or ... */
static const double COLLAPSED_SPREAD = 0.1; /* ... below this diversity */
enum { KERNEL_VALUES = 1 << 17 };           /* of the kernel at once */

/* Features of rows or of samples, and what the classifier says of them. */
typedef struct crowd {
  float *features; /* count x n_features */
  int32_t *modes;  /* count */
  size_t count;
  double kernel;   /* mean over pairs */
  double variance; /* within modes */
} crowd;

typedef enum stage { JUDGE_ROWS, COMPARE_ROWS, JUDGE_SAMPLES, COMPARE_SAMPLES, COMPARE_BOTH } stage;

struct lakh_gan_judge {
  lakh_gan *gan;
  lakh_matrix x;
  const int32_t *labels;         /* modes of the rows */
  lakh_mini_batch_kmeans *modes; /* gives labels when none came, until the classifier is trained */
  size_t n_modes, n_features, n_batches;
  uint32_t *rows; /* the rows to compare with */
  crowd data, samples;
  float scale;           /* of features */
  float *logit_gradient; /* batch_size x n_modes */
  float *products, *workspace;
  double *sums; /* n_modes x (n_features + 2): of features, of their squares, and count */
  stage stage;
  size_t done;    /* rows of the stage's work */
  double pairs;   /* sum of the kernel */
  double between; /* mean of the kernel over rows and samples */
};

/* ---- The classifier ------------------------------------------------------------------------------------------------------ */

static double training_steps(const lakh_gan_judge *judge) {
  return (double)lakh_smaller(TRAINING_STEPS, TRAINING_EPOCHS * judge->n_batches);
}

bool lakh_gan_judge_is_trained(const lakh_gan_judge *judge) { return judge->gan->position.classifier >= training_steps(judge); }

static lakh_status create_modes(lakh_gan_judge *judge, const float *sample_weight) {
  enum { STARTS = 3, PASSES = 10, BATCH = 1024, PATIENCE = 10 }; /* scikit-learn's, but for passes: 100 */
  lakh_mini_batch_kmeans_params params = {.n_clusters = (int32_t)judge->n_modes,
                                          .n_init = STARTS,
                                          .max_iter = PASSES,
                                          .batch_size = BATCH,
                                          .max_no_improvement = PATIENCE,
                                          .reassignment_ratio = 0.01,
                                          .random_state = judge->gan->params.random_state};
  return lakh_mini_batch_kmeans_create(&params, judge->x, sample_weight, NULL, &judge->modes);
}

/* LAKH_DONE when the rows have labels. */
static lakh_status look_for_modes(lakh_gan_judge *judge) {
  if (judge->labels != NULL) return LAKH_DONE;
  lakh_status status = lakh_job_step((lakh_job *)judge->modes);
  if (status != LAKH_DONE) return status < 0 ? status : LAKH_MORE;
  lakh_mini_batch_kmeans_state state;
  lakh_mini_batch_kmeans_get(judge->modes, &state);
  judge->labels = state.labels;
  return LAKH_MORE;
}

static size_t most_likely(const float *logits, size_t n) {
  size_t best = 0;
  for (size_t i = 1; i < n; i++) {
    if (logits[i] > logits[best]) best = i;
  }
  return best;
}

/* Teaches one batch; returns the share that was right before. A step that is not finite is left out. */
static double teach_classifier(lakh_gan_judge *judge, const uint32_t *rows, size_t n, double step) {
  lakh_gan *gan = judge->gan;
  lakh_network *classifier = &gan->classifier;
  lakh_pass pass = {.n = n, .training = true};
  size_t cols = judge->x.cols, n_modes = judge->n_modes, right = 0;
  for (size_t i = 0; i < n; i++) memcpy(gan->input + i * cols, judge->x.data + rows[i] * cols, cols * sizeof(float));
  const float *logits = lakh_network_forward(classifier, gan->input, pass);
  for (size_t i = 0; i < n; i++) {
    size_t label = (size_t)judge->labels[rows[i]];
    right += most_likely(logits + i * n_modes, n_modes) == label;
    lakh_softmax_cross_entropy(logits + i * n_modes, label, n_modes, 1 / (float)n, judge->logit_gradient + i * n_modes);
  }
  lakh_network_zero_gradients(classifier);
  lakh_network_backward(classifier, gan->input, judge->logit_gradient, NULL, pass);
  if (lakh_network_is_moderate(classifier)) {
    lakh_optimizer adam = {.kind = LAKH_ADAM, .learning_rate = LEARNING_RATE, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
    lakh_optimizer_update(&adam, (uint64_t)step + 1, classifier->parameters, classifier->gradients, classifier->first,
                          classifier->second, classifier->n_parameters);
  }
  return (double)right / (double)n;
}

lakh_status lakh_gan_judge_train(lakh_gan_judge *judge, uint32_t *order) {
  lakh_status status = look_for_modes(judge);
  if (status != LAKH_DONE) return status;
  lakh_gan_position *position = &judge->gan->position;
  size_t batch_size = judge->gan->batch_size;
  double work = 3 * lakh_network_work(&judge->gan->classifier) * (double)batch_size;
  /* To the end of the epoch, since each has its order. */
  size_t epoch = (size_t)position->classifier / judge->n_batches, batch = (size_t)position->classifier % judge->n_batches;
  uint64_t stream = lakh_gan_stream(LAKH_GAN_CLASSIFIER, epoch);
  lakh_rows_shuffle(judge->gan->params.random_state, stream, order, judge->x.rows);
  for (double left = LAKH_PIECE_OF_WORK; left > 0 && batch < judge->n_batches && !lakh_gan_judge_is_trained(judge);
       left -= work, batch++) {
    size_t first = batch * batch_size, n = lakh_smaller(batch_size, judge->x.rows - first);
    double right = teach_classifier(judge, order + first, n, position->classifier);
    position->classifier++;
    double share = 1 / (position->classifier < RECENT ? position->classifier : RECENT);
    position->accuracy += share * (right - position->accuracy);
  }
  if (judge->modes != NULL && lakh_gan_judge_is_trained(judge)) {
    lakh_job_free((lakh_job *)judge->modes);
    judge->modes = NULL;
    judge->labels = NULL;
  }
  return LAKH_MORE;
}

/* ---- Features ------------------------------------------------------------------------------------------------------------ */

/* Classifies n rows of x and keeps what comes before the last layer. */
static void judge_batch(lakh_gan_judge *judge, const float *x, size_t n, crowd *crowd) {
  lakh_network *classifier = &judge->gan->classifier;
  const float *logits = lakh_network_forward(classifier, x, (lakh_pass){.n = n});
  const float *features = classifier->activations + classifier->layers[classifier->n_layers - 2].after;
  memcpy(crowd->features + judge->done * judge->n_features, features, n * judge->n_features * sizeof *features);
  for (size_t i = 0; i < n; i++) {
    crowd->modes[judge->done + i] = (int32_t)most_likely(logits + i * judge->n_modes, judge->n_modes);
  }
}

static size_t judge_rows(lakh_gan_judge *judge) {
  size_t n = lakh_smaller(lakh_gan_rows_together(judge->gan), judge->data.count - judge->done), cols = judge->x.cols;
  for (size_t i = 0; i < n; i++) {
    memcpy(judge->gan->input + i * cols, judge->x.data + judge->rows[judge->done + i] * cols, cols * sizeof(float));
  }
  judge_batch(judge, judge->gan->input, n, &judge->data);
  return n;
}

static size_t judge_samples(lakh_gan_judge *judge) {
  lakh_gan *gan = judge->gan;
  size_t n = lakh_smaller(lakh_gan_rows_together(gan), judge->samples.count - judge->done);
  lakh_gan_draw_codes(gan, lakh_gan_stream(LAKH_GAN_JUDGED, judge->done), n);
  for (size_t i = 0; i < n && gan->n_classes > 0; i++) {
    lakh_gan_label_code(gan, i, judge->labels[judge->rows[(judge->done + i) % judge->data.count]]);
  }
  judge_batch(judge, lakh_network_forward(&gan->generator, gan->codes, (lakh_pass){.n = n}), n, &judge->samples);
  return n;
}

static void scale_features(crowd *crowd, size_t n_features, float scale) {
  for (size_t i = 0; i < crowd->count * n_features; i++) crowd->features[i] *= scale;
}

static float scale_of(const crowd *crowd, size_t n_features) {
  double squares = 0;
  for (size_t i = 0; i < crowd->count * n_features; i++) {
    squares += (double)crowd->features[i] * (double)crowd->features[i];
  }
  return squares > 0 ? (float)sqrt((double)crowd->count / squares) : 1;
}

/* The variance of features within modes, summed over features. */
static double variance_within(lakh_gan_judge *judge, const crowd *crowd) {
  size_t n_features = judge->n_features, width = n_features + 2;
  double within = 0, present = 0;
  memset(judge->sums, 0, judge->n_modes * width * sizeof *judge->sums);
  for (size_t i = 0; i < crowd->count; i++) {
    const float *f = crowd->features + i * n_features;
    double *sums = judge->sums + (size_t)crowd->modes[i] * width;
    for (size_t j = 0; j < n_features; j++) {
      sums[j] += (double)f[j];
      sums[n_features] += (double)f[j] * (double)f[j];
    }
    sums[n_features + 1]++;
  }
  for (const double *sums = judge->sums; sums < judge->sums + judge->n_modes * width; sums += width) {
    double count = sums[n_features + 1], squares = 0;
    if (count == 0) continue;
    for (size_t j = 0; j < n_features; j++) squares += sums[j] * sums[j];
    within += sums[n_features] - squares / count;
    present++;
  }
  return (double)crowd->count > present ? within / ((double)crowd->count - present) : 0;
}

/* ---- The kernel ------------------------------------------------------------------------------------------------------------ */

static lakh_matmul_shape products_shape(const lakh_gan_judge *judge, size_t n, const crowd *others) {
  return (lakh_matmul_shape){.rows = n, .cols = others->count, .depth = judge->n_features, .b_transposed = true};
}

static size_t rows_at_once(const crowd *others) { return lakh_larger(1, KERNEL_VALUES / others->count); }

/* Adds the kernel of some of `crowd` with all `others`; of a crowd with itself without the pairs of equals. */
static size_t compare(lakh_gan_judge *judge, const crowd *crowd, const struct crowd *others) {
  size_t n = lakh_smaller(rows_at_once(others), crowd->count - judge->done), stride = others->count;
  lakh_matmul_shape shape = products_shape(judge, n, others);
  lakh_matmul(&shape, crowd->features + judge->done * judge->n_features, judge->n_features, others->features, judge->n_features,
              judge->products, stride, (lakh_matmul_finish){0}, judge->workspace);
  for (size_t i = 0; i < n; i++) {
    const float *products = judge->products + i * stride;
    double sum = 0;
    for (size_t j = 0; j < stride; j++) {
      double k = (double)products[j] + 1;
      sum += k * k * k;
    }
    if (crowd == others) {
      double k = (double)products[judge->done + i] + 1;
      sum -= k * k * k;
    }
    judge->pairs += sum;
  }
  return n;
}

static double coverage(const lakh_gan_judge *judge) {
  double covered = 0, present = 0, share = (double)judge->samples.count / (double)judge->data.count;
  for (size_t mode = 0; mode < judge->n_modes; mode++) {
    double rows = 0, samples = 0;
    for (size_t i = 0; i < judge->data.count; i++) rows += judge->data.modes[i] == (int32_t)mode;
    for (size_t i = 0; i < judge->samples.count; i++) samples += judge->samples.modes[i] == (int32_t)mode;
    if (rows == 0) continue;
    present++;
    covered += samples > 0 && samples >= COVERED * rows * share;
  }
  return covered / present;
}

static lakh_gan_quality conclude(const lakh_gan_judge *judge) {
  lakh_gan_quality quality = {.accuracy = judge->gan->position.accuracy};
  quality.feature_distance = judge->data.kernel + judge->samples.kernel - 2 * judge->between;
  quality.mode_coverage = coverage(judge);
  quality.diversity = judge->data.variance > 0 ? judge->samples.variance / judge->data.variance : 1;
  quality.collapsed = quality.mode_coverage < COLLAPSED_MODES || quality.diversity < COLLAPSED_SPREAD;
  return quality;
}

/* ---- The measure ----------------------------------------------------------------------------------------------------------- */

/* Does some of the stage's work; returns for how many rows. */
static size_t work_on(lakh_gan_judge *judge) {
  switch (judge->stage) {
  case JUDGE_ROWS:
    return judge_rows(judge);
  case COMPARE_ROWS:
    return compare(judge, &judge->data, &judge->data);
  case JUDGE_SAMPLES:
    return judge_samples(judge);
  case COMPARE_SAMPLES:
    return compare(judge, &judge->samples, &judge->samples);
  case COMPARE_BOTH:
    return compare(judge, &judge->samples, &judge->data);
  }
  return 0;
}

static double pairs_among(const crowd *crowd) { return (double)crowd->count * ((double)crowd->count - 1); }

static void end_stage(lakh_gan_judge *judge) {
  switch (judge->stage) {
  case JUDGE_ROWS:
    judge->scale = scale_of(&judge->data, judge->n_features);
    scale_features(&judge->data, judge->n_features, judge->scale);
    judge->data.variance = variance_within(judge, &judge->data);
    break;
  case COMPARE_ROWS:
    judge->data.kernel = judge->pairs / pairs_among(&judge->data);
    break;
  case JUDGE_SAMPLES:
    scale_features(&judge->samples, judge->n_features, judge->scale);
    judge->samples.variance = variance_within(judge, &judge->samples);
    break;
  case COMPARE_SAMPLES:
    judge->samples.kernel = judge->pairs / pairs_among(&judge->samples);
    break;
  case COMPARE_BOTH:
    judge->between = judge->pairs / ((double)judge->samples.count * (double)judge->data.count);
    break;
  }
  judge->done = 0;
  judge->pairs = 0;
}

lakh_status lakh_gan_judge_measure(lakh_gan_judge *judge, lakh_gan_quality *quality) {
  bool of_rows = judge->stage == JUDGE_ROWS || judge->stage == COMPARE_ROWS;
  judge->done += work_on(judge);
  if (judge->done < (of_rows ? judge->data.count : judge->samples.count)) return LAKH_MORE;
  end_stage(judge);
  if (judge->stage != COMPARE_BOTH) {
    judge->stage++;
    return LAKH_MORE;
  }
  judge->stage = JUDGE_SAMPLES; /* the next time rows are as they were */
  *quality = conclude(judge);
  return LAKH_DONE;
}

/* ---- The judge ------------------------------------------------------------------------------------------------------------- */

/* Rows at even distances along the sum of their weights. */
static void choose_rows(lakh_gan_judge *judge, const float *sample_weight, double total) {
  double sum = 0;
  size_t row = 0;
  for (size_t i = 0; i < judge->data.count; i++) {
    double place = ((double)i + 0.5) / (double)judge->data.count * total;
    while (row + 1 < judge->x.rows) {
      double weight = sample_weight == NULL ? 1 : (double)sample_weight[row];
      if (sum + weight > place) break;
      sum += weight;
      row++;
    }
    judge->rows[i] = (uint32_t)row;
  }
}

static lakh_status make_crowd(crowd *crowd, size_t count, size_t n_features) {
  crowd->count = count;
  crowd->features = lakh_alloc(count * n_features, sizeof *crowd->features);
  crowd->modes = lakh_alloc(count, sizeof *crowd->modes);
  return crowd->features == NULL || crowd->modes == NULL ? LAKH_NO_MEMORY : LAKH_OK;
}

static void free_crowd(crowd *crowd) {
  lakh_free(crowd->features);
  lakh_free(crowd->modes);
}

static lakh_status make_buffers(lakh_gan_judge *judge) {
  size_t samples = (size_t)judge->gan->params.quality_samples;
  lakh_status status = make_crowd(&judge->data, lakh_smaller(samples, judge->x.rows), judge->n_features);
  if (status == LAKH_OK) status = make_crowd(&judge->samples, samples, judge->n_features);
  if (status != LAKH_OK) return status;
  /* The widest products: with as many samples as there are. */
  const crowd *widest = &judge->samples, *narrowest = &judge->data;
  lakh_matmul_shape wide = products_shape(judge, rows_at_once(widest), widest);
  lakh_matmul_shape narrow = products_shape(judge, rows_at_once(narrowest), narrowest);
  judge->rows = lakh_alloc(judge->data.count, sizeof *judge->rows);
  judge->logit_gradient = lakh_alloc(judge->gan->batch_size * judge->n_modes, sizeof *judge->logit_gradient);
  judge->sums = lakh_alloc(judge->n_modes * (judge->n_features + 2), sizeof *judge->sums);
  judge->products = lakh_alloc(lakh_larger(KERNEL_VALUES, samples), sizeof *judge->products);
  judge->workspace =
      lakh_alloc(lakh_larger(lakh_matmul_workspace(&wide), lakh_matmul_workspace(&narrow)), sizeof *judge->workspace);
  bool made = judge->rows != NULL && judge->logit_gradient != NULL && judge->sums != NULL && judge->products != NULL &&
              judge->workspace != NULL;
  return made ? LAKH_OK : LAKH_NO_MEMORY;
}

lakh_status lakh_gan_judge_create(lakh_gan *gan, lakh_matrix x, const float *sample_weight, const int32_t *labels,
                                  lakh_gan_judge **out) {
  lakh_gan_judge *judge = lakh_alloc_zeroed(1, sizeof *judge);
  if (judge == NULL) return LAKH_NO_MEMORY;
  judge->gan = gan;
  judge->x = x;
  judge->labels = labels;
  judge->n_modes = gan->classifier.out_size;
  judge->n_features = gan->classifier.layers[gan->classifier.n_layers - 1].inputs;
  judge->n_batches = (x.rows - 1) / gan->batch_size + 1;
  lakh_status status = make_buffers(judge);
  if (status == LAKH_OK && labels == NULL && !lakh_gan_judge_is_trained(judge)) status = create_modes(judge, sample_weight);
  if (status != LAKH_OK) {
    lakh_gan_judge_free(judge);
    return status;
  }
  choose_rows(judge, sample_weight, lakh_rows_mean_weight(sample_weight, x.rows) * (double)x.rows);
  *out = judge;
  return LAKH_OK;
}

void lakh_gan_judge_free(lakh_gan_judge *judge) {
  if (judge == NULL) return;
  lakh_job_free((lakh_job *)judge->modes);
  free_crowd(&judge->data);
  free_crowd(&judge->samples);
  lakh_free(judge->rows);
  lakh_free(judge->logit_gradient);
  lakh_free(judge->sums);
  lakh_free(judge->products);
  lakh_free(judge->workspace);
  lakh_free(judge);
}

/* How far an adversarial network has come: a small classifier, and what it makes of rows and samples. */
#ifndef LAKH_NEURAL_GAN_QUALITY_H
#define LAKH_NEURAL_GAN_QUALITY_H

#include "neural/gan.h"

typedef struct lakh_gan_judge lakh_gan_judge;

/* For a model that has a classifier. `labels` are those of the modes, or NULL. LAKH_NO_MEMORY. */
lakh_status lakh_gan_judge_create(lakh_gan *gan, lakh_matrix x, const float *sample_weight, const int32_t *labels,
                                  lakh_gan_judge **out);

/* NULL is allowed. */
void lakh_gan_judge_free(lakh_gan_judge *judge);

bool lakh_gan_judge_is_trained(const lakh_gan_judge *judge);

/* A piece of looking for modes and of training the classifier, whose place is in the model's position. `order` (x.rows) is written
 * to. LAKH_MORE, or an error. */
lakh_status lakh_gan_judge_train(lakh_gan_judge *judge, uint32_t *order);

/* A piece of judging the generator as it is now. LAKH_DONE with *quality, LAKH_MORE before. */
lakh_status lakh_gan_judge_measure(lakh_gan_judge *judge, lakh_gan_quality *quality);

#endif

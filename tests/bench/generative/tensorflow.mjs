/** TensorFlow.js on its WebAssembly backend, eager, as its guides train: a variable a weight, `minimize` a step. */
import { BATCH, discriminator, firstWeights, GAN, generator, LEARNING_RATE, VAE, vaeDecoder, vaeEncoder } from './networks.mjs';

/**
 * @param {any} tf started, with its backend chosen
 * @returns {Record<string, import('./lane.mjs').Trainer>}
 */
export function tensorflow(tf) {
  const variables = (layers) =>
    firstWeights(layers).map(({ data, shape }) => tf.tidy(() => tf.variable(tf.tensor(data, shape))));
  const dense = (x, [weight, bias]) => tf.add(tf.matMul(x, weight), bias);
  /** Two layers, relu between them. */
  const perceptron = (x, [w0, b0, w1, b1]) => dense(tf.relu(dense(x, [w0, b0])), [w1, b1]);
  const crossEntropy = (labels, logits) =>
    tf.div(tf.losses.sigmoidCrossEntropy(labels, logits, undefined, undefined, tf.Reduction.SUM), BATCH);
  const batchesOf = (batches) => batches.map((batch) => tf.tensor(batch, [BATCH, batch.length / BATCH]));
  const release = (...lists) => {
    for (const tensor of lists.flat()) tensor.dispose();
  };

  return {
    vae(batches) {
      const rows = batchesOf(batches);
      const encoder = variables(vaeEncoder);
      const decoder = variables(vaeDecoder);
      const adam = tf.train.adam(LEARNING_RATE);
      const loss = (x) => () => {
        const [mean, logVariance] = tf.split(perceptron(x, encoder), 2, 1);
        const noise = tf.randomNormal([BATCH, VAE.latentDim]);
        const code = tf.add(mean, tf.mul(noise, tf.exp(tf.mul(logVariance, 0.5))));
        const spread = tf.sub(tf.add(logVariance, 1), tf.add(tf.square(mean), tf.exp(logVariance)));
        return tf.add(crossEntropy(x, perceptron(code, decoder)), tf.mul(tf.sum(spread), -0.5 / BATCH));
      };
      return {
        step(i) {
          const value = adam.minimize(loss(rows[i]), true, [...encoder, ...decoder]);
          const [number] = value.dataSync();
          value.dispose();
          return number;
        },
        end() {
          release(rows, encoder, decoder);
          adam.dispose();
        },
      };
    },

    gan(batches) {
      const rows = batchesOf(batches);
      const [drawing, judging] = [variables(generator), variables(discriminator)];
      const [drawer, judge] = [tf.train.adam(LEARNING_RATE), tf.train.adam(LEARNING_RATE)];
      const [ones, zeros] = [tf.ones([BATCH, 1]), tf.zeros([BATCH, 1])];
      const generate = (noise) => tf.sigmoid(perceptron(noise, drawing));
      return {
        step(i) {
          const noise = tf.randomNormal([BATCH, GAN.latentDim]);
          const fake = tf.tidy(() => generate(noise));
          const told = () =>
            tf.add(crossEntropy(ones, perceptron(rows[i], judging)), crossEntropy(zeros, perceptron(fake, judging)));
          const fooled = () => crossEntropy(ones, perceptron(generate(noise), judging));
          const losses = [judge.minimize(told, true, judging), drawer.minimize(fooled, true, drawing)];
          const [number] = losses[0].dataSync();
          release(noise, fake, losses);
          return number;
        },
        end() {
          release(rows, drawing, judging, ones, zeros);
          drawer.dispose();
          judge.dispose();
        },
      };
    },
  };
}

/** jax-js on its WebAssembly backend: the whole step, gradients and Adam, in one function that is compiled. */
import { BATCH, discriminator, firstWeights, GAN, generator, LEARNING_RATE, VAE, vaeDecoder, vaeEncoder } from './networks.mjs';

const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];

/**
 * Passing an array to a function gives it away; `.ref` keeps it.
 *
 * @param {any} jax
 * @returns {Record<string, import('./lane.mjs').Trainer>}
 */
export function jax({ numpy: np, nn, random, jit, valueAndGrad, blockUntilReady }) {
  const perceptron = (x, [w0, b0, w1, b1]) => np.matmul(nn.relu(np.matmul(x, w0).add(b0)), w1).add(b1);
  const refs = (arrays) => arrays.map((array) => array.ref);
  /** Summed over features, mean over rows. */
  const crossEntropy = (labels, logits) => nn.softplus(logits.ref).sub(labels.mul(logits)).sum().div(BATCH);

  /** Weights, moments and the number of steps as one flat list; `rate` has the bias corrections of that step in it. */
  const adam = (weights, gradients, first, second, rate) => {
    const out = { weights: [], first: [], second: [] };
    weights.forEach((weight, i) => {
      const m = first[i].mul(BETA1).add(gradients[i].ref.mul(1 - BETA1));
      const v = second[i].mul(BETA2).add(np.square(gradients[i]).mul(1 - BETA2));
      out.weights.push(weight.sub(m.ref.mul(rate.ref).div(np.sqrt(v.ref).add(EPSILON))));
      out.first.push(m);
      out.second.push(v);
    });
    rate.dispose();
    return out;
  };
  const rateAt = (step) => (LEARNING_RATE * Math.sqrt(1 - BETA2 ** step)) / (1 - BETA1 ** step);
  const player = (layers) => {
    const weights = firstWeights(layers).map(({ data, shape }) => np.array(data).reshape(shape));
    const zeros = () => weights.map((weight) => np.zeros(weight.shape));
    return { weights, first: zeros(), second: zeros() };
  };
  const release = (...lists) => {
    for (const array of lists.flat()) array.dispose();
  };
  const releasePlayer = ({ weights, first, second }) => release(weights, first, second);
  const batchesOf = (batches) => batches.map((batch) => np.array(batch).reshape([BATCH, batch.length / BATCH]));

  const negativeBound = (weights, x, noise) => {
    const heads = perceptron(x.ref, weights.slice(0, 4));
    const [mean, logVariance] = np.split(heads, 2, 1);
    const code = mean.ref.add(noise.mul(np.exp(logVariance.ref.mul(0.5))));
    const divergence = logVariance.ref
      .add(1)
      .sub(np.square(mean))
      .sub(np.exp(logVariance))
      .sum()
      .mul(-0.5 / BATCH);
    return crossEntropy(x, perceptron(code, weights.slice(4))).add(divergence);
  };
  const vaeStep = jit((weights, first, second, x, key, rate) => {
    const noise = random.normal(key, [BATCH, VAE.latentDim]);
    const [loss, gradients] = valueAndGrad(negativeBound)(refs(weights), x, noise);
    return { loss, ...adam(weights, gradients, first, second, rate) };
  });

  const generate = (weights, noise) => nn.sigmoid(perceptron(noise, weights));
  const told = (judging, real, fake) => {
    const logits = perceptron(real, refs(judging));
    return nn
      .softplus(logits.neg())
      .sum()
      .add(nn.softplus(perceptron(fake, judging)).sum())
      .div(BATCH);
  };
  const fooled = (drawing, judging, noise) =>
    nn
      .softplus(perceptron(generate(drawing, noise), judging).neg())
      .sum()
      .div(BATCH);
  const ganStep = jit((drawer, judge, x, key, rate) => {
    const noise = random.normal(key, [BATCH, GAN.latentDim]);
    const fake = generate(refs(drawer.weights), noise.ref);
    const [loss, judging] = valueAndGrad(told)(refs(judge.weights), x, fake);
    const nextJudge = adam(judge.weights, judging, judge.first, judge.second, rate.ref);
    const [other, drawing] = valueAndGrad(fooled)(refs(drawer.weights), refs(nextJudge.weights), noise);
    other.dispose();
    return { loss, judge: nextJudge, drawer: adam(drawer.weights, drawing, drawer.first, drawer.second, rate) };
  });

  return {
    vae(batches) {
      const rows = batchesOf(batches);
      let state = player([...vaeEncoder, ...vaeDecoder]);
      return {
        async step(i) {
          const { loss, ...next } = vaeStep(
            state.weights,
            state.first,
            state.second,
            rows[i].ref,
            random.key(i),
            rateAt(i + 1),
          );
          state = next;
          await blockUntilReady(state);
          return (await loss.data())[0];
        },
        end() {
          release(rows);
          releasePlayer(state);
        },
      };
    },

    gan(batches) {
      const rows = batchesOf(batches);
      let [drawer, judge] = [player(generator), player(discriminator)];
      return {
        async step(i) {
          const next = ganStep(drawer, judge, rows[i].ref, random.key(i), rateAt(i + 1));
          ({ drawer, judge } = next);
          await blockUntilReady([drawer, judge]);
          return (await next.loss.data())[0];
        },
        end() {
          release(rows);
          releasePlayer(drawer);
          releasePlayer(judge);
        },
      };
    },
  };
}

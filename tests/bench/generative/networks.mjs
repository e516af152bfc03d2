/** The networks that all contenders train, and how their first weights are drawn: as PyTorch's layers do. */

export const BATCH = 128;
export const LEARNING_RATE = 0.001;
export const FEATURES = 784;

export const VAE = { latentDim: 2, hidden: 256 };
export const GAN = { latentDim: 64, hidden: 256 };
export const CONVOLUTIONAL = { imageShape: [28, 28], filters: [32, 64], hidden: [16], latentDim: 2 };
export const RBM = { nComponents: 256, learningRate: 0.1 };

/** Layers as [inputs, outputs]. */
export const vaeEncoder = [
  [FEATURES, VAE.hidden],
  [VAE.hidden, 2 * VAE.latentDim],
];
export const vaeDecoder = [
  [VAE.latentDim, VAE.hidden],
  [VAE.hidden, FEATURES],
];
export const generator = [
  [GAN.latentDim, GAN.hidden],
  [GAN.hidden, FEATURES],
];
export const discriminator = [
  [FEATURES, GAN.hidden],
  [GAN.hidden, 1],
];

/**
 * Weights and biases in turn, uniform within 1 / sqrt(inputs), each with its shape.
 *
 * @param {number[][]} layers
 * @returns {{ data: Float32Array, shape: number[] }[]}
 */
export function firstWeights(layers) {
  return layers.flatMap(([inputs, outputs]) =>
    [[inputs, outputs], [outputs]].map((shape) => ({
      data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => (2 * Math.random() - 1) / Math.sqrt(inputs)),
      shape,
    })),
  );
}

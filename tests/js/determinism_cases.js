/**
 * Fits whose saved models must be the same bytes in every engine. The page that runs them in browsers imports this file too.
 */
import { blobs, flat, picture } from './data.js';
import { asImages, bars } from './generative_data.js';

/**
 * @param {any} lakh the package's exports
 * @returns {Record<string, () => Promise<Uint8Array>>} the saved model of each case
 */
export const determinismCases = ({ KMeans, MiniBatchKMeans, segmentImage, suggestK, VAE, GAN, RBM }) => ({
  'rows of few columns': async () =>
    (await new KMeans({ nClusters: 7, randomState: 3 }).fit(flat(blobs(5000, 3, 1, 9)))).save(),
  'rows of many columns': async () =>
    (await new KMeans({ nClusters: 9, randomState: 4 }).fit(flat(blobs(700, 70, 2, 12)))).save(),
  'random starts': async () =>
    (await new KMeans({ nClusters: 5, init: 'random', nInit: 4, randomState: 5 }).fit(flat(blobs(2000, 8, 3, 6)))).save(),
  'weighted rows': async () => {
    const sampleWeight = Float32Array.from({ length: 1500 }, (_, i) => 0.1 + (i % 7) / 3);
    return (await new KMeans({ nClusters: 6, randomState: 6 }).fit(flat(blobs(1500, 5, 4, 7)), { sampleWeight })).save();
  },
  'an algorithm with bounds': async () =>
    (await new KMeans({ nClusters: 12, algorithm: 'elkan', randomState: 7 }).fit(flat(blobs(3000, 16, 5, 15)))).save(),
  'an image': async () => (await new KMeans({ nClusters: 5 }).fit(picture(200, 150))).save(),
  'mini-batches': async () =>
    (await new MiniBatchKMeans({ nClusters: 6, batchSize: 128, randomState: 8 }).fit(flat(blobs(4000, 6, 6, 8)))).save(),
  'an image in oklab with its place': async () =>
    (await segmentImage(picture(120, 90), { colorSpace: 'oklab', positionWeight: 0.3 })).model.save(),
  'an image in lab': async () => (await segmentImage(picture(120, 90), { colorSpace: 'lab', countExponent: 0.5 })).model.save(),
  'the choice of k': async () => {
    const { inertia, silhouette, gap, gapError } = await suggestK(flat(blobs(300, 3, 7, 4)), { kMax: 6 });
    return new Uint8Array(Float64Array.of(...inertia, ...silhouette.slice(1), ...gap, ...gapError).buffer);
  },
  'a variational autoencoder': async () => {
    const { X } = bars(300);
    const model = await new VAE({ hidden: [40, 20], batchSize: 64, epochs: 3, warmupEpochs: 2 }).fit(X, {
      validation: bars(80, 2).X,
    });
    const { data } = await model.sample(20);
    return joined(model.save(), data, await model.scoreSamples(X));
  },
  'a conditional convolutional autoencoder': async () => {
    const { X, labels } = bars(200);
    const params = {
      filters: [8],
      hidden: [16],
      nClasses: 3,
      activation: 'silu',
      optimizer: 'rmsprop',
      clipNorm: 1,
      batchSize: 32,
      epochs: 2,
    };
    return (await new VAE(params).fit(asImages(X), { labels })).save();
  },
  'an adversarial network': async () => {
    const { X } = bars(300);
    const model = await new GAN({ hidden: [40], latentDim: 10, batchSize: 64, epochs: 3, qualitySamples: 100, nModes: 3 }).fit(
      X,
    );
    const { data } = await model.generate(20);
    return joined(model.save(), data, await model.discriminate(X));
  },
  'a convolutional adversarial network with a gradient penalty': async () => {
    const { X, labels } = bars(200);
    const params = {
      filters: [8],
      hidden: [16],
      loss: 'wgan-gp',
      nClasses: 3,
      batchSize: 32,
      discriminatorSteps: 2,
      epochs: 2,
      qualitySamples: 0,
    };
    return (await new GAN(params).fit(asImages(X), { labels })).save();
  },
  'a restricted Boltzmann machine': async () => {
    const { X } = bars(300);
    const model = await new RBM({ nComponents: 30, nIter: 3, momentum: 0.5, shuffle: true }).fit(X);
    const { data } = await model.gibbs(X, { nSteps: 3 });
    const { logPartition } = await model.logPartition({ method: 'ais', nTemperatures: 100 });
    return joined(model.save(), data, Float64Array.of(logPartition));
  },
});

/** The bytes of several arrays. @param {...(Uint8Array | Float32Array | Float64Array)} arrays */
const joined = (...arrays) => Uint8Array.from(arrays.flatMap((array) => [...new Uint8Array(array.buffer)]));

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<string>} SHA-256 in hexadecimal
 */
export async function hashOf(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

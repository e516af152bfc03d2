/**
 * 'lakh/worker': the same classes and functions as 'lakh', whose work is done in a web worker.
 */

import { on } from '../bindings/engine/task.js';
import { segmentImageOn } from '../bindings/image/segment.js';
import * as lakh from '../bindings/slim.js';
import { worker } from './client.js';

export { configure, LakhError, version } from '../bindings/slim.js';

export class KMeans extends lakh.KMeans {
  /** @internal @override */
  static runner = worker;
}

export class MiniBatchKMeans extends lakh.MiniBatchKMeans {
  /** @internal @override */
  static runner = worker;
}

export class GAN extends lakh.GAN {
  /** @internal @override */
  static runner = worker;
}

export class RBM extends lakh.RBM {
  /** @internal @override */
  static runner = worker;
}

export class DeepBeliefNetwork extends lakh.DeepBeliefNetwork {
  /** @internal @override */
  static runner = worker;
  /** @internal @override */
  static Layer = RBM;
}

export class VAE extends lakh.VAE {
  /** @internal @override */
  static runner = worker;
}

/** @type {typeof lakh.segmentImage} */
export const segmentImage = segmentImageOn(worker, KMeans);
/** @type {typeof lakh.suggestK} */
export const suggestK = on(worker, lakh.suggestK);
/** @type {typeof lakh.silhouetteScore} */
export const silhouetteScore = on(worker, lakh.silhouetteScore);
/** @type {typeof lakh.silhouetteSamples} */
export const silhouetteSamples = on(worker, lakh.silhouetteSamples);
/** @type {typeof lakh.calinskiHarabaszScore} */
export const calinskiHarabaszScore = on(worker, lakh.calinskiHarabaszScore);
/** @type {typeof lakh.daviesBouldinScore} */
export const daviesBouldinScore = on(worker, lakh.daviesBouldinScore);
/** @type {typeof lakh.ready} */
export const ready = on(worker, lakh.ready);

/**
 * The types of arguments and results.
 *
 * @typedef {import('../bindings/slim.js').Matrix} Matrix
 * @typedef {import('../bindings/slim.js').MatrixLike} MatrixLike
 * @typedef {import('../bindings/slim.js').ImageLike} ImageLike
 * @typedef {import('../bindings/slim.js').DataLike} DataLike
 * @typedef {import('../bindings/slim.js').NumericArray} NumericArray
 * @typedef {import('../bindings/slim.js').Progress} Progress
 * @typedef {import('../bindings/slim.js').CallOptions} CallOptions
 * @typedef {import('../bindings/slim.js').FitOptions} FitOptions
 * @typedef {import('../bindings/slim.js').WeightOption} WeightOption
 * @typedef {import('../bindings/slim.js').CentersState} CentersState
 * @typedef {import('../bindings/slim.js').KMeansOptions} KMeansOptions
 * @typedef {import('../bindings/slim.js').KMeansParams} KMeansParams
 * @typedef {import('../bindings/slim.js').KMeansState} KMeansState
 * @typedef {import('../bindings/slim.js').KMeansProgressState} KMeansProgressState
 * @typedef {import('../bindings/slim.js').MiniBatchKMeansOptions} MiniBatchKMeansOptions
 * @typedef {import('../bindings/slim.js').MiniBatchKMeansParams} MiniBatchKMeansParams
 * @typedef {import('../bindings/slim.js').MiniBatchKMeansState} MiniBatchKMeansState
 * @typedef {import('../bindings/slim.js').Learned} Learned
 * @typedef {import('../bindings/slim.js').SuggestKOptions} SuggestKOptions
 * @typedef {import('../bindings/slim.js').SuggestKParams} SuggestKParams
 * @typedef {import('../bindings/slim.js').SuggestedK} SuggestedK
 * @typedef {import('../bindings/slim.js').Color} Color
 * @typedef {import('../bindings/slim.js').LabelImage} LabelImage
 * @typedef {import('../bindings/slim.js').PaletteEntry} PaletteEntry
 * @typedef {import('../bindings/slim.js').RecoloredImage} RecoloredImage
 * @typedef {import('../bindings/slim.js').SegmentExtras} SegmentExtras
 * @typedef {import('../bindings/slim.js').SegmentOptions} SegmentOptions
 * @typedef {import('../bindings/slim.js').SegmentState} SegmentState
 * @typedef {import('../bindings/slim.js').Segmentation} Segmentation
 * @typedef {import('../bindings/slim.js').DeepBeliefNetworkOptions} DeepBeliefNetworkOptions
 * @typedef {import('../bindings/slim.js').DeepBeliefNetworkParams} DeepBeliefNetworkParams
 * @typedef {import('../bindings/slim.js').GANOptions} GANOptions
 * @typedef {import('../bindings/slim.js').GANParams} GANParams
 * @typedef {import('../bindings/slim.js').PartitionOptions} PartitionOptions
 * @typedef {import('../bindings/slim.js').RBMOptions} RBMOptions
 * @typedef {import('../bindings/slim.js').RBMParams} RBMParams
 * @typedef {import('../bindings/slim.js').SeedOption} SeedOption
 * @typedef {import('../bindings/slim.js').SaveOptions} SaveOptions
 * @typedef {import('../bindings/slim.js').History} History
 * @typedef {import('../bindings/slim.js').Weight} Weight
 * @typedef {import('../bindings/slim.js').Weights} Weights
 * @typedef {import('../bindings/slim.js').RowsLike} RowsLike
 * @typedef {import('../bindings/slim.js').LabelOption} LabelOption
 * @typedef {import('../bindings/slim.js').ResumeOption} ResumeOption
 * @typedef {import('../bindings/slim.js').TrainingOptions} TrainingOptions
 * @typedef {import('../bindings/slim.js').ValidationOption} ValidationOption
 * @typedef {import('../bindings/slim.js').Divergence} Divergence
 * @typedef {import('../bindings/slim.js').TrainedState} TrainedState
 * @typedef {import('../bindings/slim.js').Training} Training
 * @typedef {import('../bindings/slim.js').VAEOptions} VAEOptions
 * @typedef {import('../bindings/slim.js').VAEParams} VAEParams
 * @typedef {import('../bindings/slim.js').LakhErrorCode} LakhErrorCode
 * @typedef {import('../bindings/slim.js').Configuration} Configuration
 * @typedef {import('../bindings/slim.js').WasmSource} WasmSource
 */

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

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

export const segmentImage = segmentImageOn(worker, KMeans);
export const suggestK = on(worker, lakh.suggestK);
export const silhouetteScore = on(worker, lakh.silhouetteScore);
export const silhouetteSamples = on(worker, lakh.silhouetteSamples);
export const calinskiHarabaszScore = on(worker, lakh.calinskiHarabaszScore);
export const daviesBouldinScore = on(worker, lakh.daviesBouldinScore);
export const ready = on(worker, lakh.ready);

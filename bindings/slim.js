export { KMeans } from './cluster/kmeans.js';
export { MiniBatchKMeans } from './cluster/mini_batch_kmeans.js';
export { suggestK } from './cluster/suggest_k.js';
export { LakhError } from './errors.js';
export { segmentImage } from './image/segment.js';
export { calinskiHarabaszScore, daviesBouldinScore, silhouetteSamples, silhouetteScore } from './metrics.js';
export { ready } from './ready.js';
export { configure } from './settings.js';
export { version } from './version.js';

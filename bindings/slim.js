export { KMeans } from './cluster/kmeans.js';
export { MiniBatchKMeans } from './cluster/mini_batch_kmeans.js';
export { suggestK } from './cluster/suggest_k.js';
export { LakhError } from './errors.js';
export { segmentImage } from './image/segment.js';
export { calinskiHarabaszScore, daviesBouldinScore, silhouetteSamples, silhouetteScore } from './metrics.js';
export { DeepBeliefNetwork } from './neural/deep_belief_network.js';
export { GAN } from './neural/gan.js';
export { RBM } from './neural/rbm.js';
export { VAE } from './neural/vae.js';
export { ready } from './ready.js';
export { configure } from './settings.js';
export { version } from './version.js';

/**
 * The types of arguments and results.
 *
 * @typedef {import('./data.js').Matrix} Matrix
 * @typedef {import('./data.js').MatrixLike} MatrixLike
 * @typedef {import('./data.js').ImageLike} ImageLike
 * @typedef {import('./data.js').DataLike} DataLike
 * @typedef {import('./data.js').NumericArray} NumericArray
 * @typedef {import('./engine/task.js').Progress} Progress
 * @typedef {import('./estimator/options.js').CallOptions} CallOptions
 * @typedef {import('./estimator/options.js').FitOptions} FitOptions
 * @typedef {import('./estimator/options.js').WeightOption} WeightOption
 * @typedef {import('./cluster/centers.js').CentersState} CentersState
 * @typedef {import('./cluster/kmeans.js').KMeansOptions} KMeansOptions
 * @typedef {import('./cluster/kmeans.js').KMeansParams} KMeansParams
 * @typedef {import('./cluster/kmeans.js').KMeansState} KMeansState
 * @typedef {import('./cluster/kmeans.js').KMeansProgressState} KMeansProgressState
 * @typedef {import('./cluster/mini_batch_kmeans.js').MiniBatchKMeansOptions} MiniBatchKMeansOptions
 * @typedef {import('./cluster/mini_batch_kmeans.js').MiniBatchKMeansParams} MiniBatchKMeansParams
 * @typedef {import('./cluster/mini_batch_kmeans.js').MiniBatchKMeansState} MiniBatchKMeansState
 * @typedef {import('./cluster/mini_batch_kmeans.js').Learned} Learned
 * @typedef {import('./cluster/suggest_k.js').SuggestKOptions} SuggestKOptions
 * @typedef {import('./cluster/suggest_k.js').SuggestKParams} SuggestKParams
 * @typedef {import('./cluster/suggest_k.js').SuggestedK} SuggestedK
 * @typedef {import('./image/segment.js').Color} Color
 * @typedef {import('./image/segment.js').LabelImage} LabelImage
 * @typedef {import('./image/segment.js').PaletteEntry} PaletteEntry
 * @typedef {import('./image/segment.js').RecoloredImage} RecoloredImage
 * @typedef {import('./image/segment.js').SegmentExtras} SegmentExtras
 * @typedef {import('./image/segment.js').SegmentOptions} SegmentOptions
 * @typedef {import('./image/segment.js').SegmentState} SegmentState
 * @typedef {import('./image/segment.js').Segmentation} Segmentation
 * @typedef {import('./neural/deep_belief_network.js').DeepBeliefNetworkOptions} DeepBeliefNetworkOptions
 * @typedef {import('./neural/deep_belief_network.js').DeepBeliefNetworkParams} DeepBeliefNetworkParams
 * @typedef {import('./neural/gan.js').GANOptions} GANOptions
 * @typedef {import('./neural/gan.js').GANParams} GANParams
 * @typedef {import('./neural/rbm.js').PartitionOptions} PartitionOptions
 * @typedef {import('./neural/rbm.js').RBMOptions} RBMOptions
 * @typedef {import('./neural/rbm.js').RBMParams} RBMParams
 * @typedef {import('./neural/rbm.js').SeedOption} SeedOption
 * @typedef {import('./neural/trained.js').SaveOptions} SaveOptions
 * @typedef {import('./neural/history.js').History} History
 * @typedef {import('./neural/models.js').Weight} Weight
 * @typedef {import('./neural/models.js').Weights} Weights
 * @typedef {import('./neural/rows.js').RowsLike} RowsLike
 * @typedef {import('./neural/trained.js').LabelOption} LabelOption
 * @typedef {import('./neural/trained.js').ResumeOption} ResumeOption
 * @typedef {import('./neural/trained.js').TrainingOptions} TrainingOptions
 * @typedef {import('./neural/trained.js').ValidationOption} ValidationOption
 * @typedef {import('./neural/training.js').Divergence} Divergence
 * @typedef {import('./neural/training.js').TrainedState} TrainedState
 * @typedef {import('./neural/training.js').Training} Training
 * @typedef {import('./neural/vae.js').VAEOptions} VAEOptions
 * @typedef {import('./neural/vae.js').VAEParams} VAEParams
 * @typedef {import('./errors.js').LakhErrorCode} LakhErrorCode
 * @typedef {import('./settings.js').Configuration} Configuration
 * @typedef {import('./settings.js').WasmSource} WasmSource
 */

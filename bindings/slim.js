export { KMeans } from './cluster/kmeans.js';
export { ready } from './engine/module.js';
export { LakhError } from './errors.js';
export { configure } from './settings.js';
export { version } from './version.js';

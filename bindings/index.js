/**
 * The main entry: everything, with the module inside. `lakh/slim` has the same names without the module, and `lakh/worker` the
 * same names working in a web worker.
 *
 * @module lakh
 */
import bytes from '../dist/lakh.wasm.js';
import { embed } from './engine/module.js';

// The one thing that happens at import: the bytes are handed over, and not looked at before the first call.
embed(bytes);

export * from './slim.js';

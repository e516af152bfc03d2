/**
 * The ready-trained models, one of each kind, that come with the page.
 */
import { bytesOf } from './inline.js';
import { kinds } from './kinds.js';
import gan from './models/gan.packed?url&inline';
import rbm from './models/rbm.packed?url&inline';
import vae from './models/vae.packed?url&inline';
import { unpack } from './packed.js';

/** @typedef {import('./kinds.js').KindName} KindName */

/** @type {Record<KindName, string>} */
const packed = { vae, gan, rbm };

/** How each was trained: the history, which a file without the optimiser's state leaves out. @type {WeakMap<object, import('./curves.js').History>} */
const histories = new WeakMap();

/** @param {KindName} kind */
export async function readyModel(kind) {
  const { file, history } = await unpack(bytesOf(packed[kind]));
  const model = kinds[kind].Class.load(file);
  histories.set(model, history);
  return model;
}

/** The course of a model's training, as far as it is known. @param {any} model */
export function historyOf(model) {
  if (histories.has(model)) return histories.get(model);
  try {
    return model.history;
  } catch {
    // A model's file may leave it out.
    return undefined;
  }
}

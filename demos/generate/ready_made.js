/**
 * The ready-trained models, one of each kind, that come with the page.
 */
import { bytesOf } from './inline.js';
import { kinds } from './kinds.js';
import rbm from './models/rbm.packed?url&inline';
import vae from './models/vae.packed?url&inline';
import { unpack } from './packed.js';

/** @typedef {import('./kinds.js').KindName} KindName */

/** @type {Partial<Record<KindName, string>>} */
const packed = { rbm, vae };

/** How each was trained: the history, which a file without the optimiser's state leaves out. @type {WeakMap<object, import('./curves.js').History>} */
const histories = new WeakMap();

/** @param {KindName} kind */
export async function readyModel(kind) {
  const address = packed[kind];
  if (address === undefined) return undefined;
  const { file, history } = await unpack(bytesOf(address));
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

/**
 * Keeps the training in the browser, so that it can be gone on with after the page was left or reloaded.
 */
import { createStore, del, get, set } from 'idb-keyval';

/**
 * @typedef {object} Kept
 * @property {import('./kinds.js').KindName} kind
 * @property {Uint8Array<ArrayBuffer>} file of the model, with all that going on needs
 * @property {import('./session.js').Status} status
 * @property {import('./dataset.js').Dataset} [dataset] the user's own
 */

const KEY = 'training';

/** Browsers may refuse storage, to pages from the disk for one. @type {ReturnType<typeof createStore> | undefined} */
let store;
try {
  store = createStore('lakh-generate', 'kept');
} catch {
  store = undefined;
}

/** @param {Kept} kept */
export async function keep(kept) {
  try {
    if (store !== undefined) await set(KEY, kept, store);
  } catch {
    // Then the training ends with the page, as anywhere without storage.
  }
}

/** @returns {Promise<Kept | undefined>} */
export async function kept() {
  try {
    return store && (await get(KEY, store));
  } catch {
    return undefined;
  }
}

export async function forget() {
  try {
    if (store !== undefined) await del(KEY, store);
  } catch {
    // There was nothing to forget.
  }
}

/**
 * What can be taken away, and opened again: the model; its generator for other programs; a picture of its samples.
 */
import { download } from '../shared/download.js';
import { say } from '../shared/say.js';
import { cssColor } from './ink.js';
import { kindNames, kinds } from './kinds.js';

/** @typedef {import('./session.js').Session} Session */

/** How much larger the samples are saved than they are. */
const SCALE = 4;

/** @type {Record<string, string>} */
const generators = { vae: 'decoder', gan: 'generator' };

/** @type {Record<string, { ending: string, make: (session: Session) => Promise<Blob> }>} */
const exports = {
  'save-model': {
    ending: '.safetensors',
    make: async ({ place: { model } }) => new Blob([model.save()], { type: 'application/octet-stream' }),
  },
  'save-onnx': {
    ending: '-generator.onnx',
    make: async ({ kind, place: { model } }) =>
      new Blob([await model.toOnnx(generators[kind])], { type: 'application/octet-stream' }),
  },
  'save-picture': { ending: '-samples.png', make: samplesPng },
};

/** @param {Session} session @param {(error: unknown) => void} onError */
export function offerSaving(session, onError) {
  for (const [id, { ending, make }] of Object.entries(exports)) {
    document.getElementById(id)?.addEventListener('click', async () => {
      try {
        const name = `${session.kind}${ending}`;
        download(await make(session), name);
        say(`${name} is saved.`);
      } catch (error) {
        onError(error);
      }
    });
  }
}

/** @returns {Promise<Blob>} */
function samplesPng() {
  const samples = /** @type {HTMLCanvasElement} */ (document.getElementById('samples'));
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: SCALE * samples.width, height: SCALE * samples.height });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.fillStyle = cssColor('--card');
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(samples, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error('The picture could not be made')) : resolve(blob)));
  });
}

/**
 * Takes a model in, of whichever kind it is; training can be gone on with when its file has what that needs.
 *
 * @param {Session} session
 * @param {File} file
 */
export async function openModel(session, file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let reason = '';
  for (const kind of kindNames) {
    try {
      const model = kinds[kind].Class.load(bytes);
      await session.take(kind, model, model.nEpochs < model.getParams()[kinds[kind].epochs] ? 'paused' : 'done');
      return;
    } catch (error) {
      // What a reader of another kind says of the file helps nobody.
      const { message } = /** @type {Error} */ (error);
      if (reason === '' || !message.includes('it holds')) reason = message;
    }
  }
  throw new Error(`${file.name} could not be opened: ${reason.replace(/^\w+: /, '')}`);
}

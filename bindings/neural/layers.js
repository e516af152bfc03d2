/**
 * The layers that a model's parameters ask for, as the module lists them.
 */
import { struct } from '../engine/struct.js';
import { task } from '../engine/task.js';
import { encode } from '../estimator/params.js';
import { structWithListsOf } from './arrays.js';

/** lakh_layer_info */
const LAYER = struct({
  kind: 'Int32',
  activation: 'Int32',
  module: 'Int32',
  inChannels: 'Int32',
  inHeight: 'Int32',
  inWidth: 'Int32',
  outChannels: 'Int32',
  outHeight: 'Int32',
  outWidth: 'Int32',
  kernel: 'Int32',
  stride: 'Int32',
  padding: 'Int32',
});

/**
 * One layer; features are channels of 1 × 1. Its weights are called '<part>.<module>.weight' and so on.
 *
 * @typedef {ReturnType<typeof LAYER.read>} Layer
 */

/**
 * The task that lists the layers of a part.
 *
 * @param {string} name
 * @param {string} prefix of the module's functions: 'vae'
 * @param {import('../estimator/params.js').Table} table
 */
export const layersTask = (name, prefix, table) =>
  task(
    name,
    /**
     * @param {import('../engine/work.js').Work} work
     * @param {{ params: any, nFeaturesIn: number, part: number }} request `part` as the module numbers them
     * @returns {Promise<Layer[]>}
     */
    async (work, { params, nFeaturesIn, part }) => {
      const given = work.struct(structWithListsOf(table), encode(table, params));
      const place = work.struct(LAYER);
      const layers = [];
      while (work.exports[`${prefix}_layer`](given, nFeaturesIn, part, layers.length, place))
        layers.push(work.read(LAYER, place));
      return layers;
    },
  );

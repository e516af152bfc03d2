/** The contenders that run in JavaScript, the same in Node and in a page, by name. All of them run in one thread. */
import { jax as jaxTrainers } from './jax.mjs';
import { lakhTurns } from './lakh.mjs';
import { tensorflow } from './tensorflow.mjs';

/**
 * @param {{ tf: any, jax: any, lakh: any }} modules
 * @returns {Promise<import('./lane.mjs').Contenders>}
 */
export async function libraries({ tf, jax, lakh }) {
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  await tf.setBackend('wasm');
  await tf.ready();
  await jax.init('wasm');
  jax.defaultDevice('wasm');
  return { peers: { 'TensorFlow.js': tensorflow(tf), 'jax-js': jaxTrainers(jax) }, lakh: lakhTurns(lakh) };
}

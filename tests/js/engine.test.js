import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';
import { loadEngine } from '../../bindings/engine/module.js';
import { struct } from '../../bindings/engine/struct.js';
import { KMeans } from '../../bindings/index.js';
import { random } from './data.js';
import { freePlaces } from './debug_module.js';
import { fails } from './expect.js';

const next = random(1);
/** Enough work for many slices of time. */
const large = { data: Float32Array.from({ length: 40_000 * 16 }, next), shape: /** @type {[number, number]} */ ([40_000, 16]) };
const slow = { nClusters: 60, tol: 0, maxIter: 60, algorithm: /** @type {const} */ ('lloyd') };

test('structs are laid out as C lays them out', () => {
  const layout = struct({ a: 'Int32', b: 'Float64', c: 'Uint32', d: 'Int32', e: 'Float64', f: 'Uint32' });
  assert.ok(layout.size >= 36);
  const view = new DataView(new ArrayBuffer(48));
  const values = { a: -1, b: 0.5, c: 4e9, d: -7, e: 1e300, f: 3 };
  layout.write(view.buffer, 8, values);
  assert.deepEqual(
    [
      view.getInt32(8, true),
      view.getFloat64(16, true),
      view.getUint32(24, true),
      view.getInt32(28, true),
      view.getFloat64(32, true),
      view.getUint32(40, true),
    ],
    [-1, 0.5, 4e9, -7, 1e300, 3],
  );
  assert.deepEqual(layout.read(view.buffer, 8), values);
});

test('a long fit lets timers and others run', async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  let told = 0;
  await new KMeans(slow).fit(large, { onProgress: () => told++ });
  clearInterval(timer);
  assert.ok(ticks >= 3, `timers ran ${ticks} times`);
  assert.ok(told >= 4, `progress was told ${told} times`);
});

test('a short fit does not wait for its turn', async () => {
  await new KMeans({ nClusters: 2 }).fit([[1], [2]]);
  let hadTurn = false;
  setImmediate(() => {
    hadTurn = true;
  });
  await new KMeans({ nClusters: 2 }).fit([[1], [2], [3]]);
  assert.equal(hadTurn, false);
});

test('a fit of many steps leaves no listeners behind, of which Node warns', async () => {
  const warnings = /** @type {string[]} */ ([]);
  const warn = (/** @type {Error} */ { message }) => warnings.push(message);
  process.on('warning', warn);
  let steps = 0;
  for await (const _ of new KMeans({ ...slow, nClusters: 20 }).steps(Array.from({ length: 2000 }, () => [next(), next()])))
    steps++;
  await new Promise((resolve) => setTimeout(resolve));
  process.off('warning', warn);
  assert.ok(steps > 11, `there were ${steps} steps`);
  assert.deepEqual(warnings, []);
});

test('a fit under way can be cancelled from outside, and others go on', async () => {
  const controller = new AbortController();
  const model = new KMeans(slow);
  const other = new KMeans({ ...slow, maxIter: 3 });
  setTimeout(() => controller.abort(), 10);
  const [cancelled] = await Promise.all([
    fails(() => model.fit(large, { signal: controller.signal }), { name: 'AbortError' }),
    other.fit(large),
  ]);
  assert.equal(cancelled, controller.signal.reason);
  assert.equal(other.nIter, 3);
  assert.ok(!model.isFitted);
});

test('a forgotten iterator gives its memory back', async () => {
  v8.setFlagsFromString('--expose-gc');
  const collect = vm.runInNewContext('gc');
  const engine = await loadEngine();
  const model = new KMeans({ nClusters: 3 });
  await model.fit([[1], [2], [5], [9]]);
  const places = freePlaces(engine);
  await (async () => {
    await model.steps([[1], [2], [5], [9]]).next();
  })();
  assert.notDeepEqual(freePlaces(engine), places, 'the fit under way holds memory');
  for (let i = 0; i < 50 && String(freePlaces(engine)) !== String(places); i++) {
    collect();
    await sleep(5);
  }
  assert.deepEqual(freePlaces(engine), places);
  await model.fit([[1], [2], [5], [9]]);
});

test('a trap ends the call, not the page: the next call has a fresh module', async () => {
  const engine = await loadEngine();
  const { exports } = engine;
  engine.exports = {
    ...exports,
    job_step: () => {
      throw new WebAssembly.RuntimeError('unreachable');
    },
  };
  const model = new KMeans({ nClusters: 2 });
  await fails(() => model.fit([[1], [2], [3]]), { code: 'BROKEN_ENGINE', message: /unreachable/ });
  await model.fit([[1], [2], [3]]);
  assert.notEqual(await loadEngine(), engine);
});

test('more than 32 bits of memory is refused, not cut off', async () => {
  const huge = { data: new Uint8Array(3), width: 2 ** 31, height: 2 ** 31 };
  await fails(() => new KMeans().fit(huge), { name: 'RangeError' });
  const model = await new KMeans({ nClusters: 2 }).fit([[1], [2]]);
  const clusterCenters = { data: new Float32Array(70_000), shape: [70_000, 1] };
  const many = /** @type {any} */ (KMeans).restore({ params: {}, state: { ...KMeans.stateOf(model), clusterCenters } });
  await fails(() => many.transform({ data: new Float32Array(70_000), shape: [70_000, 1] }), { code: 'OUT_OF_MEMORY' });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KMeans, LakhError, MiniBatchKMeans } from '../../bindings/index.js';
import { blobs, random } from './data.js';

/** @param {Uint8Array} bytes */
function parse(bytes) {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  return { header: JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))), data: bytes.subarray(8 + length) };
}

/** A file with a right checksum. @param {any} header is given the checksum @param {Uint8Array} data */
function forge(header, data) {
  const encoder = new TextEncoder();
  const metadata = Object(header.__metadata__);
  metadata.fnv1a = String(hashOf(data, hashOf(encoder.encode(String(metadata.model)), 0x811c9dc5)));
  const head = encoder.encode(JSON.stringify(header));
  const file = new Uint8Array(8 + head.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(head.length), true);
  file.set(head, 8);
  file.set(data, 8 + head.length);
  return file;
}

/** FNV-1a. @param {Uint8Array} bytes @param {number} hash of what comes before */
function hashOf(bytes, hash) {
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

/** Loading may give a model or BAD_FILE, nothing else. @param {any} Class @param {Uint8Array} bytes */
function loadOrRefuse(Class, bytes) {
  try {
    return Class.load(bytes);
  } catch (error) {
    assert.ok(error instanceof LakhError && error.code === 'BAD_FILE', String(/** @type {Error} */ (error).stack));
    return undefined;
  }
}

test('the file is what the format says', async () => {
  const model = await new KMeans({ nClusters: 3 }).fit(blobs(30, 2));
  const { header, data } = parse(model.save());
  const { __metadata__: metadata, ...tensors } = header;
  assert.ok(Object.values(metadata).every((value) => typeof value === 'string'));
  assert.deepEqual(tensors.clusterCenters, { dtype: 'F32', shape: [3, 2], data_offsets: [0, 24] });
  assert.deepEqual(tensors.labels, { dtype: 'I32', shape: [30], data_offsets: [24, 144] });
  assert.equal(data.length, 144);
  assert.equal(data.byteOffset % 8, 0);
  const centers = new Float32Array(data.slice(0, 24).buffer);
  assert.deepEqual(centers, model.clusterCenters.data);
});

test('a forged header with a right checksum is loaded or refused, and never does anything else', async () => {
  const bytes = (await new MiniBatchKMeans({ nClusters: 3 }).fit(blobs(30, 2))).save();
  const { header, data } = parse(bytes);
  const next = random(4);
  const pick = (/** @type {any[]} */ list) => list[Math.floor(next() * list.length)];
  const strange = [
    null,
    true,
    -1,
    1e300,
    0.5,
    '',
    'F32',
    'I64',
    [],
    {},
    [2, -3],
    [[1]],
    { data_offsets: 3 },
    '__proto__',
    2 ** 53,
  ];
  let loaded = 0;
  for (let i = 0; i < 4000; i++) {
    const copy = structuredClone(header);
    copy.__metadata__.model = JSON.parse(copy.__metadata__.model);
    // Walks to a random place and puts something strange there.
    let place = copy;
    for (let depth = 0; depth < 4; depth++) {
      const name = pick(Object.keys(place));
      if (typeof place[name] !== 'object' || place[name] === null || next() < 0.3) {
        if (next() < 0.2) delete place[name];
        else place[name] = pick(strange);
        break;
      }
      place = place[name];
    }
    if (typeof copy.__metadata__?.model === 'object') copy.__metadata__.model = JSON.stringify(copy.__metadata__.model);
    const model = loadOrRefuse(MiniBatchKMeans, forge(copy, data));
    if (model === undefined) continue;
    loaded++;
    // What was loaded works, or says why not.
    await model.predict(blobs(5, model.nFeaturesIn)).catch((/** @type {any} */ error) => assert.match(error.name, /Error$/));
  }
  assert.ok(loaded > 0);
});

test('shapes, types and offsets that do not fit are refused', async () => {
  const { header, data } = parse((await new KMeans({ nClusters: 3 }).fit(blobs(30, 2))).save());
  const without = (/** @type {string} */ name) => Object.fromEntries(Object.entries(header).filter(([key]) => key !== name));
  const bad = [
    { ...header, clusterCenters: { ...header.clusterCenters, shape: [2, 3, 1] } },
    { ...header, clusterCenters: { ...header.clusterCenters, shape: [-3, -2] } },
    { ...header, clusterCenters: { ...header.clusterCenters, shape: [0.5, 12] } },
    { ...header, clusterCenters: { ...header.clusterCenters, shape: [0, 2], data_offsets: [0, 0] } },
    { ...header, clusterCenters: { ...header.clusterCenters, dtype: 'I32' } },
    { ...header, clusterCenters: { ...header.clusterCenters, data_offsets: [0, 1e9], shape: [1e9 / 4, 1] } },
    { ...header, labels: { ...header.labels, data_offsets: [0, 120] } },
    without('clusterCenters'),
  ];
  for (const changed of bad) {
    const file = forge(changed, data);
    assert.throws(() => KMeans.load(file), { code: 'BAD_FILE' }, JSON.stringify(changed));
  }
  assert.ok(KMeans.load(forge(header, data)).isFitted);
  const infinite = data.slice();
  new DataView(infinite.buffer).setFloat32(0, Number.POSITIVE_INFINITY, true);
  assert.throws(() => KMeans.load(forge(header, infinite)), { code: 'BAD_FILE' });
  const wrongLabel = data.slice();
  new DataView(wrongLabel.buffer).setInt32(24, 3, true);
  assert.throws(() => KMeans.load(forge(header, wrongLabel)), { code: 'BAD_FILE' });
});

test('random bytes are refused', () => {
  const next = random(7);
  for (let i = 0; i < 3000; i++) {
    const bytes = Uint8Array.from({ length: Math.floor(next() * 300) }, () => next() * 256);
    if (i % 2 && bytes.length > 8) bytes.fill(0, 1, 8);
    assert.equal(loadOrRefuse(KMeans, bytes), undefined);
  }
});

test('several changed bytes at once are refused', async () => {
  const bytes = (await new KMeans({ nClusters: 3, init: blobs(3, 2) }).fit(blobs(30, 2))).save();
  const next = random(9);
  for (let i = 0; i < 3000; i++) {
    const damaged = bytes.slice();
    const count = 1 + Math.floor(next() * 8);
    for (let j = 0; j < count; j++) damaged[Math.floor(next() * damaged.length)] = next() * 256;
    if (damaged.every((byte, at) => byte === bytes[at])) continue;
    assert.equal(loadOrRefuse(KMeans, damaged), undefined);
  }
});

test('given centres among the parameters come back as they were', async () => {
  const init = [
    [0.1, 1e-30],
    [3e38, -0],
  ];
  const model = await new KMeans({ nClusters: 2, init }).fit([
    [0, 0],
    [1, 1],
    [2, 2],
  ]);
  const { init: again } = KMeans.load(model.save()).getParams();
  assert.deepEqual(again, { data: Float32Array.of(0.1, 1e-30, 3e38, 0), shape: [2, 2] });
});

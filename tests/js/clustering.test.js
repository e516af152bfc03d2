import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  calinskiHarabaszScore,
  daviesBouldinScore,
  KMeans,
  MiniBatchKMeans,
  silhouetteSamples,
  silhouetteScore,
  suggestK,
} from '../../bindings/index.js';
import { blobs, flat, picture, random } from './data.js';
import { allNear, fails, near } from './expect.js';

describe('MiniBatchKMeans', () => {
  const X = blobs(3000, 3, 1, 4);

  test('comes near to KMeans', async () => {
    const exact = await new KMeans({ nClusters: 4 }).fit(X);
    const model = await new MiniBatchKMeans({ nClusters: 4, batchSize: 256 }).fit(X);
    assert.ok(model.inertia < 1.1 * exact.inertia, `${model.inertia} against ${exact.inertia}`);
    assert.deepEqual(await model.predict(X), model.labels);
    near(await model.score(X), -model.inertia, 1e-4);
  });

  test('learns from a stream, batch after batch', async () => {
    const model = new MiniBatchKMeans({ nClusters: 4 });
    for (let at = 0; at < 3000; at += 500) {
      const batch = X.slice(at, at + 500);
      assert.equal(await model.partialFit(batch), model);
      assert.equal(model.labels.length, 500);
    }
    assert.equal(model.nSteps, 6);
    const exact = await new KMeans({ nClusters: 4 }).fit(X);
    assert.ok(-(await model.score(X)) < 1.2 * exact.inertia);
  });

  test('goes on after save and load as it would have without', async () => {
    const model = await new MiniBatchKMeans({ nClusters: 3 }).partialFit(X.slice(0, 200));
    const again = MiniBatchKMeans.load(model.save());
    const small = MiniBatchKMeans.load(model.save({ perRow: false }));
    for (const each of [model, again, small]) await each.partialFit(X.slice(200, 400));
    assert.deepEqual(again.save(), model.save());
    assert.deepEqual(small.save(), model.save());
  });

  test('a failed or cancelled batch teaches nothing', async () => {
    const model = await new MiniBatchKMeans({ nClusters: 3 }).partialFit(X.slice(0, 200));
    const before = model.save();
    await fails(() => model.partialFit([[1, 2, Number.NaN]]), { name: 'RangeError' });
    await fails(() => model.partialFit([[1, 2]]), { name: 'RangeError', message: /3 columns/ });
    await fails(() => model.partialFit(X, { signal: AbortSignal.abort() }), { name: 'AbortError' });
    assert.deepEqual(model.save(), before);
    await model.partialFit([[1, 2, 3]]);
    await fails(() => model.setParams({ nClusters: 5 }).partialFit(X), { name: 'RangeError', message: /nClusters/ });
  });

  test('fit begins anew', async () => {
    const model = await new MiniBatchKMeans({ nClusters: 3 }).partialFit(X.slice(0, 200));
    await model.fit(X);
    assert.deepEqual(model.save(), (await new MiniBatchKMeans({ nClusters: 3 }).fit(X)).save());
  });

  test('null means without', async () => {
    const model = await new MiniBatchKMeans({ nClusters: 3, maxNoImprovement: null, maxIter: 3, initSize: null }).fit(X);
    assert.equal(model.nIter, 3);
    assert.ok((await new MiniBatchKMeans({ nClusters: 3, initSize: 50, init: 'random' }).fit(X)).isFitted);
  });

  test('takes frames of a video', async () => {
    const model = new MiniBatchKMeans({ nClusters: 4 });
    for (const seed of [1, 2, 3]) await model.partialFit(picture(32, 24, seed));
    assert.equal((await model.predict(picture(32, 24, 4))).length, 32 * 24);
  });
});

describe('suggestK', () => {
  test('finds clusters that are well apart, and says that the criteria agree', async () => {
    const next = random(3);
    const X = Array.from({ length: 300 }, (_, i) => [(i % 4) * 50 + next() * 5, ((i % 4) % 2) * 70 + next() * 5]);
    const result = await suggestK(X, { kMax: 8 });
    assert.equal(result.k, 4);
    assert.equal(result.clustered, true);
    assert.deepEqual(result.ks, [1, 2, 3, 4, 5, 6, 7, 8]);
    for (const curve of [result.inertia, result.silhouette, result.gap, result.gapError]) assert.equal(curve.length, 8);
    assert.ok(Number.isNaN(result.silhouette[0]));
    assert.equal(result.agree, result.elbowK === 4 && result.silhouetteK === 4 && result.gapK === 4);
    assert.match(result.message, /4/);
  });

  test('says when the data show no clusters', async () => {
    const next = random(5);
    const result = await suggestK(
      Array.from({ length: 400 }, () => [next(), next()]),
      { kMax: 6 },
    );
    assert.deepEqual([result.k, result.clustered], [1, false]);
    assert.match(result.message, /no clusters/);
  });

  test('takes images, and the same seed gives the same', async () => {
    const [a, b] = [await suggestK(picture(20, 20), { kMax: 6 }), await suggestK(picture(20, 20), { kMax: 6 })];
    assert.deepEqual(a, b);
    assert.ok(a.k >= 1 && a.k <= 6);
  });

  test('lowers its default kMax to the rows, and refuses what does not fit', async () => {
    assert.deepEqual((await suggestK(blobs(5, 2))).ks, [1, 2, 3, 4, 5]);
    const X = blobs(20, 2);
    const bad = /** @type {[any, string, RegExp][]} */ ([
      [{ kMin: 3, kMax: 3 }, 'RangeError', /kMax must be greater than kMin \(3\), got 3/],
      [{ kMax: 21 }, 'RangeError', /kMax.*rows of X \(20\), got 21/],
      [{ kMax: 8, sampleSize: 5 }, 'RangeError', /sampleSize/],
      [{ nReferences: 1 }, 'RangeError', /nReferences/],
      [{ kmax: 5 }, 'TypeError', /kmax/],
      [{ signal: 3 }, 'TypeError', /signal/],
    ]);
    for (const [options, name, message] of bad) await fails(() => suggestK(X, options), { name, message });
    await fails(() => suggestK(X, { signal: AbortSignal.abort() }), { name: 'AbortError' });
    await fails(() => suggestK([]), { name: 'RangeError' });
  });

  test('tells its progress', async () => {
    const told = /** @type {import('../../bindings/engine/task.js').Progress[]} */ ([]);
    await suggestK(blobs(30, 2), { kMax: 4, onProgress: (progress) => told.push(progress) });
    assert.equal(told.at(-1)?.done, told.at(-1)?.total);
  });
});

describe('metrics', () => {
  const X = blobs(60, 3);
  const labels = Array.from({ length: 60 }, (_, i) => i % 3);

  /** The definitions, written down as they are. */
  function byDefinition() {
    const distance = (/** @type {number[]} */ a, /** @type {number[]} */ b) => Math.hypot(...a.map((value, j) => value - b[j]));
    const silhouettes = X.map((row, i) => {
      const means = [0, 1, 2].map((label) => {
        const others = X.filter((_, j) => labels[j] === label && j !== i);
        return others.reduce((sum, other) => sum + distance(row, other), 0) / others.length;
      });
      const own = means[labels[i]];
      const nearest = Math.min(...means.filter((_, label) => label !== labels[i]));
      return (nearest - own) / Math.max(own, nearest);
    });
    return silhouettes;
  }

  test('the silhouette of a sample is near that of all rows, and the same for the same seed', async () => {
    const next = random(5);
    const X = Array.from({ length: 900 }, (_, i) => [6 * (i % 3) + next() * 4, next() * 4]);
    const labels = X.map((_, i) => i % 3);
    const whole = await silhouetteScore(X, labels);
    const part = await silhouetteScore(X, labels, { sampleSize: 400, randomState: 3 });
    assert.ok(part !== whole && Math.abs(part - whole) < 0.05, `${part} of a sample, ${whole} of all`);
    assert.equal(await silhouetteScore(X, labels, { sampleSize: 400, randomState: 3 }), part);
    assert.notEqual(await silhouetteScore(X, labels, { sampleSize: 400, randomState: 4 }), part);
    const table = { data: Float64Array.from(X.flat()), shape: /** @type {[number, number]} */ ([900, 2]) };
    assert.equal(await silhouetteScore(table, labels, { sampleSize: 400, randomState: 3 }), part);
    assert.equal(await silhouetteScore(X, labels, { sampleSize: 900 }), whole);
    await fails(() => silhouetteScore(X, labels, { sampleSize: 901 }), { name: 'RangeError', message: /sampleSize.*900/ });
    await fails(() => silhouetteScore(X, labels, { sampleSize: 2 }), { name: 'RangeError', message: /sampleSize/ });
    await fails(() => silhouetteScore(X, labels, /** @type {any} */ ({ sampleSise: 9 })), { message: /sampleSise/ });
  });

  test('the silhouette is that of the definition', async () => {
    const expected = byDefinition();
    const samples = await silhouetteSamples(X, labels);
    allNear(samples, expected, 1e-4);
    near(await silhouetteScore(X, labels), expected.reduce((sum, value) => sum + value, 0) / 60, 1e-5);
  });

  test('known values', async () => {
    const [line, classes] = [
      [[0], [1], [9], [8]],
      [0, 0, 1, 1],
    ];
    near(await calinskiHarabaszScore(line, classes), 128, 1e-6);
    near(await daviesBouldinScore(line, classes), 0.125, 1e-6);
  });

  test('labels may be any integers in any array', async () => {
    const expected = await silhouetteScore(X, labels);
    for (const form of [
      labels.map((label) => label * 100 - 1),
      Int32Array.from(labels),
      Uint8Array.from(labels),
      labels.map((label) => -label),
    ])
      near(await silhouetteScore(X, form), expected, 1e-12);
  });

  test('an image is judged pixel by pixel', async () => {
    const image = picture(12, 8);
    const rows = Array.from({ length: 96 }, (_, i) => Array.from(image.data.subarray(4 * i, 4 * i + 3)));
    const classes = Array.from({ length: 96 }, (_, i) => i % 2);
    for (const score of [silhouetteScore, calinskiHarabaszScore, daviesBouldinScore])
      assert.equal(await score(image, classes), await score(flat(rows), classes));
  });

  test('what is not a labelling of X is refused', async () => {
    const bad = /** @type {[any, string, RegExp][]} */ ([
      [undefined, 'TypeError', /labels/],
      ['0101', 'TypeError', /labels/],
      [[0, 1], 'RangeError', /labels.*60.*got 2/],
      [labels.map(() => 0), 'RangeError', /from 2 to n − 1.*got 1/],
      [labels.map((_, i) => i), 'RangeError', /got 60/],
      [labels.map((label, i) => (i === 4 ? 0.5 : label)), 'TypeError', /0\.5 at row 4/],
      [labels.map((label, i) => (i === 4 ? '1' : label)), 'TypeError', /'1' at row 4/],
    ]);
    for (const score of [silhouetteScore, silhouetteSamples, calinskiHarabaszScore, daviesBouldinScore])
      for (const [given, name, message] of bad) await fails(() => score(X, given), { name, message });
    await fails(() => silhouetteScore([[1], [Number.NaN], [2]], [0, 1, 1]), {
      name: 'RangeError',
      message: /^silhouetteScore: X at row 1/,
    });
    await fails(() => silhouetteScore(X, labels, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  });
});

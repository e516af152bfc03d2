import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KMeans } from '../../bindings/index.js';
import { blobs, flat, picture, random } from './data.js';
import { allNear, fails, near } from './expect.js';

const X = blobs(200, 4);
const start = [X[0], X[1], X[2], X[3]];
const fitted = await new KMeans({ nClusters: 4, init: start }).fit(X);

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
const squaredDistance = (a, b) => Array.from(a).reduce((sum, value, j) => sum + (value - b[j]) ** 2, 0);
/** @param {{ data: Float32Array, shape: number[] }} matrix */
const rowsOf = ({ data, shape: [n, d] }) => Array.from({ length: n }, (_, i) => data.subarray(i * d, (i + 1) * d));

describe('a fit', () => {
  test('puts each row to its nearest centre, and each centre in the middle of its rows', () => {
    const centers = rowsOf(fitted.clusterCenters);
    let inertia = 0;
    X.forEach((row, i) => {
      const distances = centers.map((center) => squaredDistance(row, center));
      assert.equal(fitted.labels[i], distances.indexOf(Math.min(...distances)));
      inertia += Math.min(...distances);
    });
    near(fitted.inertia, inertia, 1e-5);
    centers.forEach((center, c) => {
      const own = X.filter((_, i) => fitted.labels[i] === c);
      for (let j = 0; j < 4; j++) near(center[j], own.reduce((sum, row) => sum + row[j], 0) / own.length, 1e-5);
    });
    assert.equal(fitted.converged, true);
    assert.equal(fitted.nFeaturesIn, 4);
  });

  test('by filtering refuses more columns than it can take, and says how many those are', async () => {
    await assert.rejects(
      new KMeans({ nClusters: 2, algorithm: 'filtering' }).fit([
        [1, 2, 3, 4, 5, 6],
        [6, 5, 4, 3, 2, 1],
      ]),
      {
        name: 'RangeError',
        message: "KMeans: X must be of at most 5 columns for algorithm 'filtering', got 6",
      },
    );
  });

  test('that is cut short says that it did not converge', async () => {
    const model = await new KMeans({ nClusters: 6, maxIter: 1, tol: 0 }).fit(X);
    assert.deepEqual([model.converged, model.nIter], [false, 1]);
  });

  test('gives the same by every algorithm', async () => {
    for (const data of [X, blobs(500, 2, 3, 7), picture(40, 30)]) {
      const results = [];
      for (const algorithm of /** @type {const} */ (['auto', 'lloyd', 'elkan', 'filtering'])) {
        const model = await new KMeans({ nClusters: 5, algorithm, tol: 0 }).fit(data);
        results.push({ labels: model.labels, nIter: model.nIter });
      }
      for (const result of results) assert.deepEqual(result, results[0]);
    }
  });

  test('keeps the best of its runs', async () => {
    const one = await new KMeans({ nClusters: 6, init: 'random', nInit: 1, randomState: 2 }).fit(X);
    const many = await new KMeans({ nClusters: 6, init: 'random', nInit: 12, randomState: 2 }).fit(X);
    const standard = await new KMeans({ nClusters: 6, init: 'random', randomState: 2 }).fit(X);
    const ten = await new KMeans({ nClusters: 6, init: 'random', nInit: 10, randomState: 2 }).fit(X);
    assert.ok(many.inertia <= one.inertia);
    assert.deepEqual(standard.labels, ten.labels);
  });

  test('refuses more clusters than rows, and centres of another shape', async () => {
    await fails(() => new KMeans({ nClusters: 4 }).fit(X.slice(0, 3)), {
      name: 'RangeError',
      message: /^KMeans: nClusters must be at most the number of rows of X \(3\), got 4$/,
    });
    await fails(() => new KMeans({ nClusters: 3, init: start }).fit(X), {
      name: 'RangeError',
      message: /init.*\[3, 4\], got \[4, 4\]/,
    });
    await fails(() => new KMeans({ nClusters: 4, init: start }).fit(blobs(9, 3)), { name: 'RangeError', message: /init/ });
  });

  test('names what is wrong as promised', () => {
    const messages = /** @type {[any, string][]} */ ([
      [{ nClusters: 0 }, 'RangeError: KMeans: nClusters must be an integer ≥ 1, got 0'],
      [{ nClusters: 2.5 }, 'RangeError: KMeans: nClusters must be an integer ≥ 1, got 2.5'],
      [{ nClusters: '3' }, "TypeError: KMeans: nClusters must be an integer ≥ 1, got '3'"],
      [{ nClusters: 3n }, 'TypeError: KMeans: nClusters must be an integer ≥ 1, got 3n'],
      [{ nInit: -1 }, "RangeError: KMeans: nInit must be 'auto' or an integer ≥ 1, got -1"],
      [
        { init: 'kmeans' },
        "RangeError: KMeans: init must be 'k-means++' or 'random' or a nClusters × nFeatures array, got 'kmeans'",
      ],
      [{ tol: -1 }, 'RangeError: KMeans: tol must be a finite number ≥ 0, got -1'],
      [{ randomState: null }, 'TypeError: KMeans: randomState must be an integer ≥ 0 and ≤ 4294967295, got null'],
    ]);
    for (const [params, message] of messages)
      assert.throws(
        () => new KMeans(params),
        (error) => String(error) === message,
        message,
      );
  });

  test('moves empty clusters: as many classes as there are different rows', async () => {
    const model = await new KMeans({
      nClusters: 3,
      init: [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
    }).fit([
      [1, 1],
      [1, 2],
      [9, 9],
      [5, 5],
    ]);
    assert.equal(new Set(model.labels).size, 3);
  });
});

describe('weights', () => {
  test('count as repeated rows', async () => {
    const weights = X.map((_, i) => 1 + (i % 3));
    const repeated = X.flatMap((row, i) => Array.from({ length: weights[i] }, () => row));
    const weighted = await new KMeans({ nClusters: 4, init: start, tol: 0 }).fit(X, { sampleWeight: weights });
    const plain = await new KMeans({ nClusters: 4, init: start, tol: 0 }).fit(repeated);
    near(weighted.inertia, plain.inertia, 1e-6);
    allNear(weighted.clusterCenters.data, plain.clusterCenters.data, 1e-5);
    assert.deepEqual(
      Array.from(weighted.labels).flatMap((label, i) => Array(weights[i]).fill(label)),
      Array.from(plain.labels),
    );
    near(await weighted.score(X, { sampleWeight: weights }), -weighted.inertia, 1e-5);
  });

  test('of 0 leave rows out, but label them', async () => {
    const model = await new KMeans({ nClusters: 2, init: [[0], [10]] }).fit([[0], [1], [9], [10], [1000]], {
      sampleWeight: [1, 1, 1, 1, 0],
    });
    assert.deepEqual(Array.from(model.clusterCenters.data), [0.5, 9.5]);
    assert.deepEqual(Array.from(model.labels), [0, 0, 1, 1, 1]);
  });
});

describe('using the model', () => {
  const Y = blobs(37, 4, 5);

  test('predict and transform measure to the centres', async () => {
    const labels = await fitted.predict(Y);
    const { data, shape } = await fitted.transform(Y);
    assert.deepEqual(shape, [37, 4]);
    Y.forEach((row, i) => {
      const distances = rowsOf(fitted.clusterCenters).map((center) => Math.sqrt(squaredDistance(row, center)));
      allNear(data.subarray(4 * i, 4 * i + 4), distances, 1e-5);
      assert.equal(labels[i], distances.indexOf(Math.min(...distances)));
    });
  });

  test('score is minus the inertia', async () => near(await fitted.score(X), -fitted.inertia, 1e-5));

  test('fitPredict and fitTransform are fit and then predict or transform', async () => {
    const model = new KMeans({ nClusters: 3 });
    assert.deepEqual(await model.fitPredict(X), model.labels);
    assert.deepEqual(await model.predict(X), model.labels);
    assert.deepEqual(await model.fitTransform(X), await model.transform(X));
  });

  test('results belong to the caller', async () => {
    const model = await new KMeans({ nClusters: 3 }).fit(X);
    const [first, second] = [await model.predict(X), await model.predict(X)];
    first.fill(7);
    assert.deepEqual(second, model.labels);
  });
});

describe('pixels', () => {
  test('are merged without changing anything: the same as float rows, exactly', async () => {
    for (const seed of [1, 2, 3]) {
      const next = random(seed);
      const image = picture(61, 47, seed);
      image.data.forEach((_, i) => {
        if (i % 4 === 3) image.data[i] = next() * 256;
      });
      const rows = Array.from({ length: 61 * 47 }, (_, i) => Array.from(image.data.subarray(4 * i, 4 * i + 3)));
      const init = [rows[0], rows[40], rows[2000], rows[2500], rows[900]];
      const merged = await new KMeans({ nClusters: 5, init, tol: 0 }).fit(image);
      const plain = await new KMeans({ nClusters: 5, init, tol: 0 }).fit(flat(rows));
      assert.deepEqual(merged.labels, plain.labels);
      assert.deepEqual(merged.clusterCenters, plain.clusterCenters);
      assert.equal(merged.nIter, plain.nIter);
      near(merged.inertia, plain.inertia, 1e-6);
      assert.deepEqual(await merged.predict(image), await plain.predict(flat(rows)));
      assert.deepEqual(await merged.transform(image), await plain.transform(flat(rows)));
      near(await merged.score(image), await plain.score(flat(rows)), 1e-6);
    }
  });

  test('can have weights', async () => {
    const image = picture(20, 10);
    const rows = Array.from({ length: 200 }, (_, i) => Array.from(image.data.subarray(4 * i, 4 * i + 3)));
    const sampleWeight = Float32Array.from({ length: 200 }, (_, i) => i % 4);
    const init = [rows[0], rows[19], rows[199]];
    const merged = await new KMeans({ nClusters: 3, init, tol: 0 }).fit(image, { sampleWeight });
    const plain = await new KMeans({ nClusters: 3, init, tol: 0 }).fit(flat(rows), { sampleWeight });
    assert.deepEqual(merged.labels, plain.labels);
    allNear(merged.clusterCenters.data, plain.clusterCenters.data, 1e-5);
  });

  test('that are transparent are rows as others', async () => {
    const image = { data: new Uint8ClampedArray([0, 0, 0, 0, 255, 255, 255, 255]), width: 2, height: 1 };
    const model = await new KMeans({
      nClusters: 2,
      init: [
        [0, 0, 0],
        [255, 255, 255],
      ],
    }).fit(image);
    assert.deepEqual(Array.from(model.labels), [0, 1]);
  });
});

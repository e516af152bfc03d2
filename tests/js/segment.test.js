import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as here from '../../bindings/index.js';
import * as there from '../../web/index.js';
import { badData } from './bad_data.js';
import { picture } from './data.js';
import { fails, near } from './expect.js';

const image = picture(48, 32);
const pixels = 48 * 32;

/** @param {number[][]} colors RGBA @param {number} width */
const imageOf = (colors, width) => ({ data: Uint8ClampedArray.from(colors.flat()), width, height: colors.length / width });

for (const [where, lakh] of Object.entries({ here, 'in a worker': there })) {
  const { segmentImage, KMeans } = lakh;

  describe(`segmentImage ${where}`, () => {
    test('gives labels, palette, shares and the recoloured image that belong together', async () => {
      const result = await segmentImage(image, { nClusters: 4 });
      const { labels, palette, recolored } = result;
      assert.deepEqual([result.width, result.height, labels?.shape], [48, 32, [32, 48]]);
      assert.equal(palette.length, 4);
      near(
        palette.reduce((sum, { share }) => sum + share, 0),
        1,
        1e-12,
      );
      palette.forEach(({ color, hex, share, count, center }, c) => {
        const own = Array.from({ length: pixels }, (_, i) => i).filter((i) => labels?.data[i] === c);
        assert.equal(own.length, count);
        near(share, count / pixels, 1e-12);
        assert.equal(hex, `#${Buffer.from(color).toString('hex')}`);
        for (let j = 0; j < 3; j++) {
          const mean = own.reduce((sum, i) => sum + image.data[4 * i + j], 0) / count;
          assert.ok(Math.abs(color[j] - mean) <= 0.5 + 1e-9, `channel ${j} of ${hex}: ${mean}`);
          near(center[j], mean, 1e-5);
        }
        for (const i of own) assert.deepEqual(Array.from(recolored?.data.subarray(4 * i, 4 * i + 4) ?? []), [...color, 255]);
      });
      assert.deepEqual([recolored?.width, recolored?.height], [48, 32]);
      assert.ok(recolored?.data instanceof Uint8ClampedArray);
      assert.equal(result.converged, true);
    });

    test('gives a model that knows the same classes', async () => {
      const { model, labels, clusterCenters, inertia } = await segmentImage(image);
      assert.ok(model instanceof KMeans);
      assert.deepEqual(await model.predict(image), labels?.data);
      assert.deepEqual([model.clusterCenters, model.inertia, model.getParams().nClusters], [clusterCenters, inertia, 5]);
      assert.deepEqual(await KMeans.load(model.save({ perRow: false })).predict(image), labels?.data);
    });

    test('remembers colour space and position in its model', async () => {
      for (const colorSpace of /** @type {const} */ (['srgb', 'oklab', 'lab'])) {
        for (const positionWeight of [0, 0.5]) {
          const { model, labels, palette } = await segmentImage(image, { nClusters: 4, colorSpace, positionWeight });
          assert.equal(palette[0].center.length, positionWeight ? 5 : 3);
          const again = KMeans.load(model.save());
          assert.deepEqual(await again.predict(image), labels?.data, `${colorSpace} ${positionWeight}`);
          assert.deepEqual((await again.transform(image)).shape, [pixels, 4]);
        }
      }
    });

    test('leaves transparent pixels out, unless told otherwise', async () => {
      const seen = imageOf(
        [
          [255, 0, 0, 255],
          [9, 9, 9, 0],
          [0, 0, 255, 255],
          [250, 0, 0, 128],
        ],
        2,
      );
      const result = await segmentImage(seen, { nClusters: 2 });
      assert.equal(result.labels?.data[1], -1);
      assert.deepEqual(Array.from(result.recolored?.data.subarray(4, 8) ?? []), [0, 0, 0, 0]);
      assert.deepEqual(result.palette.map(({ count }) => count).sort(), [1, 2]);
      near(Math.max(...result.palette.map(({ share }) => share)), 2 / 3, 1e-12);
      const all = await segmentImage(seen, { nClusters: 3, skipTransparent: false });
      assert.ok(all.labels?.data.every((label) => label >= 0));
      assert.equal(
        all.palette.reduce((sum, { count }) => sum + count, 0),
        4,
      );
    });

    test('says when nothing is visible, or less than there are classes', async () => {
      const nothing = imageOf(
        [
          [1, 2, 3, 0],
          [4, 5, 6, 0],
        ],
        2,
      );
      await fails(() => segmentImage(nothing, { nClusters: 1 }), {
        name: 'RangeError',
        message: /^segmentImage: no pixel.*visible/,
      });
      const one = imageOf(
        [
          [1, 2, 3, 255],
          [4, 5, 6, 0],
        ],
        2,
      );
      await fails(() => segmentImage(one, { nClusters: 2 }), { name: 'RangeError', message: /visible pixels.*\(1\), got 2/ });
      assert.equal((await segmentImage(one, { nClusters: 1 })).palette[0].hex, '#010203');
      await fails(() => segmentImage(one), { name: 'RangeError', message: /nClusters.*\(2\), got 5/ });
    });

    test('greyscale stays grey', async () => {
      const grey = imageOf(
        Array.from({ length: 256 }, (_, i) => [i, i, i, 255]),
        16,
      );
      const { palette } = await segmentImage(grey, { nClusters: 4, colorSpace: 'oklab' });
      for (const { color } of palette) assert.ok(color[0] === color[1] && color[1] === color[2]);
    });

    test('one colour gives one class and empty ones', async () => {
      const plain = imageOf(
        Array.from({ length: 12 }, () => [7, 8, 9, 255]),
        4,
      );
      const { palette, labels } = await segmentImage(plain, { nClusters: 3 });
      assert.deepEqual(palette.map(({ count }) => count).sort(), [0, 0, 12]);
      assert.equal(new Set(labels?.data).size, 1);
    });

    test('position weight keeps classes together in space', async () => {
      const checkered = imageOf(
        Array.from({ length: 400 }, (_, i) =>
          ((i % 20) + Math.floor(i / 20)) % 2 ? [140, 140, 140, 255] : [120, 120, 120, 255],
        ),
        20,
      );
      const borders = (/** @type {Int32Array | undefined} */ labels) =>
        Array.from(labels ?? []).filter((label, i, all) => i % 20 && label !== all[i - 1]).length;
      const apart = await segmentImage(checkered, { nClusters: 2 });
      const together = await segmentImage(checkered, { nClusters: 2, positionWeight: 2 });
      assert.equal(borders(apart.labels?.data), 380);
      assert.ok(borders(together.labels?.data) <= 40);
    });

    test('a small count exponent keeps small but distinct colours', async () => {
      // Greys from 0 to 126, 300 pixels each, and 8 red pixels.
      const greys = Array.from({ length: 64 * 300 }, (_, i) => [2 * (i % 64), 2 * (i % 64), 2 * (i % 64), 255]);
      const scene = imageOf([...greys, ...Array.from({ length: 8 }, () => [255, 0, 0, 255])], 8);
      const shareOfRed = async (/** @type {number} */ countExponent) => {
        const { palette, labels } = await segmentImage(scene, { nClusters: 3, nInit: 5, countExponent });
        return palette[labels?.data[64 * 300] ?? -1].count;
      };
      assert.equal(await shareOfRed(0), 8);
      assert.ok((await shareOfRed(1)) > 1000);
    });

    test('a sample teaches the classes, and every pixel gets the nearest one', async () => {
      for (const options of [{}, { colorSpace: 'oklab', positionWeight: 0.5 }, { countExponent: 0.5 }]) {
        const all = await segmentImage(image, { ...options, nClusters: 4 });
        const enough = await segmentImage(image, { ...options, nClusters: 4, sampleSize: pixels });
        assert.deepEqual(enough.labels, all.labels);
        assert.deepEqual(enough.palette, all.palette);

        const part = await segmentImage(image, { ...options, nClusters: 4, sampleSize: 400 });
        assert.deepEqual(part.labels?.data, await part.model.predict(image));
        assert.equal(
          part.palette.reduce((sum, { count }) => sum + count, 0),
          pixels,
        );
        // Every second pixel of every second line, as an image of its own, has the same classes.
        if (options.positionWeight === undefined) {
          const half = new Uint8ClampedArray(pixels);
          for (let i = 0; i < pixels / 4; i++) {
            const from = 4 * ((i % 24) * 2 + Math.floor(i / 24) * 2 * 48);
            half.set(image.data.subarray(from, from + 4), 4 * i);
          }
          const small = await segmentImage({ data: half, width: 24, height: 16 }, { ...options, nClusters: 4 });
          assert.deepEqual(part.clusterCenters, small.clusterCenters);
        }
      }
      await fails(() => segmentImage(image, { nClusters: 4, sampleSize: 1 }), {
        name: 'RangeError',
        message: /nClusters .* sample/,
      });
      await fails(() => segmentImage(image, { sampleSize: 0 }), {
        name: 'RangeError',
        message: /sampleSize must be null or an integer ≥ 1/,
      });
    });

    test('a warm start goes on from the earlier centres and keeps the classes’ numbers', async () => {
      const first = await segmentImage(image, { nClusters: 4, colorSpace: 'oklab', positionWeight: 0.2 });
      const again = await segmentImage(image, { warmStart: first });
      assert.deepEqual(again.labels, first.labels);
      assert.ok(again.nIter <= 2, `${again.nIter} iterations`);
      const next = await segmentImage(picture(48, 32, 2), { warmStart: again });
      for (const [c, { color }] of next.palette.entries())
        for (let j = 0; j < 3; j++) assert.ok(Math.abs(color[j] - first.palette[c].color[j]) < 30);
      const bad = /** @type {[any, string, RegExp][]} */ ([
        [{ warmStart: first, nClusters: 5 }, 'RangeError', /nClusters 4, but 5/],
        [{ warmStart: first, colorSpace: 'lab' }, 'RangeError', /colorSpace 'oklab', but 'lab'/],
        [{ warmStart: first, positionWeight: 0 }, 'RangeError', /positionWeight/],
        [{ warmStart: first, init: 'random' }, 'TypeError', /init/],
        [{ warmStart: {} }, 'TypeError', /warmStart/],
        [{ warmStart: null }, 'TypeError', /warmStart/],
      ]);
      for (const [options, name, message] of bad) await fails(() => segmentImage(image, options), { name, message });
    });

    test('recolours with given colours', async () => {
      const { labels, recolored, palette } = await segmentImage(image, { nClusters: 2, colors: ['#102030', [255, 254, 253]] });
      const wanted = [
        [16, 32, 48, 255],
        [255, 254, 253, 255],
      ];
      for (let i = 0; i < pixels; i++)
        assert.deepEqual(Array.from(recolored?.data.subarray(4 * i, 4 * i + 4) ?? []), wanted[labels?.data[i] ?? 0]);
      assert.notEqual(palette[0].hex, '#102030');
      for (const colors of [
        ['#102030'],
        ['#102030', 'red'],
        ['#102030', [1, 2]],
        ['#102030', [1, 2, 256]],
        ['#102030', 3],
        'red',
      ])
        await fails(() => segmentImage(image, /** @type {any} */ ({ nClusters: 2, colors })), {
          message: /^segmentImage: colors/,
        });
    });

    test('leaves out what is not wanted', async () => {
      const bare = await segmentImage(image, { labels: false, recolored: false });
      assert.ok(!('labels' in bare) && !('recolored' in bare));
      assert.equal(bare.palette.length, 5);
      await fails(() => bare.model.labels, { code: 'NOT_FITTED' });
      assert.equal((await bare.model.predict(image)).length, pixels);
    });

    test('takes RGB bytes and shapes as well', async () => {
      const expected = await segmentImage(image);
      const rgb = image.data.filter((_, i) => i % 4 !== 3);
      for (const form of [
        { data: rgb, shape: /** @type {const} */ ([32, 48, 3]) },
        { data: rgb, width: 48, height: 32 },
        { data: image.data, shape: /** @type {const} */ ([32, 48, 4]) },
      ]) {
        const { model: _, ...result } = await segmentImage(form);
        const { model: __, ...wanted } = expected;
        assert.deepEqual(result, wanted);
      }
    });

    test('steps show each iteration, and end with the result', async () => {
      const options = { nClusters: 4, colorSpace: /** @type {const} */ ('oklab'), tol: 0 };
      const states = [];
      for await (const state of segmentImage.steps(image, options)) states.push(state);
      const expected = await segmentImage(image, options);
      const last = states[states.length - 1];
      assert.deepEqual(
        [last.labels, last.palette, last.recolored, last.inertia],
        [expected.labels, expected.palette, expected.recolored, expected.inertia],
      );
      assert.ok('model' in last && !('model' in states[0]));
      for (let i = 1; i < states.length; i++) assert.ok(states[i].inertia <= states[i - 1].inertia * (1 + 1e-6));
      for (const state of states) assert.equal(state.labels?.data.length, pixels);
    });

    test('can be cancelled, and tells its progress', async () => {
      await fails(() => segmentImage(image, { signal: AbortSignal.abort() }), { name: 'AbortError' });
      const controller = new AbortController();
      const steps = segmentImage.steps(image, { signal: controller.signal });
      await steps.next();
      controller.abort();
      await fails(() => steps.next(), { name: 'AbortError' });
      for await (const _ of segmentImage.steps(image)) break;
      const told = /** @type {{ done: number, total: number }[]} */ ([]);
      await segmentImage(image, { onProgress: (progress) => told.push(progress) });
      assert.equal(told.at(-1)?.done, told.at(-1)?.total);
    });

    test('refuses what is not an image, and options that it does not know', async () => {
      for (const [bad] of badData()) await fails(() => segmentImage(/** @type {any} */ (bad)), { message: /^segmentImage: / });
      await fails(() => segmentImage(/** @type {any} */ ([[1, 2, 3]])), { name: 'TypeError' });
      for (const options of [
        { colourSpace: 'lab' },
        { colorSpace: 'hsv' },
        { positionWeight: -1 },
        { countExponent: 2 },
        { nClusters: 0 },
        3,
        null,
      ])
        await fails(() => segmentImage(image, /** @type {any} */ (options)), { message: /^segmentImage: / });
    });
  });
}

test('a large image, which is painted in bands, is divided like any other', async () => {
  const [width, height] = [1030, 1100];
  const rgba = picture(width, height);
  const rgb = { data: rgba.data.filter((_, i) => i % 4 !== 3), width, height };
  for (const large of [rgba, rgb]) {
    for (const options of [{}, { sampleSize: 10_000 }, { labels: false }, { labels: false, sampleSize: 10_000 }]) {
      const { model, labels, palette, recolored } = await here.segmentImage(large, options);
      const expected = await model.predict(large);
      if (labels) assert.deepEqual(labels.data, expected);
      const counts = palette.map(() => 0);
      for (const label of expected) counts[label]++;
      assert.deepEqual(
        palette.map(({ count }) => count),
        counts,
      );
      const colors = palette.map(({ color: [red, green, blue] }) => ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0);
      const words = new Uint32Array(recolored?.data.buffer ?? []);
      assert.ok(words.every((word, i) => word === colors[expected[i]]));
    }
  }
  const weighed = new Float32Array(width * height).fill(1);
  const model = new here.KMeans({ nClusters: 3 });
  await model.fit(rgba, { sampleWeight: weighed });
  assert.deepEqual(await model.predict(rgba), model.labels);
});

test('a worker gives the same bytes as here', async () => {
  const options = { nClusters: 6, colorSpace: /** @type {const} */ ('lab'), positionWeight: 0.3 };
  const [local, remote] = await Promise.all([here.segmentImage(image, options), there.segmentImage(image, options)]);
  assert.deepEqual(remote.model.save(), local.model.save());
  assert.deepEqual(remote.recolored, local.recolored);
});

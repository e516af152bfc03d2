import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as lakh from '../../bindings/index.js';
import { contract, estimatorsOf } from './contract.js';
import { freePlaces, useDebugModule } from './debug_module.js';
import { fails } from './expect.js';
import { dataOf, trialOf } from './trials.js';

describe('every estimator', async () => {
  await useDebugModule();
  for (const { name, check } of contract(lakh)) test(name, check);
});

for (const Class of estimatorsOf(lakh)) {
  const trial = trialOf(Class);
  const { uses, trainings } = trial;
  const X = trial.rowsOf(40, 3);
  const make = () => new Class({ ...trial.params, ...trial.few(3) });

  describe(`${Class.estimator} in the module`, () => {
    for (const once of [true, false]) {
      test(`the n-th allocation ${once ? 'alone fails' : 'and all later ones fail'}, for every n, without harm`, async () => {
        const engine = await useDebugModule();
        const model = make();
        for (const data of dataOf(trial, [40, 3], [6, 5])) {
          await model.fit(data);
          for (const method of uses) await model[method](data);
          const before = model.save();
          for (const method of [...trainings, ...uses]) {
            await Class.load(before)[method](data);
            const places = freePlaces(engine);
            let failures = 0;
            for (let n = 0; ; n++) {
              const again = Class.load(before);
              engine.exports.fail_allocations(n, once ? 1 : 0);
              const error = await again[method](data).then(
                () => undefined,
                (/** @type {any} */ reason) => reason,
              );
              engine.exports.fail_allocations(-1, 0);
              assert.deepEqual(freePlaces(engine), places, `${method} releases everything after failure ${n}`);
              if (error === undefined) break;
              assert.equal(error.code, 'OUT_OF_MEMORY', `${method}: ${error.stack}`);
              assert.deepEqual(again.save(), before, `${method} changes nothing`);
              failures++;
            }
            assert.ok(failures > 2, `${method} allocates`);
          }
        }
      });
    }

    test('cancelling at every step of the work leaves the object as before', async () => {
      const engine = await useDebugModule();
      const exports = engine.exports;
      const model = await make().fit(X);
      const before = model.save();
      for (const method of [...trainings, ...uses]) {
        for (let n = 1; ; n++) {
          const again = Class.load(before);
          const controller = new AbortController();
          let steps = 0;
          const step = (/** @type {number} */ job) => {
            if (++steps === n) controller.abort();
            return exports.job_step(job);
          };
          engine.exports = { ...exports, job_step: step };
          const places = freePlaces(engine);
          const call = again[method](trial.rowsOf(40, 3, 2), { signal: controller.signal });
          const error = await call.then(
            () => undefined,
            (/** @type {any} */ reason) => reason,
          );
          engine.exports = exports;
          assert.deepEqual(freePlaces(engine), places);
          if (steps < n) break;
          if (error !== undefined) {
            assert.equal(error.name, 'AbortError');
            assert.deepEqual(again.save(), before, `${method}, step ${n}`);
          }
        }
      }
    });

    test('after 200 fits no more memory is in use', async () => {
      const engine = await useDebugModule();
      const other = dataOf(trial, [60, 3], [40, 30]).pop();
      const sampleWeight = new Float32Array(trial.takesImages ? 1200 : 60).fill(2);
      const use = async () => {
        const model = await make().fit(X);
        for await (const _ of model.steps(other)) break;
        await model.fit(other, { sampleWeight });
        for (const method of uses) await model[method](other);
        await model.fit([[Number.NaN]]).catch(() => {});
        model.dispose();
      };
      await use();
      const places = freePlaces(engine);
      const bytes = engine.memory.buffer.byteLength;
      for (let i = 0; i < 200; i++) await use();
      assert.deepEqual(freePlaces(engine), places);
      assert.equal(engine.memory.buffer.byteLength, bytes);
    });

    test('memory that cannot grow is an error, and the module still works', async () => {
      const engine = await useDebugModule({ maxMemory: 2 ** 20 });
      const model = await make().fit(X);
      const before = model.save();
      const large = { data: new Float32Array(2 ** 20), shape: [2 ** 18, 4] };
      const photo = { data: new Uint8ClampedArray(2 ** 22), width: 2 ** 10, height: 2 ** 10 };
      for (const data of trial.takesImages ? [large, photo] : [large]) {
        await fails(() => model.fit(data), { name: 'LakhError', code: 'OUT_OF_MEMORY' });
        assert.deepEqual(model.save(), before);
      }
      await model.fit(X);
      assert.deepEqual(model.save(), before);
      assert.equal(engine.memory.buffer.byteLength, 2 ** 20);
      await useDebugModule({ maxMemory: undefined });
    });
  });
}

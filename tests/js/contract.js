/**
 * What every estimator promises, as checks that run over whatever the package exports: here, in a worker, in Node, in pages.
 */
import { TrainedEstimator } from '../../bindings/neural/trained.js';
import { badData, badWeights } from './bad_data.js';
import { badValues } from './bad_values.js';
import { flat, picture } from './data.js';
import { equal, fails, ok } from './expect.js';
import { trialOf } from './trials.js';

/** Whether it has each state that a loop over its steps was shown. @param {any} Class */
const keepsShown = (Class) => Class.prototype instanceof TrainedEstimator;

/** @typedef {any} Estimator */
/** @typedef {{ name: string, check: () => Promise<void> }} Promised */

const ROWS = 60;
const COLS = 3;
const weights = Array.from({ length: ROWS }, (_, i) => 1 + (i % 3));

/**
 * The estimators among a package's exports.
 *
 * @param {Record<string, any>} lakh
 * @returns {Estimator[]}
 */
export const estimatorsOf = (lakh) => Object.values(lakh).filter((value) => typeof value?.prototype?.fit === 'function');

/**
 * @param {Record<string, any>} lakh the package's exports
 * @returns {Promised[]}
 */
export const contract = (lakh) => estimatorsOf(lakh).flatMap((Class) => contractOf(lakh, Class));

/**
 * @param {Record<string, any>} lakh
 * @param {Estimator} Class
 * @returns {Promised[]}
 */
function contractOf({ LakhError }, Class) {
  const trial = trialOf(Class);
  const { uses, trainings, few } = trial;
  const X = trial.rowsOf(ROWS, COLS);
  const Y = trial.rowsOf(25, COLS, 2);
  const make = (params = {}) => new Class({ ...trial.params, ...params });
  const fitted = async (params = {}) => make(params).fit(X);

  /** @type {Record<string, () => Promise<void>>} */
  const promises = {
    'defaults work and are those of the table': async () => {
      const model = new Class();
      for (const [name, value] of Object.entries(model.getParams())) equal(value, Class.params[name].default, name);
      ok((await model.fit([...X, ...X, ...X])) === model, 'fit resolves to the estimator');
      ok(model.isFitted, 'it is fitted');
    },

    'every parameter refuses what its row refuses, and says so': async () => {
      for (const [name, row] of Object.entries(Class.params)) {
        for (const { value, name: kind } of badValues(row)) {
          const error = await fails(() => new Class({ [name]: value }), { name: kind });
          ok(
            error.message.startsWith(`${Class.estimator}: `) && error.message.includes(name),
            `says who and what: ${error.message}`,
          );
          const model = new Class();
          const before = model.getParams();
          await fails(() => model.setParams({ [name]: value }), { name: kind });
          equal(model.getParams(), before, 'a refused parameter changes nothing');
        }
      }
    },

    'unknown parameters and options are refused': async () => {
      await fails(() => new Class({ nonsense: 1 }), { name: 'TypeError', message: /nonsense/ });
      await fails(() => new Class(3), { name: 'TypeError' });
      await fails(() => new Class(null), { name: 'TypeError' });
      for (const method of trainings) {
        await fails(() => make()[method](X, { nonsense: 1 }), { name: 'TypeError', message: /nonsense/ });
        await fails(() => make()[method](X, { signal: {} }), { name: 'TypeError', message: /signal/ });
        await fails(() => make()[method](X, { onProgress: 1 }), { name: 'TypeError', message: /onProgress/ });
      }
    },

    'setParams changes what the next fit does, getParams shows a copy': async () => {
      const model = make();
      model.setParams({ randomState: 5 });
      equal(model.getParams().randomState, 5);
      model.getParams().randomState = 6;
      equal(model.getParams().randomState, 5);
      await model.fit(X);
      equal(model.save(), (await make({ randomState: 5 }).fit(X)).save());
    },

    'same seed, same bytes': async () => equal((await fitted()).save(), (await fitted()).save()),

    'fit equals driving steps': async () => {
      const model = make();
      let states = 0;
      let last;
      for await (const state of model.steps(X)) {
        states++;
        last = state;
      }
      ok(states >= 1, 'there are states');
      equal(model.save(), (await fitted()).save());
      for (const name of Object.keys(Class.fitted)) equal(last[name], (await fitted())[name] ?? last[name], name);
    },

    'what a state showed stays as it was': async () => {
      const kept = [];
      for await (const state of make().steps(X)) kept.push([state, structuredClone(state)]);
      for (const [state, copy] of kept) equal(state, copy);
    },

    'progress never falls and rises to its total': async () => {
      const model = make();
      const told = [];
      await model.fit(X, { onProgress: (progress) => told.push(progress) });
      ok(told.length >= 1, 'it is told at least once');
      for (let i = 1; i < told.length; i++) ok(told[i].done >= told[i - 1].done, 'it rises');
      const { done, total, metrics } = told[told.length - 1];
      equal(done, total);
      ok(total > 0 && typeof metrics === 'object', 'it has a total and metrics');
    },

    'an error that onProgress throws ends the fit and changes nothing': async () => {
      const model = await fitted();
      const before = model.save();
      const onProgress = () => {
        throw new Error('no more');
      };
      await fails(() => model.fit(Y, { onProgress }), { message: /no more/ });
      equal(model.save(), before);
      await model.fit(Y);
    },

    'leaving the steps after any number of them leaves the object as before, or where it was last seen': async () => {
      const model = await fitted();
      const before = model.save();
      const params = { randomState: 3 };
      const whole = (await make(params).fit(Y)).save();
      let total = 0;
      for await (const _ of make(params).steps(Y)) total++;
      for (let wanted = 1; wanted < total; wanted++) {
        model.setParams(params);
        let seen = 0;
        for await (const _ of model.steps(Y)) if (++seen === wanted) break;
        if (keepsShown(Class)) {
          equal(
            (await Class.load(model.save()).fit(Y, { resume: true })).save(),
            whole,
            `gone on after ${wanted} of ${total} steps`,
          );
          continue;
        }
        model.setParams({ randomState: Class.params.randomState.default });
        equal(model.save(), before, `after ${wanted} of ${total} steps`);
      }
      model.setParams({ randomState: Class.params.randomState.default });
      await model.fit(X);
      equal(model.save(), before);
    },

    'a signal that is aborted cancels before anything happens': async () => {
      const model = await fitted();
      const before = model.save();
      const reason = new Error('changed my mind');
      const signal = AbortSignal.abort(reason);
      for (const method of trainings) ok((await fails(() => model[method](Y, { signal }), {})) === reason, method);
      for (const method of uses) ok((await fails(() => model[method](Y, { signal }), {})) === reason, method);
      await fails(() => model.fit(Y, { signal: AbortSignal.abort() }), { name: 'AbortError' });
      await fails(() => model.steps(Y, { signal }).next(), { message: /changed my mind/ });
      equal(model.save(), before);
    },

    'a signal that aborts while the steps wait ends them': async () => {
      const model = await fitted();
      const before = model.save();
      const controller = new AbortController();
      const steps = model.steps(X, { signal: controller.signal });
      await steps.next();
      const shown = keepsShown(Class) ? model.save() : before;
      controller.abort(new Error('enough'));
      await fails(() => steps.next(), { message: /enough/ });
      equal(await steps.next(), { done: true, value: undefined });
      equal(model.save(), shown);
      await model.fit(X);
    },

    'save and load give the same model': async () => {
      const model = await fitted({ randomState: 9 });
      const bytes = model.save();
      ok(bytes instanceof Uint8Array, 'it is a Uint8Array');
      for (const given of [bytes, bytes.buffer, padded(bytes)]) {
        const again = Class.load(given);
        ok(again instanceof Class && again.isFitted, 'it is fitted, of the same class');
        equal(again.getParams(), model.getParams());
        equal(again.save(), bytes);
        for (const name of Object.keys(Class.fitted)) if (name in model) equal(again[name], model[name], name);
        for (const method of uses) equal(await again[method](Y), await model[method](Y), method);
      }
    },

    'a model without its rows, or its training, predicts the same and says what it lacks': async () => {
      const model = await fitted();
      const again = Class.load(model.save({ perRow: false, training: false }));
      for (const method of uses) equal(await again[method](Y), await model[method](Y), method);
      for (const [name, { perRow, training }] of Object.entries(Class.fitted))
        if (perRow || training) await fails(() => again[name], { code: 'NOT_FITTED', message: new RegExp(name) });
    },

    'a file cut off anywhere is refused': async () => {
      const bytes = (await fitted()).save();
      for (let length = 0; length < bytes.length; length++)
        await fails(() => Class.load(bytes.slice(0, length)), { name: 'LakhError', code: 'BAD_FILE' });
      await fails(() => Class.load(new Uint8Array([...bytes, 0])), { code: 'BAD_FILE' });
    },

    'a file with any byte changed is refused': async () => {
      const bytes = (await fitted()).save();
      for (let at = 0; at < bytes.length; at++) {
        const damaged = bytes.slice();
        damaged[at] ^= 1 << (at % 8);
        await fails(() => Class.load(damaged), { name: 'LakhError', code: 'BAD_FILE' });
      }
    },

    "another estimator's file and what is no file are refused": async () => {
      class Other extends Class {
        static estimator = 'Other';
      }
      const bytes = (await new Other(trial.params).fit(X)).save();
      await fails(() => Class.load(bytes), { code: 'BAD_FILE', message: /Other/ });
      await fails(() => Class.load('model'), { name: 'TypeError' });
      await fails(() => Class.load(undefined), { name: 'TypeError' });
    },

    'every form of X gives the same result': async () => {
      const expected = (await fitted()).save();
      const { data, shape } = flat(X);
      const forms = {
        'rows of typed arrays': X.map((row) => Float64Array.from(row)),
        'a typed array of rows of both kinds': X.map((row, i) => (i % 2 ? row : Int16Array.from(row))),
        'a part of a longer array': { data: new Float32Array([9, ...data, 9]).subarray(1, data.length + 1), shape },
        'a typed shape': { data, shape: Int32Array.from(shape) },
        ...Object.fromEntries(
          [Float32Array, Float64Array, Int8Array, Int16Array, Uint16Array, Int32Array, Uint32Array].map((Typed) => [
            Typed.name,
            { data: Typed.from(data), shape },
          ]),
        ),
      };
      for (const [name, form] of Object.entries(forms)) equal((await make().fit(form)).save(), expected, name);
      if (typeof SharedArrayBuffer !== 'undefined') {
        const shared = new Float32Array(new SharedArrayBuffer(data.byteLength));
        shared.set(data);
        equal((await make().fit({ data: shared, shape })).save(), expected, 'SharedArrayBuffer');
      }
    },

    'the forms of an image give the same result, one entry a pixel': async () => {
      if (!trial.takesImages) return;
      const { data, width, height } = picture(12, 10);
      const rgb = data.filter((_, i) => i % 4 !== 3);
      const params = few(4);
      const expected = await make(params).fit({ data, width, height });
      equal(expected.labels?.length ?? width * height, width * height);
      const forms = [
        { data: Uint8Array.from(data), width, height },
        { data, shape: [height, width, 4] },
        { data: rgb, shape: [height, width, 3] },
        { data: rgb, shape: [height * width, 3] },
      ];
      for (const form of forms) equal((await make(params).fit(form)).save(), expected.save());
      for (const method of uses) {
        const result = await expected[method]({ data, width, height });
        const count = typeof result === 'number' ? width * height : (result.shape?.[0] ?? result.length);
        equal(count, width * height, method);
      }
    },

    'X is not changed': async () => {
      const { data, shape } = flat(X);
      const copy = data.slice();
      const model = await make(few(2)).fit({ data, shape });
      for (const method of uses) await model[method]({ data, shape });
      equal(data, copy);
      if (!trial.takesImages) return;
      const image = picture(8, 8);
      const pixels = image.data.slice();
      await model.fit(image);
      for (const method of uses) await model[method](image);
      equal(image.data, pixels);
    },

    'what is not data is refused, and the model stays': async () => {
      const model = await fitted(few());
      const before = model.save();
      for (const [bad, expected] of badData()) {
        if (!trial.takesImages && isImage(bad)) continue;
        for (const method of trainings) await fails(() => model[method](bad), expected);
        for (const method of uses) await fails(() => model[method](bad), expected);
        await fails(() => model.steps(bad).next(), expected);
      }
      equal(model.save(), before);
    },

    'rows of another width are refused after the fit': async () => {
      const model = await fitted();
      for (const method of uses)
        await fails(() => model[method]([[1, 2]]), { name: 'RangeError', message: /of 3 columns.*got 2/ });
    },

    'weights are checked, and whole ones count as repeated rows': async () => {
      const model = await fitted();
      for (const [bad, expected] of badWeights())
        for (const method of ['fit', 'score'].filter((name) => name in Class.prototype))
          await fails(() => model[method](X, { sampleWeight: bad }), expected);
      await model.fit(X, { sampleWeight: weights });
      await model.fit(X, { sampleWeight: Float32Array.from(weights) });
    },

    'one row, one column, equal rows': async () => {
      await make(few()).fit(trial.rowsOf(1, 3));
      await make(few(2)).fit(trial.rowsOf(4, 1));
      const [row] = trial.rowsOf(1, 2);
      const equalRows = await make(few(3)).fit(Array(10).fill(row));
      for (const method of uses) await equalRows[method]([row]);
      if (trial.takesImages) await make(few()).fit({ data: new Uint8Array([1, 2, 3]), width: 1, height: 1 });
    },

    'a second fit replaces the first': async () => {
      const model = await fitted();
      await model.fit(Y);
      equal(model.save(), (await make().fit(Y)).save());
      const narrow = trial.rowsOf(30, 2);
      await model.fit(narrow);
      equal(model.save(), (await make().fit(narrow)).save());
    },

    'a failed fit leaves the model as it was': async () => {
      const model = await fitted();
      const before = model.save();
      await fails(
        () =>
          model.fit([
            [1, 2],
            [Number.NaN, 3],
          ]),
        { name: 'RangeError' },
      );
      equal(model.save(), before);
      await model.fit(X);
      equal(model.save(), before);
    },

    'before the fit, what needs it says so': async () => {
      const model = make();
      ok(!model.isFitted, 'it is not fitted');
      for (const method of uses) await fails(() => model[method](X), { code: 'NOT_FITTED' });
      for (const name of attributesOf(Class)) await fails(() => model[name], { code: 'NOT_FITTED' });
      await fails(() => model.save(), { code: 'NOT_FITTED' });
      ok((await fails(() => model.save(), {})) instanceof LakhError, 'it is a LakhError');
    },

    'a second fit while one is under way is refused, and the first is not disturbed': async () => {
      const model = make();
      const steps = model.steps(X);
      await steps.next();
      for (const method of trainings) await fails(() => model[method](Y), { code: 'BUSY' });
      await fails(() => model.steps(Y).next(), { code: 'BUSY' });
      while (!(await steps.next()).done);
      equal(model.save(), (await fitted()).save());
    },

    'the old model predicts while a new fit is under way': async () => {
      const model = await fitted();
      const expected = await Promise.all(uses.map((method) => model[method](Y)));
      const steps = keepsShown(Class) ? undefined : model.steps(Y);
      const fit = steps?.next() ?? model.fit(Y);
      if (steps !== undefined) await fit;
      equal(await Promise.all(uses.map((method) => model[method](Y))), expected);
      await (steps?.return() ?? fit);
    },

    'many calls at once give what they give one by one': async () => {
      const seeds = [1, 2, 3, 4, 5];
      const alone = [];
      for (const randomState of seeds) alone.push((await fitted({ randomState })).save());
      const together = await Promise.all(seeds.map((randomState) => fitted({ randomState })));
      equal(
        together.map((model) => model.save()),
        alone,
      );
    },

    'after dispose nothing works, and disposing again is fine': async () => {
      const model = await fitted();
      model.dispose();
      model.dispose();
      model[Symbol.dispose]?.();
      for (const method of [...trainings, ...uses]) await fails(() => model[method](X), { code: 'DISPOSED' });
      for (const name of attributesOf(Class)) await fails(() => model[name], { code: 'DISPOSED' });
      for (const method of ['save', 'getParams']) await fails(() => model[method](), { code: 'DISPOSED' });
      await fails(() => model.setParams({}), { code: 'DISPOSED' });
      await fails(() => model.steps(X).next(), { code: 'DISPOSED' });
    },

    'dispose while fitting cancels the fit': async () => {
      const model = make();
      const fit = model.fit(X);
      model.dispose();
      await fails(() => fit, { code: 'DISPOSED' });
      const stepped = make();
      const steps = stepped.steps(X);
      await steps.next();
      stepped.dispose();
      await fails(() => steps.next(), { code: 'DISPOSED' });
    },

    'steps that were never begun or are over can be ended': async () => {
      const model = make();
      const steps = model.steps(X);
      equal(await steps.return(), { done: true, value: undefined });
      equal(await steps.next(), { done: true, value: undefined });
      ok(!model.isFitted, 'nothing happened');
      for await (const _ of model.steps(X));
      ok(model.isFitted, 'now it did');
    },

    'requests for several steps at once are answered in order': async () => {
      const expected = [];
      for await (const state of make().steps(X)) expected.push(state);
      const steps = make().steps(X);
      const answers = await Promise.all([...expected, null].map(() => steps.next()));
      equal(
        answers.slice(0, -1).map(({ value }) => value),
        expected,
      );
      equal(answers[expected.length].done, true);
    },
  };
  return Object.entries(promises).map(([name, check]) => ({ name: `${Class.estimator}: ${name}`, check }));
}

/** Getters of fitted attributes. @param {Estimator} Class */
export const attributesOf = (Class) => Object.keys(Class.fitted).filter((name) => hasGetter(Class.prototype, name));

/** @param {any} prototype @param {string} name @returns {boolean} */
const hasGetter = (prototype, name) =>
  prototype !== null &&
  (Object.getOwnPropertyDescriptor(prototype, name)?.get !== undefined || hasGetter(Object.getPrototypeOf(prototype), name));

/** @param {any} X */
const isImage = (X) => X?.width !== undefined || X?.shape?.length === 3;

/** The same bytes within a longer buffer, not aligned. @param {Uint8Array} bytes */
function padded(bytes) {
  const longer = new Uint8Array(bytes.length + 10);
  longer.set(bytes, 3);
  return longer.subarray(3, 3 + bytes.length);
}

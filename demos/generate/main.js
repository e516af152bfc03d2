/**
 * The demo Generate: puts its parts together.
 */
import { listenForFiles, takeChosen } from '../shared/files.js';
import { clearError, say, showError } from '../shared/say.js';
import { offerTheme } from '../shared/theme.js';
import { pick } from './dataset.js';
import { readDigits } from './digits.js';
import { Display } from './display.js';
import { offerToGoOn } from './going_on.js';
import { kindNames, kinds } from './kinds.js';
import { readOwn } from './own_data.js';
import { readyModel } from './ready_made.js';
import { offerSaving, openModel } from './saving.js';
import { Session } from './session.js';
import { SettingControls } from './settings.js';
import { courseOf, dataWords, lossWords, nameOfTraining, paceOf, sampleWords, statusOf } from './words.js';

/** @typedef {import('./kinds.js').KindName} KindName */

/** @param {string} id */
const element = (id) => /** @type {HTMLButtonElement} */ (document.getElementById(id));

/** A three, on the pad until the visitor draws. */
const FIRST_DRAWN = 23;

offerTheme(element('theme'));

const digits = await readDigits();
const session = new Session(digits, { onChange, onModel: (isLast) => onModel(isLast), onProgress, onError: showError });
const display = new Display(session, showError);
const controls = new SettingControls((settings, changed) => {
  clearError();
  session.change(settings, changed);
});
const goingOn = offerToGoOn(session, digits, showError);
/** Whose controls are shown. @type {string | undefined} */
let shownSettings;

/** @param {boolean} isLast */
async function onModel(isLast) {
  await display.show(isLast);
  await goingOn.keep(isLast);
}

function onChange() {
  const { kind, place, dataset } = session;
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-kind]')))
    part.hidden = !part.dataset.kind?.split(' ').includes(kind);
  /** @type {HTMLInputElement} */ (document.getElementById(`kind-${kind}`)).checked = true;
  element('kind-words').textContent = `It ${kinds[kind].words}`;
  element('losses-words').textContent = lossWords[kind];
  element('samples-title').textContent = sampleWords[kind];
  element('train').textContent = nameOfTraining(session);
  element('ready-model').disabled = place.status === 'ready' || dataset !== digits;
  element('save-onnx').hidden = place.model?.toOnnx === undefined;
  element('data-words').textContent = dataWords(dataset);
  element('digits').hidden = dataset === digits;
  element('draw').hidden = dataset.width !== 28 || dataset.height !== 28 || dataset.isLight === true;
  controls.lock(place.status === 'training');
  const settings = JSON.stringify([kind, place.settings]);
  if (settings !== shownSettings) controls.show(kind, place.settings);
  shownSettings = settings;
  say(statusOf(session));
  if (place.status !== 'training') {
    const share = { done: 1, ready: 1 }[/** @type {string} */ (place.status)] ?? 0;
    if (place.status !== 'paused') /** @type {any} */ (element('progress')).value = share;
    element('speed').textContent = place.speed === undefined ? '' : paceOf(place.speed, dataset.noun);
  }
}

/** @param {import('./session.js').Progress} progress */
function onProgress(progress) {
  /** @type {any} */ (element('progress')).value = progress.share;
  display.tellSpeed(() => courseOf(progress, session.dataset.noun));
}

/** @param {string} id @param {() => unknown} act */
function onPress(id, act) {
  element(id).addEventListener('click', () => {
    clearError();
    act();
  });
}

onPress('train', () => (session.place.status === 'training' ? session.pause() : session.train()));
onPress('step', () => session.step());
onPress('reset', () => session.begin());
onPress('digits', () => session.open(digits, readyModel));
onPress('ready-model', async () => session.take(session.kind, await readyModel(session.kind), 'ready'));

/** @param {KindName} kind */
const choose = (kind) => session.choose(kind, session.dataset === digits ? readyModel : undefined);

for (const kind of kindNames)
  document.getElementById(`kind-${kind}`)?.addEventListener('change', () => {
    clearError();
    display.leave();
    choose(kind);
  });

/** The reading under way. */
let reading = new AbortController();

/** @param {File[]} files */
async function take(files) {
  clearError();
  reading.abort();
  reading = new AbortController();
  const { signal } = reading;
  const bar = /** @type {any} */ (element('reading'));
  try {
    const model = files.find(({ name }) => name.endsWith('.safetensors'));
    if (model !== undefined) await openModel(session, model);
    else {
      bar.hidden = false;
      const dataset = await readOwn(files, (share) => Object.assign(bar, { value: share }), signal);
      await session.open(dataset);
    }
  } catch (error) {
    if (!signal.aborted) showError(error);
  } finally {
    if (!signal.aborted) bar.hidden = true;
  }
}

listenForFiles({ what: 'picture', onFiles: take, onNothing: showError });
takeChosen(/** @type {any} */ (element('folder')), take);
takeChosen(/** @type {any} */ (element('model-file')), take);
element('choose-folder').addEventListener('click', () => element('folder').click());
element('load-model').addEventListener('click', () => element('model-file').click());
offerSaving(session, showError);

onChange();
await choose('vae');
display.begin(pick(digits, [FIRST_DRAWN]).data);

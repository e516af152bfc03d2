/**
 * The demo Segment: puts its parts together.
 */
import { download } from '../shared/download.js';
import { listenForFiles } from '../shared/files.js';
import { clearError, say, showError } from '../shared/say.js';
import { offerTheme } from '../shared/theme.js';
import { Classes } from './classes.js';
import { Controls } from './controls.js';
import { Convergence } from './convergence.js';
import { exports } from './exports.js';
import { offerFounding } from './founding.js';
import { Legend } from './legend.js';
import { Live } from './live.js';
import { openFile, openPixels } from './picture.js';
import { keepReady, warmUp } from './ready.js';
import { Session } from './session.js';
import { Stage } from './stage.js';
import { showBusy, showResult } from './status.js';
import { Suggestion } from './suggest.js';

/** @typedef {import('./session.js').Result} Result */

/** How often the legend follows live video: as often as can be read. */
const LEGEND_MS = 500;

offerTheme(/** @type {HTMLButtonElement} */ (document.getElementById('theme')));

const stage = new Stage();
const controls = new Controls((settings) => {
  clearError();
  if (live.isOn) session.set(settings);
  else session.change(settings);
});
const session = new Session(controls.read(), { onResult, onBusy: showBusy, onError: showError });
const legend = new Legend(onEdit, repaint);
const convergence = new Convergence(stage, () => session.result, repaint, showError);
const suggestion = new Suggestion(
  () => session.result,
  (k) => controls.setK(k),
  showError,
);
const live = new Live({ settings: () => session.settings, onStart: onLive, onFrame, onStop: onLiveEnd, onError: showError });

/** @param {Result} result */
function onResult(result) {
  if (result.picture !== shownPicture) suggestion.clear();
  shownPicture = result.picture;
  convergence.leave();
  stage.show(result.picture.preview, result.previewLabels, result.classes.colorsByLabel());
  legend.show(result.classes);
  showResult(result);
  lockExports(result.isDraft);
}

/** @type {import('./picture.js').Picture | undefined} */
let shownPicture;

/** @param {string} [message] */
function onEdit(message) {
  repaint();
  if (message !== undefined) say(message);
}

/** @param {import('./classes.js').Class} [highlighted] */
function repaint(highlighted) {
  const { result } = session;
  if (result === undefined || convergence.isOpen || live.isOn) return;
  stage.paint(result.previewLabels, result.classes.colorsByLabel(highlighted));
}

let legendAt = 0;
let isFollowing = false;

function onLive() {
  clearError();
  isFollowing = false;
  session.stop();
  suggestion.clear();
  convergence.leave();
  legend.lock(true);
  lockExports(true);
  showBusy(false);
  say('The camera is on.');
}

/** @param {import('./camera.js').Frame} frame */
function onFrame({ image, segmentation }) {
  stage.showFrame(image, /** @type {ImageData} */ (segmentation.recolored));
  const now = performance.now();
  if (now - legendAt < LEGEND_MS) return;
  legendAt = now;
  legend.show(new Classes(segmentation.palette, { isSorted: false }), isFollowing);
  isFollowing = true;
}

/** @param {ImageData | undefined} photo */
function onLiveEnd(photo) {
  legend.lock(false);
  if (photo === undefined) session.change(session.settings);
  else session.open(() => openPixels(photo, 'photo'));
}

/** @param {boolean} isLocked */
function lockExports(isLocked) {
  for (const button of document.querySelectorAll('button:is([data-export], #watch, #suggest)'))
    button.toggleAttribute('disabled', isLocked);
}

document.getElementById('exports')?.addEventListener('click', async ({ target }) => {
  const button = /** @type {HTMLElement} */ (target).closest('[data-export]');
  const { result } = session;
  if (button === null || result === undefined) return;
  try {
    const { ending, make } = exports[/** @type {HTMLElement} */ (button).dataset.export ?? ''];
    const name = `${result.picture.name}${ending}`;
    download(await make(result), name);
    say(`${name} is saved.`);
  } catch (error) {
    showError(error);
  }
});

/** @param {File} file */
function openOwn(file) {
  clearError();
  if (live.isOn) live.stop();
  session.open((signal) => openFile(file, file.name, signal));
}

/** @param {string} name */
async function sample(name) {
  const photo = /** @type {HTMLImageElement} */ (document.getElementById(name));
  return openPixels(photo, name);
}

listenForFiles({ what: 'picture', onFiles: ([file]) => openOwn(file), onNothing: showError });
offerFounding(
  () => session.result?.picture.image,
  async () => (await sample('temple')).image,
  showError,
);
for (const name of ['temple', 'dahlia']) {
  document.getElementById(`sample-${name}`)?.addEventListener('click', () => {
    clearError();
    if (live.isOn) live.stop();
    session.open(() => sample(name));
  });
}

keepReady();
session.open(async () => (await Promise.all([sample('dahlia'), warmUp()]))[0]);

/**
 * The demo Segment: puts its parts together.
 */
import { offerTheme } from '../shared/theme.js';
import { Controls } from './controls.js';
import { listenForFiles } from './input.js';
import { Legend } from './legend.js';
import { openPicture } from './picture.js';
import { Session } from './session.js';
import { Stage } from './stage.js';
import { say, showBusy, showError, showResult } from './status.js';

/** @typedef {import('./session.js').Result} Result */

offerTheme(/** @type {HTMLButtonElement} */ (document.getElementById('theme')));

const stage = new Stage();
const controls = new Controls((changes) => session.change(changes));
const session = new Session(controls.read(), { onResult, onBusy: showBusy, onError: showError });
const legend = new Legend(onEdit, (one) => repaint(one));

/** @param {Result} result */
function onResult(result) {
  stage.show(result.picture.preview, result.previewLabels, result.classes.colorsByLabel());
  legend.show(result.classes);
  showResult(result);
}

/** @param {string} [message] */
function onEdit(message) {
  repaint();
  if (message !== undefined) say(message);
}

/** @param {import('./classes.js').Class} [highlighted] */
function repaint(highlighted) {
  const { result } = session;
  if (result !== undefined) stage.paint(result.previewLabels, result.classes.colorsByLabel(highlighted));
}

listenForFiles((file) => session.open((signal) => openPicture(file, file.name, signal)), showError);

for (const name of ['china', 'flower']) {
  const photo = /** @type {HTMLImageElement} */ (document.getElementById(name));
  const open = () => session.open((signal) => openPicture(photo, name, signal));
  document.getElementById(`sample-${name}`)?.addEventListener('click', open);
  if (name === 'china') open();
}

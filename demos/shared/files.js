/**
 * Files from outside: dropped anywhere on the page, also in folders, pasted, or chosen with `#file`, which `#choose` opens.
 */

/**
 * @typedef {object} FileListener
 * @property {string} what the page takes, such as 'picture'
 * @property {(files: File[]) => void} onFiles at least one
 * @property {(message: string) => void} onNothing when what was given holds no file
 */

/** @param {FileListener} listener */
export function listenForFiles(listener) {
  listenForDrops(listener);
  const { what, onFiles, onNothing } = listener;
  document.addEventListener('paste', (event) => {
    const files = Array.from(event.clipboardData?.files ?? []);
    if (files.length > 0) {
      event.preventDefault();
      onFiles(files);
    } else if (!isTextField(event.target)) {
      onNothing(`There is no ${what} on the clipboard. Copy a ${what}, not its address, and paste again.`);
    }
  });
  const chooser = /** @type {HTMLInputElement} */ (document.getElementById('file'));
  document.getElementById('choose')?.addEventListener('click', () => chooser.click());
  takeChosen(chooser, onFiles);
}

/** @param {HTMLInputElement} chooser @param {(files: File[]) => void} onFiles */
export function takeChosen(chooser, onFiles) {
  chooser.addEventListener('change', () => {
    const files = Array.from(chooser.files ?? []);
    if (files.length > 0) onFiles(files);
    // The same files may be chosen again.
    chooser.value = '';
  });
}

/** @param {FileListener} listener */
function listenForDrops({ what, onFiles, onNothing }) {
  const { classList } = document.documentElement;
  document.addEventListener('dragover', (event) => {
    if (isText(event)) return;
    event.preventDefault();
    if (event.dataTransfer !== null) event.dataTransfer.dropEffect = 'copy';
    classList.add('is-dragging');
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) classList.remove('is-dragging');
  });
  document.addEventListener('drop', async (event) => {
    if (isText(event)) return;
    event.preventDefault();
    classList.remove('is-dragging');
    const files = await filesIn(event.dataTransfer);
    if (files.length > 0) onFiles(files);
    else onNothing(`What was dropped is no file. Save the ${what} first, then drop its file here.`);
  });
}

/**
 * Files as they were dropped, those in folders included.
 *
 * @param {DataTransfer | null} transfer
 */
async function filesIn(transfer) {
  // Both must be asked for before the first await, after which the browser has emptied them.
  const files = Array.from(transfer?.files ?? []);
  const entries = Array.from(transfer?.items ?? [], (item) => item.webkitGetAsEntry());
  if (!entries.some((entry) => entry?.isDirectory)) return files;
  return (await Promise.all(entries.map((entry) => (entry === null ? [] : filesBelow(entry))))).flat();
}

/** @param {FileSystemEntry} entry @returns {Promise<File[]>} */
async function filesBelow(entry) {
  if (entry.isFile)
    return [await new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject))];
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  /** @type {File[]} */
  const files = [];
  for (;;) {
    /** A part of what is in it: browsers give a hundred at a time. @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return files;
    files.push(...(await Promise.all(some.map(filesBelow))).flat());
  }
}

/**
 * Whether words are dragged to where words belong.
 *
 * @param {DragEvent} event
 */
const isText = ({ target, dataTransfer }) => isTextField(target) && dataTransfer?.types.includes('Files') !== true;

/** @param {EventTarget | null} target */
const isTextField = (target) => target instanceof HTMLInputElement && /^(text|number)$/.test(target.type);

/**
 * Pictures from outside: dropped anywhere on the page, pasted, or chosen.
 */

/**
 * @param {(file: File) => void} onFile
 * @param {(message: string) => void} onNothing when what was given holds no file
 */
export function listenForFiles(onFile, onNothing) {
  listenForDrops(onFile, onNothing);
  document.addEventListener('paste', (event) => {
    const [file] = event.clipboardData?.files ?? [];
    if (file !== undefined) {
      event.preventDefault();
      onFile(file);
    } else if (!isTextField(event.target)) {
      onNothing('There is no picture on the clipboard. Copy a picture, not its address, and paste again.');
    }
  });
  const chooser = /** @type {HTMLInputElement} */ (document.getElementById('file'));
  document.getElementById('choose')?.addEventListener('click', () => chooser.click());
  chooser.addEventListener('change', () => {
    const [file] = chooser.files ?? [];
    if (file !== undefined) onFile(file);
    // The same file may be chosen again.
    chooser.value = '';
  });
}

/**
 * @param {(file: File) => void} onFile
 * @param {(message: string) => void} onNothing
 */
function listenForDrops(onFile, onNothing) {
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
  document.addEventListener('drop', (event) => {
    if (isText(event)) return;
    event.preventDefault();
    classList.remove('is-dragging');
    const [file] = event.dataTransfer?.files ?? [];
    if (file !== undefined) onFile(file);
    else onNothing('What was dropped is no file. Save the picture first, then drop its file here.');
  });
}

/**
 * Whether words are dragged to where words belong.
 *
 * @param {DragEvent} event
 */
const isText = ({ target, dataTransfer }) => isTextField(target) && dataTransfer?.types.includes('Files') !== true;

/** @param {EventTarget | null} target */
const isTextField = (target) => target instanceof HTMLInputElement && /^(text|number)$/.test(target.type);

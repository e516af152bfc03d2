/**
 * The list of classes, in which each one is renamed, recoloured, hidden, merged with others and restored.
 */

/**
 * @typedef {import('./classes.js').Class} Class
 * @typedef {import('./classes.js').Classes} Classes
 *
 * @typedef {object} Row
 * @property {Class} one
 * @property {HTMLLIElement} item
 * @property {HTMLInputElement} selection
 * @property {HTMLInputElement} color
 * @property {HTMLInputElement} name
 * @property {HTMLElement} share
 * @property {HTMLButtonElement} hide
 * @property {HTMLButtonElement} restore
 */

const percent = new Intl.NumberFormat('en', { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });

export class Legend {
  /** @type {Classes | undefined} */
  #classes;
  /** @type {Row[]} */
  #rows = [];
  #list = /** @type {HTMLUListElement} */ (document.getElementById('legend'));
  #strip = /** @type {HTMLElement} */ (document.getElementById('strip'));
  #merge = /** @type {HTMLButtonElement} */ (document.getElementById('merge'));
  #restore = /** @type {HTMLButtonElement} */ (document.getElementById('restore'));
  #mergeHint = /** @type {HTMLElement} */ (document.getElementById('merge-hint'));
  #template = /** @type {HTMLTemplateElement} */ (document.getElementById('legend-row'));
  #edits = /** @type {HTMLFieldSetElement} */ (document.getElementById('edits'));
  #onEdit;
  #onPoint;

  /**
   * @param {(message?: string) => void} onEdit
   * @param {(one: Class | undefined) => void} onPoint when a class is pointed at, and when it no longer is
   */
  constructor(onEdit, onPoint) {
    this.#onEdit = onEdit;
    this.#onPoint = onPoint;
    this.#merge.addEventListener('click', () => this.#mergeSelected());
    this.#restore.addEventListener('click', () => {
      this.#classes?.restoreAll();
      this.#draw();
      this.#rows[0]?.selection.focus();
      onEdit('All classes are as they were found.');
    });
    this.#list.addEventListener('pointerleave', () => onPoint(undefined));
  }

  /**
   * Shows classes; the same ones, counted again or of another frame, without touching what may have the focus.
   *
   * @param {Classes} classes
   * @param {boolean} [isSame] as were shown
   */
  show(classes, isSame = classes === this.#classes) {
    this.#classes = classes;
    if (!isSame || this.#rows.length !== classes.list.length) {
      this.#draw();
      return;
    }
    this.#rows.forEach((row, i) => {
      row.one = classes.list[i];
      if (document.activeElement !== row.name) row.name.value = row.one.name;
      row.color.value = row.one.color;
      row.share.textContent = percent.format(row.one.share);
    });
    this.#refresh();
  }

  /** @param {boolean} isLocked while there is nothing to edit */
  lock(isLocked) {
    this.#edits.disabled = isLocked;
  }

  #draw() {
    this.#rows = this.#classes?.list.map((one) => this.#makeRow(one)) ?? [];
    this.#list.replaceChildren(...this.#rows.map(({ item }) => item));
    this.#strip.replaceChildren(...this.#rows.map(() => document.createElement('span')));
    this.#refresh();
  }

  /** @param {Class} one @returns {Row} */
  #makeRow(one) {
    const item = /** @type {HTMLLIElement} */ (
      /** @type {Element} */ (this.#template.content.firstElementChild).cloneNode(true)
    );
    const find = (/** @type {string} */ part) => /** @type {any} */ (item.querySelector(`.${part}`));
    const row = {
      one,
      item,
      selection: find('selection'),
      color: find('color'),
      name: find('name'),
      share: find('share'),
      hide: find('hide'),
      restore: find('restore'),
    };
    row.name.value = one.name;
    row.color.value = one.color;
    row.share.textContent = percent.format(one.share);
    row.selection.addEventListener('change', () => this.#refresh());
    row.color.addEventListener('input', () => this.#edit((classes) => classes.recolor(row.one, row.color.value)));
    row.name.addEventListener('change', () => {
      this.#edit((classes) => classes.rename(row.one, row.name.value));
      row.name.value = row.one.name;
    });
    row.hide.addEventListener('click', () => {
      const { name, isHidden } = row.one;
      this.#edit((classes) => classes.hide(row.one, !isHidden), `${name} is ${isHidden ? 'shown' : 'hidden'}.`);
    });
    row.restore.addEventListener('click', () => this.#restoreOne(row.one));
    item.addEventListener('pointerenter', ({ pointerType }) => pointerType === 'mouse' && this.#onPoint(row.one));
    return row;
  }

  /** @param {(classes: Classes) => void} change @param {string} [message] */
  #edit(change, message) {
    if (this.#classes === undefined) return;
    change(this.#classes);
    this.#refresh();
    this.#onEdit(message);
  }

  #mergeSelected() {
    const selected = this.#rows.filter(({ selection }) => selection.checked).map(({ one }) => one);
    if (this.#classes === undefined || selected.length < 2) return;
    const merged = this.#classes.merge(selected);
    this.#draw();
    this.#rows.find(({ one }) => one === merged)?.name.focus();
    this.#onEdit(`${selected.length} classes are now one, ${merged.name}.`);
  }

  /** @param {Class} one */
  #restoreOne(one) {
    if (this.#classes === undefined) return;
    const largest = this.#classes.restore(one);
    this.#draw();
    this.#rows.find((row) => row.one === largest)?.name.focus();
    this.#onEdit(`${one.name} is as it was found.`);
  }

  /** Brings names, states and the strip up to date without touching what may have the focus. */
  #refresh() {
    this.#rows.forEach(({ one, item, selection, color, name, hide, restore }, i) => {
      item.classList.toggle('is-hidden', one.isHidden);
      item.style.setProperty('--color', one.color);
      selection.setAttribute('aria-label', `Select ${one.name}`);
      color.setAttribute('aria-label', `Colour of ${one.name}`);
      name.setAttribute('aria-label', `Name of class ${i + 1}`);
      hide.setAttribute('aria-label', `Hide ${one.name}`);
      hide.setAttribute('aria-pressed', String(one.isHidden));
      const isMerged = one.labels.length > 1;
      restore.hidden = !(isMerged || one.isColored || one.isNamed);
      restore.setAttribute('aria-label', isMerged ? `Take ${one.name} apart` : `Restore ${one.name}`);
      const piece = /** @type {HTMLElement} */ (this.#strip.children[i]);
      piece.style.flexGrow = `${one.share}`;
      piece.style.background = one.isHidden ? 'none' : one.color;
    });
    const count = this.#rows.filter(({ selection }) => selection.checked).length;
    this.#merge.disabled = count < 2;
    this.#merge.textContent = count < 2 ? 'Merge' : `Merge ${count}`;
    this.#mergeHint.hidden = count >= 2;
    this.#restore.disabled = this.#classes?.isEdited !== true;
  }
}

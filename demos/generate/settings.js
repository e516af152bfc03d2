/**
 * The controls of a model's settings, made from its table.
 */
import { kinds } from './kinds.js';

/**
 * @typedef {import('./kinds.js').KindName} KindName
 * @typedef {import('./kinds.js').Setting} Setting
 * @typedef {import('./kinds.js').Settings} Settings
 */

export class SettingControls {
  #fields = /** @type {HTMLElement} */ (document.getElementById('fields'));
  #more = /** @type {HTMLElement} */ (document.getElementById('more-fields'));
  #all = /** @type {HTMLFieldSetElement} */ (document.getElementById('settings'));
  #onChange;

  /** @param {(settings: Settings, changed: string) => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /** @param {KindName} kind @param {Settings} values */
  show(kind, values) {
    for (const [place, isMore] of /** @type {const} */ ([
      [this.#fields, false],
      [this.#more, true],
    ])) {
      const rows = kinds[kind].settings.filter((setting) => (setting.isMore ?? false) === isMore);
      place.replaceChildren(...rows.map((setting) => this.#row(setting, values[setting.name])));
    }
  }

  /** @param {boolean} isLocked while a model is trained with them */
  lock(isLocked) {
    this.#all.disabled = isLocked;
  }

  /** @param {Setting} setting @param {string} value */
  #row(setting, value) {
    const row = document.createElement('div');
    row.className = 'row';
    const label = document.createElement('label');
    const control = setting.options === undefined ? numberField(setting) : chooser(setting, value);
    control.id = `set-${setting.name}`;
    control.value = value;
    label.htmlFor = control.id;
    label.textContent = setting.label;
    control.addEventListener('change', () => {
      if (control.checkValidity() && control.value !== '') this.#onChange(this.#read(), setting.name);
      else control.reportValidity();
    });
    row.append(label, control);
    return row;
  }

  /** @returns {Settings} */
  #read() {
    const controls = /** @type {NodeListOf<HTMLInputElement>} */ (this.#all.querySelectorAll('input, select'));
    return Object.fromEntries(Array.from(controls, ({ id, value }) => [id.replace('set-', ''), value]));
  }
}

/** @param {Setting} setting */
function numberField({ min, max, step }) {
  const field = document.createElement('input');
  return Object.assign(field, { type: 'number', min: `${min}`, max: `${max}`, step: `${step}`, required: true });
}

/** A loaded model may have what is not among the options. @param {Setting} setting @param {string} value */
function chooser({ options = [] }, value) {
  const field = document.createElement('select');
  const known = options.some(([option]) => option === value);
  for (const [option, words] of known ? options : [...options, /** @type {const} */ ([value, value])])
    field.add(new Option(words, option));
  return field;
}

/** @param {KindName} kind @returns {Settings} */
export const defaultSettings = (kind) => Object.fromEntries(kinds[kind].settings.map(({ name, value }) => [name, value]));

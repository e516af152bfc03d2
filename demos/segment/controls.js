/**
 * The settings' controls.
 */

/** @typedef {import('./session.js').Settings} Settings */

/** @param {string} id */
const input = (id) => /** @type {HTMLInputElement} */ (document.getElementById(id));

const percent = new Intl.NumberFormat('en', { style: 'percent' });

export class Controls {
  #k = input('k');
  #colorSpace = /** @type {HTMLSelectElement} */ (document.getElementById('color-space'));
  #position = input('position');
  #small = input('small');
  #transparent = input('transparent');
  #seed = input('seed');
  #onChange;

  /** @param {(settings: Settings) => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
    for (const element of [this.#k, this.#colorSpace, this.#position, this.#small, this.#transparent, this.#seed])
      element.addEventListener('input', () => this.#tell());
    this.#show();
  }

  /** @returns {Settings} */
  read() {
    return {
      k: this.#k.valueAsNumber,
      colorSpace: /** @type {Settings['colorSpace']} */ (this.#colorSpace.value),
      positionWeight: this.#position.valueAsNumber,
      countExponent: 1 - this.#small.valueAsNumber,
      skipTransparent: this.#transparent.checked,
      seed: this.#seed.valueAsNumber,
    };
  }

  /** @param {number} k */
  setK(k) {
    this.#k.valueAsNumber = k;
    this.#tell();
  }

  #tell() {
    this.#show();
    // A number that is being typed may be none yet.
    if (this.#seed.checkValidity() && this.#seed.value !== '') this.#onChange(this.read());
  }

  #show() {
    input('k-value').value = this.#k.value;
    input('position-value').value = this.#position.valueAsNumber === 0 ? 'not at all' : this.#position.valueAsNumber.toFixed(2);
    input('small-value').value = this.#small.valueAsNumber === 0 ? 'not at all' : percent.format(this.#small.valueAsNumber);
  }
}

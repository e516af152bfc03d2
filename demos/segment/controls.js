/**
 * The settings' controls.
 */

/** @typedef {import('./session.js').Settings} Settings */

/** @param {string} id */
const input = (id) => /** @type {HTMLInputElement} */ (document.getElementById(id));

export class Controls {
  #k = input('k');

  /** @param {(changes: Partial<Settings>) => void} onChange */
  constructor(onChange) {
    this.#k.addEventListener('input', () => {
      this.#show();
      onChange({ k: this.#k.valueAsNumber });
    });
    this.#show();
  }

  /** @returns {Settings} */
  read() {
    return {
      k: this.#k.valueAsNumber,
      colorSpace: 'srgb',
      positionWeight: 0,
      countExponent: 1,
      skipTransparent: true,
      seed: 0,
    };
  }

  #show() {
    input('k-value').value = this.#k.value;
  }
}

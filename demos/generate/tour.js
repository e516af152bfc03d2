/**
 * A walk of the lens from class to class. It may be stopped, and ends by itself when the page is hidden.
 */

const PACE_MS = 40;
/** From one class to the next; of that, a part is spent there. */
const LEG_MS = 1800;
const REST = 0.35;

export class Tour {
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #button = /** @type {HTMLButtonElement} */ (document.getElementById('tour'));
  #move;
  #stops;
  #names;

  /**
   * @param {(x: number, y: number) => void} move
   * @param {() => [number, number][]} stops to visit
   * @param {() => string[]} names of the stops
   */
  constructor(move, stops, names) {
    this.#move = move;
    this.#stops = stops;
    this.#names = names;
    this.#button.addEventListener('click', () => (this.#timer === undefined ? this.start() : this.stop()));
    document.addEventListener('visibilitychange', () => document.hidden && this.stop());
  }

  start() {
    const began = performance.now();
    this.#timer ??= setInterval(() => this.#advance((performance.now() - began) / LEG_MS), PACE_MS);
    this.#show();
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#show();
  }

  /** @param {number} legs walked so far */
  #advance(legs) {
    const stops = this.#stops();
    if (stops.length < 2) return;
    const leg = Math.floor(legs);
    const [from, to] = [stops[leg % stops.length], stops[(leg + 1) % stops.length]];
    const share = Math.min(1, Math.max(0, (legs - leg - REST) / (1 - REST)));
    const eased = share * share * (3 - 2 * share);
    this.#move(from[0] + eased * (to[0] - from[0]), from[1] + eased * (to[1] - from[1]));
  }

  #show() {
    const isOn = this.#timer !== undefined;
    const names = this.#names();
    this.#button.textContent = isOn ? 'Stop' : `Walk from ${names[0]} to ${names.at(-1)}`;
  }
}

/**
 * Work of which only the last asked for matters: while one is under way, the next waits, and takes the place of one that waits.
 */
export class Latest {
  #isBusy = false;
  /** @type {(() => Promise<void>) | undefined} */
  #next;
  #onError;

  /** @param {(error: unknown) => void} onError */
  constructor(onError) {
    this.#onError = onError;
  }

  /** @param {() => Promise<void>} work */
  async ask(work) {
    this.#next = work;
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#next !== undefined) {
      const now = this.#next;
      this.#next = undefined;
      try {
        await now();
      } catch (error) {
        this.#onError(error);
      }
    }
    this.#isBusy = false;
  }
}

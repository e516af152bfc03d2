/**
 * Keeps the worker ready while somebody is at the page. lakh ends a worker that was idle for a while, and starting it again would
 * take longer than most pictures do; it would also be counted as their time.
 */
import { segmentImage } from 'lakh/worker';

const EVERY_MS = 20_000;
const SIDE = 256;

let asked = Number.NEGATIVE_INFINITY;

/** Has the worker divide a little noise, which starts it when it is not running, and has the browser compile what is used. */
export async function warmUp() {
  asked = performance.now();
  const data = Uint8ClampedArray.from({ length: 4 * SIDE * SIDE }, (_, i) => (i % 4 === 3 ? 255 : (i * i) >> 5));
  await segmentImage({ data, width: SIDE, height: SIDE }, { recolored: false });
}

/** Does so at signs of life. */
export function keepReady() {
  for (const type of ['pointermove', 'pointerdown', 'keydown', 'dragenter', 'focusin', 'paste']) {
    document.addEventListener(
      type,
      () => {
        // A worker that cannot start says so when it is needed.
        if (performance.now() - asked > EVERY_MS) warmUp().catch(() => {});
      },
      { capture: true, passive: true },
    );
  }
}

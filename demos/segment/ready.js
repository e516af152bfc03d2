/**
 * Keeps the worker ready while somebody is at the page. lakh ends a worker that was idle for a while, and starting it again would
 * take longer than most pictures do; it would also be counted as their time.
 */
import { segmentImage } from 'lakh/worker';

const EVERY_MS = 10_000;

let asked = Number.NEGATIVE_INFINITY;

/** Has the worker do next to nothing, which starts it when it is not running. */
export async function warmUp() {
  asked = performance.now();
  const pixel = { data: new Uint8ClampedArray(4).fill(255), width: 1, height: 1 };
  await segmentImage(pixel, { nClusters: 1 });
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

/** The longest that work may hold up a page before it lets others run: half a frame at 60 Hz. */
export const SLICE_MS = 8;

/**
 * Resolves after everything that was waiting (input, drawing, messages, timers) has had its turn, without the delay of at least
 * 4 ms that nested timers have.
 *
 * @type {() => Promise<void>}
 */
export const breathe = () =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });

/**
 * What a page says: how it stands, in `#status`, and what went wrong, in `#alert`.
 */

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} message */
export function say(message) {
  element('status').textContent = message;
}

/** What failed is past once something else is asked for. */
export function clearError() {
  element('alert').textContent = '';
}

/** @param {unknown} error */
export function showError(error) {
  // Messages of lakh begin with the function's name, which says nothing to who looks at pictures.
  const words = error instanceof Error ? error.message.replace(/^\w+: /, '') : String(error);
  element('alert').textContent = /[.!?]$/.test(words) ? words : `${words}.`;
}

/**
 * Dark or light: as the system says, until the reader says otherwise on this page's button.
 */

const key = 'lakh-theme';
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

/** @param {HTMLButtonElement} button whose pressed state means dark */
export function offerTheme(button) {
  let chosen = remembered();
  const show = () => {
    const theme = chosen ?? (systemIsDark.matches ? 'dark' : 'light');
    document.documentElement.dataset.theme = theme;
    button.setAttribute('aria-pressed', String(theme === 'dark'));
  };
  button.addEventListener('click', () => {
    chosen = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    remember(chosen);
    show();
  });
  systemIsDark.addEventListener('change', show);
  show();
}

/** Pages from file:// or with cookies refused may have no storage. */
function remembered() {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** @param {string} theme */
function remember(theme) {
  try {
    localStorage.setItem(key, theme);
  } catch {
    // Then it holds until the page is left.
  }
}

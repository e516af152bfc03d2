import { offerTheme } from './theme.js';

offerTheme(/** @type {HTMLButtonElement} */ (document.getElementById('theme')));

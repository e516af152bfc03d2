import base64 from '../dist/lakh.wasm.js';
import { embed } from './engine/module.js';

// The one thing that happens at import: the module is handed over, and not looked at before the first call.
embed(() => {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
});

export * from './slim.js';

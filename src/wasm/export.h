/* Marks a function that the module exports under its own name. */
#ifndef LAKH_WASM_EXPORT_H
#define LAKH_WASM_EXPORT_H

#define LAKH_EXPORT(name) __attribute__((export_name(#name), used))

#endif

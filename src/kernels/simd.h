/* 128-bit SIMD, written once with WebAssembly's names. Natively SIMDe maps them to the machine's own instructions, so that tests,
 * sanitizers and fuzzers run the code that ships. Only files in kernels/ include this. */
#ifndef LAKH_KERNELS_SIMD_H
#define LAKH_KERNELS_SIMD_H

#ifdef __wasm_simd128__
#include <wasm_simd128.h>
#else
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/wasm/simd128.h>
typedef simde_v128_t v128_t;
#endif

#endif

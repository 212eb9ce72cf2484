/*
 * Types of dist/biometrics/search/kernel-wasm.js, which `npm run build` makes from kernel/ with
 * cli/build-kernel.ts. A tree that was only type-checked has no such file.
 */

/** WebAssembly module with 128-bit SIMD, base64. */
export declare const SIMD_BASE64: string
/** The scoring part of it without SIMD, base64. */
export declare const SCALAR_BASE64: string

/*
 * Types of dist/biometrics/iris/kernel-wasm.js, which `npm run build` makes from kernel/ with
 * cli/build-kernel.ts. A tree that was only type-checked has no such file.
 */

/** WebAssembly module with 128-bit SIMD and a memory of its own, base64. */
export declare const SIMD_BASE64: string
/** What it was built from; see kernel-sources.ts. */
export declare const SOURCES: string

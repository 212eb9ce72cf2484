import type { KernelFunctions } from './kernel.ts'
import { KERNEL_SOURCES } from './kernel-sources.ts'

/** What kernel-wasm.js holds; one of before it named its sources has the module only. */
export type EmbeddedKernel = { readonly SIMD_BASE64: string; readonly SOURCES?: string }

/** A module of the kernel, with its memory, or why there is none. */
export type LoadedKernel =
  | { readonly state: 'works'; readonly exports: KernelExports }
  /** The tree was not built, or the machine has no WebAssembly or no SIMD. */
  | { readonly state: 'absent' }
  /** Built from other sources than those that it would be called for: `npm run build` was left out. */
  | { readonly state: 'outdated' }

/** Memory of a module, in pages of 64 KiB. */
export type KernelExports = KernelFunctions & {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
}

/** Instantiates a module, synchronously since it is small. */
export function loadKernel(embedded: EmbeddedKernel | undefined): LoadedKernel {
  if (embedded === undefined || typeof WebAssembly === 'undefined') return { state: 'absent' }
  // Calls with another order of arguments would compute nonsense.
  if (embedded.SOURCES !== KERNEL_SOURCES) return { state: 'outdated' }
  const bytes = Uint8Array.from(atob(embedded.SIMD_BASE64), (character) => character.charCodeAt(0))
  if (!WebAssembly.validate(bytes)) return { state: 'absent' }
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes))
  return { state: 'works', exports: instance.exports as KernelExports }
}

/** The part of the global that is used here; neither the language's nor Node's types have it. */
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

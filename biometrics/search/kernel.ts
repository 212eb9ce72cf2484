/** How records are compared: the same scores and decisions each, at different speed. */
export type Backend = 'native' | 'simd' | 'scalar' | 'typescript'

/** Memory of a kernel: shared, so that a worker can search what another thread fills. */
export type KernelMemory = {
  readonly buffer: SharedArrayBuffer
  /** Adds pages of 64 KiB; throws where the memory would pass its maximum. */
  grow(pages: number): number
}

/** Functions of kernel/score.ts; addresses are bytes of the memory. */
export type ScoreFunctions = {
  score(
    records: number,
    count: number,
    chosen: number,
    probe: number,
    probeUsable: number,
    scores: number,
  ): void
}

/** Functions of kernel/symbols.ts, sift.ts, sketch.ts and room.ts, which need SIMD. */
export type SiftFunctions = {
  symbolise(records: number, first: number, count: number, symbols: number): void
  tabulate(probe: number, tables: number, step: number, masked: number, bases: number): void
  sift(
    records: number,
    symbols: number,
    count: number,
    probe: number,
    tables: number,
    sums: number,
    step: number,
    masked: number,
    found: number,
  ): number
  sketch(records: number, count: number, coarse: number, fine: number, room: number): void
  missingOf(mask: number, missing: number): void
  tabulateSketch(probe: number, tables: number, bases: number): void
  hasRoom(room: number): number
  skim(
    coarse: number,
    fine: number,
    room: number,
    count: number,
    tables: number,
    twoLimit: number,
    threeLimit: number,
    allLimit: number,
    found: number,
  ): number
  narrow(
    left: number,
    right: number,
    count: number,
    probeLeft: number,
    probeRight: number,
    found: number,
  ): number
}

/** A kernel that passes over most records without scoring them. */
export type SiftingKernel = {
  readonly backend: 'native' | 'simd'
  /** Bytes of a record that `symbolise` writes, in an area for 1,024 records or a multiple. */
  readonly symbolBytes: number
  bind(memory: KernelMemory): ScoreFunctions & SiftFunctions
}

/** A compiled kernel, to be bound to as many memories as there are workers. */
export type Kernel =
  | SiftingKernel
  | { readonly backend: 'scalar'; bind(memory: KernelMemory): ScoreFunctions }

/** Bytes of a record's symbols in WebAssembly: 11 sets x 256 columns (kernel/symbols.ts). */
export const SIMD_SYMBOL_BYTES = 2816

/** Bytes of a page of WebAssembly memory. */
export const PAGE_BYTES = 65_536
/** Pages that 32-bit addresses reach: 4 GiB. */
export const MAX_PAGES = 65_536

/** A shared memory of `pages` pages that can grow to 4 GiB. */
export function kernelMemory(pages: number): KernelMemory {
  return new WebAssembly.Memory({ initial: pages, maximum: MAX_PAGES, shared: true })
}

/**
 * The fastest kernel that this machine can run, or the one asked for; undefined where there is none
 * (no WebAssembly, or a tree that was type-checked but not built): compare in TypeScript then.
 */
export async function loadKernel(backend?: 'simd' | 'scalar'): Promise<Kernel | undefined> {
  const embedded = await import('./kernel-wasm.js').catch(() => undefined)
  if (!embedded) return undefined
  if (backend !== 'scalar') {
    const simd = await compiled<ScoreFunctions & SiftFunctions>(embedded.SIMD_BASE64)
    if (simd) return { backend: 'simd', symbolBytes: SIMD_SYMBOL_BYTES, bind: simd }
    if (backend === 'simd') return undefined
  }
  const scalar = await compiled<ScoreFunctions>(embedded.SCALAR_BASE64)
  return scalar && { backend: 'scalar', bind: scalar }
}

async function compiled<Functions>(
  base64: string,
): Promise<((memory: KernelMemory) => Functions) | undefined> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  if (typeof WebAssembly === 'undefined' || !WebAssembly.validate(bytes)) return undefined
  const module = await WebAssembly.compile(bytes)
  return (memory) => new WebAssembly.Instance(module, { env: { memory } }).exports as Functions
}

/** The part of the global that is used here; neither the language's nor Node's types have it. */
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean
  compile(bytes: Uint8Array): Promise<object>
  readonly Memory: new (limits: {
    readonly initial: number
    readonly maximum: number
    readonly shared: true
  }) => KernelMemory
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

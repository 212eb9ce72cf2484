import { type KernelExports, type LoadedKernel, loadKernel } from './kernel-load.ts'

/** What computes the hot loops of the iris pipeline: the same results to the bit, at different speed. */
export type IrisBackend = 'simd' | 'typescript'

/** Functions of kernel/*.ts; addresses are bytes of the module's memory. */
export type KernelFunctions = {
  blur(
    data: number,
    width: number,
    height: number,
    weights: number,
    taps: number,
    row: number,
    plane: number,
    out: number,
  ): void
  extremes(
    data: number,
    width: number,
    height: number,
    reach: number,
    sign: number,
    row: number,
    plane: number,
    out: number,
  ): void
  despeckle(
    data: number,
    width: number,
    height: number,
    low: number,
    gain: number,
    reach: number,
    level: number,
    contrast: number,
    row: number,
    plane: number,
    spread: number,
    glints: number,
    filled: number,
  ): void
  resizeAcross(
    data: number,
    width: number,
    height: number,
    newWidth: number,
    spans: number,
    weights: number,
    most: number,
    out: number,
  ): void
  resizeDown(
    data: number,
    width: number,
    newHeight: number,
    spans: number,
    weights: number,
    most: number,
    out: number,
  ): void
  pupilCircles(
    data: number,
    width: number,
    height: number,
    ring: number,
    roughs: number,
    angles: number,
    contrast: number,
    brightest: number,
    leastScore: number,
    wanted: number,
    room: number,
    out: number,
  ): number
  limbusCircles(
    data: number,
    width: number,
    height: number,
    x: number,
    y: number,
    pupilRadius: number,
    least: number,
    count: number,
    steps: number,
    contrasts: number,
    right: number,
    left: number,
    angles: number,
    roughs: number,
    quads: number,
    centres: number,
    samples: number,
    out: number,
  ): void
  polarSteps(
    data: number,
    width: number,
    height: number,
    x: number,
    y: number,
    least: number,
    step: number,
    count: number,
    half: number,
    isSole: number,
    ring: number,
    pairs: number,
    room: number,
    edges: number,
  ): void
  bestPath(
    edges: number,
    angles: number,
    count: number,
    most: number,
    bend: number,
    scores: number,
    moves: number,
    columns: number,
  ): void
  sampleRings(
    data: number,
    width: number,
    height: number,
    circles: number,
    count: number,
    ring: number,
    pairs: number,
    out: number,
  ): void
  fourierFit(
    radii: number,
    weights: number,
    bases: number,
    angles: number,
    stride: number,
    terms: number,
    stiffness: number,
    middle: number,
    room: number,
    out: number,
  ): void
  recentre(radii: number, ring: number, angles: number, room: number, centre: number): void
  unrolled(
    data: number,
    width: number,
    height: number,
    factor: number,
    lines: number,
    rows: number,
    columns: number,
    room: number,
    out: number,
  ): void
  usableCells(
    lines: number,
    rows: number,
    columns: number,
    glints: number,
    width: number,
    height: number,
    lids: number,
    out: number,
  ): void
  normalise(
    values: number,
    weights: number,
    rows: number,
    columns: number,
    reachRows: number,
    reachColumns: number,
    room: number,
    out: number,
  ): void
  smoothRows(
    data: number,
    rows: number,
    columns: number,
    weights: number,
    taps: number,
    kept: number,
    out: number,
  ): void
  convolveRows(
    data: number,
    rows: number,
    columns: number,
    weights: number,
    taps: number,
    room: number,
    out: number,
  ): void
}

/** A kernel with room for one call's arguments and results, which the next call overwrites. */
export type Kernel = {
  readonly run: KernelFunctions
  /** Address of a copy of `values`. */
  put(values: Float32Array | Float64Array | Int32Array): number
  /** Address of `bytes` bytes that hold anything. */
  room(bytes: number): number
  /** A copy of what lies at an address. */
  bytes(at: number, count: number): Uint8Array<ArrayBuffer>
  floats(at: number, count: number): Float32Array<ArrayBuffer>
  doubles(at: number, count: number): Float64Array<ArrayBuffer>
  wholes(at: number, count: number): Int32Array<ArrayBuffer>
}

const PAGE_BYTES = 65_536
/** Most that one call may need; whatever needs more is computed in TypeScript. */
const MAX_BYTES = 256 * 1024 * 1024
/** The compiler keeps the first bytes for itself. */
const FIRST = 1024

/*
 * A module of its own thread, made once: which one computes is no state that a result depends on.
 * There is none where the machine has no WebAssembly or no SIMD, or the tree was not built as it is.
 */
const LOADED = loadKernel(await import('./kernel-wasm.js').catch(() => undefined))
const EXPORTS = LOADED.state === 'works' ? LOADED.exports : undefined
let current: IrisBackend = EXPORTS ? 'simd' : 'typescript'

/** The back-end that computes now: the fastest that this machine has, unless another was asked for. */
export function irisBackend(): IrisBackend {
  return current
}

/** What became of the kernel of this build on this machine; TypeScript computes unless it works. */
export function irisKernelState(): LoadedKernel['state'] {
  return LOADED.state
}

/** What `work` returns when computed by a back-end; by TypeScript where this machine has no other. */
export function withIrisBackend<T>(backend: IrisBackend, work: () => T): T {
  const before = current
  current = EXPORTS ? backend : 'typescript'
  try {
    return work()
  } finally {
    current = before
  }
}

/** The kernel with room for `bytes` bytes of arguments and results, or undefined: TypeScript then. */
export function kernelFor(bytes: number): Kernel | undefined {
  if (current !== 'simd' || !EXPORTS || bytes > MAX_BYTES) return undefined
  // Each address is rounded up to a vector's.
  if (!hasRoom(EXPORTS.memory, FIRST + bytes + 1024)) return undefined
  const { buffer } = EXPORTS.memory
  let top = FIRST
  const room = (count: number): number => {
    const at = top
    top = (top + count + 15) & ~15
    return at
  }
  return {
    run: EXPORTS,
    room,
    put(values) {
      const at = room(values.byteLength)
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
      new Uint8Array(buffer).set(bytes, at)
      return at
    },
    bytes: (at, count) => new Uint8Array(buffer, at, count).slice(),
    floats: (at, count) => new Float32Array(buffer, at, count).slice(),
    doubles: (at, count) => new Float64Array(buffer, at, count).slice(),
    wholes: (at, count) => new Int32Array(buffer, at, count).slice(),
  }
}

function hasRoom(memory: KernelExports['memory'], bytes: number): boolean {
  const missing = bytes - memory.buffer.byteLength
  try {
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES))
    return true
  } catch {
    // The machine gives no more.
    return false
  }
}

import type { KernelMemory, ScoreFunctions, SiftFunctions, SiftingKernel } from './kernel.ts'

/** Changes whenever native/ and this side would misunderstand each other (native/layout.h). */
export const NATIVE_LAYOUT = 3

/** Slices of a record's 24,576 bits, and its share of what a block keeps beside them (native/layout.h). */
const SLICE_BYTES = 3073

type Operations = ScoreFunctions & SiftFunctions
type Name = 'score' | 'symbolise' | 'tabulate' | 'sift'

/** Names of the functions that the addon has for each of its kernels. */
export const NATIVE_FUNCTIONS: readonly (keyof NativeFunctions)[] = [
  'score',
  'symbolise',
  'tabulate',
  'sift',
  'countBits',
]

/** What the addon does in place of WebAssembly; it gets the memory that the addresses are of. */
export type NativeFunctions = { readonly [Of in Name]: OnMemory<Operations[Of]> } & {
  /** Counts bits in registers, `rounds` times over; how many 64-bit words it counted. */
  readonly countBits: (memory: Uint8Array, rounds: number) => number
}

/** What some kernels do besides, where WebAssembly is not as good at it. */
export type NativeSkim = {
  /** Writes the tables of a sketch again, by word. */
  readonly turnTables: (memory: Uint8Array, tables: number) => void
  readonly skim: OnMemory<Operations['skim']>
}

type OnMemory<Operation> = Operation extends (...numbers: infer Numbers) => infer Result
  ? (memory: Uint8Array, ...numbers: Numbers) => Result
  : never

/**
 * The kernel that counts in C and leaves the rest to WebAssembly, over one memory. Its symbols are
 * slices of 512 records (docs/search.md); the same decisions as with `simd` alone.
 */
export function nativeKernel(
  simd: SiftingKernel,
  native: NativeFunctions & Partial<NativeSkim>,
): SiftingKernel {
  return {
    backend: 'native',
    symbolBytes: SLICE_BYTES,
    bind(memory) {
      const bytes = bytesOf(memory)
      const wasm = simd.bind(memory)
      return {
        ...wasm,
        score: (...numbers) => native.score(bytes(), ...numbers),
        symbolise: (...numbers) => native.symbolise(bytes(), ...numbers),
        tabulate: (...numbers) => native.tabulate(bytes(), ...numbers),
        sift: (...numbers) => native.sift(bytes(), ...numbers),
        ...skimming(wasm, native, bytes),
      }
    },
  }
}

function skimming(
  { tabulateSketch }: SiftFunctions,
  { turnTables, skim }: Partial<NativeSkim>,
  bytes: () => Uint8Array,
): Partial<Pick<SiftFunctions, 'tabulateSketch' | 'skim'>> {
  if (!turnTables || !skim) return {}
  return {
    tabulateSketch(probe, tables, bases) {
      tabulateSketch(probe, tables, bases)
      turnTables(bytes(), tables)
    },
    skim: (...numbers) => skim(bytes(), ...numbers),
  }
}

/** All bytes of a memory, also after it has grown. */
function bytesOf(memory: KernelMemory): () => Uint8Array {
  let bytes = new Uint8Array(memory.buffer)
  return () => {
    if (bytes.buffer !== memory.buffer) bytes = new Uint8Array(memory.buffer)
    return bytes
  }
}

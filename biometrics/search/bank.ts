import type { PersonScores } from '../../protocol/duplicate-rule.ts'
import { decodeIrisTemplate } from '../../protocol/iris-template.ts'
import { comparePersons, type PersonEyes } from './exhaustive.ts'
import type { Backend, Kernel } from './kernel.ts'
import type { SlabFinds } from './slab-finds.ts'
import { EYES, type LayoutName, SLAB_PERSONS } from './slab-layout.ts'
import { SlabMemory } from './slab-memory.ts'
import { type SearchProbe, SlabSearcher } from './slab-search.ts'

/** A person's encoded templates (protocol/iris-template.ts). */
export type EncodedEyes = {
  readonly left?: Uint8Array | undefined
  readonly right?: Uint8Array | undefined
}

/** Rows of eyes that can be searched, a slab at a time. */
export type Bank = {
  readonly backend: Backend
  readonly layout: LayoutName
  /** Rows of a slab, and rows that fit at all. */
  readonly slabRows: number
  readonly capacity: number
  /** The memory behind it; absent where TypeScript compares. */
  readonly memory: SlabMemory | undefined
  /** Writes a row; without eyes it is nobody's. */
  put(row: number, eyes: PersonEyes | undefined): void
  /** As `put`, of encoded templates; throws `bytes.iris-template` where one has another length. */
  putEncoded(row: number, eyes: EncodedEyes): void
  /** Writes a row as it is in another bank that has all of what this one keeps. */
  copyRow(from: Bank, fromRow: number, row: number): void
  /** Searches the first `count` rows of a slab. */
  sweep(probe: SearchProbe, slab: number, count: number): SlabFinds
  /** Overwrites what it still has of the last probe. */
  forget(): void
}

/**
 * A bank in the memory of a kernel; in TypeScript without one, or where memory is not to be had.
 * Where a kernel makes no sketches a lean bank keeps nothing and finds nothing.
 */
export function createBank(kernel: Kernel | undefined, layout: LayoutName): Bank {
  if (layout === 'lean' && !canSketch(kernel)) return emptyBank(kernel)
  const memory = kernel && slabMemory(kernel, layout)
  if (memory) return kernelBank(memory)
  return layout === 'lean' ? emptyBank(kernel) : plainBank()
}

/** Whether a kernel makes sketches: those that need SIMD do. */
export function canSketch(kernel: Kernel | undefined): boolean {
  return kernel !== undefined && kernel.backend !== 'scalar'
}

/** A shared memory reserves its largest size as addresses: a tight limit may refuse that. */
function slabMemory(kernel: Kernel, layout: LayoutName): SlabMemory | undefined {
  try {
    // The other scratch is left to a worker.
    return new SlabMemory(kernel, { layout, scratch: 1 })
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function kernelBank(memory: SlabMemory): Bank {
  const searcher = new SlabSearcher(memory)
  return {
    backend: memory.backend,
    layout: memory.layout.name,
    slabRows: SLAB_PERSONS,
    capacity: memory.capacity,
    memory,
    put(row, eyes) {
      for (const eye of EYES) memory.put(row, eye, eyes?.[eye])
    },
    putEncoded(row, eyes) {
      for (const eye of EYES) {
        const encoded = eyes[eye]
        if (encoded) memory.putEncoded(row, eye, encoded)
        else memory.put(row, eye, undefined)
      }
    },
    copyRow(from, fromRow, row) {
      if (from.memory) memory.copyRow(from.memory, fromRow, row)
    },
    sweep: (probe, slab, count) => searcher.sweep(probe, slab, count),
    forget: () => searcher.forget(),
  }
}

/** Persons of a slab where there is no kernel: some ten milliseconds. */
const PLAIN_PERSONS = 128

function plainBank(): Bank & { readonly rows: readonly (PersonEyes | undefined)[] } {
  const rows: (PersonEyes | undefined)[] = []
  return {
    rows,
    backend: 'typescript',
    layout: 'records',
    slabRows: PLAIN_PERSONS,
    capacity: Number.MAX_SAFE_INTEGER,
    memory: undefined,
    put(row, eyes) {
      rows[row] = eyes
    },
    putEncoded(row, { left, right }) {
      rows[row] = {
        left: left && decodeIrisTemplate(left),
        right: right && decodeIrisTemplate(right),
      }
    },
    copyRow(from, fromRow, row) {
      rows[row] = (from as ReturnType<typeof plainBank>).rows[fromRow]
    },
    sweep({ eyes }, slab, count) {
      const first = slab * PLAIN_PERSONS
      const scored = Array.from({ length: count }, (_, i) => [
        first + i,
        ...wordsOf(comparePersons(eyes, rows[first + i] ?? {})),
      ])
      return { scored: scored.flat(), open: [], likely: [] }
    },
    forget() {},
  }
}

function emptyBank(kernel: Kernel | undefined): Bank {
  return {
    backend: kernel?.backend ?? 'typescript',
    layout: 'lean',
    slabRows: SLAB_PERSONS,
    capacity: Number.MAX_SAFE_INTEGER,
    memory: undefined,
    put() {},
    putEncoded() {},
    copyRow() {},
    sweep: () => ({ scored: [], open: [], likely: [] }),
    forget() {},
  }
}

function wordsOf({ left, right }: PersonScores): readonly number[] {
  return [left, right].flatMap((score) => [score?.numeratorBits ?? 0, score?.commonBits ?? 0])
}

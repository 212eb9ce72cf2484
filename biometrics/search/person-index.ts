import { duplicateThresholds, type EyeScore } from '../../protocol/duplicate-rule.ts'
import type { SearchMode } from '../../protocol/messages/duplicate.ts'
import {
  addPerson,
  comparePersons,
  type GalleryPerson,
  newTally,
  type PersonEyes,
  type SearchResult,
  type Tally,
} from './exhaustive.ts'
import type { Backend, Kernel } from './kernel.ts'
import { siftWeights } from './sift-weights.ts'
import { skimLimits } from './skim-limits.ts'
import {
  EYES,
  type Eye,
  type LoadedProbe,
  type LoadedProbes,
  type Plan,
  SLAB_PERSONS,
  SlabMemory,
} from './slab-memory.ts'

/** How a search is done; `gallerySize` chooses the thresholds, by default the index's own. */
export type IndexSearch = { readonly mode?: SearchMode; readonly gallerySize?: number }

/** Enrolled persons, ready to be searched. */
export type PersonIndex = {
  /** Persons in it. */
  readonly size: number
  readonly backend: Backend
  /** Takes a person in; the same handle again replaces her. */
  put(person: GalleryPerson): void
  /** Forgets a person; false when there is none of that handle. */
  remove(handle: string): boolean
  /**
   * Compares a probe with all persons, part by part, so that the caller can do other work or stop
   * between parts; join them with `resultOf`. In mode `exact`, the default, it decides about each
   * as `searchExhaustively` does; `fast` may miss a candidate near the thresholds (docs/search.md),
   * but never calls one who is none.
   */
  search(probe: PersonEyes, options?: IndexSearch): Generator<SearchResult, void>
}

/** An empty index; without a kernel, or where its memory is not to be had, plain TypeScript compares. */
export function createPersonIndex(kernel: Kernel | undefined): PersonIndex {
  const fast = kernel && kernelPersons(kernel)
  const rows = new Rows(fast ? SLAB_PERSONS : PLAIN_PERSONS)
  const persons = fast ?? new PlainPersons()
  return {
    get size() {
      return rows.size
    },
    backend: fast && kernel ? kernel.backend : 'typescript',
    put(person) {
      persons.put(rows.take(person.handle), person)
    },
    remove(handle) {
      const row = rows.free(handle)
      if (row !== undefined) persons.put(row, undefined)
      return row !== undefined
    },
    *search(probe, { mode = 'exact', gallerySize = rows.size } = {}) {
      const sweep = persons.sweep(probe, mode, gallerySize)
      // Slabs that are added while it runs are not searched.
      const { slabs } = rows
      for (let slab = 0; slab < slabs; slab++) {
        const tally = newTally()
        sweep(slab, rows, tally)
        yield { ...tally, searched: rows.livingIn(slab) }
      }
    },
  }
}

type Sweep = (slab: number, rows: Rows, tally: Tally) => void
type Persons = {
  put(row: number, eyes: PersonEyes | undefined): void
  sweep(probe: PersonEyes, mode: SearchMode, gallerySize: number): Sweep
}

/** Who is in which row; rows are searched a slab at a time. */
class Rows {
  readonly #handles: (string | undefined)[] = []
  readonly #rows = new Map<string, number>()
  readonly #free: number[] = []
  readonly #living: number[] = []
  readonly #slabRows: number

  constructor(slabRows: number) {
    this.#slabRows = slabRows
  }

  get size(): number {
    return this.#rows.size
  }

  get slabs(): number {
    return this.#living.length
  }

  take(handle: string): number {
    const known = this.#rows.get(handle)
    if (known !== undefined) return known
    const row = this.#free.pop() ?? this.#handles.length
    this.#handles[row] = handle
    this.#rows.set(handle, row)
    this.#count(row, 1)
    return row
  }

  free(handle: string): number | undefined {
    const row = this.#rows.get(handle)
    if (row === undefined) return undefined
    this.#rows.delete(handle)
    this.#handles[row] = undefined
    this.#free.push(row)
    this.#count(row, -1)
    return row
  }

  /** Who is in a row; nobody where she was removed. */
  handle(row: number): string | undefined {
    return this.#handles[row]
  }

  /** The first row of a slab, and how many of its rows are in use or were. */
  range(slab: number): readonly [first: number, count: number] {
    const first = slab * this.#slabRows
    return [first, Math.min(this.#slabRows, this.#handles.length - first)]
  }

  livingIn(slab: number): number {
    return this.#living[slab] ?? 0
  }

  #count(row: number, change: 1 | -1): void {
    const slab = Math.floor(row / this.#slabRows)
    this.#living[slab] = this.livingIn(slab) + change
  }
}

/** Persons of a part where there is no kernel: some ten milliseconds. */
const PLAIN_PERSONS = 128

class PlainPersons implements Persons {
  readonly #eyes: (PersonEyes | undefined)[] = []

  put(row: number, eyes: PersonEyes | undefined): void {
    this.#eyes[row] = eyes
  }

  sweep(probe: PersonEyes, _mode: SearchMode, gallerySize: number): Sweep {
    return (slab, rows, tally) => {
      const [first, count] = rows.range(slab)
      for (let row = first; row < first + count; row++) {
        const handle = rows.handle(row)
        if (handle === undefined) continue
        addPerson(tally, handle, comparePersons(probe, this.#eyes[row] ?? {}), gallerySize)
      }
    }
  }
}

/** A shared memory reserves its largest size as addresses: a tight limit may refuse that. */
function kernelPersons(kernel: Kernel): KernelPersons | undefined {
  try {
    return new KernelPersons(kernel)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

class KernelPersons implements Persons {
  readonly #memory: SlabMemory
  /** Whose probe is in scratch memory: searches may take turns. */
  #loadedBy: object | undefined

  constructor(kernel: Kernel) {
    this.#memory = new SlabMemory(kernel)
  }

  put(row: number, eyes: PersonEyes | undefined): void {
    for (const eye of EYES) this.#memory.put(row, eye, eyes?.[eye])
  }

  sweep(probe: PersonEyes, mode: SearchMode, gallerySize: number): Sweep {
    const plan = planOf(mode, gallerySize)
    const self = {}
    let loaded: LoadedProbes = new Map()
    return (slab, rows, tally) => {
      if (this.#loadedBy !== self) {
        loaded = this.#load(probe, plan)
        this.#loadedBy = self
      }
      const count = rows.range(slab)[1]
      const found = new Set(
        [...loaded].flatMap(([eye, own]) => this.#memory.survivors(slab, count, eye, own)),
      )
      for (const row of found) {
        const handle = rows.handle(row)
        if (handle === undefined) continue
        const score = (eye: Eye) => this.#score(row, eye, loaded.get(eye))
        addPerson(tally, handle, { left: score('left'), right: score('right') }, gallerySize)
      }
      for (const row of this.#undecided(slab, rows, loaded)) {
        const handle = rows.handle(row)
        if (handle !== undefined && !found.has(row)) tally.undecided.push(handle)
      }
    }
  }

  #load(probe: PersonEyes, plan: Plan): LoadedProbes {
    return new Map(
      EYES.flatMap((eye) => {
        const template = probe[eye]
        return template ? [[eye, this.#memory.load(eye, template, plan)]] : []
      }),
    )
  }

  #score(row: number, eye: Eye, probe: LoadedProbe | undefined): EyeScore | undefined {
    const count = probe && this.#memory.score(row, eye, probe)
    return count && { numeratorBits: count.numeratorBits, commonBits: count.commonBits }
  }

  /** Rows of which no eye can be compared with the probe. */
  #undecided(slab: number, rows: Rows, loaded: LoadedProbes): readonly number[] {
    const count = rows.range(slab)[1]
    return this.#memory
      .narrow(slab, count, loaded)
      .filter(
        (row) => ![...loaded].some(([eye, probe]) => this.#memory.isComparable(row, eye, probe)),
      )
  }
}

function planOf(mode: SearchMode, gallerySize: number): Plan {
  const { oneEye, bothEyes } = duplicateThresholds(gallerySize)
  if (mode === 'fast') return { name: 'skim', limits: skimLimits(oneEye) }
  // A mean at or below T2 has an eye at or below T2.
  const weights = siftWeights(Math.max(oneEye, bothEyes))
  return weights ? { name: 'sift', weights } : { name: 'all' }
}

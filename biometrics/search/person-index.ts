import { duplicateThresholds, type EyeScore } from '../../protocol/duplicate-rule.ts'
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
import { type SiftWeights, siftWeights } from './sift-weights.ts'
import { EYES, type Eye, type LoadedProbe, SIFT_RECORDS, SlabMemory } from './slab-memory.ts'

/** Enrolled persons, ready to be searched; decides as `searchExhaustively` does, but faster. */
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
   * between parts; join them with `resultOf`. `gallerySize` chooses the thresholds.
   */
  search(probe: PersonEyes, gallerySize?: number): Generator<SearchResult, void>
}

/** An empty index; without a kernel it compares in plain TypeScript. */
export function createPersonIndex(kernel: Kernel | undefined): PersonIndex {
  const rows = new Rows()
  const persons = kernel ? new KernelPersons(kernel) : new PlainPersons()
  return {
    get size() {
      return rows.size
    },
    backend: kernel?.backend ?? 'typescript',
    put(person) {
      persons.put(rows.take(person.handle), person)
    },
    remove(handle) {
      const row = rows.free(handle)
      if (row !== undefined) persons.put(row, undefined)
      return row !== undefined
    },
    *search(probe, gallerySize = rows.size) {
      const sweep = persons.sweep(probe, gallerySize)
      // Who is put in while it runs is not searched for: the end stays where it is.
      const { end } = rows
      for (let row = 0; row < end; row += SIFT_RECORDS) {
        const tally = newTally()
        const living = rows.living(row, Math.min(row + SIFT_RECORDS, end))
        sweep(row, living, tally)
        yield { ...tally, searched: living.length }
      }
    },
  }
}

/** A row that somebody is in. */
type Living = { readonly row: number; readonly handle: string }
type Sweep = (first: number, living: readonly Living[], tally: Tally) => void
type Persons = {
  put(row: number, eyes: PersonEyes | undefined): void
  sweep(probe: PersonEyes, gallerySize: number): Sweep
}

/** Who is in which row. */
class Rows {
  readonly #handles: (string | undefined)[] = []
  readonly #rows = new Map<string, number>()
  readonly #free: number[] = []

  get size(): number {
    return this.#rows.size
  }

  get end(): number {
    return this.#handles.length
  }

  take(handle: string): number {
    const row = this.#rows.get(handle) ?? this.#free.pop() ?? this.#handles.length
    this.#handles[row] = handle
    this.#rows.set(handle, row)
    return row
  }

  free(handle: string): number | undefined {
    const row = this.#rows.get(handle)
    if (row === undefined) return undefined
    this.#rows.delete(handle)
    this.#handles[row] = undefined
    this.#free.push(row)
    return row
  }

  living(start: number, end: number): readonly Living[] {
    return this.#handles
      .slice(start, end)
      .flatMap((handle, i) => (handle === undefined ? [] : [{ row: start + i, handle }]))
  }
}

class PlainPersons implements Persons {
  readonly #eyes: (PersonEyes | undefined)[] = []

  put(row: number, eyes: PersonEyes | undefined): void {
    this.#eyes[row] = eyes
  }

  sweep(probe: PersonEyes, gallerySize: number): Sweep {
    return (_, living, tally) => {
      for (const { row, handle } of living) {
        addPerson(tally, handle, comparePersons(probe, this.#eyes[row] ?? {}), gallerySize)
      }
    }
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

  sweep(probe: PersonEyes, gallerySize: number): Sweep {
    const { oneEye, bothEyes } = duplicateThresholds(gallerySize)
    // A mean at or below T2 has an eye at or below T2.
    const weights = siftWeights(Math.max(oneEye, bothEyes))
    const self = {}
    let loaded: ReadonlyMap<Eye, LoadedProbe> = new Map()
    return (first, living, tally) => {
      if (this.#loadedBy !== self) {
        loaded = this.#load(probe, weights)
        this.#loadedBy = self
      }
      const survivors = this.#survivors(first, living, loaded, weights)
      for (const { row, handle } of living) {
        if (survivors.has(row)) {
          const score = (eye: Eye) => this.#score(row, eye, loaded.get(eye))
          addPerson(tally, handle, { left: score('left'), right: score('right') }, gallerySize)
        } else if (!this.#isComparable(row, loaded)) tally.undecided.push(handle)
      }
    }
  }

  #load(probe: PersonEyes, weights: SiftWeights | undefined): ReadonlyMap<Eye, LoadedProbe> {
    return new Map(
      EYES.flatMap((eye) => {
        const template = probe[eye]
        return template ? [[eye, this.#memory.load(eye, template, weights)]] : []
      }),
    )
  }

  /** Rows of which an eye may lie at or below the wider threshold. */
  #survivors(
    first: number,
    living: readonly Living[],
    loaded: ReadonlyMap<Eye, LoadedProbe>,
    weights: SiftWeights | undefined,
  ): ReadonlySet<number> {
    const last = living.at(-1)
    if (!last) return new Set()
    const count = last.row + 1 - first
    return new Set(
      [...loaded].flatMap(([eye, probe]) => this.#memory.sift(first, count, eye, probe, weights)),
    )
  }

  #score(row: number, eye: Eye, probe: LoadedProbe | undefined): EyeScore | undefined {
    const count = probe && this.#memory.score(row, eye, probe)
    return count && { numeratorBits: count.numeratorBits, commonBits: count.commonBits }
  }

  #isComparable(row: number, loaded: ReadonlyMap<Eye, LoadedProbe>): boolean {
    return [...loaded].some(([eye, probe]) => this.#memory.isComparable(row, eye, probe))
  }
}

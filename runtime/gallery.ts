import { availableParallelism, totalmem } from 'node:os'
import type { Worker } from 'node:worker_threads'
import { resultOf } from '../biometrics/search/exhaustive.ts'
import { type Backend, type Kernel, SIMD_SYMBOL_BYTES } from '../biometrics/search/kernel.ts'
import { slabLayout } from '../biometrics/search/slab-layout.ts'
import type { BiometricReference } from '../protocol/biometric-reference.ts'
import type { Timers } from '../protocol/timers.ts'
import type { DuplicateOracle, OracleAnswer, OracleOptions } from './duplicate-oracle.ts'
import type { GalleryMemory } from './gallery/banks.ts'
import { Crew, startSearchWorker } from './gallery/crew.ts'
import {
  decodeRow,
  encodedEyesOf,
  encodeRow,
  GALLERY_TABLE,
  pagesOf,
  personOf,
} from './gallery/gallery-rows.ts'
import { PersonSearch } from './gallery/person-search.ts'
import { Persons } from './gallery/persons.ts'
import { RowScorer } from './gallery/row-scorer.ts'
import { errorFields, type Log } from './log.ts'
import { searchBackend } from './search-backend.ts'
import type { Store, Write } from './store.ts'
import { systemTimers } from './timers.ts'

/** Biometric references of enrolled persons: rest in the store, searched in memory. */
export type Gallery = DuplicateOracle & {
  /** Persons that a search covers. */
  readonly size: number
  /** How it searches. */
  readonly state: GalleryState
  /**
   * The rows that make a person durable; they go into the caller's own change. Throws `bytes.*` on a
   * template that cannot be read, so that no row ever keeps the gallery from opening.
   */
  writes(handle: string, references: readonly BiometricReference[]): readonly Write[]
  /** The references of a person, as the row holds them. */
  references(handle: string): Promise<readonly BiometricReference[] | undefined>
  /** Takes a person into the search once the row is durable. The same handle twice is one person. */
  admit(handle: string, references: readonly BiometricReference[]): void
  /** The rows that erase a person, for the caller's own change; the search forgets them at once. */
  erase(handle: string): readonly Write[]
  /** Ends all searches and frees what they hold. The store stays open. */
  close(): Promise<void>
}

/** How a gallery searches, for people and for the log. */
export type GalleryState = {
  readonly backend: Backend
  readonly memory: GalleryMemory
  /** Worker threads; 0 = the calling thread searches. */
  readonly threads: number
  /** Bytes of rows and handles in memory. */
  readonly bytes: number
}

/** How a gallery is opened; what is left out is chosen by the machine and the gallery's size. */
export type GalleryOptions = {
  /** Unless told, `resident` while that takes at most an eighth of the machine's memory, or 1 GiB. */
  readonly memory?: GalleryMemory
  /** Worker threads; 0 searches in the calling thread, as small galleries do. One a processor, at most 8. */
  readonly threads?: number
  /** Galleries of more persons are searched by workers; 10,000 unless told. */
  readonly workersAbove?: number
  /** Told how many persons are loaded while the gallery opens. */
  readonly onProgress?: (persons: number) => void
  readonly log?: Log
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs?: () => number
  readonly timers?: Timers
  /** Starts a search thread; an argument so that a test can end one. */
  readonly startWorker?: (backend: string) => Worker
  /** The kernel that compares; the fastest that there is unless told. */
  readonly kernel?: Kernel
}

/** So many persons are compared exactly whatever mode is asked for: it takes some milliseconds. */
const EXACT_UP_TO_PERSONS = 2000
const WORKERS_ABOVE_PERSONS = 10_000
const MOST_THREADS = 8
const MOST_RESIDENT_BYTES = 2 ** 30
const RESIDENT_PERSON_BYTES = 2 * slabLayout('resident', SIMD_SYMBOL_BYTES).recordBytes
/** Persons that move in one turn: some milliseconds. */
const COMPACT_MOVES = 256
/** While there is a search, which looks again at each of them. */
const COMPACT_MOVES_IN_SEARCH = 16

/** Opens the gallery of a store and loads everyone in it. */
export async function openGallery(store: Store, options: GalleryOptions = {}): Promise<Gallery> {
  const kernel = options.kernel ?? (await searchBackend()).kernel
  const gallery = new StoredGallery(store, options, kernel)
  await gallery.load()
  return gallery
}

class StoredGallery implements Gallery {
  readonly #store: Store
  readonly #options: GalleryOptions
  readonly #nowMs: () => number
  readonly #timers: Timers
  readonly #persons: Persons
  readonly #scorer: RowScorer
  readonly #closing = new AbortController()
  #crew: Crew | undefined
  #isCompacting = false

  constructor(store: Store, options: GalleryOptions, kernel: Kernel | undefined) {
    this.#store = store
    this.#options = options
    this.#nowMs = options.nowMs ?? (() => performance.now())
    this.#timers = options.timers ?? systemTimers
    const threads = options.threads ?? Math.min(availableParallelism(), MOST_THREADS)
    const lanes = kernel ? threads : 0
    this.#persons = new Persons(kernel, options.memory ?? 'resident', lanes)
    this.#scorer = new RowScorer(this.#persons, store, kernel)
  }

  get size(): number {
    return this.#persons.size
  }

  get state(): GalleryState {
    const { backend, memory } = this.#persons.banks
    return { backend, memory, threads: this.#crew?.threads ?? 0, bytes: this.#persons.bytes }
  }

  async load(): Promise<void> {
    for await (const page of pagesOf(this.#store, GALLERY_TABLE)) {
      for (const { key, value } of page) this.#persons.putEncoded(key, encodedEyesOf(value))
      this.#options.onProgress?.(this.size)
      this.#settle()
    }
  }

  writes(handle: string, enrolled: readonly BiometricReference[]): readonly Write[] {
    personOf(handle, enrolled)
    return [{ table: GALLERY_TABLE, key: handle, value: encodeRow(enrolled) }]
  }

  async references(handle: string): Promise<readonly BiometricReference[] | undefined> {
    const value = await this.#store.get(GALLERY_TABLE, handle)
    return value && decodeRow(value)
  }

  admit(handle: string, enrolled: readonly BiometricReference[]): void {
    this.#persons.put(handle, personOf(handle, enrolled))
    this.#settle()
  }

  erase(handle: string): readonly Write[] {
    this.#persons.remove(handle)
    this.#settle()
    return [{ table: GALLERY_TABLE, key: handle, value: undefined }]
  }

  async query(
    probe: readonly BiometricReference[],
    { mode, deadlineMs, signal }: OracleOptions,
  ): Promise<OracleAnswer> {
    const end = this.#nowMs() + deadlineMs
    const signals = [this.#closing.signal, ...(signal ? [signal] : [])]
    const isOver = () => this.#nowMs() >= end || signals.some(({ aborted }) => aborted)
    const isSmall = this.size <= EXACT_UP_TO_PERSONS && this.#persons.banks.memory === 'resident'
    const ground = {
      ...{ persons: this.#persons, store: this.#store, scorer: this.#scorer },
      ...{ crew: this.#crew, timers: this.#timers },
    }
    const search = new PersonSearch(ground, {
      eyes: personOf('', probe),
      mode: isSmall ? 'exact' : mode,
      isOver,
      onOver: (listener) => {
        const cancel = this.#timers.after(deadlineMs, listener)
        for (const one of signals) one.addEventListener('abort', listener)
        return () => {
          cancel()
          for (const one of signals) one.removeEventListener('abort', listener)
        }
      },
    })
    const { coverage, ...found } = await search.run()
    this.#settle()
    const { candidates, undecided } = resultOf([{ ...found, searched: 0 }])
    return { candidates, undecided, coverage }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#crew?.close()
  }

  /** What the gallery's size now asks for: threads, less memory, fewer empty rows. */
  #settle(): void {
    const isSearched = this.#persons.watchers > 0
    const { hasRows, memory, lanes } = this.#persons.banks
    if (this.#isTooLarge() && memory === 'resident' && !isSearched) this.#becomeLean()
    const { threads, workersAbove = WORKERS_ABOVE_PERSONS } = this.#options
    const isLarge = this.size > workersAbove
    if (isLarge && !this.#crew && hasRows && threads !== 0 && lanes > 0) this.#startCrew()
    if (this.#persons.isSparse) this.#compact()
  }

  #isTooLarge(): boolean {
    if (this.#options.memory !== undefined || !this.#persons.canSketch) return false
    const most = Math.min(MOST_RESIDENT_BYTES, totalmem() / 8)
    return this.size > WORKERS_ABOVE_PERSONS && this.size * RESIDENT_PERSON_BYTES > most
  }

  #becomeLean(): void {
    this.#persons.becomeLean()
    this.#crew?.useBanks(this.#persons.banks)
    this.#options.log?.info('gallery.lean', { persons: this.size })
  }

  #startCrew(): void {
    const { banks } = this.#persons
    if (banks.backend === 'typescript') return
    this.#crew = new Crew({
      banks,
      timers: this.#timers,
      startWorker: this.#options.startWorker ?? startSearchWorker,
      onFault: (error) => this.#options.log?.error('gallery.thread-died', errorFields(error)),
    })
  }

  /** A few at a time, between searches' parts: a search looks again at whoever moved. */
  #compact(): void {
    if (this.#isCompacting) return
    this.#isCompacting = true
    const step = () => {
      const moves = this.#persons.watchers > 0 ? COMPACT_MOVES_IN_SEARCH : COMPACT_MOVES
      const isMore = !this.#closing.signal.aborted && this.#persons.compact(moves)
      if (isMore) setImmediate(step).unref()
      else this.#isCompacting = false
    }
    setImmediate(step).unref()
  }
}

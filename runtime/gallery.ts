import { availableParallelism, totalmem } from 'node:os'
import type { Worker } from 'node:worker_threads'
import { canSketch } from '../biometrics/search/bank.ts'
import { type Backend, type Kernel, SIMD_SYMBOL_BYTES } from '../biometrics/search/kernel.ts'
import { viewedEyes } from '../biometrics/search/probe-view.ts'
import { slabLayout } from '../biometrics/search/slab-layout.ts'
import type { BiometricReference } from '../protocol/biometric-reference.ts'
import type { ProbeView } from '../protocol/duplicate-rule.ts'
import type { Timers } from '../protocol/timers.ts'
import type { FileSteps } from './atomic-file.ts'
import type { DuplicateOracle, OracleAnswer, OracleOptions } from './duplicate-oracle.ts'
import { answerOf, type ViewedResult } from './gallery/answers.ts'
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
import {
  limitsOf,
  type PersonQuery,
  type PersonResult,
  PersonSearch,
} from './gallery/person-search.ts'
import { Persons } from './gallery/persons.ts'
import { RowScorer } from './gallery/row-scorer.ts'
import type { SnapshotPlace } from './gallery/snapshot-file.ts'
import { Snapshots } from './gallery/snapshots.ts'
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
  /** `admit` of a row as the store has it: it was read once before it became durable. */
  admitRow(handle: string, value: Uint8Array): void
  /** Forgets everyone whom `isGone` names, a few at a time; their rows stay in the store. */
  forget(isGone: (handle: string) => boolean): Promise<void>
  /** The rows that erase a person, for the caller's own change; the search forgets them at once. */
  erase(handle: string): readonly Write[]
  /** Saves a snapshot now; nothing where none is kept. It happens by itself from time to time. */
  save(): Promise<void>
  /** Ends all searches, saves what changed and frees what they hold. The store stays open. */
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
  /** Where a lean gallery keeps its snapshot, with the store's key; without it each start reads the store. */
  readonly snapshot?: SnapshotPlace
  /** The steps of writing it; an argument so that a test can fail each. */
  readonly fileSteps?: FileSteps
  /** Where other processes change the same gallery: takes in what they have done up to now. */
  readonly catchUp?: () => Promise<void>
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

/** What a search looks at unless told; no view at all would be an answer that covers nobody. */
const AS_IS: readonly ProbeView[] = ['as-is']
/** So many persons are compared exactly whatever mode is asked for: it takes some milliseconds. */
export const EXACT_UP_TO_PERSONS = 2000
const WORKERS_ABOVE_PERSONS = 10_000
const MOST_THREADS = 8
const MOST_RESIDENT_BYTES = 2 ** 30
const RESIDENT_PERSON_BYTES = 2 * slabLayout('resident', SIMD_SYMBOL_BYTES).recordBytes
/** Persons that move in one turn: some milliseconds. */
const COMPACT_MOVES = 256
/** A line of the log while everyone is read from the store. */
const TOLD_EVERY_PERSONS = 50_000
/** While there is a search, which looks again at each of them. */
const COMPACT_MOVES_IN_SEARCH = 16

/** A gallery of so few is read from the store as quickly as from a snapshot. */
const SNAPSHOT_FROM_PERSONS = 1000
/** A snapshot is saved anew after so many changes, or after a fiftieth of the gallery if that is more. */
const SNAPSHOT_CHANGES = 5000
const SNAPSHOT_CHANGES_SHARE = 1 / 50

/** Opens the gallery of a store and loads everyone in it. */
export async function openGallery(store: Store, options: GalleryOptions = {}): Promise<Gallery> {
  const kernel = options.kernel ?? (await searchBackend()).kernel
  const snapshots = new Snapshots(store, options.snapshot, options.fileSteps, options.catchUp)
  await snapshots.open()
  const threads = options.threads ?? Math.min(availableParallelism(), MOST_THREADS)
  const lanes = kernel ? threads : 0
  const isLean = options.memory === undefined && isTooLarge(await snapshots.persons())
  const memory = options.memory ?? (isLean && canSketch(kernel) ? 'lean' : 'resident')
  const persons = new Persons(kernel, memory, lanes)
  const isLoaded = memory === 'lean' && (await loadSnapshot(snapshots, persons, options))
  // What was begun with a snapshot that is of no use is dropped.
  if (!isLoaded) persons.clear()
  const gallery = new StoredGallery(store, options, { persons, snapshots, kernel })
  if (!isLoaded) await gallery.load()
  gallery.start()
  return gallery
}

async function loadSnapshot(
  snapshots: Snapshots,
  persons: Persons,
  { onProgress, log }: GalleryOptions,
): Promise<boolean> {
  const loaded = await snapshots.load(persons)
  if (loaded.outcome === 'loaded') {
    const { size } = persons
    onProgress?.(size)
    log?.info('gallery.snapshot-loaded', { persons: size, reread: loaded.reread })
  } else if (loaded.outcome === 'unusable') {
    log?.warn('gallery.snapshot-unusable', { why: loaded.why })
  }
  return loaded.outcome === 'loaded'
}

/** Whether so many persons are kept lean unless the configuration says otherwise. */
function isTooLarge(persons: number): boolean {
  const most = Math.min(MOST_RESIDENT_BYTES, totalmem() / 8)
  return persons > WORKERS_ABOVE_PERSONS && persons * RESIDENT_PERSON_BYTES > most
}

class StoredGallery implements Gallery {
  readonly #store: Store
  readonly #options: GalleryOptions
  readonly #nowMs: () => number
  readonly #timers: Timers
  readonly #persons: Persons
  readonly #snapshots: Snapshots
  readonly #scorer: RowScorer
  readonly #closing = new AbortController()
  #crew: Crew | undefined
  #isCompacting = false
  #isLoading = true
  #saving: Promise<void> | undefined
  /** After a save that failed: the next is tried when there are so many changes. */
  #saveFromChanges = 0

  constructor(
    store: Store,
    options: GalleryOptions,
    parts: {
      readonly persons: Persons
      readonly snapshots: Snapshots
      readonly kernel: Kernel | undefined
    },
  ) {
    this.#store = store
    this.#options = options
    this.#nowMs = options.nowMs ?? (() => performance.now())
    this.#timers = options.timers ?? systemTimers
    this.#persons = parts.persons
    this.#snapshots = parts.snapshots
    this.#scorer = new RowScorer(parts.persons, store, parts.kernel)
  }

  get size(): number {
    return this.#persons.size
  }

  get state(): GalleryState {
    const { backend, memory } = this.#persons.banks
    return { backend, memory, threads: this.#crew?.threads ?? 0, bytes: this.#persons.bytes }
  }

  /** Reads everyone from the store. */
  async load(): Promise<void> {
    const { log, onProgress } = this.#options
    let told = 0
    for await (const page of pagesOf(this.#store, GALLERY_TABLE)) {
      for (const { key, value } of page) this.#persons.putEncoded(key, encodedEyesOf(value))
      onProgress?.(this.size)
      if (this.size - told >= TOLD_EVERY_PERSONS) {
        told = this.size
        log?.info('gallery.loading', { persons: told })
      }
      this.#settle()
    }
    this.#snapshots.changes = this.size
  }

  /** Takes up what the gallery's size asks for. */
  start(): void {
    this.#isLoading = false
    this.#settle()
    const { memory, threads, bytes } = this.state
    this.#options.log?.info('gallery.ready', { persons: this.size, memory, threads, bytes })
  }

  writes(handle: string, enrolled: readonly BiometricReference[]): readonly Write[] {
    personOf(handle, enrolled)
    const row = { table: GALLERY_TABLE, key: handle, value: encodeRow(enrolled) }
    return [row, ...this.#snapshots.writesFor(handle, 'writes')]
  }

  async references(handle: string): Promise<readonly BiometricReference[] | undefined> {
    const value = await this.#store.get(GALLERY_TABLE, handle)
    return value && decodeRow(value)
  }

  admit(handle: string, enrolled: readonly BiometricReference[]): void {
    this.#persons.put(handle, personOf(handle, enrolled))
    this.#snapshots.admitted(handle)
    this.#settle()
  }

  admitRow(handle: string, value: Uint8Array): void {
    this.#persons.putEncoded(handle, encodedEyesOf(value))
    this.#snapshots.admitted(handle)
    this.#settle()
  }

  async forget(isGone: (handle: string) => boolean): Promise<void> {
    await this.#persons.removeAll(isGone)
    this.#settle()
  }

  erase(handle: string): readonly Write[] {
    this.#persons.remove(handle)
    this.#settle()
    const row = { table: GALLERY_TABLE, key: handle, value: undefined }
    return [row, ...this.#snapshots.writesFor(handle, 'erase')]
  }

  async query(
    probe: readonly BiometricReference[],
    { mode, deadlineMs, signal, views = [], gallerySize = 0 }: OracleOptions,
  ): Promise<OracleAnswer> {
    const signals = [this.#closing.signal, ...(signal ? [signal] : [])]
    const limits = limitsOf(deadlineMs, signals, this.#nowMs, this.#timers)
    const eyes = personOf('', probe)
    const results: ViewedResult[] = []
    for (const view of views.length === 0 ? AS_IS : views) {
      const own = { eyes: viewedEyes(eyes, view), mode, gallerySize, ...limits }
      const result = await this.#search(own)
      results.push({ ...result, view })
    }
    this.#settle()
    return answerOf(results)
  }

  #search(query: PersonQuery): Promise<PersonResult> {
    const gallerySize = Math.max(query.gallerySize, this.size)
    const isSmall = gallerySize <= EXACT_UP_TO_PERSONS && this.#persons.banks.memory === 'resident'
    const ground = {
      ...{ persons: this.#persons, store: this.#store, scorer: this.#scorer },
      ...{ crew: this.#crew, timers: this.#timers },
    }
    const mode = isSmall ? 'exact' : query.mode
    return new PersonSearch(ground, { ...query, gallerySize, mode }).run()
  }

  async save(): Promise<void> {
    if (this.#persons.banks.memory === 'lean') await this.#snapshots.save(this.#persons)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#crew?.close()
    await this.#saving
    if (this.#snapshots.changes > 0 && this.#isSaved) await this.#saveLogged()
  }

  /** Whether there are enough persons for a snapshot to pay. */
  get #isSaved(): boolean {
    const { banks, size } = this.#persons
    const isWorthIt = banks.memory === 'lean' && size >= SNAPSHOT_FROM_PERSONS
    return isWorthIt && banks.hasRows && this.#snapshots.hasPlace
  }

  /** Without a snapshot all goes on as well, until a start has to read the store. */
  async #saveLogged(): Promise<void> {
    const { log } = this.#options
    try {
      await this.save()
      log?.info('gallery.snapshot-saved', { persons: this.size })
    } catch (error) {
      this.#saveFromChanges = this.#snapshots.changes + SNAPSHOT_CHANGES
      log?.warn('gallery.snapshot-not-saved', errorFields(error))
    }
  }

  /** What the gallery's size now asks for: threads, less memory, fewer empty rows. */
  #settle(): void {
    const isSearched = this.#persons.watchers > 0
    const { hasRows, memory, lanes } = this.#persons.banks
    if (this.#mayBeLean && isTooLarge(this.size) && memory === 'resident' && !isSearched)
      this.#becomeLean()
    const { threads, workersAbove = WORKERS_ABOVE_PERSONS } = this.#options
    const isLarge = this.size > workersAbove
    if (isLarge && !this.#crew && hasRows && threads !== 0 && lanes > 0) this.#startCrew()
    if (this.#persons.isSparse) this.#compact()
    this.#saveIfDue()
  }

  get #mayBeLean(): boolean {
    return this.#options.memory === undefined && this.#persons.canSketch
  }

  #saveIfDue(): void {
    const { changes } = this.#snapshots
    const due = Math.max(SNAPSHOT_CHANGES, this.size * SNAPSHOT_CHANGES_SHARE)
    if (changes < Math.min(due, this.size) || changes < this.#saveFromChanges) return
    if (this.#isLoading || this.#saving || !this.#isSaved || this.#closing.signal.aborted) return
    this.#saving = this.#saveLogged().finally(() => {
      this.#saving = undefined
    })
  }

  #becomeLean(): void {
    this.#persons.becomeLean()
    const { banks } = this.#persons
    if (this.#crew?.threads === banks.lanes) this.#crew.useBanks(banks)
    else {
      void this.#crew?.close()
      this.#crew = undefined
    }
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

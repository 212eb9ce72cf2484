import type { EncodedEyes } from '../../biometrics/search/bank.ts'
import { newTally, type PersonEyes, type SearchResult } from '../../biometrics/search/exhaustive.ts'
import { addFinds, type SlabFinds, withoutRows } from '../../biometrics/search/slab-finds.ts'
import { planOf, type SearchProbe } from '../../biometrics/search/slab-search.ts'
import { encodeIrisTemplate, type IrisTemplate } from '../../protocol/iris-template.ts'
import type { Coverage, SearchMode } from '../../protocol/messages/duplicate.ts'
import type { Timers } from '../../protocol/timers.ts'
import { nextTurn } from '../next-turn.ts'
import type { Store } from '../store.ts'
import type { Crew } from './crew.ts'
import { GALLERY_TABLE, pagesOf } from './gallery-rows.ts'
import type { Persons } from './persons.ts'
import { type RowScorer, SCORE_BATCH } from './row-scorer.ts'

/** What a search works with. */
export type SearchGround = {
  readonly persons: Persons
  readonly store: Store
  readonly scorer: RowScorer
  readonly crew: Crew | undefined
  readonly timers: Timers
}

/** What is asked; `isOver` says whether the deadline has come or nobody waits any more. */
export type PersonQuery = {
  readonly eyes: PersonEyes
  readonly mode: SearchMode
  /** Persons of the whole gallery, by which thresholds are chosen. */
  readonly gallerySize: number
  readonly isOver: () => boolean
  /** Calls back when `isOver` may have become true; returns what stops that. */
  readonly onOver: (listener: () => void) => () => void
}

/** All that was found, in no order, with how much was looked at. */
export type PersonResult = Omit<SearchResult, 'searched'> & { readonly coverage: Coverage }

/** The end of a query: so many milliseconds from now, or the first of the signals. */
export function limitsOf(
  deadlineMs: number,
  signals: readonly AbortSignal[],
  nowMs: () => number,
  timers: Timers,
): Pick<PersonQuery, 'isOver' | 'onOver'> {
  const end = nowMs() + deadlineMs
  return {
    isOver: () => nowMs() >= end || signals.some(({ aborted }) => aborted),
    onOver(listener) {
      const cancel = timers.after(Math.max(0, end - nowMs()), listener)
      for (const one of signals) one.addEventListener('abort', listener)
      return () => {
        cancel()
        for (const one of signals) one.removeEventListener('abort', listener)
      }
    },
  }
}

/** Slabs of a part: a few milliseconds of a worker. */
const SLABS_OF_PART = { fast: 16, exact: 2 } as const

/** One search over all persons: the sweep of memory, then single rows by their templates. */
export class PersonSearch {
  readonly #ground: SearchGround
  readonly #query: PersonQuery
  readonly #gallerySize: number
  readonly #finds: SlabFinds[] = []
  /** What was found by templates, each row at most once and after its last change. */
  readonly #scored = new Map<number, SlabFinds>()
  readonly #swept = new Set<number>()
  /** Rows that wait for their templates. */
  readonly #likely: number[] = []
  /** Rows that changed since the search began: nothing that was found of them before counts. */
  readonly #changed = new Set<number>()
  /** Those of them that changed while the batch at hand is scored. */
  readonly #changedInBatch = new Set<number>()
  /** Rows whose templates were due and were not read. */
  readonly #unread = new Set<number>()

  constructor(ground: SearchGround, query: PersonQuery) {
    this.#ground = ground
    this.#query = query
    this.#gallerySize = query.gallerySize
  }

  async run(): Promise<PersonResult> {
    const { persons, scorer } = this.#ground
    const unwatch = persons.watch((row) => this.#onChange(row))
    try {
      const { hasRows, memory } = persons.banks
      const isStreamed = memory === 'lean' && (this.#query.mode === 'exact' || !hasRows)
      if (isStreamed) await this.#stream()
      else await this.#sweep()
      // Nothing may change between the last look and the result.
      while (this.#likely.length > 0) await this.#scoreLikely()
      return this.#result(isStreamed)
    } finally {
      unwatch()
      persons.banks.forget()
      scorer.forget()
    }
  }

  #onChange(row: number): void {
    this.#changed.add(row)
    this.#changedInBatch.add(row)
    this.#scored.delete(row)
    this.#likely.push(row)
  }

  async #sweep(): Promise<void> {
    const { persons, crew } = this.#ground
    const { slabs } = persons.handles
    const plan = planOf(this.#query.mode, this.#gallerySize)
    const probe: SearchProbe = { eyes: this.#query.eyes, plan }
    if (crew) return this.#sweepByCrew(crew, probe, slabs)
    for (let slab = 0; slab < slabs && !this.#query.isOver(); slab++) {
      this.#onSwept([slab], [persons.banks.sweep(probe, slab, persons.handles.countIn(slab))])
      await nextTurn()
    }
  }

  /** Reads what the first parts leave while the others are swept. */
  async #sweepByCrew(crew: Crew, probe: SearchProbe, slabs: number): Promise<void> {
    const { handles } = this.#ground.persons
    const eyes = sharedEyes(probe.eyes)
    let scoring = Promise.resolve()
    let isScoring = false
    const scoreMeanwhile = () => {
      if (isScoring || this.#likely.length === 0) return
      isScoring = true
      scoring = this.#scoreLikely().finally(() => {
        isScoring = false
      })
      // It is awaited in the end; until then it must not count as unheard.
      scoring.catch(() => undefined)
    }
    await new Promise<void>((resolve) => {
      const end = crew.search(
        {
          eyes,
          plan: probe.plan,
          slabsOfPart: SLABS_OF_PART[this.#query.mode],
          countIn: (slab) => handles.countIn(slab),
          onSwept: (swept, finds) => {
            this.#onSwept(swept, finds)
            scoreMeanwhile()
          },
          onDone: () => {
            stopListening()
            for (const bytes of [eyes.left, eyes.right]) bytes?.fill(0)
            resolve()
          },
        },
        slabs,
      )
      const stopListening = this.#query.onOver(end)
      if (this.#query.isOver()) end()
    })
    await scoring
  }

  #onSwept(slabs: readonly number[], finds: readonly SlabFinds[]): void {
    for (const slab of slabs) this.#swept.add(slab)
    for (const one of finds) {
      this.#finds.push(one)
      for (const row of one.likely) if (!this.#changed.has(row)) this.#likely.push(row)
    }
  }

  /** Scores what waits, until nothing does; what changes meanwhile waits anew. */
  async #scoreLikely(): Promise<void> {
    const { persons, scorer } = this.#ground
    const { handles } = persons
    const probe = scorer.probeOf(this.#query.eyes)
    while (this.#likely.length > 0) {
      // From the end: there may be a million, and they are in no order.
      const rows = [...new Set(this.#likely.splice(-SCORE_BATCH))]
      const living = rows.filter((row) => handles.isHeld(row))
      this.#changedInBatch.clear()
      const isOver = this.#query.isOver()
      if (!isOver) await this.#score(probe, living)
      this.#noteUnread(living)
      if (!isOver) await nextTurn()
    }
  }

  async #score(probe: SearchProbe, rows: readonly number[]): Promise<void> {
    for (const finds of await this.#ground.scorer.score(probe, rows)) {
      const row = finds.scored[0] ?? finds.open[0] ?? -1
      if (!this.#changedInBatch.has(row)) this.#scored.set(row, finds)
    }
  }

  /** A living person without a row in the store was not looked at; who changed is looked at again. */
  #noteUnread(rows: readonly number[]): void {
    for (const row of rows) {
      if (this.#scored.has(row)) this.#unread.delete(row)
      else if (!this.#changedInBatch.has(row)) this.#unread.add(row)
    }
  }

  /** Scores the whole store, for what memory has only sketches of. */
  async #stream(): Promise<void> {
    const { persons, store, scorer } = this.#ground
    const probe = scorer.probeOf(this.#query.eyes)
    for await (const page of pagesOf(store, GALLERY_TABLE)) {
      if (this.#query.isOver()) break
      for (const { key, value } of page) {
        const row = persons.handles.find(key)
        if (row === undefined || this.#changed.has(row)) continue
        this.#scored.set(row, scorer.scoreValue(probe, row, value))
      }
      await nextTurn()
    }
  }

  #result(isStreamed: boolean): PersonResult {
    const { handles } = this.#ground.persons
    const tally = newTally()
    const handleOf = (row: number) => handles.handle(row)
    const isReplaced = (row: number) => this.#changed.has(row) || this.#scored.has(row)
    for (const finds of this.#finds) {
      addFinds(tally, withoutRows(finds, isReplaced), handleOf, this.#gallerySize)
    }
    for (const finds of this.#scored.values()) addFinds(tally, finds, handleOf, this.#gallerySize)
    const known = handles.size
    const missing = isStreamed ? known - this.#scored.size : this.#missing()
    return { ...tally, coverage: { searched: Math.max(0, known - missing), known } }
  }

  /**
   * Persons of slabs that were not swept, but for those who came meanwhile and were looked at, and
   * those of other slabs whose templates were not read.
   */
  #missing(): number {
    const { handles, banks } = this.#ground.persons
    const isSwept = (slab: number) => this.#swept.has(slab)
    const isInSwept = (row: number) => isSwept(Math.floor(row / banks.slabRows))
    const slabs = Array.from({ length: handles.slabs }, (_, slab) => slab)
    const living = slabs.reduce(
      (sum, slab) => sum + (isSwept(slab) ? 0 : handles.livingIn(slab)),
      0,
    )
    const scored = [...this.#scored.keys()].filter((row) => !isInSwept(row))
    const unread = [...this.#unread].filter((row) => isInSwept(row) && handles.isHeld(row))
    return living - scored.length + unread.length
  }
}

function sharedEyes({ left, right }: PersonEyes): EncodedEyes {
  const shared = (template: IrisTemplate | undefined) => {
    if (!template) return undefined
    const encoded = encodeIrisTemplate(template)
    const bytes = new Uint8Array(new SharedArrayBuffer(encoded.length))
    bytes.set(encoded)
    return bytes
  }
  return { left: shared(left), right: shared(right) }
}

import { duplicateThresholds, MIN_COMMON_BITS } from '../../protocol/duplicate-rule.ts'
import type { SearchMode } from '../../protocol/messages/duplicate.ts'
import type { PersonEyes } from './exhaustive.ts'
import { siftWeights } from './sift-weights.ts'
import { skimLimits } from './skim-limits.ts'
import type { SlabFinds } from './slab-finds.ts'
import { EYES, type Eye } from './slab-layout.ts'
import type { LoadedProbe, LoadedProbes, Plan, SlabMemory } from './slab-memory.ts'

/** A probe with what it is searched by; the same object for all slabs of a search. */
export type SearchProbe = { readonly eyes: PersonEyes; readonly plan: Plan }

/** How a gallery of `gallerySize` persons is searched in a mode. */
export function planOf(mode: SearchMode, gallerySize: number): Plan {
  const { oneEye, bothEyes } = duplicateThresholds(gallerySize)
  if (mode === 'fast') return { name: 'skim', limits: skimLimits(oneEye) }
  // A mean at or below T2 has an eye at or below T2.
  const weights = siftWeights(Math.max(oneEye, bothEyes))
  return weights ? { name: 'sift', weights } : { name: 'all' }
}

/** Searches the slabs of one memory; searches may take turns. */
export class SlabSearcher {
  readonly #memory: SlabMemory
  #probe: SearchProbe | undefined
  #loaded: LoadedProbes = new Map()

  constructor(memory: SlabMemory) {
    this.#memory = memory
  }

  /** Searches the first `count` rows of a slab. */
  sweep(probe: SearchProbe, slab: number, count: number): SlabFinds {
    if (this.#probe !== probe) this.#load(probe)
    const loaded = [...this.#loaded]
    const found = new Set(
      loaded.flatMap(([eye, own]) => this.#memory.survivors(slab, count, eye, own)),
    )
    const open: number[] = []
    for (const row of this.#memory.narrow(slab, count, this.#loaded)) {
      // Whether an eye has enough in common only its template tells, and then its score as well.
      if (this.#mayScore(row)) found.add(row)
      else if (!found.has(row)) open.push(row)
    }
    if (this.#memory.layout.name === 'lean') return { scored: [], open, likely: [...found] }
    const scored = [...found].flatMap((row) => [
      row,
      ...this.#score(row, 'left'),
      ...this.#score(row, 'right'),
    ])
    return { scored, open, likely: [] }
  }

  /** Overwrites the probe in scratch memory. */
  forget(): void {
    this.#probe = undefined
    this.#loaded = new Map()
    this.#memory.forgetProbes()
  }

  #load(probe: SearchProbe): void {
    this.#probe = probe
    this.#loaded = new Map(
      EYES.flatMap((eye): (readonly [Eye, LoadedProbe])[] => {
        const template = probe.eyes[eye]
        return template ? [[eye, this.#memory.load(eye, template, probe.plan)]] : []
      }),
    )
  }

  #mayScore(row: number): boolean {
    return [...this.#loaded].some(
      ([eye, { usable }]) => 2 * usable >= MIN_COMMON_BITS && this.#memory.mayScore(row, eye),
    )
  }

  #score(row: number, eye: Eye): readonly [numeratorBits: number, commonBits: number] {
    const probe = this.#loaded.get(eye)
    const count = probe && this.#memory.score(row, eye, probe)
    return count ? [count.numeratorBits, count.commonBits] : [0, 0]
  }
}

import { type Bank, createBank } from '../../biometrics/search/bank.ts'
import type { PersonEyes } from '../../biometrics/search/exhaustive.ts'
import type { Kernel } from '../../biometrics/search/kernel.ts'
import { type SlabFinds, shiftFinds } from '../../biometrics/search/slab-finds.ts'
import type { SearchProbe } from '../../biometrics/search/slab-search.ts'
import type { Store } from '../store.ts'
import { encodedEyesOf, GALLERY_TABLE } from './gallery-rows.ts'
import type { Persons } from './persons.ts'

/** Persons that are read and scored between two turns of other work: some five milliseconds. */
export const SCORE_BATCH = 64

/** Scores single rows with their templates, out of memory or out of the store. */
export class RowScorer {
  readonly #persons: Persons
  readonly #store: Store
  /** A slab of templates, filled anew for each batch. */
  readonly #bank: Bank

  constructor(persons: Persons, store: Store, kernel: Kernel | undefined) {
    this.#persons = persons
    this.#store = store
    this.#bank = createBank(kernel, 'records')
  }

  /** What a search for `eyes` scores rows with. */
  probeOf(eyes: PersonEyes): SearchProbe {
    return { eyes, plan: { name: 'all' } }
  }

  /** Scores of at most `SCORE_BATCH` rows; rows of nobody have none. */
  async score(probe: SearchProbe, rows: readonly number[]): Promise<readonly SlabFinds[]> {
    const { handles, banks } = this.#persons
    // Where memory ran out in between, the one cannot read what the other keeps.
    const isAlike = this.#bank.backend === banks.backend
    if (banks.memory === 'resident' && isAlike) return this.#scoreResident(probe, rows)
    const read = rows.map((row) => {
      const handle = handles.handle(row)
      return handle === undefined ? undefined : this.#store.get(GALLERY_TABLE, handle)
    })
    return (await Promise.all(read)).flatMap((value, i) =>
      value ? [this.scoreValue(probe, rows[i] as number, value)] : [],
    )
  }

  /** Scores of a row whose references are at hand, as the store has them. */
  scoreValue(probe: SearchProbe, row: number, value: Uint8Array): SlabFinds {
    this.#bank.putEncoded(0, encodedEyesOf(value))
    return shiftFinds(this.#bank.sweep(probe, 0, 1), row)
  }

  /** Overwrites the last probe and the last templates. */
  forget(): void {
    this.#bank.forget()
    this.#bank.put(0, undefined)
  }

  #scoreResident(probe: SearchProbe, rows: readonly number[]): readonly SlabFinds[] {
    const living = rows.filter((row) => this.#persons.handles.handle(row) !== undefined)
    return living.map((row) => {
      this.#persons.banks.copyTo(this.#bank, row, 0)
      return shiftFinds(this.#bank.sweep(probe, 0, 1), row)
    })
  }
}

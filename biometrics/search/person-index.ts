import type { SearchMode } from '../../protocol/messages/duplicate.ts'
import { createBank } from './bank.ts'
import { type GalleryPerson, newTally, type PersonEyes, type SearchResult } from './exhaustive.ts'
import { HandleTable } from './handle-table.ts'
import type { Backend, Kernel } from './kernel.ts'
import { addFinds } from './slab-finds.ts'
import { planOf } from './slab-search.ts'

/** How a search is done; `gallerySize` chooses the thresholds, by default the index's own. */
export type IndexSearch = { readonly mode?: SearchMode; readonly gallerySize?: number }

/** Enrolled persons in one memory, ready to be searched. */
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
  const bank = createBank(kernel, 'resident')
  const handles = new HandleTable(bank.slabRows)
  return {
    get size() {
      return handles.size
    },
    backend: bank.backend,
    put(person) {
      bank.put(handles.take(person.handle), person)
    },
    remove(handle) {
      const row = handles.remove(handle)
      if (row !== undefined) bank.put(row, undefined)
      return row !== undefined
    },
    *search(eyes, { mode = 'exact', gallerySize = handles.size } = {}) {
      const probe = { eyes, plan: planOf(mode, gallerySize) }
      // Slabs that are added while it runs are not searched.
      const { slabs } = handles
      for (let slab = 0; slab < slabs; slab++) {
        const tally = newTally()
        const finds = bank.sweep(probe, slab, handles.countIn(slab))
        addFinds(tally, finds, (row) => handles.handle(row), gallerySize)
        yield { ...tally, searched: handles.livingIn(slab) }
      }
    },
  }
}

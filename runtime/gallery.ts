import { type GalleryPerson, resultOf, type SearchResult } from '../biometrics/search/exhaustive.ts'
import type { Backend } from '../biometrics/search/kernel.ts'
import { createPersonIndex } from '../biometrics/search/person-index.ts'
import { type BiometricReference, irisTemplateOf } from '../protocol/biometric-reference.ts'
import { biometricReference, MAX_REFERENCES } from '../protocol/messages/references.ts'
import { decodeRecord, encodeRecord, type Kind, list } from '../protocol/schema.ts'
import type { DuplicateOracle, OracleAnswer } from './duplicate-oracle.ts'
import { searchBackend } from './search-backend.ts'
import type { Store, Write } from './store.ts'

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

/** What a gallery keeps in memory: sketches (`lean`), or templates as well (`resident`). */
export type GalleryMemory = 'lean' | 'resident'

/** How a gallery searches, for people and for the log. */
export type GalleryState = {
  readonly backend: Backend
  readonly memory: GalleryMemory
  /** Worker threads; 0 = the calling thread searches. */
  readonly threads: number
}

/** How a gallery is opened; what is left out is chosen by the machine and the gallery's size. */
export type GalleryOptions = {
  readonly memory?: GalleryMemory
  /** Worker threads; 0 searches in the calling thread, as small galleries always do. */
  readonly threads?: number
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs?: () => number
}

const TABLE = 'gallery'
const references: Kind<readonly BiometricReference[]> = list(biometricReference, MAX_REFERENCES)

/** So many persons are compared exactly whatever mode is asked for: it takes a fraction of a second. */
const EXACT_UP_TO_PERSONS = 10_000

/** Opens the gallery of a store and loads everyone in it. */
export async function openGallery(
  store: Store,
  { nowMs = () => performance.now() }: GalleryOptions = {},
): Promise<Gallery> {
  const persons = createPersonIndex((await searchBackend()).kernel)
  for (const { key, value } of await store.range(TABLE)) {
    persons.put(personOf(key, decodeRecord(references, value)))
  }
  return {
    get size() {
      return persons.size
    },
    get state(): GalleryState {
      return { backend: persons.backend, memory: 'resident', threads: 0 }
    },
    writes(handle, enrolled) {
      personOf(handle, enrolled)
      return [{ table: TABLE, key: handle, value: encodeRecord(references, enrolled) }]
    },
    async references(handle) {
      const value = await store.get(TABLE, handle)
      return value && decodeRecord(references, value)
    },
    admit: (handle, enrolled) => persons.put(personOf(handle, enrolled)),
    erase(handle) {
      persons.remove(handle)
      return [{ table: TABLE, key: handle, value: undefined }]
    },
    close: () => Promise.resolve(),
    async query(probe, { mode, deadlineMs, signal }) {
      const end = nowMs() + deadlineMs
      const known = persons.size
      const parts: SearchResult[] = []
      const how = known <= EXACT_UP_TO_PERSONS ? 'exact' : mode
      const search = persons.search(personOf('', probe), { mode: how, gallerySize: known })
      // Other work gets its turn between parts.
      while (nowMs() < end && signal?.aborted !== true) {
        const { done, value } = search.next()
        if (done) return answerOf(parts)
        parts.push(value)
        await new Promise((resolve) => setImmediate(resolve))
      }
      return answerOf(parts, known)
    },
  }
}

/** `known` is 0 where all were searched: who was erased meanwhile is not missing. */
function answerOf(parts: readonly SearchResult[], known = 0): OracleAnswer {
  const { candidates, undecided, searched } = resultOf(parts)
  return { candidates, undecided, coverage: { searched, known: Math.max(searched, known) } }
}

function personOf(handle: string, enrolled: readonly BiometricReference[]): GalleryPerson {
  return {
    handle,
    left: irisTemplateOf(enrolled, 'left'),
    right: irisTemplateOf(enrolled, 'right'),
  }
}

import { type GalleryPerson, resultOf, type SearchResult } from '../biometrics/search/exhaustive.ts'
import { loadKernel } from '../biometrics/search/kernel.ts'
import { createPersonIndex } from '../biometrics/search/person-index.ts'
import { type BiometricReference, irisTemplateOf } from '../protocol/biometric-reference.ts'
import { biometricReference, MAX_REFERENCES } from '../protocol/messages/references.ts'
import { decodeRecord, encodeRecord, type Kind, list } from '../protocol/schema.ts'
import type { DuplicateOracle, OracleAnswer } from './duplicate-oracle.ts'
import type { Store, Write } from './store.ts'

/** Biometric references of enrolled persons: rest in the store, searched in memory. */
export type Gallery = DuplicateOracle & {
  /** Persons that a search covers. */
  readonly size: number
  /**
   * The row that makes a person durable; it goes into the caller's own change. Throws `bytes.*` on a
   * template that cannot be read, so that no row ever keeps the gallery from opening.
   */
  row(handle: string, references: readonly BiometricReference[]): Write
  /** The references of a person, as the row holds them. */
  references(handle: string): Promise<readonly BiometricReference[] | undefined>
  /** Takes a person into the search once the row is durable. The same handle twice is one person. */
  admit(handle: string, references: readonly BiometricReference[]): void
  /** The row that erases a person; the search forgets them at once. */
  erase(handle: string): Write
}

const TABLE = 'gallery'
const references: Kind<readonly BiometricReference[]> = list(biometricReference, MAX_REFERENCES)

/** So many persons are compared exactly whatever mode is asked for: it takes a fraction of a second. */
const EXACT_UP_TO_PERSONS = 10_000

/** Opens the gallery of a store and loads everyone in it. */
export async function openGallery(
  store: Store,
  nowMs: () => number = () => performance.now(),
): Promise<Gallery> {
  const persons = createPersonIndex(await loadKernel())
  for (const { key, value } of await store.range(TABLE)) {
    persons.put(personOf(key, decodeRecord(references, value)))
  }
  return {
    get size() {
      return persons.size
    },
    row(handle, enrolled) {
      personOf(handle, enrolled)
      return { table: TABLE, key: handle, value: encodeRecord(references, enrolled) }
    },
    async references(handle) {
      const value = await store.get(TABLE, handle)
      return value && decodeRecord(references, value)
    },
    admit: (handle, enrolled) => persons.put(personOf(handle, enrolled)),
    erase(handle) {
      persons.remove(handle)
      return { table: TABLE, key: handle, value: undefined }
    },
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

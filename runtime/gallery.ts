import { type GalleryPerson, searchExhaustively } from '../biometrics/search/exhaustive.ts'
import { type BiometricReference, irisTemplateOf } from '../protocol/biometric-reference.ts'
import { biometricReference, MAX_REFERENCES } from '../protocol/messages/references.ts'
import { decodeRecord, encodeRecord, type Kind, list } from '../protocol/schema.ts'
import type { DuplicateOracle, OracleCandidate } from './duplicate-oracle.ts'
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
/** Persons compared before other work gets its turn: some tens of milliseconds. */
const SLICE_PERSONS = 100

/** Opens the gallery of a store and loads everyone in it. */
export async function openGallery(
  store: Store,
  nowMs: () => number = () => performance.now(),
): Promise<Gallery> {
  const persons = new Map<string, GalleryPerson>()
  for (const { key, value } of await store.range(TABLE)) {
    persons.set(key, personOf(key, decodeRecord(references, value)))
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
    admit: (handle, enrolled) => void persons.set(handle, personOf(handle, enrolled)),
    erase(handle) {
      persons.delete(handle)
      return { table: TABLE, key: handle, value: undefined }
    },
    async query(probe, { deadlineMs, signal }) {
      const end = nowMs() + deadlineMs
      const everyone = [...persons.values()]
      const subject = personOf('', probe)
      const candidates: (OracleCandidate & { readonly scoreMillionths: number })[] = []
      const undecided: string[] = []
      let searched = 0
      while (searched < everyone.length && nowMs() < end && signal?.aborted !== true) {
        const slice = everyone.slice(searched, searched + SLICE_PERSONS)
        const found = searchExhaustively(subject, slice, everyone.length)
        candidates.push(...found.candidates)
        undecided.push(...found.undecided)
        searched += slice.length
        await new Promise((resolve) => setImmediate(resolve))
      }
      candidates.sort(
        (a, b) => a.scoreMillionths - b.scoreMillionths || (a.handle < b.handle ? -1 : 1),
      )
      return { candidates, undecided, coverage: { searched, known: everyone.length } }
    },
  }
}

function personOf(handle: string, enrolled: readonly BiometricReference[]): GalleryPerson {
  return {
    handle,
    left: irisTemplateOf(enrolled, 'left'),
    right: irisTemplateOf(enrolled, 'right'),
  }
}

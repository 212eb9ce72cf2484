import type { EncodedEyes } from '../../biometrics/search/bank.ts'
import type { GalleryPerson } from '../../biometrics/search/exhaustive.ts'
import {
  type BiometricReference,
  irisReferenceOf,
  irisTemplateOf,
} from '../../protocol/biometric-reference.ts'
import { biometricReference, MAX_REFERENCES } from '../../protocol/messages/references.ts'
import { decodeRecord, encodeRecord, type Kind, list } from '../../protocol/schema.ts'
import type { Entry, Store } from '../store.ts'

/** Table of the references of enrolled persons, by handle. */
export const GALLERY_TABLE = 'gallery'

const references: Kind<readonly BiometricReference[]> = list(biometricReference, MAX_REFERENCES)

/** What a row of the gallery holds. */
export function encodeRow(enrolled: readonly BiometricReference[]): Uint8Array {
  return encodeRecord(references, enrolled)
}

/** The references in a row; throws `bytes.*`. */
export function decodeRow(value: Uint8Array): readonly BiometricReference[] {
  return decodeRecord(references, value)
}

/** The eyes among references; throws `bytes.iris-template` where one cannot be read. */
export function personOf(handle: string, enrolled: readonly BiometricReference[]): GalleryPerson {
  return {
    handle,
    left: irisTemplateOf(enrolled, 'left'),
    right: irisTemplateOf(enrolled, 'right'),
  }
}

/** The eyes in a row as they are encoded: they were read once before the row became durable. */
export function encodedEyesOf(value: Uint8Array): EncodedEyes {
  const enrolled = decodeRow(value)
  return {
    left: irisReferenceOf(enrolled, 'left')?.bytes.reveal(),
    right: irisReferenceOf(enrolled, 'right')?.bytes.reveal(),
  }
}

/** Rows of a page: some ten milliseconds of reading and opening. */
const PAGE_ROWS = 128

/** All rows of a table by key, a page at a time: a million do not fit in memory at once. */
export async function* pagesOf(store: Store, table: string): AsyncGenerator<readonly Entry[]> {
  let from = ''
  for (;;) {
    const page = await store.range(table, { from, limit: PAGE_ROWS })
    yield page
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE_ROWS) return
    // The next key that can be.
    from = `${last.key}\u0001`
  }
}

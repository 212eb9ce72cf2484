import type { BiometricReference } from '../../protocol/biometric-reference.ts'
import type { Store, Write } from '../store.ts'
import { markWrite } from './change-marks.ts'
import { decodeRow, encodeRow, GALLERY_TABLE, personOf } from './gallery-rows.ts'

/** The rows of a gallery that other processes search: nobody of it is in this one's memory. */
export type GalleryDoor = {
  /** The rows that make a person durable, for the caller's own change; throws `bytes.*`. */
  writes(handle: string, references: readonly BiometricReference[]): readonly Write[]
  references(handle: string): Promise<readonly BiometricReference[] | undefined>
  admit(): void
}

/** A door to the gallery of a store. */
export function createGalleryDoor(store: Pick<Store, 'get'>): GalleryDoor {
  return {
    writes(handle, references) {
      // Throws on what cannot be read, so that no row keeps a gallery from loading.
      personOf(handle, references)
      const row = { table: GALLERY_TABLE, key: handle, value: encodeRow(references) }
      return [row, markWrite(handle)]
    },
    async references(handle) {
      const value = await store.get(GALLERY_TABLE, handle)
      return value && decodeRow(value)
    },
    // Whoever searches follows the store.
    admit() {},
  }
}

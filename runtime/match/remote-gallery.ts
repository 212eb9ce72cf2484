import type { DuplicateOracle } from '../duplicate-oracle.ts'
import { decodeRow, encodeRow, GALLERY_TABLE, personOf } from '../gallery/gallery-rows.ts'
import type { Gallery } from '../gallery.ts'
import type { Store } from '../store.ts'

/** What a gateway needs of a gallery, wherever the people of it are searched. */
export type SearchedGallery = Pick<Gallery, 'query' | 'writes' | 'references' | 'admit' | 'close'>

/** A gallery whose rows are in the store and whose people others have in memory. */
export function createRemoteGallery(
  store: Pick<Store, 'get'>,
  oracle: DuplicateOracle,
): SearchedGallery {
  return {
    query: (probe, options) => oracle.query(probe, options),
    writes(handle, references) {
      // Throws on what cannot be read, so that no row keeps a shard from loading.
      personOf(handle, references)
      return [{ table: GALLERY_TABLE, key: handle, value: encodeRow(references) }]
    },
    async references(handle) {
      const value = await store.get(GALLERY_TABLE, handle)
      return value && decodeRow(value)
    },
    // Workers follow the store.
    admit() {},
    // Whoever opened the oracle closes it.
    async close() {},
  }
}

import type { DuplicateOracle } from '../duplicate-oracle.ts'
import { createGalleryDoor } from '../gallery/gallery-door.ts'
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
    ...createGalleryDoor(store),
    query: (probe, options) => oracle.query(probe, options),
    // Whoever opened the oracle closes it.
    async close() {},
  }
}

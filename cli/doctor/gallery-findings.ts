import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../../protocol/errors.ts'
import { snapshotIn } from '../../runtime/gallery/snapshot-file.ts'
import { type GalleryState, openGallery } from '../../runtime/gallery.ts'
import { openFileKeyStore } from '../../runtime/key-store.ts'
import { openLmdbStore } from '../../runtime/lmdb-store.ts'
import { exitOf } from '../exit-of.ts'
import { loadKey } from '../stations/load-key.ts'
import type { Finding } from './checks.ts'

/** What a station's gallery is found to be. */
export type GalleryFound =
  /** No store of a station is there. */
  | { readonly outcome: 'none' }
  /** The station runs, and its store is its own. */
  | { readonly outcome: 'busy'; readonly sentence: string }
  /** It cannot be opened, and a station could not either. */
  | { readonly outcome: 'failed'; readonly sentence: string }
  | {
      readonly outcome: 'opened'
      readonly persons: number
      readonly state: GalleryState
      /** From the first look at the store to a gallery that answers. */
      readonly readyMs: number
    }

/** Opens the gallery of a station's data folder, or of `data` in it, as the station would. */
export async function findGallery(folder: string): Promise<GalleryFound> {
  for (const data of [folder, join(folder, 'data')]) {
    // Looked at, nothing is made where no station is.
    if (await isThere(join(data, 'store', 'data.mdb'), join(data, 'keys'))) return opened(data)
  }
  return { outcome: 'none' }
}

/** What is to be said of a gallery. */
export function galleryFindings(found: GalleryFound): readonly Finding[] {
  const name = 'gallery'
  switch (found.outcome) {
    case 'none':
      return []
    case 'busy':
      return [{ name, outcome: 'ok', detail: `not looked at: ${found.sentence}` }]
    case 'failed':
      return [{ name, outcome: 'fail', detail: found.sentence }]
    case 'opened':
      return [{ name, outcome: 'ok', detail: textOf(found) }]
  }
}

function textOf({ persons, state, readyMs }: Extract<GalleryFound, { outcome: 'opened' }>): string {
  const threads = state.threads === 0 ? 'in one thread' : `in ${state.threads} threads`
  const memory = `${state.memory}, ${Math.ceil(state.bytes / 2 ** 20)} MiB`
  const ready = `ready in ${(readyMs / 1000).toPrecision(2)} s`
  return `${persons} persons, ${memory}, ${threads}, ${ready}`
}

async function opened(data: string): Promise<GalleryFound> {
  try {
    const start = performance.now()
    const key = await loadKey(await openFileKeyStore(join(data, 'keys')), 'store', data)
    const store = await openLmdbStore({ folder: join(data, 'store'), key })
    try {
      const gallery = await openGallery(store, { snapshot: snapshotIn(data, key) })
      const readyMs = performance.now() - start
      const { size: persons, state } = gallery
      await gallery.close()
      return { outcome: 'opened', persons, state, readyMs }
    } finally {
      await store.close()
    }
  } catch (error) {
    const { sentence } = exitOf(error)
    return { outcome: hasCode(error, 'store.busy') ? 'busy' : 'failed', sentence }
  }
}

function isThere(...paths: readonly string[]): Promise<boolean> {
  return Promise.all(paths.map((path) => access(path))).then(
    () => true,
    () => false,
  )
}

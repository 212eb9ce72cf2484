import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../../protocol/errors.ts'
import { snapshotIn } from '../../runtime/gallery/snapshot-file.ts'
import { type GalleryState, openGallery } from '../../runtime/gallery.ts'
import { openFileKeyStore } from '../../runtime/key-store.ts'
import { openLmdbStore } from '../../runtime/lmdb-store.ts'
import { exitOf } from '../exit-of.ts'
import { isThere } from '../is-there.ts'
import { loadKey } from '../stations/load-key.ts'
import type { Finding } from './checks.ts'

const MIB = 2 ** 20
const HOUR_S = 3600
const DAY_S = 24 * HOUR_S

/** What a station's gallery is found to be. */
export type GalleryFound =
  /** No store of a station is there. */
  | { readonly outcome: 'none' }
  /** The station runs, and its store is its own. */
  | { readonly outcome: 'busy'; readonly sentence: string; readonly snapshot?: SnapshotFound }
  /** It cannot be opened, and a station could not either. */
  | { readonly outcome: 'failed'; readonly sentence: string }
  | {
      readonly outcome: 'opened'
      readonly persons: number
      readonly state: GalleryState
      /** From the first look at the store to a gallery that answers. */
      readonly readyMs: number
      readonly snapshot?: SnapshotFound
    }

/** The file that a start reads instead of the templates. */
export type SnapshotFound = { readonly ageS: number; readonly bytes: number }

/** Opens the gallery of a station's data folder, or of `data` in it, as the station would. */
export async function findGallery(
  folder: string,
  nowUnix: number = Date.now() / 1000,
): Promise<GalleryFound> {
  for (const data of [folder, join(folder, 'data')]) {
    // Looked at, nothing is made where no station is.
    if (await isThere(join(data, 'store', 'data.mdb'), join(data, 'keys')))
      return opened(data, nowUnix)
  }
  return { outcome: 'none' }
}

/** What is to be said of a gallery. */
export function galleryFindings(found: GalleryFound): readonly Finding[] {
  const name = 'gallery'
  switch (found.outcome) {
    case 'none':
      return []
    case 'busy': {
      const runs = `${snapshotText(found.snapshot)}; a station runs on it, which is not disturbed`
      return [{ name, outcome: 'ok', detail: `${runs}: ${found.sentence.split(';')[0]}` }]
    }
    case 'failed':
      return [{ name, outcome: 'fail', detail: found.sentence }]
    case 'opened':
      return [{ name, outcome: 'ok', detail: textOf(found) }]
  }
}

function textOf(found: Extract<GalleryFound, { outcome: 'opened' }>): string {
  const { persons, state, readyMs, snapshot } = found
  const memory = `${state.memory}, ${Math.ceil(state.bytes / MIB)} MiB`
  const threads = state.threads === 0 ? 'in one thread' : `in ${state.threads} threads`
  const ready = `ready in ${(readyMs / 1000).toPrecision(2)} s`
  return `${persons} persons, ${memory}, ${threads}, ${ready}; ${snapshotText(snapshot)}`
}

function snapshotText(snapshot: SnapshotFound | undefined): string {
  if (!snapshot) return 'no snapshot'
  return `snapshot ${ageText(snapshot.ageS)} old, ${Math.ceil(snapshot.bytes / MIB)} MiB`
}

function ageText(seconds: number): string {
  if (seconds >= 2 * DAY_S) return `${Math.floor(seconds / DAY_S)} days`
  if (seconds >= 2 * HOUR_S) return `${Math.floor(seconds / HOUR_S)} hours`
  return `${Math.max(0, Math.floor(seconds / 60))} minutes`
}

async function snapshotOf(path: string, nowUnix: number): Promise<{ snapshot?: SnapshotFound }> {
  try {
    const { mtimeMs, size } = await stat(path)
    return { snapshot: { ageS: nowUnix - mtimeMs / 1000, bytes: size } }
  } catch {
    return {}
  }
}

async function opened(data: string, nowUnix: number): Promise<GalleryFound> {
  let known: { snapshot?: SnapshotFound } = {}
  try {
    const start = performance.now()
    const key = await loadKey(await openFileKeyStore(join(data, 'keys')), 'store', data)
    const snapshot = snapshotIn(data, key)
    // Before anything is opened: closing may save it anew.
    known = await snapshotOf(snapshot.path, nowUnix)
    const store = await openLmdbStore({ folder: join(data, 'store'), key })
    try {
      const gallery = await openGallery(store, { snapshot })
      const readyMs = performance.now() - start
      const { size: persons, state } = gallery
      await gallery.close()
      return { outcome: 'opened', persons, state, readyMs, ...known }
    } finally {
      await store.close()
    }
  } catch (error) {
    const { sentence } = exitOf(error)
    if (hasCode(error, 'store.busy')) return { outcome: 'busy', sentence, ...known }
    return { outcome: 'failed', sentence }
  }
}

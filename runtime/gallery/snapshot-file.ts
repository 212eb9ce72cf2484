import { type FileHandle, link, open, readdir, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { toHex } from '../../protocol/bytes.ts'
import { type FileSteps, syncFolder, UNFINISHED_SUFFIX } from '../atomic-file.ts'
import { randomBytes } from '../crypto.ts'
import { systemCode } from '../system-code.ts'
import {
  badSnapshot,
  decodeStart,
  encodeStart,
  openPart,
  type PartKind,
  partLength,
  START_BYTES,
  sealPart,
} from './snapshot-format.ts'

/** Where a snapshot rests, and the store's key, under which it does. */
export type SnapshotPlace = { readonly path: string; readonly key: Uint8Array }

/** Where a station keeps the snapshot of its gallery: beside its store. */
export function snapshotIn(folder: string, key: Uint8Array): SnapshotPlace {
  return { path: join(folder, 'gallery.snapshot'), key }
}

/** A part of a snapshot, in the clear. */
export type SnapshotPart = { readonly kind: PartKind; readonly bytes: Uint8Array }

/** Reads a snapshot part by part; the caller says what each must be. */
export type SnapshotReader = {
  readonly id: Uint8Array
  next(kind: PartKind): Promise<Uint8Array>
  /** Throws `bytes.gallery-snapshot` where more follows. */
  end(): Promise<void>
  close(): Promise<void>
}

const STEPS: FileSteps = { open, rename, link, unlink }

/** Opens a snapshot; undefined where there is none. Throws `bytes.gallery-snapshot` on other files. */
export async function readSnapshot({
  path,
  key,
}: SnapshotPlace): Promise<SnapshotReader | undefined> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
  let at = 0
  let place = 0
  async function take(length: number): Promise<Uint8Array> {
    const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, at)
    if (bytesRead !== length) throw badSnapshot('it ends early')
    at += length
    return buffer
  }
  try {
    const id = decodeStart(await take(START_BYTES))
    return {
      id,
      async next(kind) {
        const sealed = await take(partLength(await take(4)))
        return openPart(key, id, kind, place++, sealed)
      },
      async end() {
        if ((await file.stat()).size !== at) throw badSnapshot('more follows than was written')
      },
      close: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

/**
 * Writes a snapshot part by part in place of the one before: a crash leaves that one or the new one
 * whole. Durable when it resolves.
 */
export async function writeSnapshot(
  { path, key }: SnapshotPlace,
  id: Uint8Array,
  parts: Iterable<SnapshotPart>,
  steps: FileSteps = STEPS,
): Promise<void> {
  const unfinished = `${path}.${toHex(randomBytes(6))}${UNFINISHED_SUFFIX}`
  try {
    const file = await steps.open(unfinished, 'wx', 0o600)
    try {
      await file.writeFile(encodeStart(id))
      let place = 0
      // One at a time: what it holds is taken when its turn comes.
      for (const { kind, bytes } of parts) {
        await file.writeFile(sealPart(key, id, kind, place++, bytes))
      }
      await file.sync()
    } finally {
      await file.close()
    }
    await steps.rename(unfinished, path)
  } catch (error) {
    await steps.unlink(unfinished).catch(() => undefined)
    throw error
  }
  await syncFolder(dirname(path), steps)
}

/** Removes what crashes left of snapshots that were never finished: each may be hundreds of megabytes. */
export async function removeUnfinished({ path }: SnapshotPlace): Promise<void> {
  const names = await readdir(dirname(path)).catch(() => [])
  const own = names.filter(
    (name) => name.startsWith(`${basename(path)}.`) && name.endsWith(UNFINISHED_SUFFIX),
  )
  await Promise.all(own.map((name) => unlink(join(dirname(path), name)).catch(() => undefined)))
}

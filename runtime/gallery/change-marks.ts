import { concat } from '../../protocol/bytes.ts'
import { randomBytes } from '../crypto.ts'
import type { Entry, Store, Write } from '../store.ts'
import { GALLERY_TABLE, pagesOf } from './gallery-rows.ts'

/*
 * Which persons a snapshot does not tell of. A change of a person's row sets a mark of that person
 * in the same commit; a mark goes once a snapshot holds the change. So at each moment: whatever a
 * snapshot says wrong of the store, the store has a mark of it, or the snapshot names it itself.
 */
const CHANGES_TABLE = 'gallery.changed'
const SNAPSHOT_TABLE = 'gallery.snapshot'
const IDS_KEY = 'ids'
const ID_BYTES = 16
const MARK_BYTES = 8
/** Marks that go in one commit. */
const BATCH = 500

/** What the store says of snapshots: which may be used. */
export type SnapshotIds = {
  /** The last one that was finished. */
  readonly current: Uint8Array | undefined
  /** One that was begun since, and may have been finished. */
  readonly next: Uint8Array | undefined
}

/** A new mark of a person whose row changes, for the same commit. */
export function markWrite(handle: string): Write {
  return { table: CHANGES_TABLE, key: handle, value: randomBytes(MARK_BYTES) }
}

/** Ends the use of any snapshot: for changes that set no marks. */
export function disownWrite(): Write {
  return { table: SNAPSHOT_TABLE, key: IDS_KEY, value: undefined }
}

/** Which snapshots may be used; undefined where none was made since `disownWrite`. */
export async function readIds(store: Store): Promise<SnapshotIds | undefined> {
  const value = await store.get(SNAPSHOT_TABLE, IDS_KEY)
  if (value?.length !== 2 * ID_BYTES) return undefined
  const id = (bytes: Uint8Array) => (bytes.some((byte) => byte !== 0) ? bytes : undefined)
  return { current: id(value.slice(0, ID_BYTES)), next: id(value.slice(ID_BYTES)) }
}

/** Makes it durable which snapshots may be used. */
export async function writeIds(store: Store, { current, next }: SnapshotIds): Promise<void> {
  const none = new Uint8Array(ID_BYTES)
  const value = concat(current ?? none, next ?? none)
  await store.commit({ writes: [{ table: SNAPSHOT_TABLE, key: IDS_KEY, value }] })
}

/** A name for a snapshot. */
export function newId(): Uint8Array {
  return randomBytes(ID_BYTES)
}

/** All marks. */
export async function readMarks(store: Store): Promise<readonly Entry[]> {
  const marks: Entry[] = []
  for await (const page of pagesOf(store, CHANGES_TABLE)) marks.push(...page)
  return marks
}

/** Removes marks that are still the ones that were read. */
export async function removeMarks(store: Store, marks: readonly Entry[]): Promise<void> {
  for (let at = 0; at < marks.length; at += BATCH) {
    const batch = marks.slice(at, at + BATCH)
    if (await removeAlike(store, batch)) continue
    for (const mark of batch) await removeAlike(store, [mark])
  }
}

/** Whether a person has no row, so that her erasure is durable. */
export async function isErased(store: Store, handle: string): Promise<boolean> {
  return (await store.get(GALLERY_TABLE, handle)) === undefined
}

function removeAlike(store: Store, marks: readonly Entry[]): Promise<boolean> {
  const conditions = marks.map(({ key, value }) => ({ table: CHANGES_TABLE, key, value }))
  const writes = marks.map(({ key }) => ({ table: CHANGES_TABLE, key, value: undefined }))
  return store.commit({ conditions, writes })
}

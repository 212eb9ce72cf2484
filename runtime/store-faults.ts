import { PersonhoodError } from '../protocol/errors.ts'

/** `store.full`: the change is not in the store, everything before it is. */
export function storeFull(folder: string, freeBytes: number, cause?: unknown): PersonhoodError {
  return new PersonhoodError(
    'store.full',
    `the disk of ${folder} is full (${Math.floor(freeBytes / 1024)} kB free); all that was saved before is safe and can be read, sent and deleted: free space, or connect the kiosk so that it sends what waits`,
    { cause },
  )
}

/** `store.failed`: the change may or may not be in the store, everything before it is. */
export function storeFailed(folder: string, cause: unknown): PersonhoodError {
  return new PersonhoodError(
    'store.failed',
    `${folder} cannot be written; all that was saved before is safe and can be read, the last change is in doubt: restart, and if this comes again replace the disk`,
    { cause },
  )
}

/** `store.damaged`: `part` (a row as table/key, or a file) is not what was written. */
export function storeDamaged(folder: string, part: string): PersonhoodError {
  return new PersonhoodError(
    'store.damaged',
    `${folder}: ${part} is not what was written there; nothing was touched and what can be read is safe: copy the folder before anything else, then restore it from a backup`,
  )
}

/** `store.wrong-key`: the folder was made under another key, or is not one of ours. */
export function storeWrongKey(folder: string): PersonhoodError {
  return new PersonhoodError(
    'store.wrong-key',
    `${folder} was written under another key; nothing was touched: give the key that belongs to it, or an empty folder`,
  )
}

/** Linux errno as LMDB reports them (ENOMEM, EFBIG, ENOSPC, EDQUOT), and LMDB's own MDB_MAP_FULL. */
const FULL_CODES: readonly unknown[] = [12, 27, 28, 122, -30_792]
const EIO = 5

/** True when a failed write of LMDB means a full disk; `isDiskLow` decides the code that means both. */
export function isFull(error: unknown, isDiskLow: boolean): boolean {
  const { code } = error as { readonly code?: unknown }
  // LMDB reports a write that was cut short, which is how most disks become full, as EIO.
  return FULL_CODES.includes(code) || (code === EIO && isDiskLow)
}

import { concat, fromText, toText } from '../protocol/bytes.ts'
import { PersonhoodError } from '../protocol/errors.ts'
import type { Sharing } from './sharing.ts'

/** One row of a table; `value` is the caller's own copy. */
export type Entry = { readonly key: string; readonly value: Uint8Array }

/** One row to set; `undefined` deletes the row. */
export type Write = {
  readonly table: string
  readonly key: string
  readonly value: Uint8Array | undefined
}

/** A condition that must still hold when the change commits; `undefined` = the key must be absent. */
export type Condition = {
  readonly table: string
  readonly key: string
  readonly value: Uint8Array | undefined
}

/** Rows that are set together, if all conditions hold. Of two writes to one row the later counts. */
export type Change = {
  readonly conditions?: readonly Condition[]
  readonly writes: readonly Write[]
}

/** Keys `from <= key < before` in the order of their UTF-8 bytes, at most `limit` of them; `reverse` starts at the upper end. */
export type Range = {
  readonly from?: string
  readonly before?: string
  readonly limit?: number
  readonly reverse?: boolean
}

/**
 * Tables of bytes that survive a power cut. A key is 1 to 512 bytes of UTF-8 without U+0000, a table
 * name 1 to 64 of `a-z 0-9 . -`; anything else throws `call.store-key`.
 */
export type Store = {
  get(table: string, key: string): Promise<Uint8Array | undefined>
  range(table: string, range?: Range): Promise<readonly Entry[]>
  /** All or nothing, durable (fsync) when it resolves: true = committed, false = a condition no longer held. */
  commit(change: Change): Promise<boolean>
  close(): Promise<void>
  /** Where other processes may write the same store. */
  readonly sharing?: Sharing
}

/** A store that can be copied whole. */
export type ListedStore = Store & {
  /** Names of all tables that hold a row, in the order of their bytes. */
  tables(): Promise<readonly string[]>
}

/** The range of all keys that begin with `prefix`. */
export function under(prefix: string): Range {
  return { from: prefix, before: `${prefix}\u{10ffff}` }
}

const MAX_STORE_KEY_BYTES = 512

/** The bytes under which a row is kept: table, 0, key. Keys sort by their UTF-8 within one table. */
export function rowKey(table: string, key: string): Uint8Array {
  const bytes = fromText(key)
  // A lone surrogate would be written as U+FFFD, so that two keys became one.
  const isKey = bytes.length > 0 && bytes.length <= MAX_STORE_KEY_BYTES && isPlain(key)
  if (!isKey) {
    throw new PersonhoodError('call.store-key', `not a key: ${JSON.stringify(key.slice(0, 80))}`)
  }
  return concat(tablePrefix(table), bytes)
}

/** The half-open range of row keys that a range of one table spans. */
export function rowRange(
  table: string,
  range: Range,
): { readonly from: Uint8Array; readonly before: Uint8Array } {
  const prefix = tablePrefix(table)
  const bound = (text: string) => {
    if (isPlain(text)) return concat(prefix, fromText(text.slice(0, MAX_STORE_KEY_BYTES + 1)))
    throw new PersonhoodError('call.store-key', `not a bound: ${JSON.stringify(text.slice(0, 80))}`)
  }
  const end = Uint8Array.from(prefix)
  end[end.length - 1] = 1
  return {
    from: range.from === undefined ? prefix : bound(range.from),
    before: range.before === undefined ? end : bound(range.before),
  }
}

/** The table's name in a row key. */
export function tableOf(row: Uint8Array): string {
  return toText(row.subarray(0, row.indexOf(0)))
}

function isPlain(text: string): boolean {
  return !/[\0\p{Surrogate}]/u.test(text)
}

function tablePrefix(table: string): Uint8Array {
  if (/^[a-z0-9][a-z0-9.-]{0,63}$/.test(table)) return fromText(`${table}\0`)
  throw new PersonhoodError('call.store-key', `not a table: ${JSON.stringify(table.slice(0, 80))}`)
}

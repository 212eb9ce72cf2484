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
}

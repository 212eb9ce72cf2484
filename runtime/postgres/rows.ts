import { equalBytes, toHex } from '../../protocol/bytes.ts'
import { type Change, rowKey } from '../store.ts'

/** One row as it goes to the database, before it is sealed. */
export type Row = { readonly key: Uint8Array; readonly value: Uint8Array | undefined }

/** A change with copies of its values. */
export type PreparedChange = {
  readonly conditions: readonly Row[]
  readonly writes: readonly Row[]
  readonly lengthBytes: number
}

/** Copies a change; throws `call.store-key` for what is no key. */
export function prepareChange({ conditions = [], writes }: Change): PreparedChange {
  const row = ({ table, key, value }: Change['writes'][number]): Row => ({
    key: rowKey(table, key),
    value: value && Uint8Array.from(value),
  })
  const rows = writes.map(row)
  const lengthBytes = rows.reduce(
    (sum, { key, value }) => sum + key.length + (value?.length ?? 0),
    0,
  )
  return { conditions: conditions.map(row), writes: rows, lengthBytes }
}

/** The keys that a group's conditions name, each once. */
export function conditionKeys(changes: readonly PreparedChange[]): readonly Uint8Array[] {
  const keys = new Map<string, Uint8Array>()
  for (const { conditions } of changes) {
    for (const { key } of conditions) keys.set(toHex(key), key)
  }
  return [...keys.values()]
}

/** What a group comes to: which of its changes go through, one after another, and the rows then. */
export function settleGroup(
  changes: readonly PreparedChange[],
  stored: ReadonlyMap<string, Uint8Array>,
): { readonly outcomes: readonly boolean[]; readonly rows: readonly Row[] } {
  const rows = new Map<string, Row>()
  const holds = ({ key, value }: Row) => {
    const name = toHex(key)
    const row = rows.get(name)
    return isSame(row ? row.value : stored.get(name), value)
  }
  const outcomes = changes.map(({ conditions, writes }) => {
    if (!conditions.every(holds)) return false
    for (const row of writes) rows.set(toHex(row.key), row)
    return true
  })
  return { outcomes, rows: [...rows.values()] }
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b)
}

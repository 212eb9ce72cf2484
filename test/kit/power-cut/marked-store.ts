import { openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fromHex, toHex } from '../../../protocol/bytes.ts'
import type { Change, ListedStore, Store, Write } from '../../../runtime/store.ts'
import { MARKS } from './cuts.ts'

/** How a process says what is done. */
export type Marker = (mark: unknown) => void

/** Marks go to a file below the root of the recording. */
export function openMarker(root: string): Marker {
  const file = openSync(join(root, MARKS), 'a')
  return (mark) => void writeSync(file, `${JSON.stringify(mark)}\n`)
}

type Row = readonly [table: string, key: string, value: string | null]
type CommitMark =
  | { readonly commit: number; readonly begun: readonly Row[] }
  | { readonly commit: number; readonly isCommitted: boolean }

/** A store that says of each commit when it is asked for and when it is answered. */
export function markStore(inner: Store, mark: Marker): Store {
  let commits = 0
  return {
    get: (table, key) => inner.get(table, key),
    range: (table, range) => inner.range(table, range),
    close: () => inner.close(),
    async commit(change: Change) {
      const commit = ++commits
      mark({ commit, begun: change.writes.map(rowOf) })
      const isCommitted = await inner.commit(change)
      mark({ commit, isCommitted })
      return isCommitted
    },
  }
}

/** Rows as text, so that two states of a store are equal when their texts are. */
export type Rows = ReadonlyMap<string, string>

/**
 * All states that a store may be in by what was said: all that was answered, and of what was under
 * way each change whole or not at all.
 */
export function statesBy(marks: readonly string[]): readonly Rows[] {
  const begun = new Map<number, readonly Row[]>()
  const rows = new Map<string, string>()
  for (const line of marks) {
    const mark = JSON.parse(line) as Partial<CommitMark> & { readonly commit?: number }
    if (mark.commit === undefined) continue
    if ('begun' in mark && mark.begun !== undefined) begun.set(mark.commit, mark.begun)
    else {
      if ('isCommitted' in mark && mark.isCommitted) put(rows, begun.get(mark.commit) ?? [])
      begun.delete(mark.commit)
    }
  }
  let states: Map<string, string>[] = [rows]
  for (const writes of begun.values()) {
    states = states.flatMap((state) => [state, put(new Map(state), writes)])
  }
  return states
}

/** The rows of a store. */
export async function rowsOf(store: ListedStore): Promise<Rows> {
  const rows = new Map<string, string>()
  for (const table of await store.tables()) {
    for (const { key, value } of await store.range(table)) {
      rows.set(`${table}/${key}`, toHex(value))
    }
  }
  return rows
}

/** Rows as one text. */
export function textOf(rows: Rows): string {
  return [...rows]
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join('\n')
}

/** The writes that make an empty store hold these rows. */
export function writesOf(rows: Rows): readonly Write[] {
  return [...rows].map(([name, value]) => {
    const slash = name.indexOf('/')
    return { table: name.slice(0, slash), key: name.slice(slash + 1), value: fromHex(value) }
  })
}

function rowOf({ table, key, value }: Write): Row {
  return [table, key, value === undefined ? null : toHex(value)]
}

function put(rows: Map<string, string>, writes: readonly Row[]): Map<string, string> {
  for (const [table, key, value] of writes) {
    if (value === null) rows.delete(`${table}/${key}`)
    else rows.set(`${table}/${key}`, value)
  }
  return rows
}

import { equalBytes, fromText } from '../protocol/bytes.ts'
import { PersonhoodError } from '../protocol/errors.ts'
import type { Entry, ListedStore, Store } from './store.ts'

const PAGE_ROWS = 200
/** Stands in the new store until all of the old one is there and was compared. */
const MARK = { table: 'copy', key: 'unfinished' }

/** How much was copied. */
export type Copied = { readonly tables: number; readonly rows: number }

/**
 * Copies all of a store that nobody writes into an empty one, or into one where such a copy was cut
 * short, or is whole already; then compares row by row. Throws `store.occupied` where the new one
 * holds anything else.
 */
export async function copyStore(from: ListedStore, to: ListedStore): Promise<Copied> {
  const tables = await from.tables()
  const isResumed = (await to.get(MARK.table, MARK.key)) !== undefined
  const held = isResumed ? [] : await to.tables()
  if (held.length > 0) {
    const rows = held.join() === tables.join() ? await compare(from, to, tables) : undefined
    if (rows !== undefined) return { tables: tables.length, rows }
    throw new PersonhoodError(
      'store.occupied',
      'the new store holds other rows already; nothing was touched',
    )
  }
  await to.commit({ writes: [{ ...MARK, value: fromText('1') }] })
  for (const table of tables) {
    for await (const page of pages(from, table)) {
      await to.commit({ writes: page.map((row) => ({ table, ...row })) })
    }
  }
  const rows = await compare(from, to, tables)
  if (rows === undefined) {
    throw new PersonhoodError(
      'store.failed',
      'the copy is not as the old store, which is whole: look whether something else writes to one of the two',
    )
  }
  await to.commit({ writes: [{ ...MARK, value: undefined }] })
  return { tables: tables.length, rows }
}

/** How many rows these tables of both have, or undefined where they differ. */
async function compare(
  from: Store,
  to: Store,
  tables: readonly string[],
): Promise<number | undefined> {
  let rows = 0
  for (const table of tables) {
    const others = pages(to, table)
    for await (const page of pages(from, table)) {
      const other = (await others.next()).value ?? []
      if (page.length !== other.length || !page.every((row, i) => isSame(row, other[i]))) return
      rows += page.length
    }
    if ((await others.next()).value !== undefined) return
  }
  return rows
}

async function* pages(store: Store, table: string): AsyncGenerator<readonly Entry[], undefined> {
  let from = ''
  for (;;) {
    const page = await store.range(table, { from, limit: PAGE_ROWS })
    const last = page.at(-1)
    if (last === undefined) return
    yield page
    // No key holds U+0000, so this is the least text above the last key.
    from = `${last.key}\u0001`
  }
}

function isSame(row: Entry, other: Entry | undefined): boolean {
  return other !== undefined && row.key === other.key && equalBytes(row.value, other.value)
}

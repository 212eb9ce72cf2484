import { fromText, toText } from '../../protocol/bytes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Store, Write } from '../../runtime/store.ts'
import { TABLES } from './rows.ts'

/** A row that a change has set or deleted. */
export type Touched = { readonly table: string; readonly key: string }

/** What processes keep in memory, so that each must hear when another one changes it. */
const FOLLOWED: ReadonlySet<string> = new Set([
  TABLES.registry,
  TABLES.work,
  TABLES.asks,
  TABLES.cases,
  TABLES.leases,
  TABLES.statuses,
  'gallery',
])
/** Changes that are kept; a process that was away for longer reads all anew, by a restart. */
const KEPT_CHANGES = 10_000
const PAGE_ROWS = 500
const MARK = '\t'

/** The rows that tell other processes of change `n`: which rows it touches, and an end to the oldest. */
export function feedWrites(n: number, writes: readonly Write[]): readonly Write[] {
  const lines = writes
    .filter(({ table }) => FOLLOWED.has(table))
    .map(({ table, key }) => `${table}${MARK}${key}`)
  const told: Write = {
    table: TABLES.changes,
    key: changeKey(n),
    value: fromText([...new Set(lines)].join('\n')),
  }
  if (n <= KEPT_CHANGES) return [told]
  return [told, { table: TABLES.changes, key: changeKey(n - KEPT_CHANGES), value: undefined }]
}

/** All rows that the changes after `from` up to `to` have touched, each once, oldest change first. */
export async function readFeed(
  store: Store,
  from: number,
  to: number,
): Promise<readonly Touched[]> {
  const lines = new Set<string>()
  for (let at = from + 1; at <= to; at += PAGE_ROWS) {
    const before = Math.min(at + PAGE_ROWS, to + 1)
    const range = { from: changeKey(at), before: changeKey(before) }
    const rows = await store.range(TABLES.changes, range)
    if (rows.length < before - at) throw behind(from, to)
    for (const { value } of rows) {
      for (const line of toText(value).split('\n')) if (line !== '') lines.add(line)
    }
  }
  return [...lines].map((line) => {
    const at = line.indexOf(MARK)
    return { table: line.slice(0, at), key: line.slice(at + 1) }
  })
}

function behind(from: number, to: number): PersonhoodError {
  return new PersonhoodError(
    'store.behind',
    `this process stands at change ${from} and the store at ${to}, and what lies between is no longer told: start it again, so that it reads all`,
  )
}

function changeKey(n: number): string {
  return String(n).padStart(15, '0')
}

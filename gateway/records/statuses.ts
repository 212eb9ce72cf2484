import type { StatusReference } from '../../protocol/credential.ts'
import {
  createStatusBits,
  readStatus,
  STATUSES,
  type Status,
  type StatusBits,
  withStatus,
} from '../../protocol/status-list.ts'
import type { Store } from '../../runtime/store.ts'
import type { Draft, Ledger } from './ledger.ts'
import { pages } from './pages.ts'
import { statusKey, TABLES } from './rows.ts'

/**
 * The status bits of all lists. An entry that nobody has set is *check pending*, as those of all
 * provisional credentials are: the list tells neither who waits nor how many have enrolled.
 */
export type Statuses = {
  bits(list: number): StatusBits
  /** Entries of a list that are valid. */
  valid(list: number): number
  /** Grows with each change of the list that is durable. */
  version(list: number): number
  set(draft: Draft, reference: StatusReference, status: Status): void
}

/** Opens the statuses of a store. */
export async function openStatuses(
  store: Store,
  ledger?: Pick<Ledger, 'follow'>,
  onChange: () => void = () => {},
): Promise<Statuses> {
  const lists = new Map<number, StatusBits>()
  const valid = new Map<number, number>()
  const versions = new Map<number, number>()
  const bits = (list: number) => lists.get(list) ?? createStatusBits('check-pending')
  function note({ list, index }: StatusReference, status: Status): void {
    const isValid = (one: Status) => (one === 'valid' ? 1 : 0)
    const change = isValid(status) - isValid(readStatus(bits(list), index))
    valid.set(list, (valid.get(list) ?? 0) + change)
    lists.set(list, withStatus(bits(list), index, status))
  }
  const read = (key: string, value: Uint8Array): number => {
    const [list = 0, index = 0] = key.split('/').map(Number)
    note({ list, index }, STATUSES[value[0] ?? 0] ?? 'invalid')
    return list
  }
  const raise = (list: number) => void versions.set(list, (versions.get(list) ?? 0) + 1)
  for await (const { key, value } of pages(store, TABLES.statuses)) read(key, value)
  ledger?.follow(TABLES.statuses, (key, value) => {
    if (value === undefined) return
    raise(read(key, value))
    onChange()
  })
  return {
    version: (list) => versions.get(list) ?? 0,
    bits,
    valid: (list) => valid.get(list) ?? 0,
    set(draft, reference, status) {
      const value = Uint8Array.of(STATUSES.indexOf(status))
      const key = statusKey(reference.list, reference.index)
      draft.write({ table: TABLES.statuses, key, value })
      draft.after(() => {
        note(reference, status)
        raise(reference.list)
      })
    },
  }
}

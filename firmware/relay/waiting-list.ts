import { type OutboxRow, priorityOf } from './outbox-row.ts'

/** A row to be sent, without its body. */
export type Waiting = Pick<OutboxRow, 'order' | 'queued' | 'type'> & {
  readonly record: string
  /** 0 goes first. */
  readonly priority: number
}

/** The rows of an outbox, by record, and in the order in which they are sent. */
export type WaitingList = {
  readonly inOrder: readonly Waiting[]
  has(record: string): boolean
  set(record: string, row: OutboxRow): void
  delete(record: string): void
}

/** An empty list. Weeks without a line make thousands of rows: they are sorted once for each change. */
export function createWaitingList(): WaitingList {
  const rows = new Map<string, Waiting>()
  let sorted: readonly Waiting[] | undefined
  return {
    get inOrder() {
      sorted ??= [...rows.values()].sort((a, b) => a.priority - b.priority || a.order - b.order)
      return sorted
    },
    has: (record) => rows.has(record),
    set(record, row) {
      const { order, queued, type, priority = priorityOf(row) } = row
      rows.set(record, { record, order, queued, type, priority })
      sorted = undefined
    },
    delete(record) {
      rows.delete(record)
      sorted = undefined
    },
  }
}

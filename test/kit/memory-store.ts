import { equalBytes } from '../../protocol/bytes.ts'
import type { Condition, Store } from '../../runtime/store.ts'

/** A store in memory, for what a test needs beside the store that it is about. */
export function createMemoryStore(): Store {
  const tables = new Map<string, Map<string, Uint8Array>>()
  const rows = (table: string) => {
    const found = tables.get(table) ?? new Map<string, Uint8Array>()
    tables.set(table, found)
    return found
  }
  const holds = ({ table, key, value }: Condition) => {
    const found = rows(table).get(key)
    return found === undefined || value === undefined ? found === value : equalBytes(found, value)
  }
  return {
    get: async (table, key) => rows(table).get(key)?.slice(),
    async range(table, { from = '', before, limit, reverse } = {}) {
      const entries = [...rows(table)]
        .filter(([key]) => key >= from && (before === undefined || key < before))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => ({ key, value: value.slice() }))
      return (reverse ? entries.reverse() : entries).slice(0, limit)
    },
    async commit({ conditions = [], writes }) {
      if (!conditions.every(holds)) return false
      for (const { table, key, value } of writes) {
        if (value === undefined) rows(table).delete(key)
        else rows(table).set(key, value.slice())
      }
      return true
    },
    close: async () => {},
  }
}

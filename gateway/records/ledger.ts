import { fromText, toText } from '../../protocol/bytes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { LEAF_SALT_BYTES, type LeafType, leafCommitment } from '../../protocol/leaf.ts'
import { encodeRecord, type Kind } from '../../protocol/schema.ts'
import type { RandomBytes } from '../../protocol/seal.ts'
import type { Store, Write } from '../../runtime/store.ts'
import { type LeafContent, leafContent, leafKey, leafRow, TABLES } from './rows.ts'

/** What one change will set; nothing of it is there before all of it is. */
export type Draft = {
  set<T>(table: string, key: string, kind: Kind<T>, value: T): void
  write(write: Write): void
  delete(table: string, key: string): void
  /** Appends a leaf and returns its index. */
  leaf(type: LeafType, content: LeafContent): number
  /** Runs once the change is durable, before the next change begins. */
  after(action: () => void): void
}

/** All that the gateway writes goes through here: one change at a time, each whole and durable. */
export type Ledger = {
  /** Leaves so far. */
  readonly leaves: number
  /** `build` may read the store: nothing changes meanwhile. Where it sets nothing, nothing is written. */
  change<T>(build: (draft: Draft) => Promise<T> | T): Promise<T>
}

const LEAVES = 'leaves'

/** Opens the ledger of a store. */
export async function openLedger(store: Store, randomBytes: RandomBytes): Promise<Ledger> {
  const stored = await store.get(TABLES.counters, LEAVES)
  let leaves = stored === undefined ? 0 : Number(toText(stored))
  let counted = stored
  let last: Promise<unknown> = Promise.resolve()

  async function run<T>(build: (draft: Draft) => Promise<T> | T): Promise<T> {
    const writes: Write[] = []
    const actions: (() => void)[] = []
    let next = leaves
    const draft: Draft = {
      set: (table, key, kind, value) =>
        void writes.push({ table, key, value: encodeRecord(kind, value) }),
      write: (write) => void writes.push(write),
      delete: (table, key) => void writes.push({ table, key, value: undefined }),
      leaf(type, content) {
        const salt = randomBytes(LEAF_SALT_BYTES)
        const commitment = leafCommitment(type, salt, encodeRecord(leafContent, content))
        draft.set(TABLES.leaves, leafKey(next), leafRow, { type, commitment, salt })
        next += 1
        return next - 1
      },
      after: (action) => void actions.push(action),
    }
    const result = await build(draft)
    if (writes.length === 0) return result
    const count = fromText(String(next))
    if (next !== leaves) writes.push({ table: TABLES.counters, key: LEAVES, value: count })
    // Fences a second process on the same store: two logs under one name would be a fork.
    const conditions = [{ table: TABLES.counters, key: LEAVES, value: counted }]
    if (!(await store.commit({ conditions, writes }))) {
      throw new PersonhoodError(
        'store.contended',
        `another gateway has written leaves after ${leaves}: stop one of the two`,
      )
    }
    if (next !== leaves) counted = count
    leaves = next
    for (const action of actions) action()
    return result
  }

  return {
    get leaves() {
      return leaves
    },
    change(build) {
      const turn = last.then(() => run(build))
      last = turn.catch(() => undefined) // the failure belongs to its own change, not to the next one
      return turn
    },
  }
}

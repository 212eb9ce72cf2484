import { PersonhoodError } from '../../protocol/errors.ts'
import { LEAF_SALT_BYTES, type LeafType, leafCommitment } from '../../protocol/leaf.ts'
import { encodeRecord, type Kind } from '../../protocol/schema.ts'
import type { RandomBytes } from '../../protocol/seal.ts'
import type { Store, Write } from '../../runtime/store.ts'
import { feedWrites, readFeed } from './change-feed.ts'
import { type CounterName, type Counters, createCounters } from './counters.ts'
import { type LeafContent, leafContent, leafKey, leafRow, TABLES } from './rows.ts'

/** What one change will set; nothing of it is there before all of it is. */
export type Draft = {
  /** The row as it will be before this change: changes of the same commit count. */
  get(table: string, key: string): Promise<Uint8Array | undefined>
  set<T>(table: string, key: string, kind: Kind<T>, value: T): void
  write(write: Write): void
  delete(table: string, key: string): void
  /** Appends a leaf and returns its index. */
  leaf(type: LeafType, content: LeafContent): number
  /** Adds to a counter of the district. */
  count(name: CounterName, delta: number): void
  /** Runs once the change is durable, before the next change begins. */
  after(action: () => void): void
}

/** Makes a draft; it runs again where another process was quicker, so it does nothing else. */
export type Build<T> = (draft: Draft) => Promise<T> | T

/** All that the gateway writes goes through here, in one order for all processes of a district. */
export type Ledger = {
  /** Leaves so far. */
  readonly leaves: number
  readonly counters: Pick<Counters, 'get' | 'has' | 'seed'>
  /**
   * `build` may read the store: nothing changes meanwhile. Where it sets nothing, nothing is written.
   * Without `about` it is alone in its commit. Changes with one are about different things, may share
   * a commit, and read what they depend on by `draft.get`.
   */
  change<T>(build: Build<T>, about?: string): Promise<T>
  /** Called with each row of a table that another process has set or deleted. */
  follow(table: string, listener: (key: string, value: Uint8Array | undefined) => void): void
  /** Takes in what other processes have written up to now. */
  catchUp(): Promise<void>
  /** No longer hears of other processes. */
  stop(): void
}

type Waiting = {
  readonly about: string | undefined
  readonly build: Build<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

type Listener = (key: string, value: Uint8Array | undefined) => void
type Settled = { readonly waiting: Waiting; readonly settle: () => void }
type Batch = {
  readonly writes: Write[]
  readonly actions: (() => void)[]
  readonly settled: Settled[]
  readonly counts: Map<CounterName, number>
}

/** Changes in one commit. */
const MAX_BATCH = 100
/** Groups in one turn; then others have theirs. */
const MAX_GROUPS = 8
/** Attempts against other processes: without a turn one of them always succeeds. */
const MAX_ATTEMPTS = 1000

/** Opens the ledger of a store. */
export async function openLedger(
  store: Store,
  randomBytes: RandomBytes,
  onError: (error: unknown) => void = () => {},
): Promise<Ledger> {
  const { sharing } = store
  const counters = await createCounters(store)
  const followers = new Map<string, Listener[]>()
  const queue: Waiting[] = []
  let running: Promise<void> | undefined

  async function readNews(): Promise<void> {
    const from = counters.get('changes')
    await counters.load()
    const to = counters.get('changes')
    if (to === from) return
    for (const { table, key } of await readFeed(store, from, to)) {
      const listeners = followers.get(table)
      if (listeners === undefined) continue
      const value = await store.get(table, key)
      for (const listen of listeners) listen(key, value)
    }
  }

  /** The next changes that may share a commit. */
  function take(): readonly Waiting[] {
    const names = new Set<string>()
    const isAlone = queue[0]?.about === undefined
    const end = isAlone
      ? 1
      : queue.findIndex(({ about }) => {
          if (about === undefined || names.has(about) || names.size === MAX_BATCH) return true
          names.add(about)
          return false
        })
    return queue.splice(0, end === -1 ? queue.length : end)
  }

  async function buildOne(batch: Batch, waiting: Waiting): Promise<void> {
    const writes: Write[] = []
    const actions: (() => void)[] = []
    const counts = new Map(batch.counts)
    const count = (name: CounterName) => counts.get(name) ?? counters.get(name)
    const draft: Draft = {
      get(table, key) {
        const isIt = (write: Write) => write.table === table && write.key === key
        const found = writes.findLast(isIt) ?? batch.writes.findLast(isIt)
        return found === undefined ? store.get(table, key) : Promise.resolve(found.value)
      },
      set: (table, key, kind, value) =>
        void writes.push({ table, key, value: encodeRecord(kind, value) }),
      write: (write) => void writes.push(write),
      delete: (table, key) => void writes.push({ table, key, value: undefined }),
      leaf(type, content) {
        const salt = randomBytes(LEAF_SALT_BYTES)
        const commitment = leafCommitment(type, salt, encodeRecord(leafContent, content))
        const index = count('leaves')
        draft.set(TABLES.leaves, leafKey(index), leafRow, { type, commitment, salt })
        counts.set('leaves', index + 1)
        return index
      },
      count: (name, delta) => void counts.set(name, count(name) + delta),
      after: (action) => void actions.push(action),
    }
    try {
      const result = await waiting.build(draft)
      batch.writes.push(...writes)
      batch.actions.push(...actions)
      for (const [name, value] of counts) batch.counts.set(name, value)
      batch.settled.push({ waiting, settle: () => waiting.resolve(result) })
    } catch (error) {
      batch.settled.push({ waiting, settle: () => waiting.reject(error) })
    }
  }

  /** True once all of them are durable, false where another process was quicker. */
  async function attempt(taken: readonly Waiting[]): Promise<boolean> {
    const batch: Batch = { writes: [], actions: [], settled: [], counts: new Map() }
    for (const waiting of taken) await buildOne(batch, waiting)
    if (batch.writes.length > 0) {
      const { writes } = batch
      if (sharing !== undefined) {
        const n = counters.get('changes') + 1
        batch.counts.set('changes', n)
        writes.push(...feedWrites(n, writes))
      }
      writes.push(...counters.writes(batch.counts))
      // Fences all others on the same store: two logs under one name would be a fork.
      if (!(await store.commit({ conditions: counters.conditions(), writes }))) return false
      counters.take(batch.counts)
      for (const action of batch.actions) action()
    }
    for (const { settle } of batch.settled) settle()
    return true
  }

  async function settle(taken: readonly Waiting[]): Promise<void> {
    for (let attempts = 1; !(await attempt(taken)); attempts++) {
      if (sharing === undefined || attempts === MAX_ATTEMPTS) {
        throw new PersonhoodError(
          'store.contended',
          `another gateway has written leaves after ${counters.get('leaves')}: stop one of the two`,
        )
      }
      await readNews()
    }
  }

  /** Work of one turn: one group, or the groups that came while it ran. */
  async function runTurn(): Promise<void> {
    let taken: readonly Waiting[] = []
    try {
      if (sharing !== undefined) await readNews()
      for (let groups = 0; groups < MAX_GROUPS && queue.length > 0; groups++) {
        taken = take()
        await settle(taken)
        taken = []
      }
      if (sharing !== undefined) sharing.announce()
    } catch (error) {
      // The failure belongs to these changes, not to the next ones.
      if (taken.length === 0) taken = take()
      for (const { reject } of taken) reject(error)
    }
  }

  async function run(): Promise<void> {
    while (queue.length > 0) {
      if (sharing === undefined) await runTurn()
      else await sharing.turn(runTurn)
    }
    running = undefined
  }

  function change<T>(build: Build<T>, about?: string): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      queue.push({ about, build, resolve: resolve as (value: unknown) => void, reject })
      running ??= Promise.resolve().then(run)
    })
  }

  async function catchUp(): Promise<void> {
    // A change of nothing: its turn begins with what others have written.
    if (sharing !== undefined) await change(() => undefined)
  }

  /** Only where there is something to hear: it takes a turn. */
  async function hear(): Promise<void> {
    if (running === undefined && (await counters.isStale())) await catchUp()
  }

  const stop = sharing?.onNews(() => void hear().catch(onError))
  return {
    get leaves() {
      return counters.get('leaves')
    },
    counters,
    change,
    follow: (table, listener) =>
      void followers.set(table, [...(followers.get(table) ?? []), listener]),
    catchUp,
    stop: () => stop?.(),
  }
}

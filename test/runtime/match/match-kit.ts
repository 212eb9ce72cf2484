import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import type { GalleryPerson } from '../../../biometrics/search/exhaustive.ts'
import type { OracleAnswer } from '../../../runtime/duplicate-oracle.ts'
import { encodeRow, GALLERY_TABLE } from '../../../runtime/gallery/gallery-rows.ts'
import {
  openShardOracle,
  type ShardOracle,
  type ShardOracleOptions,
} from '../../../runtime/match/shard-oracle.ts'
import {
  type MatchWorker,
  type MatchWorkerOptions,
  openMatchWorker,
} from '../../../runtime/match/worker.ts'
import type { PostgresStoreOptions } from '../../../runtime/postgres/postgres-options.ts'
import type { Store, Write } from '../../../runtime/store.ts'
import { figuresOf, referencesOf } from '../../kit/gallery-people.ts'

/** The rows of people, as a gateway that has no gallery in memory writes them. */
export function rowsOf(people: readonly GalleryPerson[]): readonly Write[] {
  return people.map(({ handle: key, ...eyes }) => ({
    ...{ table: GALLERY_TABLE, key },
    value: encodeRow(referencesOf(eyes)),
  }))
}

/** Makes people durable, a commit for so many. */
export async function enrolRows(
  store: Store,
  people: readonly GalleryPerson[],
  ofCommit = 100,
): Promise<void> {
  for (let at = 0; at < people.length; at += ofCommit) {
    await store.commit({ writes: rowsOf(people.slice(at, at + ofCommit)) })
  }
}

/** A worker that ends with the test; it closes once, however often that is asked. */
export async function worker(
  t: Test,
  store: PostgresStoreOptions,
  options: Omit<MatchWorkerOptions, 'store'> = {},
): Promise<MatchWorker> {
  const opened = await openMatchWorker({ store, leaseMs: 3000, pollMs: 200, ...options })
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= opened.close()
    return closed
  }
  t.teardown(close)
  return {
    get id() {
      return opened.id
    },
    get state() {
      return opened.state
    },
    answer: opened.answer,
    close,
  }
}

/** An oracle that ends with the test. */
export async function oracle(
  t: Test,
  store: PostgresStoreOptions,
  options: Omit<ShardOracleOptions, 'store'> = {},
): Promise<ShardOracle> {
  const opened = await openShardOracle({ store, pollMs: 200, ...options })
  t.teardown(() => opened.close())
  return opened
}

/** Waits for what other processes do; the deadline is for a machine that is busy. */
export async function eventually(
  is: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> {
  const end = performance.now() + 90_000
  while (!(await is())) {
    if (performance.now() > end) throw new Error(`never came: ${what}`)
    await delay(25)
  }
}

/** All shards are held and loaded by these workers together. */
export function allLoaded(workers: readonly MatchWorker[]): boolean {
  const [first] = workers
  return workers.reduce((sum, { state }) => sum + state.loaded, 0) === first?.state.shards
}

/** What of an answer must be the same wherever it was searched. */
export function decisionsOf(answer: OracleAnswer): unknown {
  return {
    candidates: figuresOf(answer),
    views: answer.candidates.map(({ view }) => view),
    undecided: answer.undecided,
    coverage: answer.coverage,
  }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
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
import { eventually } from '../../kit/eventually.ts'
import { figuresOf, referencesOf } from '../../kit/gallery-people.ts'
import { optionsOf } from '../postgres/postgres-opener.ts'

/** The options of a place `URL#district`, whose gallery has eight shards where it is new. */
export function placeOptions(place: string): PostgresStoreOptions {
  return { ...optionsOf(place), shards: 8 }
}

/** Another process of the test; it is killed with it. */
export type Other = {
  /** The name of its worker. */
  readonly id: string
  /** What it has printed since. */
  readonly lines: readonly string[]
  kill(signal: NodeJS.Signals): void
}

/** A match worker as a process of its own. */
export function startWorker(t: Test, place: string, leaseMs: number): Promise<Other> {
  return startOther(t, ['match-process.js', place, String(leaseMs)])
}

/** A machine that enrols people from number `first` on, holds shards, and asks. */
export function startMachine(t: Test, place: string, name: string, first: number): Promise<Other> {
  return startOther(t, ['match-machine.js', place, name, String(first)])
}

async function startOther(t: Test, [file = '', ...args]: readonly string[]): Promise<Other> {
  const child: ChildProcess = spawn(
    process.execPath,
    [new URL(file, import.meta.url).pathname, ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  t.teardown(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  })
  const lines: string[] = []
  if (child.stdout === null) throw new Error('the process has no stdout')
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  await eventually(() => lines.some((line) => line.startsWith('ID ')), `the start of ${file}`)
  const id = lines.find((line) => line.startsWith('ID '))?.slice(3) ?? ''
  lines.splice(0)
  return { id, lines, kill: (signal) => void child.kill(signal) }
}

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

import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { DuplicateOracle } from '../duplicate-oracle.ts'
import { errorFields, type Log } from '../log.ts'
import { createListener } from '../postgres/listener.ts'
import type { PostgresStoreOptions } from '../postgres/postgres-options.ts'
import { channelOf, createBoard } from './board.ts'
import { type Coverage, createCoverage } from './coverage.ts'
import { openMatchDatabase } from './database.ts'
import { createDuty } from './duty.ts'
import { type ValidLease, validLeases } from './leases.ts'
import type { Question, ShardAnswer } from './messages.ts'
import { createTurns } from './turns.ts'
import type { MatchWorker } from './worker.ts'

/** An oracle over the shards of a district, wherever they are held. */
export type ShardOracle = DuplicateOracle & {
  /** Ends all questions with the coverage that they have. */
  close(): Promise<void>
}

/** What it is opened with. */
export type ShardOracleOptions = {
  readonly store: PostgresStoreOptions
  /** A worker in this process: what it holds is not asked by way of the database. */
  readonly local?: Pick<MatchWorker, 'answer' | 'id' | 'state'>
  /** It looks for answers this often without being told; a second unless told. */
  readonly pollMs?: number
  readonly log?: Log
}

type Asked = {
  readonly question: Question
  readonly coverage: Coverage
  /** When nobody waits any more, in milliseconds of `performance`. */
  readonly endMs: number
  /** When it is asked again under another name. */
  againMs: number
  readonly names: Set<string>
  readonly settle: () => void
}

const POLL_MS = 1000
/** An answer may get lost on its way: after so long, or a third of its time, a question is asked again. */
const ASK_AGAIN_MS = 5000
/** A gallery may outgrow a row of thresholds while it is asked. */
const MOST_SIZES = 4
const MOST_WITHDRAWN = 64
const AS_IS = ['as-is'] as const

/** Opens an oracle; it needs no worker to be there yet. */
export async function openShardOracle(options: ShardOracleOptions): Promise<ShardOracle> {
  const { store, local, log, pollMs = POLL_MS } = options
  const { readers, shards } = await openMatchDatabase(store)
  const board = createBoard(readers, store)
  const asker = randomUUID()
  const asked = new Map<string, Asked>()
  const toPost = new Set<string>()
  const posted = new Set<string>()
  const toWithdraw: string[] = []
  const lastKnown = new Map<number, number>()
  const closing = new AbortController()
  let leases: ReadonlyMap<number, ValidLease> = new Map()
  let gallerySize = 0
  const onFault = (error: unknown) => log?.warn('match.fault', errorFields(error))
  const leaseReads = createTurns(async () => {
    leases = await validLeases(readers, store.district)
  })
  const posting = createDuty(post, onFault, closing.signal)
  const taking = createDuty(take, onFault, closing.signal)

  /** All that waits, in one statement. */
  async function post(): Promise<void> {
    const questions = new Map<string, Question>()
    for (const name of toPost) {
      const one = asked.get(name)
      const budgetMs = Math.floor((one?.endMs ?? 0) - performance.now())
      if (one && budgetMs > 0) questions.set(name, { ...one.question, budgetMs })
    }
    for (const name of questions.keys()) posted.add(name)
    if (questions.size > 0) await board.post(asker, questions)
    for (const name of questions.keys()) toPost.delete(name)
    const gone = toWithdraw.splice(0)
    if (gone.length > 0) await board.withdraw(gone)
  }

  async function take(): Promise<void> {
    if (posted.size === 0) return
    const answers = await board.take(asker)
    if (answers.length === 0) return
    // Read after the answers: a lease that was lost before them is known to be.
    await leaseReads.fresh()
    for (const { question, worker, answer } of answers) {
      const one = asked.get(question)
      if (one) hear(one, worker, answer)
    }
  }

  function hear({ coverage, settle }: Asked, worker: string, answer: ShardAnswer): void {
    const fenced = coverage.take(worker, answer, leases)
    if (fenced > 0) log?.warn('match.fenced', { worker, shards: fenced })
    if (coverage.isWhole) settle()
  }

  function look(): void {
    const now = performance.now()
    for (const one of new Set(asked.values())) {
      if (one.againMs > now) continue
      one.againMs = againAfter(now, one.endMs)
      for (const name of one.names) withdraw(name)
      name(one)
    }
    posting.wake()
    taking.wake()
  }

  function name(one: Asked): string {
    const name = randomUUID()
    one.names.add(name)
    asked.set(name, one)
    toPost.add(name)
    return name
  }

  function withdraw(name: string): void {
    toPost.delete(name)
    if (posted.has(name)) toWithdraw.push(name)
  }

  function forget(one: Asked): void {
    for (const name of one.names) {
      withdraw(name)
      asked.delete(name)
      posted.delete(name)
    }
    if (toWithdraw.length > MOST_WITHDRAWN) posting.wake()
  }

  /** Resolves when all shards have answered, or nobody waits any more. */
  function ask(question: Question, endMs: number, signal?: AbortSignal): Promise<Coverage> {
    const coverage = createCoverage(shards, lastKnown)
    const signals = [closing.signal, ...(signal ? [signal] : [])]
    if (signals.some(({ aborted }) => aborted)) return Promise.resolve(coverage)
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer)
        for (const ending of signals) ending.removeEventListener('abort', settle)
        forget(one)
        resolve(coverage)
      }
      const now = performance.now()
      const againMs = againAfter(now, endMs)
      const one: Asked = { question, coverage, endMs, againMs, names: new Set(), settle }
      const timer = setTimeout(settle, Math.max(0, endMs - now))
      for (const ending of signals) {
        setMaxListeners(0, ending) // many may wait on one signal; that is no leak
        ending.addEventListener('abort', settle)
      }
      start(one, signal)
    })
  }

  function start(one: Asked, signal?: AbortSignal): void {
    const first = name(one)
    // Where all is held here, perhaps nobody else need be asked.
    if (local?.state.loaded === shards) toPost.delete(first)
    else posting.wake()
    if (local && local.state.loaded > 0) void askHere(local, first, one, signal)
  }

  async function askHere(
    worker: NonNullable<ShardOracleOptions['local']>,
    first: string,
    one: Asked,
    signal?: AbortSignal,
  ): Promise<void> {
    try {
      const answer = await worker.answer(first, one.question, signal)
      await leaseReads.fresh()
      hear(one, worker.id, answer)
    } catch (error) {
      if (!closing.signal.aborted) onFault(error)
    }
    if (!asked.has(first) || posted.has(first)) return
    toPost.add(first)
    posting.wake()
  }

  const poll = setInterval(look, pollMs).unref()
  const listener = createListener(store, channelOf(store.district), [asker], pollMs, taking.wake)
  return {
    async query(probe, { mode, deadlineMs, signal, views = [] }) {
      const endMs = performance.now() + deadlineMs
      for (let sizes = 0; sizes < MOST_SIZES; sizes++) {
        const budgetMs = Math.max(1, Math.floor(endMs - performance.now()))
        const question = {
          ...{ references: probe, mode, budgetMs, gallerySize },
          views: views.length === 0 ? AS_IS : views,
        }
        const coverage = await ask(question, endMs, signal)
        if (!coverage.isWhole) return coverage.result()
        gallerySize = coverage.persons
        if (coverage.isDecidedFor(gallerySize)) return coverage.result()
      }
      // Whoever was compared was compared by the thresholds of another size.
      return { candidates: [], undecided: [], coverage: { searched: 0, known: gallerySize } }
    },
    async close() {
      closing.abort()
      clearInterval(poll)
      await listener.close()
      await Promise.all([posting.ended(), taking.ended()])
      await readers.close()
    },
  }
}

function againAfter(nowMs: number, endMs: number): number {
  return nowMs + Math.max(ASK_AGAIN_MS, (endMs - nowMs) / 3)
}

import { randomUUID } from 'node:crypto'
import type { GalleryOptions } from '../gallery.ts'
import { errorFields, type Log } from '../log.ts'
import { shardOfHandle } from '../postgres/gallery-shards.ts'
import { createListener } from '../postgres/listener.ts'
import type { PostgresStoreOptions } from '../postgres/postgres-options.ts'
import { channelOf, createBoard, FOR_WORKERS, type PostedAnswer } from './board.ts'
import { openMatchDatabase } from './database.ts'
import { createDuty } from './duty.ts'
import { HeldShards } from './held-shards.ts'
import { openLeases } from './leases.ts'
import type { Question, ShardAnswer } from './messages.ts'
import { openShardGallery } from './shard-gallery.ts'
import { createTurns } from './turns.ts'

/** What a worker is opened with. */
export type MatchWorkerOptions = {
  readonly store: PostgresStoreOptions
  readonly gallery?: GalleryOptions
  /** A shard whose worker is silent for so long is another's; 10 s unless told. */
  readonly leaseMs?: number
  /** It looks for questions this often without being told; a second unless told. */
  readonly pollMs?: number
  readonly log?: Log
}

/** What a worker holds. */
export type MatchState = {
  /** Shards of the district. */
  readonly shards: number
  /** Shards that it has a lease of, and how many of them are in memory. */
  readonly held: number
  readonly loaded: number
  readonly persons: number
}

/** A holder of shards at work. */
export type MatchWorker = {
  /** Its name in the table of leases, new with each start. */
  readonly id: string
  readonly state: MatchState
  /** What it can say to a question of its own process; the same question on the board is then passed over. */
  answer(id: string, question: Question, signal?: AbortSignal): Promise<ShardAnswer>
  /** Gives its shards back and ends. */
  close(): Promise<void>
}

type Waiting = {
  readonly name: string
  readonly question: Question
  readonly signal: AbortSignal
  readonly resolve: (answer: ShardAnswer) => void
  readonly reject: (error: unknown) => void
}

const LEASE_MS = 10_000
const POLL_MS = 1000
/** Renewed so often within a lease that two renewals may get lost. */
const RENEWALS_OF_LEASE = 4
const SWEEP_EVERY_RENEWALS = 10
const MOST_UNDERWAY = 64

/** Joins the workers of a district: leases shards, loads them, and answers questions about them. */
export async function openMatchWorker(options: MatchWorkerOptions): Promise<MatchWorker> {
  const { store, log, leaseMs = LEASE_MS, pollMs = POLL_MS } = options
  const id = randomUUID()
  const { readers, shards } = await openMatchDatabase(store)
  const board = createBoard(readers, store)
  const leases = await openLeases(readers, store.district, id, shards, leaseMs)
  const held = new HeldShards()
  /** Questions that were answered for all that was loaded then. */
  let answered = new Set<string>()
  const closing = new AbortController()
  const isClosing = () => closing.signal.aborted
  const gallery = await openShardGallery(readers, {
    ...{ store, shards, onDoubt },
    ...(options.gallery === undefined ? {} : { gallery: options.gallery }),
    ...(log === undefined ? {} : { log }),
  })
  const waiting: Waiting[] = []
  /** Questions of the board that are being answered. */
  const underway = new Map<string, Promise<void>>()
  const posts: { readonly asker: string; readonly post: PostedAnswer }[] = []
  const posting = createTurns(postAll)
  const onFault = (error: unknown) => log?.warn('match.fault', errorFields(error))
  const tidying = createDuty(tidy, onFault, closing.signal)
  const answering = createDuty(answerAll, onFault, closing.signal)
  let renewals = 0
  const renewing = createDuty(renew, onFault, closing.signal)
  const serving = createDuty(serve, onFault, closing.signal)

  function onDoubt(): void {
    log?.error('match.reload', { shards: held.size })
    held.lose(held.shards)
    tidying.wake()
  }

  async function renew(): Promise<void> {
    const { held: now, surplus } = await leases.renew()
    if (held.renew(now)) askedAnew()
    if (surplus > 0) {
      const given = [...held.shards].sort((a, b) => b - a).slice(0, surplus)
      held.lose(given)
      await leases.giveBack(given)
      await board.tellWorkers()
    }
    tidying.wake()
    if (++renewals % SWEEP_EVERY_RENEWALS === 0) await board.sweep()
  }

  /** What was answered is to be answered for other shards, or in another epoch. */
  function askedAnew(): void {
    answered = new Set()
    serving.wake()
  }

  /** Forgets what was lost and reads what was taken. */
  async function tidy(): Promise<void> {
    if (held.hasLost) await gallery.drop(held.takeLost())
    const [shard, lease] = held.unloaded ?? []
    if (shard === undefined || lease === undefined) return
    if ((await gallery.load(shard)) && held.isHeld(shard, lease)) {
      lease.isLoaded = true
      const { loaded, persons } = stateOf()
      if (loaded === held.size) log?.info('match.ready', { shards: loaded, persons })
      askedAnew()
    }
    tidying.wake()
  }

  /** Takes up what is open; while that is searched the next may be read. */
  async function serve(): Promise<void> {
    if (stateOf().loaded === 0 || underway.size >= MOST_UNDERWAY) return
    const seen = answered
    const open = await board.open([...seen, ...underway.keys()])
    if (answered === seen)
      answered = new Set(open.flatMap(({ id: one }) => (seen.has(one) ? one : [])))
    for (const { id: name, asker, leftMs, question } of open) {
      if (question === undefined || underway.has(name) || isClosing()) continue
      const asked = { ...question, budgetMs: Math.max(1, Math.floor(leftMs)) }
      underway.set(name, reply(name, asker, asked))
    }
  }

  async function reply(name: string, asker: string, question: Question): Promise<void> {
    try {
      const said = await answer(name, question)
      if (said.shards.length === 0) return
      posts.push({ asker, post: { question: name, worker: id, answer: said } })
      await posting.fresh()
    } catch (error) {
      answered.delete(name)
      if (!isClosing()) log?.warn('match.fault', errorFields(error))
    } finally {
      underway.delete(name)
      if (underway.size === MOST_UNDERWAY - 1) serving.wake()
    }
  }

  async function postAll(): Promise<void> {
    const due = posts.splice(0)
    for (const asker of new Set(due.map((one) => one.asker))) {
      await board.answer(
        asker,
        due.flatMap((one) => (one.asker === asker ? one.post : [])),
      )
    }
  }

  function answer(name: string, question: Question, signal?: AbortSignal): Promise<ShardAnswer> {
    return new Promise((resolve, reject) => {
      waiting.push({ name, question, signal: signal ?? closing.signal, resolve, reject })
      answering.wake()
    })
  }

  /** All that wait now are searched after one look at what was committed before. */
  async function answerAll(): Promise<void> {
    const due = waiting.splice(0)
    try {
      await gallery.catchUp()
      for (const { name, question, signal, resolve } of due) {
        resolve(await search(name, question, signal))
      }
    } catch (error) {
      for (const { reject } of due) reject(error)
    }
  }

  async function search(
    name: string,
    question: Question,
    signal: AbortSignal,
  ): Promise<ShardAnswer> {
    const before = held.loaded
    const own = { ...question, gallerySize: Math.max(question.gallerySize, gallery.size) }
    const found = await gallery.search(own, signal)
    const isWhole = found.coverage.searched === found.coverage.known
    const kept = isWhole ? before.filter(([shard, lease]) => held.isHeld(shard, lease)) : []
    const covered = new Set(kept.map(([shard]) => shard))
    const isKept = (handle: string) => covered.has(shardOfHandle(handle, shards))
    if (covered.size === held.loaded.length) answered.add(name)
    return {
      shards: kept.map(([shard, { epoch }]) => ({
        ...{ shard, epoch },
        persons: gallery.personsOf(shard),
      })),
      gallerySize: own.gallerySize,
      candidates: found.candidates
        .filter(({ handle }) => isKept(handle))
        .map(({ handle, scores, view }) => ({ handle, ...scores, view })),
      undecided: found.undecided.filter(isKept),
    }
  }

  function stateOf(): MatchState {
    return { shards, held: held.size, loaded: held.loaded.length, persons: gallery.size }
  }

  const timer = setInterval(() => renewing.wake(), leaseMs / RENEWALS_OF_LEASE)
  const listener = createListener(store, channelOf(store.district), [FOR_WORKERS], pollMs, () => {
    serving.wake()
    if (held.size < shards && stateOf().loaded === held.size) renewing.wake()
  })
  renewing.wake()
  return {
    id,
    get state() {
      return stateOf()
    },
    answer,
    async close() {
      closing.abort()
      clearInterval(timer)
      await listener.close()
      await Promise.all([renewing.ended(), tidying.ended(), serving.ended()])
      await answering.ended()
      // What was not begun is not done any more.
      for (const { reject } of waiting.splice(0)) reject(closing.signal.reason)
      await Promise.all(underway.values())
      await leases.leave().catch((error: unknown) => log?.warn('match.fault', errorFields(error)))
      await board.tellWorkers().catch(() => undefined)
      await gallery.close()
      await readers.close()
    },
  }
}

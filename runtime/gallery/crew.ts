import { Worker } from 'node:worker_threads'
import type { Bank, EncodedEyes } from '../../biometrics/search/bank.ts'
import type { SlabFinds } from '../../biometrics/search/slab-finds.ts'
import type { Plan } from '../../biometrics/search/slab-memory.ts'
import type { Timers } from '../../protocol/timers.ts'
import { retryDelayMs } from '../retry-delay.ts'
import type { Banks } from './banks.ts'
import type { SlabOrder, WorkerOrder, WorkerReport } from './search-messages.ts'

/** A search that workers take part in. */
export type CrewSearch = {
  /** In shared memory. */
  readonly eyes: EncodedEyes
  readonly plan: Plan
  /** Slabs of a part, so that searches take turns every few milliseconds. */
  readonly slabsOfPart: number
  /** Rows of a slab that are looked at. */
  countIn(slab: number): number
  /** Told of each part that was swept. */
  onSwept(slabs: readonly number[], finds: readonly SlabFinds[]): void
  /** Told once, when nothing more comes: parts of a thread that died meanwhile never came. */
  onDone(): void
}

/** What a crew is made with. */
export type CrewOptions = {
  readonly banks: Banks
  readonly timers: Timers
  /** Starts a thread; an argument so that a test can end one. */
  readonly startWorker: (backend: string) => Worker
  /** Told of each thread that died. */
  readonly onFault: (error: unknown) => void
}

/** Starts the thread of search-worker.ts. */
export function startSearchWorker(backend: string): Worker {
  // Its own arguments only: what the process was started with is not for it.
  const options = { workerData: { backend }, argv: [], execArgv: [] }
  return new Worker(new URL('./search-worker.js', import.meta.url), options)
}

const RESTART = { retryMinMs: 0, retryMaxMs: 10_000 }

type Task = {
  readonly id: number
  readonly search: CrewSearch
  /** Parts of each lane that were not handed out. */
  readonly waiting: (readonly number[])[][]
  /** Parts that are waiting or being swept. */
  left: number
}
type Lane = {
  worker: Worker | undefined
  isReady: boolean
  /** Failures since a part was last swept. */
  failures: number
  underway: { readonly task: Task; readonly slabs: readonly number[] } | undefined
  readonly known: Set<number>
  cancelRestart: () => void
}

/** Threads that sweep the lanes of a gallery, one each; searches take turns, part by part. */
export class Crew {
  readonly #options: CrewOptions
  readonly #lanes: readonly Lane[]
  #banks: Banks
  /** In the order of their turns. */
  #tasks: Task[] = []
  #lastId = 0
  #isClosed = false

  constructor(options: CrewOptions) {
    this.#options = options
    this.#banks = options.banks
    this.#lanes = Array.from({ length: options.banks.lanes }, () => ({
      worker: undefined,
      isReady: false,
      failures: 0,
      underway: undefined,
      known: new Set<number>(),
      cancelRestart: () => {},
    }))
    this.#listen()
    for (const lane of this.#lanes.keys()) this.#start(lane)
  }

  get threads(): number {
    return this.#lanes.length
  }

  /** Sweeps other banks from now on; for when no search is under way. */
  useBanks(banks: Banks): void {
    this.#banks = banks
    this.#listen()
    for (const [lane, { worker }] of this.#lanes.entries()) {
      worker?.postMessage({ name: 'forget-banks' } satisfies WorkerOrder)
      for (const bank of banks.banksOf(lane)) this.#addBank(lane, bank)
    }
  }

  /** Sweeps slabs; returns what ends it early. */
  search(search: CrewSearch, slabs: number): () => void {
    this.#lastId++
    const waiting = this.#lanes.map((): (readonly number[])[] => [])
    for (const [lane, parts] of waiting.entries()) {
      for (const part of partsOf(lane, slabs, this.#lanes.length, search.slabsOfPart)) {
        parts.push(part)
      }
    }
    const left = waiting.reduce((sum, parts) => sum + parts.length, 0)
    const task: Task = { id: this.#lastId, search, waiting, left }
    this.#tasks.push(task)
    this.#holdProcess()
    for (const lane of this.#lanes.keys()) this.#next(lane)
    // Nobody is told before it is known how to end it.
    if (left === 0) queueMicrotask(() => this.#end(task))
    return () => this.#end(task)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const task of this.#tasks) this.#end(task)
    await Promise.all(
      this.#lanes.map((lane) => {
        lane.cancelRestart()
        return lane.worker?.terminate()
      }),
    )
  }

  #listen(): void {
    this.#banks.onBank = (lane, bank) => this.#addBank(lane, bank)
  }

  #addBank(lane: number, bank: Bank): void {
    const memory = bank.memory
    if (!memory) return
    const order: WorkerOrder = { name: 'bank', memory: memory.memory, layout: bank.layout }
    this.#lanes[lane]?.worker?.postMessage(order)
  }

  #start(index: number): void {
    const lane = this.#lanes[index]
    if (!lane || this.#isClosed) return
    const worker = this.#startedWorker(index)
    if (!worker) return
    lane.worker = worker
    lane.known.clear()
    if (this.#tasks.length === 0) worker.unref()
    let error: unknown
    worker.on('message', (report: WorkerReport) => this.#onReport(index, report))
    worker.on('error', (cause) => {
      error = cause
    })
    worker.on('exit', () => this.#onExit(index, error))
    for (const bank of this.#banks.banksOf(index)) this.#addBank(index, bank)
  }

  /** A thread that the system refuses is as one that died at once. */
  #startedWorker(index: number): Worker | undefined {
    try {
      return this.#options.startWorker(this.#banks.backend)
    } catch (error) {
      this.#onExit(index, error)
      return undefined
    }
  }

  #onReport(index: number, report: WorkerReport): void {
    const lane = this.#lanes[index]
    if (!lane) return
    if (report.name === 'ready') lane.isReady = true
    else this.#onSwept(lane, report.finds)
    this.#next(index)
  }

  #onSwept(lane: Lane, finds: readonly SlabFinds[]): void {
    const { underway } = lane
    lane.underway = undefined
    lane.failures = 0
    if (!underway || !this.#tasks.includes(underway.task)) return
    underway.task.search.onSwept(underway.slabs, finds)
    this.#partDone(underway.task)
  }

  /** What it was sweeping stays unswept: the same rows might end the next thread as well. */
  #onExit(index: number, error: unknown): void {
    const lane = this.#lanes[index]
    if (!lane || this.#isClosed) return
    const { underway } = lane
    lane.worker = undefined
    lane.isReady = false
    lane.underway = undefined
    if (underway) this.#partDone(underway.task)
    this.#options.onFault(error)
    const delayMs = lane.failures === 0 ? 0 : retryDelayMs(lane.failures, RESTART, Math.random)
    lane.failures++
    lane.cancelRestart = this.#options.timers.after(delayMs, () => this.#start(index))
  }

  /** A gallery that nobody closed keeps no process alive, but for a search that is under way. */
  #holdProcess(): void {
    for (const { worker } of this.#lanes) {
      if (this.#tasks.length > 0) worker?.ref()
      else worker?.unref()
    }
  }

  #partDone(task: Task): void {
    task.left--
    if (task.left === 0) this.#end(task)
  }

  #end(task: Task): void {
    if (!this.#tasks.includes(task)) return
    this.#tasks = this.#tasks.filter((other) => other !== task)
    this.#holdProcess()
    for (const { worker, known } of this.#lanes) {
      if (known.delete(task.id)) {
        worker?.postMessage({ name: 'forget-probe', search: task.id } satisfies WorkerOrder)
      }
    }
    task.search.onDone()
  }

  /** Hands a lane its next part: that of the search that has waited longest for one. */
  #next(index: number): void {
    const lane = this.#lanes[index]
    if (!lane?.worker || !lane.isReady || lane.underway) return
    const task = this.#tasks.find(({ waiting }) => (waiting[index]?.length ?? 0) > 0)
    const slabs = task?.waiting[index]?.shift()
    if (!task || !slabs) return
    this.#tasks = [...this.#tasks.filter((other) => other !== task), task]
    lane.underway = { task, slabs }
    const { worker } = lane
    const { eyes, plan, countIn } = task.search
    if (!lane.known.has(task.id)) {
      lane.known.add(task.id)
      worker.postMessage({ name: 'probe', search: task.id, eyes, plan } satisfies WorkerOrder)
    }
    const orders = slabs.map((slab): SlabOrder => {
      const { bank, slab: own, addRow } = this.#banks.placeOf(slab)
      return [bank, own, countIn(slab), addRow]
    })
    const order: WorkerOrder = { name: 'sweep', search: task.id, slabs: orders }
    worker.postMessage(order)
  }
}

/** The slabs of a lane in parts. */
function partsOf(
  lane: number,
  slabs: number,
  lanes: number,
  slabsOfPart: number,
): readonly (readonly number[])[] {
  const own = Array.from(
    { length: Math.max(0, Math.ceil((slabs - lane) / lanes)) },
    (_, i) => lane + i * lanes,
  )
  return Array.from({ length: Math.ceil(own.length / slabsOfPart) }, (_, i) =>
    own.slice(i * slabsOfPart, (i + 1) * slabsOfPart),
  )
}

import type { Worker } from 'node:worker_threads'
import t, { type Test } from 'tap'
import { searchExhaustively } from '../../../biometrics/search/exhaustive.ts'
import { startSearchWorker } from '../../../runtime/gallery/crew.ts'
import type { WorkerOrder } from '../../../runtime/gallery/search-messages.ts'
import type { Gallery, GalleryOptions } from '../../../runtime/gallery.ts'
import {
  adversarialPeople,
  figuresOf,
  handleOf,
  opened,
  probeEyes,
  referencesOf,
} from '../../kit/gallery-people.ts'
import { openTemporaryStore } from '../../kit/temporary-store.ts'
import { createManualTimers } from '../manual-timers.ts'

const probe = probeEyes(1)
const people = adversarialPeople(probe, 60, 3)
const exact = { mode: 'exact', deadlineMs: 60_000 } as const
const IN_THREADS = { memory: 'resident', threads: 2, workersAbove: 0 } as const

/** A gallery of some people at its beginning and `count` in all, of whom the others have no eyes. */
async function galleryOf(t: Test, count: number, options: GalleryOptions): Promise<Gallery> {
  const { store } = await openTemporaryStore(t)
  const gallery = await opened(t, store, options)
  for (const { handle, ...eyes } of people) gallery.admit(handle, referencesOf(eyes))
  for (let n = people.length; n < count; n++) gallery.admit(handleOf(n), [])
  return gallery
}

/** Threads whose orders pass through `onOrder`; what it gives back is not handed on. */
function watchedWorkers(onOrder: (order: WorkerOrder, worker: Worker) => 'drop' | undefined) {
  const started: Worker[] = []
  const startWorker = (backend: string) => {
    const worker = startSearchWorker(backend)
    const post = worker.postMessage.bind(worker)
    worker.postMessage = (order: WorkerOrder) => {
      if (onOrder(order, worker) !== 'drop') post(order)
    }
    started.push(worker)
    return worker
  }
  return { started, startWorker }
}

t.test(
  'what a thread that dies was sweeping is missing from the coverage, and from no later one',
  async (t) => {
    let isToDie = true
    const { started, startWorker } = watchedWorkers((order, worker) => {
      if (order.name !== 'sweep' || !isToDie) return undefined
      isToDie = false
      void worker.terminate()
      return 'drop'
    })
    const gallery = await galleryOf(t, 3000, { ...IN_THREADS, startWorker })
    const first = await gallery.query(referencesOf(probe), exact)
    // Of three slabs the lanes have two and one.
    t.ok([1024, 3000 - 1024].includes(first.coverage.searched), `${first.coverage.searched}`)
    t.equal(first.coverage.known, 3000)
    const second = await gallery.query(referencesOf(probe), exact)
    t.same(second.coverage, { searched: 3000, known: 3000 })
    t.same(figuresOf(second), figuresOf(searchExhaustively(probe, people, 3000)))
    t.equal(started.length, 3, 'one was started anew')
  },
)

t.test(
  'a search whose thread says nothing answers at its deadline, or when nobody waits',
  async (t) => {
    const timers = createManualTimers()
    const { startWorker } = watchedWorkers((order) => (order.name === 'sweep' ? 'drop' : undefined))
    const gallery = await galleryOf(t, 1500, { ...IN_THREADS, startWorker, timers })
    const waiting = gallery.query(referencesOf(probe), { ...exact, deadlineMs: 1000 })
    timers.advance(1000)
    t.same((await waiting).coverage, { searched: 0, known: 1500 })
    const cancelling = new AbortController()
    const cancelled = gallery.query(referencesOf(probe), { ...exact, signal: cancelling.signal })
    cancelling.abort()
    t.same((await cancelled).coverage, { searched: 0, known: 1500 })
    const closed = gallery.query(referencesOf(probe), exact)
    await gallery.close()
    t.same((await closed).coverage, { searched: 0, known: 1500 })
  },
)

t.test('searches at the same time take turns', async (t) => {
  const order: number[] = []
  const { startWorker } = watchedWorkers((one) => {
    if (one.name === 'sweep') order.push(one.search)
    return undefined
  })
  const gallery = await galleryOf(t, 8 * 1024, { ...IN_THREADS, threads: 1, startWorker })
  const found = await Promise.all([1, 2, 3].map(() => gallery.query(referencesOf(probe), exact)))
  const [first = 0] = order
  t.same(order.slice(1, 10), [1, 2, 0, 1, 2, 0, 1, 2, 0].map((n) => first + n)) // biome-ignore format: one line
  for (const one of found) t.equal(one.coverage.searched, 8 * 1024)
})

t.test('a small gallery starts no thread, one that grows does', async (t) => {
  const { started, startWorker } = watchedWorkers(() => undefined)
  const gallery = await galleryOf(t, 100, { threads: 2, workersAbove: 100, startWorker })
  const expected = figuresOf(searchExhaustively(probe, people, 100))
  t.same(figuresOf(await gallery.query(referencesOf(probe), exact)), expected)
  t.same([started.length, gallery.state.threads], [0, 0])
  gallery.admit(handleOf(100), [])
  t.same([started.length, gallery.state.threads], [2, 2])
  t.same(figuresOf(await gallery.query(referencesOf(probe), exact)), expected)
})

t.test('empty rows are filled from the end, and searches meanwhile miss nobody', async (t) => {
  for (const threads of [0, 2]) {
    const gallery = await galleryOf(t, 6000, { ...IN_THREADS, threads })
    for (let n = 100; n < 2000; n++) gallery.erase(handleOf(n))
    const expected = searchExhaustively(probe, people, 4100)
    // Compaction takes some turns; these searches start before, during and after it.
    for (let time = 0; time < 4; time++) {
      const found = await gallery.query(referencesOf(probe), exact)
      t.same(figuresOf(found), figuresOf(expected), `${threads} threads`)
      t.same(found.coverage, { searched: 4100, known: 4100 })
      t.equal(found.undecided.length, 4040 + expected.undecided.length)
      t.equal(new Set(found.undecided).size, found.undecided.length, 'nobody twice')
    }
  }
})

t.test('a gallery that lost everyone answers as an empty one', async (t) => {
  const gallery = await galleryOf(t, 4100, IN_THREADS)
  for (let n = 0; n < 4100; n++) gallery.erase(handleOf(n))
  // Compaction gives up the empty rows within these.
  for (let time = 0; time < 3; time++) {
    const { candidates, undecided, coverage } = await gallery.query(referencesOf(probe), exact)
    t.same([candidates, undecided, coverage], [[], [], { searched: 0, known: 0 }])
  }
})

t.test('a thread that cannot be started is tried again, and the gallery works on', async (t) => {
  const timers = createManualTimers()
  const { startWorker } = watchedWorkers(() => undefined)
  let refusals = 3
  const gallery = await galleryOf(t, 1500, {
    ...IN_THREADS,
    timers,
    startWorker(backend) {
      refusals--
      if (refusals >= 0) throw new Error('no thread is to be had')
      return startWorker(backend)
    },
  })
  const waiting = gallery.query(referencesOf(probe), { ...exact, deadlineMs: 1000 })
  timers.advance(1000)
  t.ok((await waiting).coverage.searched < 1500)
  timers.advance(60_000)
  t.same((await gallery.query(referencesOf(probe), exact)).coverage, {
    searched: 1500,
    known: 1500,
  })
})

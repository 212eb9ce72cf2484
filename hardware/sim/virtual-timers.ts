import type { Timers } from '../../protocol/timers.ts'

/** Timers whose time passes only when told, for tests and for rigs under virtual time. */
export type VirtualTimers = Timers & {
  readonly nowMs: number
  /** Lets so much time pass: each due action runs in its order, with pending promises between. */
  advance(ms: number): Promise<void>
}

/** Starts at 0 ms. */
export function createVirtualTimers(): VirtualTimers {
  let nowMs = 0
  let count = 0
  const agenda = createAgenda()
  return {
    after: (ms, action) => {
      const entry: Entry = { at: nowMs + ms, order: count++, action }
      agenda.add(entry)
      return () => {
        entry.action = undefined
      }
    },
    get nowMs() {
      return nowMs
    },
    advance: async (ms) => {
      const limit = nowMs + ms
      for (;;) {
        await settled()
        const due = agenda.takeUntil(limit)
        if (due?.action === undefined) break
        nowMs = due.at
        due.action()
      }
      nowMs = limit
    },
  }
}

/** `action` is absent once it was called off. */
type Entry = { readonly at: number; readonly order: number; action: (() => void) | undefined }

/** A heap: a line of bytes keeps thousands of entries, each of them in its order. */
function createAgenda() {
  const heap: Entry[] = []
  const take = (): Entry | undefined => {
    const [first] = heap
    const last = heap.pop()
    if (last !== undefined && last !== first) sink(heap, last)
    return first
  }
  return {
    add: (entry: Entry): void => rise(heap, entry),
    /** The first that is due by then and was not called off. */
    takeUntil: (limit: number): Entry | undefined => {
      for (let [first] = heap; first !== undefined && first.at <= limit; [first] = heap) {
        take()
        if (first.action !== undefined) return first
      }
      return undefined
    },
  }
}

function rise(heap: Entry[], entry: Entry): void {
  let at = heap.length
  while (at > 0) {
    const above = (at - 1) >> 1
    const parent = heap[above]
    if (parent === undefined || isBefore(parent, entry)) break
    heap[at] = parent
    at = above
  }
  heap[at] = entry
}

function sink(heap: Entry[], entry: Entry): void {
  let at = 0
  for (;;) {
    const left = heap[2 * at + 1]
    const right = heap[2 * at + 2]
    if (left === undefined) break
    const isLeft = right === undefined || isBefore(left, right)
    const least = isLeft ? left : right
    if (isBefore(entry, least)) break
    heap[at] = least
    at = 2 * at + (isLeft ? 1 : 2)
  }
  heap[at] = entry
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

/** A turn of the event loop: every promise that can settle has settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

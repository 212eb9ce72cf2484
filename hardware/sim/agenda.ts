/** Something to do at a time; `action` is absent once it was called off. */
export type Entry = {
  readonly at: number
  readonly order: number
  action: (() => void) | undefined
}

/** What is to be done, in its order. */
export type Agenda = {
  add(entry: Entry): void
  /** The first that is due by then and was not called off. */
  takeUntil(limit: number): Entry | undefined
  /** When the first is due; one that was called off may be in front. */
  readonly nextAt: number | undefined
}

/** A heap: a line of bytes keeps thousands of entries. */
export function createAgenda(): Agenda {
  const heap: Entry[] = []
  const take = (): Entry | undefined => {
    const [first] = heap
    const last = heap.pop()
    if (last !== undefined && last !== first) sink(heap, last)
    return first
  }
  return {
    add: (entry) => rise(heap, entry),
    takeUntil: (limit) => {
      for (let [first] = heap; first !== undefined && first.at <= limit; [first] = heap) {
        take()
        if (first.action !== undefined) return first
      }
      return undefined
    },
    get nextAt() {
      return heap[0]?.at
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

/** Knows when there is nothing left to do, and tells whoever waits for it. */
export type Activity = {
  /** Marks the begin of some work; returns the function that marks its end. */
  begin(): () => void
  /** `isDone` is asked again at each end and at each `check`. */
  watch(isDone: () => boolean): void
  check(): void
  /** Resolves when no work is under way and every `isDone` says so. */
  idle(): Promise<void>
}

/** No work yet. */
export function createActivity(): Activity {
  const conditions: (() => boolean)[] = []
  let waiters: (() => void)[] = []
  let count = 0
  const isIdle = () => count === 0 && conditions.every((isDone) => isDone())
  function check(): void {
    if (waiters.length === 0 || !isIdle()) return
    const told = waiters
    waiters = []
    for (const tell of told) tell()
  }
  return {
    begin() {
      count += 1
      let isOver = false
      return () => {
        if (isOver) return
        isOver = true
        count -= 1
        check()
      }
    },
    watch: (isDone) => void conditions.push(isDone),
    check,
    idle: () =>
      new Promise((resolve) => {
        waiters.push(resolve)
        check()
      }),
  }
}

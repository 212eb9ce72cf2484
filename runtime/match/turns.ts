/** Work that runs one piece after another; `fresh` is shared by all who ask before it begins. */
export type Turns = {
  /** Runs alone, after whatever was asked for before. */
  alone<T>(work: () => Promise<T>): Promise<T>
  /** A run of the shared work that begins after this call. */
  fresh(): Promise<void>
}

/** Turns whose shared work is `shared`. */
export function createTurns(shared: () => Promise<void> = async () => undefined): Turns {
  let last: Promise<unknown> = Promise.resolve()
  let next: Promise<void> | undefined

  function alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work)
    last = turn.catch(() => undefined)
    return turn
  }

  return {
    alone,
    fresh() {
      next ??= alone(() => {
        next = undefined
        return shared()
      })
      return next
    },
  }
}

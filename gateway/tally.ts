/** Numbers of this process that rest nowhere. */
export type Tally = {
  /** Messages that were not acted on. */
  readonly refused: number
  /** Records that wait at their kiosk because of a quota. */
  readonly held: number
  refuse(): void
  hold(record: string): void
  release(record: string): void
}

/** Records counted as held at most: names from outside take bounded memory. */
const MAX_HELD = 10_000

/** All zero. */
export function createTally(): Tally {
  const held = new Set<string>()
  let refused = 0
  return {
    get refused() {
      return refused
    },
    get held() {
      return held.size
    },
    refuse() {
      refused += 1
    },
    hold(record) {
      if (held.size < MAX_HELD) held.add(record)
    },
    release: (record) => void held.delete(record),
  }
}

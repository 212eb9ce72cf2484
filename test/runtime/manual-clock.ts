import type { Clock } from '../../runtime/clock.ts'

/** A clock that stands still until it is told otherwise; `unix` is seconds since 1970 UTC. */
export type ManualClock = Clock & {
  set(unix: number): void
  advance(seconds: number): void
}

/** A clock for tests; it starts on 1 January 2027 unless told. */
export function createManualClock(startUnix = 1_798_761_600): ManualClock {
  let unix = startUnix
  return {
    now: () => ({ unix, uncertaintyS: 0, source: 'manual' }),
    set(to) {
      unix = to
    },
    advance(seconds) {
      unix += seconds
    },
  }
}

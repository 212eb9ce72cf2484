import type { ClockReading } from '../protocol/time.ts'

/** The only way in which code asks for the time of day. */
export type Clock = { now(): ClockReading }

/** A clock that never reads earlier than the newest signed time that was verified. */
export type FlooredClock = Clock & {
  /** Takes a verified signed time, in Unix seconds; a lower one than before changes nothing. */
  raiseFloor(unix: number): void
}

/** Uncertainty assumed of a machine whose time nobody has checked: a kiosk that was left for a day with a poor crystal (50 ppm = 4 s) and a coarse battery clock. */
const UNCHECKED_UNCERTAINTY_S = 30

/**
 * The machine's clock above a floor, in Unix seconds, that the caller has kept from its last run.
 * A machine that stands below the floor reads the floor, `source` "floor", with the gap as uncertainty.
 */
export function createSystemClock(
  floorUnix = 0,
  systemUnix: () => number = () => Date.now() / 1000,
  uncertaintyS: number = UNCHECKED_UNCERTAINTY_S,
): FlooredClock {
  let floor = floorUnix
  return {
    now() {
      const unix = Math.floor(systemUnix())
      if (unix >= floor) return { unix, uncertaintyS, source: 'system' }
      return { unix: floor, uncertaintyS: uncertaintyS + floor - unix, source: 'floor' }
    },
    raiseFloor(unix) {
      if (Number.isSafeInteger(unix)) floor = Math.max(floor, unix)
    },
  }
}

import { fromText, toText } from '../protocol/bytes.ts'
import type { UnixSeconds } from '../protocol/time.ts'
import type { FlooredClock } from '../runtime/clock.ts'
import type { Store } from '../runtime/store.ts'

const TABLE = 'clock'
const KEY = 'floor'
/** The floor is written this seldom: an hour back after a dead battery is harmless, a write a message is wear. */
const STEP_S = 3600

/** The newest signed time of earlier runs, in Unix seconds, for `createSystemClock`; 0 at first. */
export async function readClockFloor(store: Store): Promise<UnixSeconds> {
  const stored = await store.get(TABLE, KEY)
  const floor = stored === undefined ? 0 : Number(toText(stored))
  return Number.isSafeInteger(floor) ? floor : 0
}

/** Takes signed times into the clock, and keeps them for the next start. */
export function keepClockFloor(
  clock: FlooredClock,
  store: Store,
  kept: UnixSeconds,
  onFault: (error: unknown) => void,
): (unix: UnixSeconds) => void {
  let written = kept
  return (unix) => {
    clock.raiseFloor(unix)
    if (unix < written + STEP_S) return
    written = unix
    const value = fromText(String(unix))
    store.commit({ writes: [{ table: TABLE, key: KEY, value }] }).catch(onFault)
  }
}

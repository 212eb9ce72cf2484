import { createPatientTimers } from '../../../hardware/sim/patient-timers.ts'
import type { PlaceClock } from './place.ts'

/** Real time from 0 ms, as this process and its machine get to it. */
export function realClock(): PlaceClock {
  const timers = createPatientTimers()
  return {
    after: timers.after,
    during: timers.during,
    get nowMs() {
      return timers.nowMs
    },
    until: (promise) => promise,
  }
}

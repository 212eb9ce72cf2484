import type { TapOutcome } from '../../protocol/messages/tap-counts.ts'
import type { Tone } from '../../web/tones.ts'
import type { KioskState } from '../kiosk-state.ts'

/** Told apart by number and pitch: one high, two low, one that falls, three short. */
const SIGNALS: Record<TapOutcome, readonly Tone[]> = {
  go: [{ hertz: 1047, startMs: 0, lengthMs: 180 }],
  stop: [
    { hertz: 262, startMs: 0, lengthMs: 220 },
    { hertz: 262, startMs: 320, lengthMs: 220 },
  ],
  again: [
    { hertz: 659, startMs: 0, lengthMs: 150 },
    { hertz: 494, startMs: 150, lengthMs: 200 },
  ],
  'one-card-please': [
    { hertz: 523, startMs: 0, lengthMs: 80 },
    { hertz: 523, startMs: 140, lengthMs: 80 },
    { hertz: 523, startMs: 280, lengthMs: 80 },
  ],
}

/** The signal of a tap that `previous` did not show yet; a snapshot that repeats it is silent. */
export function tapSignal(state: KioskState, previous: KioskState | undefined): readonly Tone[] {
  const { screen } = state
  // The first snapshot after a reload shows an old tap.
  if (screen.name !== 'tap' || previous === undefined) return []
  return JSON.stringify(screen) === JSON.stringify(previous.screen) ? [] : SIGNALS[screen.outcome]
}

import type { Note, RingShow } from './messages.ts'

/** One thing that the panel says, by light and by sound. */
export type Sign = { readonly ring: RingShow; readonly notes: readonly Note[] }

/** The name of a sign. */
export type SignName =
  | 'idle'
  | 'welcome'
  | 'lookLeft'
  | 'lookRight'
  | 'working'
  | 'placeCard'
  | 'go'
  | 'stop'
  | 'again'
  | 'oneCard'
  | 'helpCalled'
  | 'pause'
  | 'fault'
  | 'off'

/**
 * What a resident sees and hears without a screen. No two signs share a movement and a colour, the
 * four outcomes of a tap differ in movement alone, and none of their tunes has another's rhythm.
 */
export const SIGNS: Readonly<Record<SignName, Sign>> = {
  idle: sign('breathe', [20, 20, 30], 4000),
  welcome: sign('breathe', [60, 60, 90], 1500, [note(660, 120)]),
  lookLeft: sign('left', [90, 90, 90], 800),
  lookRight: sign('right', [90, 90, 90], 800),
  working: sign('spin', [50, 50, 100], 1200),
  placeCard: sign('spin', [100, 100, 100], 2400, [note(880, 80)]),
  go: sign('steady', [0, 120, 20], 1000, [note(784, 120), note(1047, 250)]),
  stop: sign('blink', [127, 0, 0], 1600, [note(220, 600)]),
  again: sign('breathe', [120, 70, 0], 700, [note(440, 150), pause(100), note(440, 150)]),
  oneCard: sign('opposite', [120, 70, 0], 900, [
    note(523, 100),
    pause(80),
    note(523, 100),
    pause(80),
    note(523, 100),
  ]),
  helpCalled: sign('breathe', [0, 40, 127], 2000, [note(523, 200), note(659, 200)]),
  pause: sign('breathe', [60, 60, 60], 6000),
  fault: sign('blink', [120, 60, 0], 4000),
  off: sign('off', [0, 0, 0], 1000),
}

/** So much of the ring is lit: 0 nothing, 1 all of it. */
export function progressSign(share: number): Sign {
  const level = Math.round(24 * Math.min(1, Math.max(0, share)))
  return { ring: { pattern: 'fill', colour: [50, 50, 100], level }, notes: [] }
}

function sign(
  pattern: RingShow['pattern'],
  colour: RingShow['colour'],
  periodMs: number,
  notes: readonly Note[] = [],
): Sign {
  return { ring: { pattern, colour, periodMs }, notes }
}

function note(hertz: number, ms: number): Note {
  return { hertz, ms }
}

function pause(ms: number): Note {
  return { hertz: 0, ms }
}

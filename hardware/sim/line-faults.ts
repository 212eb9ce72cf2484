import type { Act, Strike } from './cable-way.ts'
import type { CablePlan } from './faulty-cable.ts'
import type { Random } from './random.ts'

/** Bytes that a piece of work sends over a good cable: a fault falls among them, so that it happens. */
export type Traffic = { readonly toDevice: number; readonly toHost: number }

/** What a named fault of the cable is, for one seed. */
export type LineFault = {
  readonly name: string
  /** False where the bus itself keeps packets whole and checked, as USB does for reports. */
  readonly isOfReports: boolean
  readonly plan: (random: Random, traffic: Traffic) => CablePlan
}

/** Longer than it takes to notice and shorter than a resident stays. */
const AWAY_MS = [50, 4000] as const

/** Every fault of one cable, by name. */
export const LINE_FAULTS: readonly LineFault[] = [
  report('none', () => ({})),
  stream('split', (random) => ({ chunkMaxBytes: 1 + random.int(8) })),
  stream('merged', () => ({ gatherMs: 16 })),
  stream('bit-flipped', (random, traffic) => strikes(random, traffic, 3, () => flip(random))),
  stream('bytes-dropped', (random, traffic) =>
    strikes(random, traffic, 3, () => ({ kind: 'drop', bytes: 1 + random.int(4) })),
  ),
  stream('byte-doubled', (random, traffic) =>
    strikes(random, traffic, 3, () => ({ kind: 'double' })),
  ),
  stream('noise-at-open', (random) => ({ strayAtOpen: 1 + random.int(64) })),
  stream('noise', (random, traffic) => strikes(random, traffic, 2, () => noise(random))),
  report('command-lost', (random, { toDevice }) =>
    one('toDevice', random.int(toDevice), { kind: 'mute', ms: random.between(0, 50) }),
  ),
  report('answer-lost', (random, { toHost }) =>
    one('toHost', random.int(toHost), { kind: 'mute', ms: random.between(0, 50) }),
  ),
  report('answer-late', (random, { toHost }) =>
    one('toHost', random.int(toHost), { kind: 'hold', ms: random.between(20, 2500) }),
  ),
  report('wedged', (random, traffic) =>
    strikes(random, traffic, 1, () => ({ kind: 'mute', ms: random.between(500, 4000) })),
  ),
  report('half-open', (random, traffic) =>
    strikes(random, traffic, 1, () => ({ kind: 'half-open' })),
  ),
  report('unplugged', (random, traffic) => strikes(random, traffic, 1, () => unplug(random, true))),
  report('unplugged-untold', (random, traffic) =>
    strikes(random, traffic, 1, () => unplug(random, false)),
  ),
  report('replugged-elsewhere', (random, traffic) =>
    strikes(random, traffic, 1, () => unplug(random, random.int(2) === 0, '/dev/ttyUSB7')),
  ),
  report('twins-swapped', (random, traffic) => ({
    ...strikes(random, traffic, 1, () => unplug(random, true, '/dev/ttyUSB1')),
    hasTwin: true,
  })),
]

function stream(name: string, plan: LineFault['plan']): LineFault {
  return { name, isOfReports: false, plan }
}

function report(name: string, plan: LineFault['plan']): LineFault {
  return { name, isOfReports: true, plan }
}

/** 1 to `most` strikes anywhere in the traffic, either way. */
function strikes(random: Random, traffic: Traffic, most: number, act: () => Act): CablePlan {
  const count = 1 + random.int(most)
  return { strikes: Array.from({ length: count }, () => anywhere(random, traffic, act())) }
}

function anywhere(random: Random, { toDevice, toHost }: Traffic, act: Act): Strike {
  const at = random.int(toDevice + toHost)
  return at < toDevice
    ? { way: 'toDevice', atByte: at, act }
    : { way: 'toHost', atByte: at - toDevice, act }
}

function one(way: Strike['way'], atByte: number, act: Act): CablePlan {
  return { strikes: [{ way, atByte, act }] }
}

function flip(random: Random): Act {
  return { kind: 'flip', bit: random.int(8) }
}

function noise(random: Random): Act {
  const bytes = Uint8Array.from({ length: 1 + random.int(32) }, () => random.int(256))
  return { kind: 'noise', bytes }
}

function unplug(random: Random, isTold: boolean, node?: string): Act {
  const awayMs = random.between(...AWAY_MS)
  return { kind: 'unplug', awayMs, isTold, ...(node === undefined ? {} : { node }) }
}

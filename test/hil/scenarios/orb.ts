import { verifyBurst } from '../../../hardware/orb/burst.ts'
import { type Orb, openOrb } from '../../../hardware/orb/orb.ts'
import type { FrameSource } from '../../../hardware/orb/simulated-frames.ts'
import { simulatedHeadKey, startOrbSimulator } from '../../../hardware/orb/simulator.ts'
import { equalBytes } from '../../../protocol/bytes.ts'
import { verifyMessage } from '../../../protocol/secp256k1.ts'
import {
  type Act,
  type Emulated,
  type Peripheral,
  type Scene,
  type World,
  wrong,
} from '../scenario.ts'

/** About what USB full speed gives a serial port: a megabyte a second. */
const USB_BAUD = 10_000_000
const FRAMES = 4
const LEAST_FRAMES = 2
const CAPTURE_MS = 4000
const DISTANCE_MM = 310
const KEY = simulatedHeadKey(7)

/** An orb camera head over USB-CDC. */
const ORB: Peripheral<Orb, undefined> = {
  role: 'orb',
  name: 'iris camera',
  baud: USB_BAUD,
  unit: 'byte',
  greet: (port, timers, signal, draw) => openOrb(port, { random: draw, timers, signal }),
  probe: (orb, signal) => orb.distance(signal),
  emulate: emulateHead,
}

const greeting: Scene<Orb, undefined> = {
  name: 'open and greet',
  needs: [],
  play: async ({ device, signal }) => {
    const { identity, health } = await device.use(
      async (orb) => ({ identity: orb.identity, health: await orb.selfTest(signal) }),
      signal,
    )
    if (identity.storedFault !== 0) throw wrong(`the head keeps fault ${identity.storedFault}`)
    if (!health.camera || !health.leftIlluminator) throw wrong('the head is not healthy')
  },
}

const burst: Scene<Orb, undefined> = {
  name: 'capture a signed burst of each eye',
  needs: [],
  play: async ({ device, draw, signal }) => {
    for (const eye of ['left', 'right'] as const) {
      let frames = 0
      while (frames < LEAST_FRAMES) {
        const nonce = draw(16)
        const request = { eye, nonce, timeoutMs: CAPTURE_MS, maxFrames: FRAMES, signal }
        const taken = await device.use((orb) => orb.capture(request), signal)
        if (taken.eye !== eye || !equalBytes(taken.nonce, nonce)) throw wrong('another burst')
        if (!verifyBurst(taken, verifyMessage)) throw wrong('a burst that its head did not sign')
        frames = taken.frames.length
      }
    }
  },
}

/** The camera head's scenes. */
export const ORB_ACT: Act<Orb, undefined> = { peripheral: ORB, scenes: [greeting, burst] }

/** Two chunks a frame; its pixels tell eye and number. */
const card: FrameSource = ({ eye, sequence }) => ({
  width: 96,
  height: 64,
  pixels: new Uint8Array(96 * 64).fill((eye === 'left' ? 100 : 10) + sequence),
})

function emulateHead({ timers }: World): Emulated<undefined> {
  let starts = 0
  return {
    power: (port) => {
      const options = { source: card, key: KEY, timers, speed: 1, distanceMm: DISTANCE_MM }
      const head = startOrbSimulator(port, options)
      // Each start has a name of its own.
      for (let start = 0; start < starts; start++) head.restart()
      starts += 1
    },
    hands: undefined,
  }
}

import { verifyBurst } from '../../../hardware/orb/burst.ts'
import { createEyeRenderer } from '../../../hardware/orb/eye-renderer/renderer.ts'
import { type Orb, openOrb } from '../../../hardware/orb/orb.ts'
import { renderedSource } from '../../../hardware/orb/rendered-source.ts'
import type { FrameSource } from '../../../hardware/orb/simulated-frames.ts'
import { simulatedHeadKey, startOrbSimulator } from '../../../hardware/orb/simulator.ts'
import { equalBytes } from '../../../protocol/bytes.ts'
import type { GreyImage } from '../../../protocol/image.ts'
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

const PERSON = 5
const drawn = new Map<string, GreyImage>()
const renderer = createEyeRenderer()

/** A rendered person at a quarter of the camera's width, so that a burst is short; each picture is drawn once. */
function smallEyes(): FrameSource {
  const source = renderedSource(renderer, { person: PERSON, visit: 0 })
  return (request) => {
    const name = `${request.eye} ${request.sequence} ${request.illumination}`
    const image = drawn.get(name) ?? quartered(source(request))
    if (image !== undefined) drawn.set(name, image)
    return image
  }
}

function quartered(image: GreyImage | undefined): GreyImage | undefined {
  if (image === undefined) return undefined
  const [width, height] = [image.width >> 2, image.height >> 2]
  const pixels = Uint8Array.from(
    { length: width * height },
    (_, i) => image.pixels[4 * (i % width) + 4 * Math.floor(i / width) * image.width] ?? 0,
  )
  return { width, height, pixels }
}

function emulateHead({ timers, eyes = smallEyes }: World): Emulated<undefined> {
  const source = eyes()
  let starts = 0
  return {
    power: (port) => {
      const options = { source, key: KEY, timers, speed: 1, distanceMm: DISTANCE_MM }
      const head = startOrbSimulator(port, options)
      // Each start has a name of its own.
      for (let start = 0; start < starts; start++) head.restart()
      starts += 1
    },
    hands: undefined,
  }
}

import { FINGER_BAUD, type FingerSensor, openFinger } from '../../../hardware/finger/finger.ts'
import { renderRidges } from '../../../hardware/finger/ridge-image.ts'
import { createFingerSimulator, type FingerSimulator } from '../../../hardware/finger/simulator.ts'
import { equalBytes } from '../../../protocol/bytes.ts'
import type { GreyImage } from '../../../protocol/image.ts'
import {
  type Act,
  type Emulated,
  type Peripheral,
  type Scene,
  type World,
  wrong,
} from '../scenario.ts'

/** What a finger does. */
export type FingerHands = { place(image: GreyImage | undefined): void }

const SIDE_PX = 192
const CAPTURE_MS = 5000

/** A module of the ZFM-20/R503 family at 57600 baud, 8N1. */
const FINGER: Peripheral<FingerSensor, FingerHands> = {
  role: 'finger',
  name: 'finger sensor',
  baud: FINGER_BAUD,
  unit: 'byte',
  greet: (port, timers, signal) => openFinger(port, { timers, signal }),
  probe: (sensor, signal) => sensor.probe(signal),
  emulate: emulateSensor,
}

const greeting: Scene<FingerSensor, FingerHands> = {
  name: 'open and greet',
  needs: [],
  play: async ({ device, signal }) => {
    const { packetBytes } = await device.use(async (sensor) => {
      await sensor.probe(signal)
      return sensor.parameters
    }, signal)
    if (packetBytes !== 128) throw wrong(`packets of ${packetBytes} bytes`)
  },
}

const capture: Scene<FingerSensor, FingerHands> = {
  name: 'capture a finger',
  needs: ['hands'],
  play: async ({ device, hands, timers, random, signal }) => {
    const ridges = renderRidges(SIDE_PX, SIDE_PX, { finger: random.int(1000), press: 1 })
    timers.after(random.between(0, 300), () => hands().place(ridges))
    let image: GreyImage | undefined
    while (image === undefined) {
      image = await device.use(
        (sensor) => sensor.capture({ timeoutMs: CAPTURE_MS, signal }),
        signal,
      )
    }
    // The module sends four bits a pixel.
    const seen = ridges.pixels.map((pixel) => (pixel >> 4) * 17)
    if (!equalBytes(image.pixels, seen)) throw wrong('the picture is not what lies on the sensor')
  },
}

/** The finger sensor's scenes. */
export const FINGER_ACT: Act<FingerSensor, FingerHands> = {
  peripheral: FINGER,
  scenes: [greeting, capture],
}

function emulateSensor({ timers }: World): Emulated<FingerHands> {
  let finger: GreyImage | undefined
  let module: FingerSimulator | undefined
  return {
    power: (port) => {
      const made = createFingerSimulator(port, { timers })
      made.place(finger)
      module = made
      port.onClose(() => made.close())
    },
    hands: {
      place: (image) => {
        finger = image
        module?.place(image)
      },
    },
  }
}

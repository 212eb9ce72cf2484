import { openPn532 } from '../../../hardware/nfc/pn532.ts'
import { createPn532Simulator, type Pn532Simulator } from '../../../hardware/nfc/simulator.ts'
import type { VirtualCard } from '../../../hardware/nfc/virtual-card.ts'
import { openOrb } from '../../../hardware/orb/orb.ts'
import { simulatedHeadKey, startOrbSimulator } from '../../../hardware/orb/simulator.ts'
import type { PanelState } from '../../../hardware/panel/messages.ts'
import type { Panel } from '../../../hardware/panel/panel.ts'
import type { BytePort } from '../../../hardware/port.ts'
import {
  type CableEvent,
  type CablePlan,
  createFaultyCable,
  type FaultyCable,
} from '../../../hardware/sim/faulty-cable.ts'
import { createRandom } from '../../../hardware/sim/random.ts'
import type { VirtualTimers } from '../../../hardware/sim/virtual-timers.ts'
import { createStableOpener } from '../../../hardware/stable-opener.ts'
import { toHex } from '../../../protocol/bytes.ts'
import { PersonhoodError } from '../../../protocol/errors.ts'
import { randomBytes } from '../../../runtime/crypto.ts'
import { type Standing, sceneOf } from '../../firmware/eyes.ts'

/** The devices of a kiosk that have a cable to pull. */
export const CABLES = ['orb', 'reader', 'panel'] as const

/** One of them. */
export type CableName = (typeof CABLES)[number]

/** A kiosk's place whose devices hang on cables, opened as a kiosk opens real ones. */
export type CabledPlace = {
  standing: Standing | undefined
  readonly cables: Readonly<Record<CableName, FaultyCable>>
  readonly cards: ReadonlySet<VirtualCard>
  lay(card: VirtualCard): void
  lift(card: VirtualCard): void
  /** Calls back with the bytes that went over the reader's cable so far, whenever some did. */
  onReaderBytes: (count: number) => void
  /** The head's captures so far, by eye. */
  readonly looks: { left: number; right: number }
  readonly openOrb: (signal: AbortSignal) => ReturnType<typeof openOrb>
  readonly openReader: (signal: AbortSignal) => ReturnType<typeof openPn532>
  readonly openPanel: (signal: AbortSignal) => Promise<Panel>
}

/** What the operator reads on the cable's label. */
export const LABELS: Readonly<Record<CableName, string>> = {
  orb: 'iris camera',
  reader: 'card reader',
  panel: 'panel',
}

const NODES: Readonly<Record<CableName, string>> = {
  orb: '/dev/ttyACM0',
  reader: '/dev/ttyUSB0',
  panel: '/dev/ttyUSB1',
}
const BAUDS: Readonly<Record<CableName, number>> = {
  orb: 10_000_000,
  reader: 115_200,
  panel: 57_600,
}

/** What goes wrong on the cables, and who hears of it. */
export type CableTroubles = {
  readonly plans?: Partial<Record<CableName, CablePlan>>
  readonly onEvent?: (event: CableEvent) => void
}

/** A place with nobody and nothing there, and all cables in. */
export function createCabledPlace(
  timers: VirtualTimers,
  { plans = {}, onEvent = () => undefined }: CableTroubles = {},
): CabledPlace {
  const cards = new Set<VirtualCard>()
  const looks = { left: 0, right: 0 }
  let reader: Pn532Simulator | undefined
  let readerBytes = 0
  let starts = 0

  const powers: Readonly<Record<CableName, (port: BytePort) => void>> = {
    orb(port) {
      const head = startOrbSimulator(port, {
        source(request) {
          if (request.sequence === 0) looks[request.eye] += 1
          return sceneOf(place.standing, request)
        },
        key: simulatedHeadKey(1),
        timers,
        speed: 1,
      })
      // Each start of a head has a name of its own.
      for (let start = 0; start < starts; start++) head.restart()
      starts += 1
    },
    reader(port) {
      reader = createPn532Simulator(port, { timers })
      for (const card of cards) reader.place(card)
    },
    panel: (port) => void port.onBytes((bytes) => void port.write(bytes).catch(() => undefined)),
  }
  const lay = (name: CableName): FaultyCable =>
    createFaultyCable({
      node: NODES[name],
      baud: BAUDS[name],
      unit: 'byte',
      clock: timers,
      random: createRandom(1),
      plan: plans[name] ?? {},
      onEvent,
      power: powers[name],
    })
  const cables = { orb: lay('orb'), reader: lay('reader'), panel: lay('panel') }
  const opener = <D>(
    name: CableName,
    greet: (port: BytePort, signal: AbortSignal) => Promise<D>,
    unitOf?: (device: D) => string,
  ): ((signal: AbortSignal) => Promise<D>) =>
    createStableOpener<D>({
      name: LABELS[name],
      path: stableName(name),
      list: () => Promise.resolve(listed(cables)),
      openPort: (path) => openAt(cables, path),
      greet,
      ...(unitOf === undefined ? {} : { unitOf }),
      timers,
    })
  const place: CabledPlace = {
    ...{ standing: undefined, cables, cards, looks, onReaderBytes: () => undefined },
    lay(card) {
      cards.add(card)
      reader?.place(card)
    },
    lift(card) {
      cards.delete(card)
      reader?.remove(card)
    },
    openOrb: opener(
      'orb',
      (port, signal) => openOrb(port, { random: randomBytes, signal, timers }),
      ({ identity }) => toHex(identity.publicKey),
    ),
    openReader: opener('reader', (port, signal) => {
      const count = (bytes: Uint8Array): void => {
        readerBytes += bytes.length
        place.onReaderBytes(readerBytes)
      }
      port.onBytes(count)
      const counted: BytePort = {
        ...port,
        write: (bytes) => {
          count(bytes)
          return port.write(bytes)
        },
      }
      return openPn532(counted, { signal, timers })
    }),
    openPanel: opener('panel', (port) => Promise.resolve(echoPanel(port, timers))),
  }
  return place
}

/** A link under /dev/serial/by-id, which stays whatever the node is called. */
function stableName(name: CableName): string {
  return `/dev/serial/by-id/usb-${name}`
}

function listed(cables: Readonly<Record<CableName, FaultyCable>>) {
  return CABLES.flatMap((name, i) => {
    const { node } = cables[name]
    const usb = { vendorId: 0x12_09, productId: i + 1, serial: name, interfaceNumber: 0 }
    return node === undefined ? [] : [{ node, names: [stableName(name)], usb }]
  })
}

function openAt(cables: Readonly<Record<CableName, FaultyCable>>, path: string): Promise<BytePort> {
  const found = CABLES.find((name) => stableName(name) === path || cables[name].node === path)
  if (found !== undefined && cables[found].node !== undefined) return cables[found].open()
  return Promise.reject(
    new PersonhoodError('device.missing', `${path} is not there: is it plugged in?`),
  )
}

const ALL_WELL = { isDoorOpen: false, isLoopOpen: false, isTampered: false, tamperCount: 0 }
const PANEL_STATE: PanelState = {
  uptimeS: 1,
  start: 'power',
  guards: ALL_WELL,
  wasQuiet: false,
  pattern: 'off',
  lineErrors: 0,
}

/**
 * A panel whose every request is a byte there and back. What the real one says on this cable is
 * tested with its own firmware (test/firmware/panel/face.test.ts); here only its cable matters.
 */
function echoPanel(port: BytePort, timers: VirtualTimers): Panel {
  const ask = (signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const late = new PersonhoodError('device.timeout', `${port.name} does not answer`)
      const stops = [
        timers.after(500, () => settle(() => reject(late))),
        port.onBytes(() => settle(resolve)),
        port.onClose((reason) => settle(() => reject(reason))),
      ]
      const abort = (): void => settle(() => reject(signal?.reason))
      const settle = (act: () => void): void => {
        signal?.removeEventListener('abort', abort)
        for (const stop of stops) stop()
        act()
      }
      signal?.addEventListener('abort', abort)
      port.write(Uint8Array.of(1)).catch((error) => settle(() => reject(error)))
    })
  return {
    ...{ opened: PANEL_STATE, guards: ALL_WELL },
    show: (_sign, signal) => ask(signal),
    ping: async (signal) => {
      await ask(signal)
      return PANEL_STATE
    },
    watchHost: (_watch, signal) => ask(signal),
    clearTamper: (signal) => ask(signal),
    onGuards: () => () => undefined,
    setLamp: () => undefined,
    askButtons: () => undefined,
    onButton: () => () => undefined,
    onClose: port.onClose,
    close: () => port.close(),
  }
}

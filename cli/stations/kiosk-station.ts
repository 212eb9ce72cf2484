import { resolve } from 'node:path'
import { encodePng } from '../../biometrics/image/png.ts'
import { irisKernelState } from '../../biometrics/iris/kernel.ts'
import { assessPresentation } from '../../biometrics/pad/assess.ts'
import { readCardKeys } from '../../firmware/card/card-keys-file.ts'
import { readClockFloor } from '../../firmware/clock-floor.ts'
import type { KioskConfig } from '../../firmware/config.ts'
import { createIrisEyeReader } from '../../firmware/enrolment/iris-eye-reader.ts'
import { type Kiosk, startKiosk } from '../../firmware/kiosk.ts'
import type { KioskDeps } from '../../firmware/kiosk-deps.ts'
import { goneMessage } from '../../firmware/relay/presence.ts'
import { openPn532 } from '../../hardware/nfc/pn532.ts'
import { openOrb } from '../../hardware/orb/orb.ts'
import { openPanel, PANEL_BAUD } from '../../hardware/panel/panel.ts'
import type { BytePort } from '../../hardware/port.ts'
import { toHex } from '../../protocol/bytes.ts'
import { type CardKeyring, createKeyring } from '../../protocol/card/keyring.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { aes128, randomBytes, verifySecp256k1 } from '../../runtime/crypto.ts'
import { openGallery } from '../../runtime/gallery.ts'
import { logIrisBackend } from '../../runtime/iris-backend.ts'
import { errorFields, type Log } from '../../runtime/log.ts'
import { connectMqtt } from '../../runtime/mqtt-transport.ts'
import { createNoTransport } from '../../runtime/no-transport.ts'
import { logBackend, searchBackend } from '../../runtime/search-backend.ts'
import { systemTimers } from '../../runtime/timers.ts'
import type { Transport } from '../../runtime/transport.ts'
import { BROKER_PASSWORD } from './broker-access.ts'
import { openBrokerLine, warnOfEnd } from './broker-line.ts'
import { createClosers } from './closers.ts'
import { deviceOpener } from './device-opener.ts'
import { openGround } from './ground.ts'

/** Cables to simulated devices, where the configuration says so. */
export type SimulatedDevices = {
  openOrb(): BytePort
  openReader(): BytePort
  /** Keys of the simulated cards. */
  readonly cardKeyring: CardKeyring
}

/** A kiosk process. */
export type KioskStation = { readonly kiosk: Kiosk; close(): Promise<void> }

/** How to start a kiosk out of its folder. */
export type KioskStationOptions = {
  readonly config: KioskConfig
  /** Folder of the configuration file, from which its relative paths are found. */
  readonly folder: string
  readonly log: Log
  readonly simulated?: SimulatedDevices
  /** Where the broker is, when that is not where the configuration says. */
  readonly brokerUrl?: string
  /** Without line and devices: only what the store holds is wanted. */
  readonly isByHand?: boolean
}

/** Opens keys, store, connection and devices, and starts the kiosk on them. */
export async function openKioskStation(options: KioskStationOptions): Promise<KioskStation> {
  const { config, folder, log } = options
  const closers = createClosers(log)
  try {
    const uses = ['relay', 'provisional', 'seal'] as const
    const ground = await openGround({ config, folder, uses, floorOf: readClockFloor }, closers)
    const { data, keys, store, snapshot, clock, station, trust, messenger } = ground
    logBackend(await searchBackend(), log)
    logIrisBackend(irisKernelState(), log)
    const gallery = closers.add(await openGallery(store, { snapshot, log }))
    const isByHand = options.isByHand === true
    const connect = async (): Promise<Transport> => {
      const { broker } = config
      const line = await openBrokerLine({
        ...{ station: config.station, url: options.brokerUrl ?? broker.url, folder, data, keys },
        ...{ tlsFile: broker.tlsFile, passwordName: BROKER_PASSWORD },
        onSessionFault: (error) => log.warn('link.session-not-kept', errorFields(error)),
      })
      warnOfEnd(line.certificateEnds, clock.now().unix, log, { file: broker.tlsFile ?? '' })
      return connectMqtt({
        ...line.options,
        stopsWhenRefused: true,
        will: goneMessage(messenger, config.station),
        protocolVersion: broker.protocolVersion,
        keepaliveS: broker.keepaliveS,
        random: Math.random,
        onFault: ({ code, message }) => log.warn('link.fault', { code, message }),
      })
    }
    const transport = closers.add(isByHand ? createNoTransport() : await connect())
    const { simulated } = options
    const openerOf: typeof deviceOpener = (device) =>
      isByHand ? noDevice(device.name) : deviceOpener(device)
    const kiosk = closers.add(
      await startKiosk({
        config,
        station,
        trust,
        store,
        gallery,
        clock,
        messenger,
        transport,
        openOrb: openerOf({
          name: 'iris camera',
          config: config.orb,
          baud: ORB_BAUD,
          simulated: simulated?.openOrb,
          greet: (port, signal) => openOrb(port, { random: randomBytes, signal }),
          unitOf: ({ identity }) => toHex(identity.publicKey),
        }),
        openReader: openerOf({
          name: 'card reader',
          config: config.nfc,
          baud: PN532_BAUD,
          simulated: simulated?.openReader,
          greet: (port, signal) => openPn532(port, { signal }),
        }),
        // A panel that has heard from us would restart the computer once we are gone.
        panel: isByHand ? undefined : panelOf(config),
        cardKeyring: await openKeyring(config, folder, simulated),
        eyeReader: createIrisEyeReader(),
        assessPresentation,
        encodePng,
        verify: verifySecp256k1,
        timers: systemTimers,
        random: randomBytes,
        nowMs: () => performance.now(),
        log,
      }),
    )
    return { kiosk, close: closers.close }
  } catch (error) {
    await closers.close()
    throw error
  }
}

function noDevice(name: string): () => Promise<never> {
  return () => Promise.reject(new PersonhoodError('device.none', `the ${name} is not wanted now`))
}

/** How to open the panel, where there is one. */
function panelOf({ panel }: KioskConfig): KioskDeps['panel'] {
  if (panel === undefined) return undefined
  const openPanelPort = deviceOpener({
    name: 'panel',
    config: { kind: 'serial', path: panel.path },
    baud: PANEL_BAUD,
    simulated: undefined,
    greet: (port, signal) => openPanel(port, { signal }),
    greetTimeoutMs: PANEL_PATIENCE_MS,
  })
  return { openPanel: openPanelPort, restartS: panel.restartS }
}

/** The keys in the configured file; where the reader is simulated, those of the simulated cards. */
async function openKeyring(
  { cardKeysFile, nfc }: KioskConfig,
  folder: string,
  simulated: SimulatedDevices | undefined,
): Promise<CardKeyring | undefined> {
  if (cardKeysFile !== undefined) {
    return createKeyring(aes128, await readCardKeys(resolve(folder, cardKeysFile)))
  }
  return nfc.kind === 'simulator' ? simulated?.cardKeyring : undefined
}

/** Orb link §1: the head is a USB serial device, so the rate is a formality. */
const ORB_BAUD = 115_200
/** PN532 user manual §6.2.2: high speed UART at 115200 after reset. */
const PN532_BAUD = 115_200
/** Its board may start anew when the port is opened, and answers after its boot loader. */
const PANEL_PATIENCE_MS = 7000

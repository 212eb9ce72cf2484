import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openWorld } from '../../cli/provision/world.ts'
import { openCardBox } from '../../cli/room/card-box.ts'
import { renderedResidents } from '../../cli/room/residents.ts'
import { createRoom, FULL_PACE } from '../../cli/room/room.ts'
import { createClosers } from '../../cli/stations/closers.ts'
import { openGatewayStation } from '../../cli/stations/gateway-station.ts'
import { openKioskStation } from '../../cli/stations/kiosk-station.ts'
import { parseKioskConfig } from '../../firmware/config.ts'
import type { Kiosk } from '../../firmware/kiosk.ts'
import type { KioskState } from '../../firmware/kiosk-state.ts'
import { parseGatewayConfig } from '../../gateway/config.ts'
import { parseDistrictPath } from '../../protocol/district.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Log } from '../../runtime/log.ts'
import { systemTimers } from '../../runtime/timers.ts'
import { type LineCounts, type LineProfile, startTcpShaper, type TcpShaper } from './shaper.ts'

/** When things happened, in seconds since the kiosk's process began to connect, on the line's own clock. */
export type LineTimes = {
  readonly connected: number
  /** The first status indices are there. */
  readonly leased: number
  /** The card is written: a resident never waits for the line. */
  readonly enrolled: number
  readonly receipted: number
  readonly final: number
}

/** How one enrolment went over a line. */
export type LineRun = { readonly times: LineTimes; readonly counts: LineCounts }

/** An enrolment over a slow line: real stations, simulated devices. */
export type LineRunOptions = {
  readonly profile: LineProfile
  readonly seed: number
  /** 1 = as slow as it says; 10 = ten times as fast in all, for a quick look at the same packets. */
  readonly timeScale: number
  readonly areTemplatesCoded: boolean
  readonly log: Log
  readonly signal: AbortSignal
  /** Hears each state of the kiosk, for its page; `shaper` to be cruel with it. */
  readonly onKiosk?: (kiosk: Kiosk, shaper: TcpShaper) => void
}

const DISTRICT = {
  name: 'line',
  path: parseDistrictPath('demo.coast.port.harbour'),
  kiosks: ['k1'],
  brokerPort: 0,
  pagePort: 0,
} as const
/** Of the line's own time. */
const PATIENCE_S = 600

/** Runs it from the first byte to the final credential. */
export async function runLine(options: LineRunOptions): Promise<LineRun> {
  const { log, signal, timeScale, profile, seed } = options
  const folder = await mkdtemp(join(tmpdir(), 'personhood-line-'))
  const closers = createClosers(log)
  try {
    const now = Math.floor(Date.now() / 1000)
    const world = await openWorld(join(folder, 'world'), [DISTRICT], now)
    const [gatewayAt] = world.gateways
    const [kioskAt] = world.kiosks
    if (gatewayAt === undefined || kioskAt === undefined) {
      throw new PersonhoodError('call.bench', 'a world without stations')
    }
    const gatewayConfig = parseGatewayConfig(
      await readFile(gatewayAt.config, 'utf8'),
      gatewayAt.config,
    )
    const { broker } = closers.add(
      await openGatewayStation({
        config: { ...gatewayConfig, broker: { listenPort: 0 } },
        ...{ folder: gatewayAt.folder, log },
        onFailure(error) {
          throw error
        },
      }),
    )
    const shaper = closers.add(
      await startTcpShaper({
        targetPort: Number(new URL(broker?.url ?? '').port),
        ...{ profile, seed, timeScale, timers: systemTimers },
      }),
    )
    const config = parseKioskConfig(await readFile(kioskAt.config, 'utf8'), kioskAt.config)
    const room = createRoom(
      ['kiosk'],
      renderedResidents(1),
      openCardBox(join(folder, 'cards')),
      FULL_PACE,
    )
    const place = room.place('kiosk')
    const startMs = performance.now()
    const { kiosk } = closers.add(
      await openKioskStation({
        config: {
          ...config,
          leases: [],
          relay: { ...config.relay, line: '2g', areTemplatesCoded: options.areTemplatesCoded },
        },
        ...{ folder: kioskAt.folder, log, simulated: place },
        brokerUrl: `mqtt://127.0.0.1:${shaper.port}`,
      }),
    )
    options.onKiosk?.(kiosk, shaper)
    const reach = (what: string, isThere: (state: KioskState) => boolean): Promise<number> =>
      until(kiosk, isThere, what, (PATIENCE_S * 1000) / timeScale + GRACE_MS, signal).then(
        () => (timeScale * (performance.now() - startMs)) / 1000,
      )
    const connected = await reach('a connection', ({ link }) => link.isConnected)
    const leased = await reach('a lease', ({ indicesLeft }) => indicesLeft > 0)
    place.stand(room.residents[0])
    await kiosk.command({ name: 'begin' })
    await kiosk.command({ name: 'consent', isGiven: true })
    await reach('the card step', ({ screen }) => screen.name === 'card')
    const { card } = room.box.create(room.residents[0]?.id ?? '')
    place.lay(card)
    const enrolled = await reach('the end of the enrolment', ({ screen }) => screen.name === 'done')
    const receipted = await reach('a receipt', ({ link }) => link.queued === 0)
    const final = await reach('the final credential', ({ enrolments }) => enrolments.final === 1)
    return { times: { connected, leased, enrolled, receipted, final }, counts: shaper.counts }
  } finally {
    await closers.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Work of this machine itself, which no scale makes faster. */
const GRACE_MS = 120_000

function until(
  kiosk: Kiosk,
  isThere: (state: KioskState) => boolean,
  what: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (error?: unknown): void => {
      stop()
      cancel()
      signal.removeEventListener('abort', aborted)
      if (error === undefined) resolve()
      else reject(error)
    }
    const aborted = (): void => end(signal.reason)
    const look = (state: KioskState): void => {
      if (isThere(state)) end()
    }
    const cancel = systemTimers.after(timeoutMs, () =>
      end(
        new PersonhoodError('link.silent', `${what} did not come: ${JSON.stringify(kiosk.state)}`),
      ),
    )
    const stop = kiosk.onState(look)
    signal.addEventListener('abort', aborted, { once: true })
    look(kiosk.state)
  })
}

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openWorld, type World, type WorldStation } from '../../cli/provision/world.ts'
import { createClosers } from '../../cli/stations/closers.ts'
import { type GatewayStation, openGatewayStation } from '../../cli/stations/gateway-station.ts'
import { parseGatewayConfig } from '../../gateway/config.ts'
import { createVirtualTimers, type VirtualTimers } from '../../hardware/sim/virtual-timers.ts'
import { parseDistrictPath } from '../../protocol/district.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Log } from '../../runtime/log.ts'
import { type BenchKiosk, openBenchKiosk } from './bench-kiosk.ts'
import { createLedger, type TypeLedger, tcpBytesOf } from './ledger.ts'
import { type Person, renderedPeople } from './people.ts'

/** A day's work of one kiosk. */
export type DayOptions = {
  readonly enrolments: number
  readonly taps: number
  readonly areTemplatesCoded: boolean
  readonly people?: Iterator<Person, unknown>
  readonly log: Log
  readonly signal: AbortSignal
}

/** Bytes of TCP payload of a day over one connection, and of the envelopes in it. */
export type DayTraffic = {
  readonly sentBytes: number
  readonly receivedBytes: number
  /** Of these, to connect and to subscribe; what was retained there is among the messages. */
  readonly connectBytes: number
  readonly up: TypeLedger
  readonly down: TypeLedger
  /** Pings that an idle connection would need in 24 hours, both directions; not in the above. */
  readonly keepaliveBytes: number
}

const OPEN_HOURS = 10
const PATIENCE_MS = 20_000
const PING_BYTES = 4

/**
 * Runs a day of a kiosk against a gateway with its embedded broker, over TCP on 127.0.0.1: as many
 * enrolments in ten hours, each to its receipt and final credential, and as many taps. Hours pass on
 * virtual timers; the stations' clocks stand.
 */
export async function measureDay(options: DayOptions): Promise<DayTraffic> {
  const { log, signal, areTemplatesCoded } = options
  const folder = await mkdtemp(join(tmpdir(), 'personhood-bytes-'))
  const closers = createClosers(log)
  try {
    const world = await openWorld(join(folder, 'world'), [DISTRICT], nowUnix())
    const { broker } = closers.add(await startGateway(world, log))
    const ledger = createLedger()
    const [kioskAt] = world.kiosks
    const timers = createVirtualTimers()
    const startUnix = nowUnix()
    const kiosk = await openBenchKiosk(
      {
        timers,
        nowUnix: () => startUnix + Math.floor(timers.nowMs / 1000),
        ...{ configFile: kioskAt?.config ?? '', folder: kioskAt?.folder ?? '', log },
        ...{ brokerUrl: broker?.url ?? '', areTemplatesCoded, observe: ledger.watch },
      },
      closers,
    )
    await reach(() => kiosk.transport.isConnected, signal, 'the broker')
    await quiet(kiosk, signal)
    const connectBytes = bytesOf(kiosk) - tcpBytesOf(ledger)
    await work({ ...kiosk, timers }, options)
    await quiet(kiosk, signal)
    const keepaliveBytes = Math.ceil((24 * 3600) / kiosk.keepaliveS) * PING_BYTES
    // Copied: the kiosk says goodbye when it is closed.
    const [up, down] = [new Map(ledger.up), new Map(ledger.down)]
    return { ...kiosk.transport.counters(), connectBytes, up, down, keepaliveBytes }
  } finally {
    await closers.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** The broker takes another port, any that is free. */
const DISTRICT = {
  name: 'bytes',
  path: parseDistrictPath('demo.coast.port.harbour'),
  kiosks: ['k1'],
  brokerPort: 18_831,
  pagePort: 8801,
} as const

async function startGateway(world: World, log: Log): Promise<GatewayStation> {
  const { config: file, folder } = world.gateways[0] as WorldStation
  const config = {
    ...parseGatewayConfig(await readFile(file, 'utf8'), file),
    broker: { listenPort: 0 },
  }
  return openGatewayStation({
    config,
    folder,
    log,
    onFailure(error) {
      throw error
    },
  })
}

type TimedKiosk = BenchKiosk & { readonly timers: VirtualTimers }

async function work(kiosk: TimedKiosk, options: DayOptions): Promise<void> {
  const { enrolments, taps, signal } = options
  const people = options.people ?? renderedPeople()
  const steps = Math.max(enrolments, OPEN_HOURS)
  const stepMs = (OPEN_HOURS * 3_600_000) / steps
  for (let step = 0; step < steps; step++) {
    if (step < enrolments) await enrolOne(kiosk, people, signal)
    for (let tap = share(taps, steps, step); tap > 0; tap--) await kiosk.tap('go')
    await kiosk.timers.advance(stepMs)
    await kiosk.flushTaps()
    await drained(kiosk, signal)
  }
}

/** To the receipt, and to the final credential that the kiosk asks for soon after. */
async function enrolOne(
  kiosk: TimedKiosk,
  people: Iterator<Person, unknown>,
  signal: AbortSignal,
): Promise<void> {
  const next = people.next()
  if (next.done === true) throw new PersonhoodError('call.bench', 'there are too few people')
  const { credentialId } = await kiosk.enrol(next.value)
  await drained(kiosk, signal)
  const isFinal = () => kiosk.finals.find(credentialId)?.state === 'ready'
  for (let asked = 0; asked < 10 && !isFinal(); asked++) {
    // The gateway's own work takes its own, real time.
    await delay(100, undefined, { signal })
    await kiosk.timers.advance(1000)
    await quiet(kiosk, signal)
  }
  if (!isFinal()) throw new PersonhoodError('call.bench', 'an enrolment did not become final')
}

/** The number of `total` things that fall into one of `steps` equal parts. */
function share(total: number, steps: number, step: number): number {
  return Math.floor((total * (step + 1)) / steps) - Math.floor((total * step) / steps)
}

function drained({ outbox }: BenchKiosk, signal: AbortSignal): Promise<void> {
  return reach(() => outbox.waiting.length === 0, signal, 'a receipt')
}

async function reach(isThere: () => boolean, signal: AbortSignal, what: string): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  while (!isThere()) {
    if (performance.now() > until) throw new PersonhoodError('link.silent', `no ${what} came`)
    await delay(2, undefined, { signal })
  }
}

/** Nothing has passed for a while: what was under way is in the counters. */
async function quiet(kiosk: BenchKiosk, signal: AbortSignal): Promise<void> {
  for (let before = -1; before !== bytesOf(kiosk); ) {
    before = bytesOf(kiosk)
    await delay(60, undefined, { signal })
  }
}

function bytesOf({ transport }: BenchKiosk): number {
  const { sentBytes, receivedBytes } = transport.counters()
  return sentBytes + receivedBytes
}

function nowUnix(): number {
  return Math.floor(Date.now() / 1000)
}

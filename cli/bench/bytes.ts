import { type DayTraffic, measureDay } from '../../bench/bytes/day.ts'
import { codeEyeSet } from '../../bench/bytes/eyes.ts'
import type { Passed, TypeLedger } from '../../bench/bytes/ledger.ts'
import { measureTls, type TlsBytes } from '../../bench/bytes/tls.ts'
import { createSystemClock } from '../../runtime/clock.ts'
import { createLog } from '../../runtime/log.ts'
import { Exit, type Io } from '../io.ts'
import { parseUsage, usageError, wholeNumber } from '../usage.ts'

/** Help of `bench bytes`. */
export const BYTES_HELP = `personhood bench bytes [--enrolments N] [--taps N] [--json]
  Bytes of each message and of a day of one kiosk, N enrolments of rendered eyes (60) and N taps (2000)
  in ten hours, between the firmware's relay and a gateway with its embedded broker, over TCP without
  TLS: payload of TCP in both directions, acknowledgements of MQTT with their message. Exit 1 when an
  enrolment with two eyes passes 7.5 KB plain (in chunks) or 6.5 KB coded, a tap 42 bytes, or a
  connection that resumes its TLS session 1.5 KB. keepalive is computed: 24 hours of pings on an idle
  line. null = not built yet.
personhood bench bytes --eyes DIR [--json]
  Lengths of coded iris templates of an eye set (as for iris evaluate), of both eyes of a person, and
  of those persons whom the coder's weights were not made from.
`

const OPTIONS = {
  enrolments: { type: 'string', default: '60' },
  taps: { type: 'string', default: '2000' },
  eyes: { type: 'string' },
  json: { type: 'boolean' },
} as const
const MAX_ENROLMENT_BYTES = 6656
const MAX_PLAIN_BYTES = 7680
const MAX_TAP_BYTES = 42
const MAX_RESUMED_BYTES = 1536

/** `personhood bench bytes`. */
export async function benchBytes(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseUsage(args, OPTIONS)
  if (positionals.length > 0) throw usageError('bench bytes takes options only')
  if (values.eyes !== undefined) return benchEyes(values.eyes, values.json === true, io)
  const enrolments = wholeNumber('--enrolments', values.enrolments, 1, 250)
  const taps = wholeNumber('--taps', values.taps, 1, 100_000)
  const { signal, stderr: write } = io
  const log = createLog({ level: 'warn', write, clock: createSystemClock(), isForPeople: true })
  const plain = await measureDay({ enrolments: 1, taps: 1, areTemplatesCoded: false, log, signal })
  const day = await measureDay({ enrolments, taps, areTemplatesCoded: true, log, signal })
  const tls = await measureTls(createSystemClock().now().unix, signal)
  const report = reportOf({ enrolments, taps, tls }, day, plain)
  io.stdout(values.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : textOf(report))
  const { coded, plain: uncoded } = report.enrolment
  const isKept =
    coded <= MAX_ENROLMENT_BYTES &&
    uncoded <= MAX_PLAIN_BYTES &&
    report.tap_amortised <= MAX_TAP_BYTES &&
    tls.resumed <= MAX_RESUMED_BYTES
  return isKept ? Exit.ok : Exit.no
}

type Row = {
  readonly type: string
  readonly direction: 'up' | 'down'
  readonly count: number
  readonly envelope: number
  readonly tcp: number
  readonly most: number
  readonly total: number
}

type Report = {
  readonly enrolment: { readonly coded: number; readonly plain: number; readonly all: number }
  readonly tap_amortised: number
  readonly status_delta: null
  readonly tls: TlsBytes
  readonly connect: number
  readonly messages: readonly Row[]
  readonly day: {
    readonly enrolments: number
    readonly taps: number
    readonly up: number
    readonly down: number
    readonly total: number
    readonly keepalive: number
  }
}

function reportOf(
  {
    enrolments,
    taps,
    tls,
  }: Pick<Report, 'tls'> & { readonly enrolments: number; readonly taps: number },
  day: DayTraffic,
  plain: DayTraffic,
): Report {
  const { sentBytes: up, receivedBytes: down, connectBytes: connect } = day
  const counts = passed(day.up, 'tap-counts')
  // Each record has one receipt of its own.
  const receipt = mean(passed(day.down, 'receipt'))
  const tapBytes = counts.tcpBytes + counts.count * receipt
  const retained = passed(day.down, 'trust').tcpBytes + connect
  return {
    enrolment: {
      coded: enrolmentBytes(day.up, enrolments),
      plain: enrolmentBytes(plain.up, 1),
      all: Math.round((up + down - retained - tapBytes) / enrolments),
    },
    tap_amortised: Math.round((100 * tapBytes) / taps) / 100,
    status_delta: null,
    tls,
    connect,
    messages: [...rowsOf(day.up, 'up'), ...rowsOf(day.down, 'down')],
    day: { enrolments, taps, up, down, total: up + down, keepalive: day.keepaliveBytes },
  }
}

/** One enrolment on its way up, whole or in chunks. */
function enrolmentBytes(up: TypeLedger, enrolments: number): number {
  const bytes = passed(up, 'enrolment').tcpBytes + passed(up, 'chunk').tcpBytes
  return Math.round(bytes / enrolments)
}

function passed(ledger: TypeLedger, type: string): Passed {
  return ledger.get(type) ?? { count: 0, envelopeBytes: 0, tcpBytes: 0, mostBytes: 0 }
}

function mean({ tcpBytes, count }: Passed): number {
  return Math.round(tcpBytes / Math.max(1, count))
}

function rowsOf(ledger: TypeLedger, direction: 'up' | 'down'): readonly Row[] {
  return [...ledger].map(([type, row]) => ({
    ...{ type, direction, count: row.count },
    ...{ envelope: Math.round(row.envelopeBytes / row.count), tcp: mean(row) },
    ...{ most: row.mostBytes, total: row.tcpBytes },
  }))
}

function textOf({ enrolment, tap_amortised, tls, connect, messages, day }: Report): string {
  const rows = messages.map(
    ({ type, direction, count, envelope, tcp, total }) =>
      `  ${type.padEnd(16)}${direction.padEnd(6)}${String(count).padStart(6)} x ${String(tcp).padStart(6)} B (envelope ${envelope}), ${total} B\n`,
  )
  return `enrolment with two eyes: ${enrolment.coded} B coded, ${enrolment.plain} B plain; with all that follows it ${enrolment.all} B
tap: ${tap_amortised} B in batches
connect and subscribe: ${connect} B; with TLS, without subscriptions: ${tls.full} B, resumed ${tls.resumed} B; status delta: not built
${rows.join('')}day of ${day.enrolments} enrolments and ${day.taps} taps: ${day.up} B up, ${day.down} B down, ${day.total} B; pings at most ${day.keepalive} B more
`
}

async function benchEyes(folder: string, isJson: boolean, io: Io): Promise<number> {
  const { templates, pairs, heldOutPairs } = await codeEyeSet(folder, io.signal)
  const report = {
    templates: quantilesOf(templates),
    pairs: quantilesOf(pairs),
    held_out_pairs: quantilesOf(heldOutPairs),
  }
  const lines = Object.entries(report).map(
    ([name, { count, p50, p95 }]) => `${name}: ${count}, p50 ${p50} B, p95 ${p95} B\n`,
  )
  io.stdout(isJson ? `${JSON.stringify(report, undefined, 2)}\n` : lines.join(''))
  return Exit.ok
}

function quantilesOf(ascending: readonly number[]) {
  const at = (share: number) =>
    ascending[Math.min(ascending.length - 1, Math.ceil(share * ascending.length) - 1)] ?? null
  return { count: ascending.length, p50: at(0.5), p95: at(0.95) }
}

import { measureTaps, type Timed } from '../../bench/card/tap-times.ts'
import { Exit, type Io } from '../io.ts'
import { parseUsage, usageError, wholeNumber } from '../usage.ts'

/** Help of `bench tap`. */
export const TAP_HELP = `personhood bench tap [--taps N] [--json]
  Card in field to verdict, for an NTAG 424 DNA with authentication and a credential of 160 bytes, N
  times (50), and as many writes with read-back, on the virtual reader and card: every byte takes its
  time on the line (115200 baud) and in the air (106 kbit/s), the processor its own. wire_ms is what
  the bytes alone take; the times that a chip computes, and that finding a card takes, are not in it.
  Exit 1 when p95 of a tap passes 350 ms or the median 1.25 of its bytes, or p95 of a write 3 s.
`

const OPTIONS = { taps: { type: 'string', default: '50' }, json: { type: 'boolean' } } as const
const MAX_TAP_MS = 350
const MAX_WRITE_MS = 3000
/** Of the time that the bytes of a tap alone take. */
const MAX_TAP_RATIO = 1.25

type Row = {
  readonly p50: number
  readonly p95: number
  readonly wire_ms: number
  readonly cpu_ms: number
  readonly ratio: number
}

/** `personhood bench tap`. */
export async function benchTap(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseUsage(args, OPTIONS)
  if (positionals.length > 0) throw usageError('bench tap takes options only')
  const count = wholeNumber('--taps', values.taps, 1, 10_000)
  const { taps, writes } = await measureTaps(count, io.signal)
  const tap = rowOf(taps)
  const write = rowOf(writes)
  const report = { taps: count, ...tap, write }
  io.stdout(values.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : textOf(tap, write))
  const isFast = tap.p95 <= MAX_TAP_MS && tap.ratio <= MAX_TAP_RATIO && write.p95 <= MAX_WRITE_MS
  return isFast ? Exit.ok : Exit.no
}

function rowOf(times: readonly Timed[]): Row {
  const p50 = quantile(times, 0.5, ({ ms }) => ms)
  const wire = quantile(times, 0.5, ({ wireMs }) => wireMs)
  return {
    p50: tenths(p50),
    p95: tenths(quantile(times, 0.95, ({ ms }) => ms)),
    wire_ms: tenths(wire),
    cpu_ms: tenths(quantile(times, 0.5, ({ cpuMs }) => cpuMs)),
    ratio: Math.round((100 * p50) / wire) / 100,
  }
}

function quantile(times: readonly Timed[], share: number, of: (time: Timed) => number): number {
  const sorted = times.map(of).sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0
}

function tenths(ms: number): number {
  return Math.round(10 * ms) / 10
}

function textOf(tap: Row, write: Row): string {
  const line = (name: string, { p50, p95, wire_ms, cpu_ms, ratio }: Row): string =>
    `${name}: p50 ${p50} ms, p95 ${p95} ms; the bytes alone ${wire_ms} ms, processor ${cpu_ms} ms (${ratio} of the bytes)\n`
  return line('tap with authentication', tap) + line('first write, read back', write)
}

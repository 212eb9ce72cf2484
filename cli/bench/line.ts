import { type LineRun, runLine } from '../../bench/line/run.ts'
import { LINE_PROFILES } from '../../bench/line/shaper.ts'
import { createSystemClock } from '../../runtime/clock.ts'
import { createLog } from '../../runtime/log.ts'
import { Exit, type Io } from '../io.ts'
import { parseUsage, usageError, wholeNumber } from '../usage.ts'

/** Help of `bench line`. */
export const LINE_HELP = `personhood bench line [--line 40k|20k] [--plain] [--seed S] [--scale N] [--json]
  One enrolment over a slow line, to its final credential: kiosk and gateway with its broker as they
  are, simulated devices, and between them real TCP through a shaper of ours. 40k: 40 kbit/s, 0.6 s
  round trip. 20k: 20 kbit/s, 0.9 s, and a stall of 3 s with each 50th packet. Both unless told.
  --plain sends templates as they are, in chunks. Seconds are the line's; --scale 10 runs a line ten
  times as fast, for a quick look, and says so: what the machine itself takes then counts tenfold.
`

const OPTIONS = {
  line: { type: 'string' },
  plain: { type: 'boolean' },
  seed: { type: 'string', default: '1' },
  scale: { type: 'string', default: '1' },
  json: { type: 'boolean' },
} as const

/** `personhood bench line`. */
export async function benchLine(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseUsage(args, OPTIONS)
  const names = Object.keys(LINE_PROFILES) as (keyof typeof LINE_PROFILES)[]
  const chosen = names.filter((name) => values.line === undefined || values.line === name)
  if (positionals.length > 0 || chosen.length === 0) throw usageError(LINE_HELP)
  const seed = wholeNumber('--seed', values.seed, 0, 0xff_ff_ff_ff)
  const timeScale = wholeNumber('--scale', values.scale, 1, 100)
  const { signal, stderr: write } = io
  const log = createLog({ level: 'error', write, clock: createSystemClock(), isForPeople: true })
  const rows: object[] = []
  for (const name of chosen) {
    const profile = LINE_PROFILES[name]
    const areTemplatesCoded = values.plain !== true
    const run = await runLine({ profile, seed, timeScale, areTemplatesCoded, log, signal })
    rows.push({ line: name, seed, time_scale: timeScale, coded: areTemplatesCoded, ...flat(run) })
    if (values.json !== true) io.stdout(textOf(name, timeScale, run))
  }
  if (values.json === true) io.stdout(`${JSON.stringify(rows, undefined, 2)}\n`)
  return Exit.ok
}

function flat({ times, counts }: LineRun) {
  const seconds = Object.entries(times).map(([name, s]) => [`${name}_s`, Math.round(10 * s) / 10])
  return { ...Object.fromEntries(seconds), ...counts }
}

function textOf(name: string, timeScale: number, run: LineRun): string {
  const { times, counts } = run
  const s = (value: number) => value.toFixed(1)
  const scaled =
    timeScale === 1 ? '' : ` (scaled: ${timeScale} times as fast, seconds as if it were not)`
  return `${name}${scaled}: connected ${s(times.connected)} s, indices ${s(times.leased)} s, card ready ${s(times.enrolled)} s, receipt ${s(times.receipted)} s, final ${s(times.final)} s
  ${counts.sentBytes} B up, ${counts.receivedBytes} B down, ${counts.stalls} stalls, ${counts.resets} resets, ${counts.connections} connections
`
}

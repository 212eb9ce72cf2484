import { randomInt } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { type SearchReport, searchReport } from '../../bench/search/report.ts'
import { curvesOf, runSearchBench } from '../../bench/search/run.ts'
import { Exit, type Io } from '../io.ts'
import { parseUsage, usageError, wholeNumber } from '../usage.ts'
import { plotLatency } from './latency-plot.ts'

/** Help of `bench search`. */
export const SEARCH_HELP = `personhood bench search [--eyes N] [--threads T] [--mates M] [--seed S] [--persons P]
                        [--rounds R] [--json] [--plot FILE.svg] [--peer]
  Speed and misses of the search on one synthetic gallery, in one run: plain TypeScript, exact and
  fast search on one thread, medians of R rounds (15); misses of the fast search over M hard mates
  (10,000 unless told), whose distances go up to the printed thresholds, those of a gallery of P
  persons (1,000,000); time of a probe as the gallery grows to N eyes (100,000), two a person. --eyes 1000000 gives the figures
  named 1m, which are null otherwise; it takes 7 GB. --seed names the codes (a fresh one each time,
  printed). --plot draws latency against gallery size. --peer also runs Debian's faiss
  (python3-faiss, IndexBinaryFlat) on the same codes, which has neither masks nor rotations.
  Synthetic codes show speed and that two searches agree, never accuracy on people.
  Rates are of processor time, latency is of the clock: other work on the machine shows in it.
  Exit 1 when a mate was missed or somebody wrongly found.
`

const OPTIONS = {
  eyes: { type: 'string', default: '100000' },
  threads: { type: 'string' },
  mates: { type: 'string', default: '10000' },
  seed: { type: 'string' },
  persons: { type: 'string', default: '1000000' },
  rounds: { type: 'string', default: '15' },
  json: { type: 'boolean' },
  plot: { type: 'string' },
  peer: { type: 'boolean' },
} as const

/** `personhood bench search`. */
export async function benchSearch(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseUsage(args, OPTIONS)
  if (positionals.length > 0) throw usageError('bench search takes options only')
  const options = {
    eyes: wholeNumber('--eyes', values.eyes, 8, 10_000_000),
    threads: wholeNumber('--threads', values.threads ?? `${availableParallelism()}`, 1, 256),
    mates: wholeNumber('--mates', values.mates, 1, 10_000_000),
    seed: wholeNumber('--seed', values.seed ?? `${randomInt(2 ** 32)}`, 0, 0xff_ff_ff_ff),
    persons: wholeNumber('--persons', values.persons, 1, 1_000_000_000),
    rounds: wholeNumber('--rounds', values.rounds, 1, 1000),
    hasPeer: values.peer === true,
  }
  if (options.eyes % 2 === 1) throw usageError('--eyes is even: a person has two')
  const say = (text: string) => io.stderr(`${text}\n`)
  const bench = await runSearchBench(options, { say, signal: io.signal })
  const report = searchReport(bench)
  io.stdout(values.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : textOf(report))
  // Last: a picture that cannot be written costs no figures.
  if (values.plot !== undefined) {
    await writeFile(resolve(io.cwd, values.plot), plotLatency(curvesOf(bench)))
  }
  const faults = ['misses', 'wrongly_found', 'mates_missed_in_gallery']
  return faults.every((name) => report[name] === 0) ? Exit.ok : Exit.no
}

function textOf(report: SearchReport): string {
  const width = Math.max(...Object.keys(report).map((name) => name.length)) + 2
  const lines = Object.entries(report).flatMap(([name, value]) => rowsOf(name.padEnd(width), value))
  return `${lines.join('\n')}\n`
}

function rowsOf(name: string, value: SearchReport[string]): readonly string[] {
  if (!Array.isArray(value)) return [`${name}${value ?? '-'}`]
  if (value.every((one) => typeof one === 'number')) return [`${name}${value.join(' ')}`]
  return value.map((one: unknown) => {
    const text = typeof one === 'string' ? one : Object.values(one as object).join('  ')
    return `${name}${text}`
  })
}

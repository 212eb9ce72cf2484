import { readFile } from 'node:fs/promises'
import t from 'tap'
import { benchCommand } from '../../../cli/bench/command.ts'
import { capture } from '../../kit/io.ts'

/** Keys that scripts and documents read. */
const NUMBERS = [
  'ts_rotcmp_per_s',
  'exact_rotcmp_per_s',
  'fast_eyes_per_s',
  'exact_ratio_vs_ts',
  'fast_ratio_vs_ts',
  'misses',
  'mates',
  'threads',
  'bytes_per_eye',
  'ms_per_probe_p50',
  'load_ms',
  'load_ms_without_snapshot',
  'held_bytes_per_eye',
  'resident_bytes_per_eye',
]
const SKETCHING = ['native', 'simd']
const AT_A_MILLION = ['ms_per_probe_1m_p50', 'ms_per_probe_1m_p95', 'ms_per_probe_1m_lean_p50']

t.test('a small run measures everything but what wants a million eyes', async (t) => {
  const folder = t.testdir()
  const { io, out } = capture(folder)
  const args = ['--eyes', '120', '--mates', '12', '--rounds', '1', '--seed', '7', '--threads', '2']
  const code = await benchCommand.run(['search', ...args, '--json', '--plot', 'latency.svg'], io)
  t.equal(code, 0)
  const report = JSON.parse(out()) as Readonly<Record<string, unknown>>
  for (const name of NUMBERS) t.ok(Number.isFinite(report[name]), `${name} ${report[name]}`)
  for (const name of AT_A_MILLION) t.equal(report[name], null, name)
  t.match(report, { seed: 7, eyes: 120, mates: 12, misses: 0, wrongly_found: 0, threads: 2 })
  t.match(report['notes'], [/1m figures want --eyes 1000000/])
  const symbols = report['backend'] === 'native' ? 3073 : 2816
  if (SKETCHING.includes(`${report['backend']}`)) t.equal(report['bytes_per_eye'], 3256 + symbols)
  t.ok(!out().includes('NaN'))
  t.match(await readFile(`${folder}/latency.svg`, 'utf8'), /resident.*<\/svg>/s)
})

t.test('options that cannot be meant are refused with what to type', async (t) => {
  const { io } = capture()
  const refused = (...args: string[]) =>
    t.rejects(async () => benchCommand.run(args, io), { code: 'call.usage' })
  await refused()
  await refused('searches')
  await refused('search', 'now')
  await refused('search', '--eyes', '7')
  await refused('search', '--eyes', '101')
  await refused('search', '--mates', '0')
})

import { resolve } from 'node:path'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Depth } from '../../test/hil/run-depths.ts'
import type { Failure, RigReport } from '../../test/hil/run-rig.ts'
import { Exit, type Io } from '../io.ts'
import { parseUsage, usageError, wholeNumber } from '../usage.ts'
import { MAX_SEED, rigFile } from './rig-file.ts'

const OPTIONS = {
  rig: { type: 'string' },
  seed: { type: 'string', default: '1' },
  seeds: { type: 'string', default: '5' },
  only: { type: 'string' },
  fault: { type: 'string' },
  depth: { type: 'string', default: '1,4' },
  eyes: { type: 'string' },
  spread: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

/** `personhood hil run`: plays a rig's scenarios, each under each fault. */
export async function runLine(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseUsage(args, OPTIONS)
  if (positionals.length > 0) throw usageError('hil run takes options only')
  const { rig, only, fault, eyes } = values
  if (rig === undefined) throw usageError('say which rig: --rig emulated')
  const depths = depthsOf(values.depth)
  const seeds = wholeNumber('--seeds', values.seeds, 1, 100_000)
  const seed = wholeNumber('--seed', values.seed, 0, MAX_SEED)
  // Loaded here: every other command starts without emulators.
  const { runDepths } = await import('../../test/hil/run-depths.ts')
  const report = await runDepths({
    file: rigFile(rig, io.cwd),
    name: rig,
    depths,
    seed,
    seeds,
    only,
    fault,
    isSpread: values.spread,
    eyesFolder: eyes === undefined ? undefined : resolve(io.cwd, eyes),
    signal: io.signal,
    onProgress: io.isTty ? (line) => io.stderr(`${line}\n`) : undefined,
  }).catch((error: unknown) => {
    throw io.signal.aborted ? new PersonhoodError('call.aborted', 'ended before its time') : error
  })
  for (const failure of report.failures) io.stderr(failureText(failure, rig, io))
  io.stdout(values.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : textOf(report))
  if (report.passed + report.failed + report.skipped === 0) {
    throw usageError('no scenario and fault of these names is played at that depth')
  }
  return report.failed === 0 ? Exit.ok : Exit.no
}

function depthsOf(text: string): readonly Depth[] {
  return text.split(',').map((part) => {
    const depth = ([1, 2, 3, 4] as const).find((one) => String(one) === part)
    if (depth === undefined) throw usageError(`--depth is a list of 1 to 4, not "${text}"`)
    return depth
  })
}

function failureText(
  { scenario, fault, seed, depth, problem }: Failure,
  rig: string,
  io: Io,
): string {
  const what = `--seed ${seed} --seeds 1 --only '${scenario}' --fault ${fault}`
  const deep = depth > 1 ? ` --depth ${depth}` : ''
  const again = `${io.program} hil run --rig ${rig} ${what}${deep}`
  return `${scenario}, ${fault}, seed ${seed}: ${problem}\n  again: ${again}\n`
}

function textOf({ passed, failed, skipped, faults, worst, skips }: RigReport): string {
  const rows = Object.entries(faults).map(([name, runs]) => `  ${name.padEnd(20)} ${runs}\n`)
  const unplayed = skips.map(({ scenario, reason }) => `  ${scenario}: ${reason}\n`)
  return `${passed} passed, ${failed} failed, ${skipped} skipped
runs by fault:
${rows.join('')}worst: loss noticed after ${Math.round(worst.noticeMs)} ms, ready ${Math.round(worst.resumeMs)} ms after its return, work done after ${Math.round(worst.workMs)} ms
${unplayed.length === 0 ? '' : `skipped:\n${unplayed.join('')}`}`
}

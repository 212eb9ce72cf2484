import type { Failure, RigReport } from '../../test/hil/run-rig.ts'
import { type Command, Exit, type Io } from '../io.ts'
import { parseUsage, usageError, wholeNumber } from '../usage.ts'
import { recordLine } from './record-line.ts'
import { replayLine } from './replay-line.ts'
import { MAX_SEED, openRig } from './rig-file.ts'

const HELP = `personhood hil run --rig NAME [--seed S] [--seeds N] [--only TEXT] [--fault TEXT] [--json]
  Plays every scenario of the rig under each fault of its cable and of the hands around it, N times
  (5) with the seeds S, S+1, … (1). NAME is emulated, or the path of a rig file. --only and --fault
  choose scenarios and faults by a part of their name. A run that goes wrong prints what repeats it.
  Exit 1 when a run went wrong.
personhood hil record --rig NAME --role ROLE --out FILE [--only TEXT] [--seed S]
  Plays the role's scenes once on its driver alone and keeps what goes over its line. On a real path
  these are the scenes that need no hands, and pictures of eyes and fingers are kept grey.
personhood hil replay FILE [--json]
  Plays the device's side of a trace to the driver as it is now. Exit 1 with the first byte where the
  driver says something else than when it was recorded.
`

const OPTIONS = {
  rig: { type: 'string' },
  seed: { type: 'string', default: '1' },
  seeds: { type: 'string', default: '5' },
  only: { type: 'string' },
  fault: { type: 'string' },
  json: { type: 'boolean' },
} as const

/** `personhood hil`. */
export const hilCommand: Command = {
  name: 'hil',
  summary: 'the hardware-in-the-loop rig: each device under each fault',
  help: HELP,
  async run([verb, ...args], io) {
    if (verb === 'record') return await recordLine(args, io)
    if (verb === 'replay') return await replayLine(args, io)
    if (verb !== 'run') throw usageError(`say "hil run --rig emulated"\n${HELP}`)
    const { values, positionals } = parseUsage(args, OPTIONS)
    if (positionals.length > 0) throw usageError('hil run takes options only')
    if (values.rig === undefined) throw usageError('say which rig: --rig emulated')
    // Loaded here: every other command starts without emulators.
    const [rig, { runRig }] = await Promise.all([
      openRig(values.rig, io.cwd),
      import('../../test/hil/run-rig.ts'),
    ])
    const report = await runRig(rig, {
      seed: wholeNumber('--seed', values.seed, 0, MAX_SEED),
      seeds: wholeNumber('--seeds', values.seeds, 1, 100_000),
      only: values.only,
      fault: values.fault,
      signal: io.signal,
      onProgress: io.isTty ? (line) => io.stderr(`${line}\n`) : undefined,
    })
    for (const failure of report.failures) io.stderr(failureText(failure, values.rig, io))
    io.stdout(values.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : textOf(report))
    return report.failed === 0 ? Exit.ok : Exit.no
  },
}

function failureText({ scenario, fault, seed, problem }: Failure, rig: string, io: Io): string {
  const again = `hil run --rig ${rig} --seed ${seed} --seeds 1 --only '${scenario}' --fault ${fault}`
  return `${scenario}, ${fault}, seed ${seed}: ${problem}\n  again: ${io.program} ${again}\n`
}

function textOf({ passed, failed, skipped, faults, worst, skips }: RigReport): string {
  const rows = Object.entries(faults).map(([name, runs]) => `  ${name.padEnd(20)} ${runs}\n`)
  const unplayed = skips.map(({ scenario, reason }) => `  ${scenario}: ${reason}\n`)
  return `${passed} passed, ${failed} failed, ${skipped} skipped
runs by fault:
${rows.join('')}worst in virtual time: loss noticed after ${Math.round(worst.noticeMs)} ms, ready ${Math.round(worst.resumeMs)} ms after its return, work done after ${Math.round(worst.workMs)} ms
${unplayed.length === 0 ? '' : `skipped:\n${unplayed.join('')}`}`
}

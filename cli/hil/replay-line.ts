import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Replayed } from '../../test/hil/traces/replay.ts'
import { Exit, type Io } from '../io.ts'
import { parseUsage, usageError } from '../usage.ts'

const OPTIONS = { json: { type: 'boolean' } } as const

/** `personhood hil replay`: plays the device's side of a trace to the driver as it is now. */
export async function replayLine(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseUsage(args, OPTIONS)
  const [file, ...others] = positionals
  if (file === undefined || others.length > 0) throw usageError('say "hil replay FILE"')
  const [{ isSame, replayTrace }, { MAX_TRACE_BYTES, parseTrace }] = await Promise.all([
    import('../../test/hil/traces/replay.ts'),
    import('../../test/hil/traces/trace.ts'),
  ])
  const path = resolve(io.cwd, file)
  const { size } = await stat(path)
  if (size > MAX_TRACE_BYTES) throw usageError(`${file} has over ${MAX_TRACE_BYTES} bytes`)
  const trace = parseTrace(Uint8Array.from(await readFile(path)))
  const replayed = await replayTrace(trace)
  const report = { role: trace.role, same: replayed.every(isSame), takes: replayed }
  io.stdout(
    values.json === true
      ? `${JSON.stringify(report, undefined, 2)}\n`
      : replayed.map((one) => textOf(trace.role, one)).join(''),
  )
  return report.same ? Exit.ok : Exit.no
}

function textOf(role: string, { scene, bytes, outcome, recordedOutcome, difference }: Replayed) {
  const end = recordedOutcome === undefined ? outcome : `${outcome}, recorded ${recordedOutcome}`
  const head = `${role}: ${scene}: ${bytes} bytes of the driver as recorded, ${end}\n`
  if (difference === undefined) return head
  const { atByte, ms, recorded, said } = difference
  const shown = (digits: string): string => (digits === '' ? 'nothing more' : digits)
  return (
    `${head}  byte ${atByte} to the device differs, ${ms.toFixed(1)} ms after the opening:\n` +
    `    recorded ${shown(recorded)}\n    said     ${shown(said)}\n`
  )
}

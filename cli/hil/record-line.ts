import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ROLES, type Role } from '../../test/hil/scenario.ts'
import { Exit, type Io } from '../io.ts'
import { parseUsage, usageError, wholeNumber } from '../usage.ts'
import { MAX_SEED, openRig } from './rig-file.ts'

const OPTIONS = {
  rig: { type: 'string' },
  role: { type: 'string' },
  out: { type: 'string' },
  only: { type: 'string' },
  seed: { type: 'string', default: '1' },
} as const

/** `personhood hil record`: keeps what goes over a device's line while its scenes are played. */
export async function recordLine(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseUsage(args, OPTIONS)
  const { rig: name, out } = values
  if (positionals.length > 0 || name === undefined || out === undefined) {
    throw usageError('say "hil record --rig emulated --role nfc --out FILE"')
  }
  const role = roleOf(values.role)
  const seed = wholeNumber('--seed', values.seed, 0, MAX_SEED)
  const [rig, { recordRole }, { encodeTrace }] = await Promise.all([
    openRig(name, io.cwd),
    import('../../test/hil/traces/record.ts'),
    import('../../test/hil/traces/trace.ts'),
  ])
  const trace = await recordRole(rig, role, { seed, only: values.only })
  const bytes = encodeTrace(trace)
  await writeFile(resolve(io.cwd, out), bytes)
  for (const { scene, events, outcome } of trace.takes) {
    io.stdout(`${role}: ${scene}: ${events.length} events, ${outcome}\n`)
  }
  const grey = trace.of === 'device' && (role === 'orb' || role === 'finger')
  io.stdout(`${out}: ${bytes.length} bytes${grey ? '; pictures are kept grey' : ''}\n`)
  return trace.takes.every(({ outcome }) => outcome === 'done') ? Exit.ok : Exit.no
}

function roleOf(text: string | undefined): Role {
  const role = ROLES.find((one) => one === text)
  if (role === undefined) throw usageError(`--role is one of ${ROLES.join(', ')}`)
  return role
}

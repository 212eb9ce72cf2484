import { resolve } from 'node:path'
import { type DistrictPath, parseDistrictPath } from '../../protocol/district.ts'
import { hasCode } from '../../protocol/errors.ts'
import { Exit, type Io } from '../io.ts'
import { parseUsage, usageError, wholeNumber } from '../usage.ts'
import { makeMasters } from './masters-file.ts'

/** `personhood card keys`: new masters for the cards of a district. */
export async function makeKeys(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseUsage(args, {
    district: { type: 'string' },
    policy: { type: 'string' },
    version: { type: 'string' },
  })
  const [file, ...rest] = positionals
  if (file === undefined || rest.length > 0) throw usageError('where to? card keys NEW-FILE')
  const policy = values.policy ?? 'open'
  if (policy !== 'open' && policy !== 'private') {
    throw usageError(`--policy is open or private, not "${policy}"`)
  }
  const version = wholeNumber('--version', values.version ?? '1', 1, 255)
  const district = values.district === undefined ? undefined : districtFrom(values.district)
  await makeMasters(resolve(io.cwd, file), { district, policy, version })
  io.stdout(`${file}\n`)
  io.stderr(`${file} holds five master keys for ${policy} cards, version ${version}: every key of every card
comes from them, so who has the file can make, rewrite and read all those cards.
It belongs on the machine where cards are prepared, offline, with a copy in a safe; never on a kiosk.
Lost, the cards go on being tapped, and no card can be prepared or its keys changed with it again.
Next: ${io.program} card prepare --reader PORT --keys ${file} --count N
`)
  return Exit.ok
}

function districtFrom(text: string): DistrictPath {
  try {
    return parseDistrictPath(text)
  } catch (error) {
    if (hasCode(error, 'bytes.district') && error instanceof Error) {
      throw usageError(`--district: ${error.message}`)
    }
    throw error
  }
}

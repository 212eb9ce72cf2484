import { resolve } from 'node:path'
import {
  type OperatorResult,
  type Operators,
  openOperators,
} from '../../firmware/operator/operators.ts'
import type { SecurityKey } from '../../hardware/fido/security-key.ts'
import { toHex } from '../../protocol/bytes.ts'
import { randomBytes } from '../../runtime/crypto.ts'
import { type Command, Exit, type Io } from '../io.ts'
import { parseUsage, usageError } from '../usage.ts'
import { type HidMachine, openOnlyKey, thisHidMachine } from './find-key.ts'
import { readPin } from './read-pin.ts'

const HELP = `personhood operator enrol NAME [--keys FILE] [--new-pin]
  Makes a credential for an operator on the security key that is plugged in, and keeps its public
  part in FILE (default: operators.toml). --new-pin gives a key its first PIN.

personhood operator check [--keys FILE] [--json]
  Asks the key that is plugged in for a login, and says whose it is.

personhood operator list [--keys FILE] [--json]
personhood operator remove NAME [--keys FILE]
  Keys with a PIN ask for it: type it, or pipe it in.
  Exit 0 when it is done or the key is known, 1 when it is refused.
`

const NO_DETAIL = new Uint8Array(0)
/** For a check at this machine, which is no station's login. */
const HERE = 'operator-check'

/** `personhood operator`, with the security keys of a machine. */
export function createOperatorCommand(machine: HidMachine): Command {
  return {
    name: 'operator',
    summary: 'enrol, check and remove security keys of operators',
    help: HELP,
    async run(args, io) {
      const [verb = '', ...rest] = args
      const { values, positionals } = parseUsage(rest, {
        keys: { type: 'string' },
        json: { type: 'boolean' },
        'new-pin': { type: 'boolean' },
      })
      const path = resolve(io.cwd, values.keys ?? 'operators.toml')
      const operators = await openOperators({ path, random: randomBytes })
      const [name] = positionals
      if (verb === 'list') return list(operators, values.json === true, io)
      if (verb === 'check') return withKey(machine, io, (key) => check(operators, key, values, io))
      if (verb === 'remove' && name !== undefined) return remove(operators, name, io)
      if (verb === 'enrol' && name !== undefined) {
        return withKey(machine, io, (key) => enrol(operators, key, name, values, io))
      }
      throw usageError(`say "operator enrol NAME", "check", "list" or "remove NAME"\n${HELP}`)
    },
  }
}

/** `personhood operator`. */
export const operatorCommand: Command = createOperatorCommand(thisHidMachine)

async function withKey(
  machine: HidMachine,
  io: Io,
  act: (key: SecurityKey) => Promise<number>,
): Promise<number> {
  const key = await openOnlyKey(machine, io.signal)
  try {
    return await act(key)
  } finally {
    await key.close()
  }
}

async function enrol(
  operators: Operators,
  key: SecurityKey,
  name: string,
  values: { readonly 'new-pin'?: boolean | undefined },
  io: Io,
): Promise<number> {
  if (name.length > 64 || /\p{Cc}/u.test(name)) throw usageError('a name has 1 to 64 characters')
  const isNew = values['new-pin'] === true
  const pin = isNew || key.verification === 'pin' ? await readPin(io) : undefined
  if (isNew && pin !== undefined) {
    const set = await key.setPin(pin, io.signal)
    if (set.outcome === 'refused') return tell(set, io)
  }
  return tell(await operators.enrol(key, name, { ...asking(io), pin }), io)
}

async function check(
  operators: Operators,
  key: SecurityKey,
  values: { readonly json?: boolean | undefined },
  io: Io,
): Promise<number> {
  const pin = key.verification === 'pin' ? await readPin(io) : undefined
  const action = {
    purpose: 'login',
    station: HERE,
    nonce: randomBytes(16),
    detail: NO_DETAIL,
  } as const
  const result = await operators.prove(key, action, { ...asking(io), pin })
  if (values.json === true) {
    const operator = result.outcome === 'proved' ? result.key.operator : undefined
    const reason = result.outcome === 'refused' ? result.reason : undefined
    io.stdout(`${JSON.stringify({ outcome: result.outcome, operator, reason })}\n`)
    return result.outcome === 'proved' ? Exit.ok : Exit.no
  }
  return tell(result, io)
}

function list(operators: Operators, isJson: boolean, io: Io): number {
  const rows = operators.keys.map(({ operator, credentialId, signCount }) => ({
    operator,
    credential: toHex(credentialId).slice(0, 16),
    uses: signCount,
  }))
  if (isJson) io.stdout(`${JSON.stringify(rows)}\n`)
  else for (const row of rows) io.stdout(`${row.operator}  ${row.credential}…  ${row.uses}\n`)
  return Exit.ok
}

async function remove(operators: Operators, name: string, io: Io): Promise<number> {
  if (await operators.remove(name)) return Exit.ok
  io.stderr(`${name} has no key here\n`)
  return Exit.no
}

function asking(io: Io) {
  return {
    signal: io.signal,
    onStatus: (status: 'processing' | 'touch') => {
      if (status === 'touch') io.stderr('Touch the key now.\n')
    },
  }
}

function tell(result: OperatorResult, io: Io): number {
  if (result.outcome === 'proved') {
    io.stdout(`${result.key.operator}\n`)
    return Exit.ok
  }
  const left = 'retries' in result ? `; ${result.retries} tries are left` : ''
  io.stderr(`${SENTENCES[result.reason]}${left}\n`)
  return Exit.no
}

const SENTENCES: Readonly<
  Record<(OperatorResult & { readonly outcome: 'refused' })['reason'], string>
> = {
  'pin-needed': 'the key wants its PIN',
  'pin-wrong': 'that is not the PIN of this key',
  'pin-paused': 'three wrong PINs: pull the key out, put it in again, and take care',
  'pin-blocked': 'too many wrong PINs: the key must be reset, and is a new key then',
  'pin-not-set': 'the key has no PIN, so whoever finds it could use it: enrol it with --new-pin',
  'pin-too-simple': 'the key does not take this PIN: it wants a longer one',
  'not-verified': 'the key did not recognise its holder',
  'not-touched': 'nobody touched the key in time',
  'not-enrolled': 'this key belongs to no operator of this station',
  'already-enrolled': 'this key belongs to an operator of this station already',
  unsupported: 'the key cannot do what is needed here',
  'unknown-key': 'this key belongs to no operator of this station',
  'wrong-party': 'the key answered for somebody else',
  'wrong-signature': 'the signature does not fit',
  'copied-key': 'the key counts less than before: there may be a copy of it; do not use it',
  'same-operator': 'both keys belong to one operator; two people are needed',
  unreadable: 'the answer of the key cannot be read',
}

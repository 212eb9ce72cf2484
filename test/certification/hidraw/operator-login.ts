// Runs where the hidraw nodes are: an operator's work with a key, through node-hid as it is shipped.
import { randomBytes } from 'node:crypto'
import { openSecurityKey, type SecurityKey } from '../../../hardware/fido/security-key.ts'
import { listHidDevices, openHidPort } from '../../../hardware/hid-port.ts'
import { fromText } from '../../../protocol/bytes.ts'
import { hasCode } from '../../../protocol/errors.ts'
import {
  actionHash,
  OPERATOR_RP_ID,
  type OperatorAction,
  type OperatorKey,
  operatorKeyOf,
  verifyAssertion,
} from '../../../protocol/operator-key.ts'
import { until } from '../../kit/terminals.ts'

const FIDO = 0xf1_d0
const PIN = 'geheim-42'

const random = (lengthBytes: number): Uint8Array => Uint8Array.from(randomBytes(lengthBytes))

/** One line of JSON for the test that started us. */
function tell(step: string, told: unknown): void {
  process.stdout.write(`${JSON.stringify({ step, told })}\n`)
}

async function open(path: string): Promise<SecurityKey> {
  return await openSecurityKey(await openHidPort(path), { random })
}

async function login(key: SecurityKey, stored: OperatorKey, pin: string): Promise<unknown> {
  const action: OperatorAction = {
    purpose: 'login',
    station: 'demo.a.b.c/k1',
    nonce: random(16),
    detail: new Uint8Array(0),
  }
  const answer = await key.assert({
    rpId: OPERATOR_RP_ID,
    challenge: actionHash(action),
    allow: [stored.credentialId],
    salt: new Uint8Array(32),
    pin,
  })
  if (answer.outcome === 'refused') return answer
  const verdict = verifyAssertion([stored], action, answer, true)
  return { outcome: verdict.outcome, secretBytes: answer.secret?.length }
}

/** The code with which opening fails. */
async function refusalOf(path: string): Promise<string | undefined> {
  return await openHidPort(path).then(
    () => undefined,
    (error: unknown) => (hasCode(error, 'device') ? error.code : String(error)),
  )
}

const [found, ...others] = await listHidDevices(FIDO)
tell('listed', [found, ...others])
if (found === undefined) process.exit(1)
const key = await open(found.path)
tell('info', { versions: key.info.versions, pin: key.info.pin, verification: key.verification })
tell('pin', await key.setPin(PIN))
const made = await key.enrol({
  rpId: OPERATOR_RP_ID,
  challenge: random(32),
  userId: fromText('ada'),
  userName: 'Ada',
  exclude: [],
  pin: PIN,
})
if (made.outcome !== 'enrolled') throw new Error(made.reason)
const enrolled = operatorKeyOf('ada', made.authenticatorData)
if (enrolled.outcome !== 'proved') throw new Error(enrolled.reason)
const stored = enrolled.key
tell('enrolled', made.format)
tell('wrong pin', await login(key, stored, `${PIN}!`))
tell('login', await login(key, stored, PIN))

// Pulled while the key waits for a touch, which never comes.
const closing = new Promise((resolve) => key.onClose(resolve))
const interrupted = login(key, stored, PIN).catch((error: unknown) => error)
tell('pull', found.path)
const reason = await closing
tell('closed', hasCode(reason, 'device') && reason.code)
const failed = await interrupted
tell('interrupted', hasCode(failed, 'device') ? failed.code : failed)
tell('gone', await refusalOf(found.path))
tell('left', await listHidDevices(FIDO))
await key.close()
tell('put back', found.path)
await until(async () => (await listHidDevices(FIDO)).some(({ path }) => path === found.path))
const again = await open(found.path)
tell('login again', await login(again, stored, PIN))
await again.close()

import t from 'tap'
import { openSecurityKey } from '../../../hardware/fido/security-key.ts'
import type { KeySimulatorOptions } from '../../../hardware/fido/simulator.ts'
import { createPortPair } from '../../../hardware/sim/port-pair.ts'
import { createVirtualTimers } from '../../../hardware/sim/virtual-timers.ts'
import { equalBytes, fromText, toHex } from '../../../protocol/bytes.ts'
import {
  actionHash,
  OPERATOR_RP_ID,
  type OperatorAction,
  type OperatorKey,
  operatorKeyOf,
  verifyAssertion,
} from '../../../protocol/operator-key.ts'
import { createKeyBench, random } from './bench.ts'

const PIN = 'ßtraße-42'

function actionOf(purpose: OperatorAction['purpose'] = 'login'): OperatorAction {
  return { purpose, station: 'demo.a.b.c/k1', nonce: random(16), detail: new Uint8Array(0) }
}

/** A key with an operator's credential on it. */
async function enrolled(options: KeySimulatorOptions = {}, pin: string | undefined = options.pin) {
  const bench = createKeyBench(options)
  const key = await bench.open()
  const result = await bench.until(
    key.enrol({
      rpId: OPERATOR_RP_ID,
      challenge: random(32),
      userId: fromText('ada'),
      userName: 'Ada',
      exclude: [],
      pin,
    }),
  )
  if (result.outcome !== 'enrolled') throw new Error(result.reason)
  const verdict = operatorKeyOf('ada', result.authenticatorData)
  if (verdict.outcome !== 'proved') throw new Error(verdict.reason)
  const login = async (
    stored: OperatorKey,
    action: OperatorAction,
    more: { readonly pin?: string | undefined; readonly salt?: Uint8Array } = { pin },
  ) =>
    bench.until(
      key.assert({
        rpId: OPERATOR_RP_ID,
        challenge: actionHash(action),
        allow: [stored.credentialId],
        ...more,
      }),
    )
  return { ...bench, key, stored: verdict.key, login }
}

const KINDS: readonly (readonly [name: string, options: KeySimulatorOptions])[] = [
  ['PIN, protocol two with permissions', { pin: PIN }],
  ['PIN, protocol one', { pin: PIN, pinProtocols: [1] }],
  ['PIN, a key of the first generation', { pin: PIN, pinProtocols: [1], hasTokens: false }],
  ['its own look, with tokens', { builtIn: { isHolder: true } }],
  ['its own look, without', { builtIn: { isHolder: true }, hasTokens: false }],
]

t.test('an operator enrols a key and logs in with it, whatever kind it is', async (t) => {
  for (const [name, options] of KINDS) {
    const { login, stored } = await enrolled(options)
    const action = actionOf()
    const answer = await login(stored, action)
    if (answer.outcome !== 'asserted') throw new Error(`${name}: ${answer.reason}`)
    const verdict = verifyAssertion([stored], action, answer, true)
    t.equal(verdict.outcome, 'proved', name)
    t.equal(verdict.outcome === 'proved' && verdict.key.signCount, 2, name)
    t.match(verifyAssertion([stored], actionOf(), answer, true), { reason: 'wrong-signature' })
  }
})

t.test('a key without PIN and look proves a touch, and that it was no more', async (t) => {
  const { login, stored, key } = await enrolled({})
  t.equal(key.verification, 'none')
  const action = actionOf()
  const answer = await login(stored, action)
  if (answer.outcome !== 'asserted') throw new Error(answer.reason)
  t.equal(verifyAssertion([stored], action, answer, false).outcome, 'proved')
  t.match(verifyAssertion([stored], action, answer, true), { reason: 'not-verified' })
})

t.test('the operator is asked to touch once, when the key wants it', async (t) => {
  const { key, stored, until } = await enrolled({ pin: PIN })
  const told: string[] = []
  await until(
    key.assert({
      rpId: OPERATOR_RP_ID,
      challenge: actionHash(actionOf()),
      allow: [stored.credentialId],
      pin: PIN,
      onStatus: (status) => told.push(status),
    }),
    1000,
  )
  t.same(told, ['processing', 'touch'])
})

t.test('a wrong PIN says how many tries are left, pauses, and blocks in the end', async (t) => {
  const { login, stored, simulator } = await enrolled({ pin: PIN })
  const wrong = () => login(stored, actionOf(), { pin: '0000' })
  t.same(await wrong(), { outcome: 'refused', reason: 'pin-wrong', retries: 7 })
  t.same(await wrong(), { outcome: 'refused', reason: 'pin-wrong', retries: 6 })
  t.same(await wrong(), { outcome: 'refused', reason: 'pin-paused' })
  t.match(await login(stored, actionOf()), { reason: 'pin-paused' }, 'the right one too')
  simulator.powerCycle()
  t.match(await login(stored, actionOf()), { outcome: 'asserted' })
  for (let i = 0; i < 8; i++) {
    await wrong()
    simulator.powerCycle()
  }
  t.match(await login(stored, actionOf()), { reason: 'pin-blocked' })
})

t.test('what the operator can mend is a refusal with its name', async (t) => {
  const { login, stored, key, until, timers } = await enrolled({ pin: PIN })
  t.match(await login(stored, actionOf(), {}), { reason: 'pin-needed' })
  t.match(await login({ ...stored, credentialId: random(48) }, actionOf()), {
    reason: 'not-enrolled',
  })
  const again = key.enrol({
    rpId: OPERATOR_RP_ID,
    challenge: random(32),
    userId: fromText('ada'),
    userName: 'Ada',
    exclude: [stored.credentialId],
    pin: PIN,
  })
  t.match(await until(again), { reason: 'already-enrolled' })
  const before = timers.nowMs
  const untouched = key.assert({
    rpId: OPERATOR_RP_ID,
    challenge: random(32),
    allow: [stored.credentialId],
    pin: PIN,
  })
  t.match(await until(untouched, 1e9), { reason: 'not-touched' })
  t.ok(timers.nowMs - before >= 30_000)
  const stranger = await enrolled({ builtIn: { isHolder: true } })
  t.equal(stranger.key.verification, 'built-in')
  const failing = createKeyBench({ builtIn: { isHolder: false } })
  const unlike = await failing.open()
  t.match(
    await failing.until(
      unlike.enrol({
        rpId: OPERATOR_RP_ID,
        challenge: random(32),
        userId: fromText('eve'),
        userName: 'Eve',
        exclude: [],
      }),
    ),
    { reason: 'not-verified' },
  )
})

t.test('a key that no longer knows a finger takes the PIN in its place', async (t) => {
  const { login, stored } = await enrolled({ pin: PIN, builtIn: { isHolder: false } })
  const action = actionOf()
  const answer = await login(stored, action, { pin: PIN })
  if (answer.outcome !== 'asserted') throw new Error(answer.reason)
  t.equal(verifyAssertion([stored], action, answer, true).outcome, 'proved')
  t.match(await login(stored, action, {}), { reason: 'not-verified' })
})

t.test('a key gets its first PIN, and no second one this way', async (t) => {
  for (const pinProtocols of [[1], [1, 2]] as const) {
    const { key, until, login, stored } = await enrolled({ pinProtocols })
    t.equal(key.info.pin, 'unset')
    t.same(await until(key.setPin(PIN)), { outcome: 'set' })
    t.equal(key.verification, 'pin')
    const action = actionOf()
    const answer = await login(stored, action, { pin: PIN })
    if (answer.outcome !== 'asserted') throw new Error(answer.reason)
    t.equal(verifyAssertion([stored], action, answer, true).outcome, 'proved')
    t.match(await until(key.setPin('other-pin')), { outcome: 'refused' })
  }
})

t.test('one salt has one secret on one key, which no other key knows', async (t) => {
  const salt = random(32)
  const secrets: string[] = []
  for (const [name, options] of KINDS) {
    const { login, stored } = await enrolled(options)
    const seen: string[] = []
    for (const each of [salt, salt, random(32)]) {
      const answer = await login(stored, actionOf('unlock'), { pin: options.pin, salt: each })
      if (answer.outcome !== 'asserted') throw new Error(`${name}: ${answer.reason}`)
      t.equal(answer.secret?.length, 32, name)
      seen.push(toHex(answer.secret ?? new Uint8Array(0)))
    }
    t.equal(seen[0], seen[1], name)
    t.not(seen[0], seen[2], name)
    secrets.push(seen[0] ?? '')
  }
  t.equal(new Set(secrets).size, KINDS.length)
  const plain = await enrolled({ pin: PIN, hasSecrets: false })
  const answer = await plain.login(plain.stored, actionOf('unlock'), { pin: PIN, salt })
  t.match(answer, { outcome: 'asserted', secret: undefined })
})

t.test('a caller who gives up cancels, and the key is free for the next', async (t) => {
  const { key, stored, timers, simulator, login } = await enrolled({ pin: PIN })
  const mine = new AbortController()
  const reason = new Error('the operator left')
  const asking = t.rejects(
    key.assert({
      rpId: OPERATOR_RP_ID,
      challenge: random(32),
      allow: [stored.credentialId],
      pin: PIN,
      signal: mine.signal,
    }),
    reason,
  )
  for (let i = 0; i < 20; i++) await timers.advance(50)
  t.equal(simulator.isWaiting, true)
  mine.abort(reason)
  await timers.advance(50)
  await asking
  t.equal(simulator.isWaiting, false)
  t.match(await login(stored, actionOf()), { outcome: 'asserted' })
})

t.test('a key in use by another program is waited for, and told when that lasts', async (t) => {
  const { simulator, login, stored } = await enrolled({ pin: PIN })
  for (let i = 0; i < 5; i++) simulator.fail('busy')
  t.match(await login(stored, actionOf()), { outcome: 'asserted' })
  for (let i = 0; i < 20; i++) simulator.fail('busy')
  await t.rejects(login(stored, actionOf()), { code: 'device.busy' })
})

t.test('a wedged key, a lost report and a pulled key end the wait', async (t) => {
  for (const fault of ['silence', 'lost-report'] as const) {
    const { simulator, login, stored, timers } = await enrolled({ pin: PIN })
    simulator.fail(fault)
    const before = timers.nowMs
    await t.rejects(login(stored, actionOf()), { code: 'device.timeout' }, fault)
    t.ok(timers.nowMs - before <= 1600)
    t.match(await login(stored, actionOf()), { outcome: 'asserted' }, `after ${fault}`)
  }
  const stray = await enrolled({ pin: PIN })
  stray.simulator.fail('stray')
  t.match(await stray.login(stray.stored, actionOf()), { outcome: 'asserted' })
  const pulled = await enrolled({ pin: PIN })
  const asking = t.rejects(pulled.login(pulled.stored, actionOf()), { code: 'device.unplugged' })
  pulled.unplug()
  await asking
})

t.test('calls that no key can answer are our mistake', async (t) => {
  const { key, stored } = await enrolled({ pin: PIN })
  const request = { rpId: OPERATOR_RP_ID, challenge: random(32), allow: [stored.credentialId] }
  await t.rejects(key.assert({ ...request, allow: [] }), { code: 'call.fido-allow' })
  await t.rejects(key.assert({ ...request, challenge: random(31) }), {
    code: 'call.fido-challenge',
  })
  await t.rejects(key.assert({ ...request, pin: PIN, salt: random(31) }), {
    code: 'call.fido-salt',
  })
})

t.test('what is no security key does not open', async (t) => {
  const timers = createVirtualTimers()
  const { host } = createPortPair('keyboard')
  const verdict = t.rejects(openSecurityKey(host, { random, timers }), { code: 'device.timeout' })
  await timers.advance(1600)
  await verdict
})

t.test('other programs on the same key are not heard', async (t) => {
  const { device, host, login, stored } = await enrolled({ pin: PIN })
  let isHeard = false
  host.onBytes((bytes) => {
    isHeard ||= equalBytes(bytes.subarray(0, 4), Uint8Array.of(9, 9, 9, 9))
  })
  const foreign = new Uint8Array(64)
  foreign.set([9, 9, 9, 9, 0x90, 0, 1, 0x31])
  const asking = login(stored, actionOf())
  await device.write(foreign)
  t.match(await asking, { outcome: 'asserted' })
  t.ok(isHeard)
})

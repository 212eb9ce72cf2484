import { generateKeyPairSync, sign } from 'node:crypto'
import { sha256 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import t from 'tap'
import { concat, fromText } from '../../protocol/bytes.ts'
import {
  actionHash,
  OPERATOR_RP_ID,
  type OperatorAction,
  type OperatorKey,
  operatorKeyOf,
  parseAuthenticatorData,
  verifyAssertion,
  verifyTwoOperators,
} from '../../protocol/operator-key.ts'

const ACTION: OperatorAction = {
  purpose: 'two-person',
  station: 'demo.a.b.c/k1',
  nonce: new Uint8Array(16).fill(3),
  detail: fromText('exception'),
}
const RP_HASH = sha256(fromText(OPERATOR_RP_ID))

/** An operator with a key of node's making. */
function operatorWith(operator: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const [px, py] = [x, y].map((text) => Uint8Array.from(Buffer.from(text, 'base64url')))
  if (px === undefined || py === undefined) throw new Error('no point')
  const credentialId = fromText(`credential of ${operator}`)
  const key: OperatorKey = {
    operator,
    credentialId,
    publicKey: concat(Uint8Array.of(4), px, py),
    signCount: 5,
  }
  /** Authenticator data of a new credential, field by field. */
  const attested = concat(
    RP_HASH,
    Uint8Array.of(0x45, 0, 0, 0, 5), // touched, verified, credential; counter 5
    new Uint8Array(16), // model
    Uint8Array.of(0, credentialId.length),
    credentialId,
    Uint8Array.of(0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20),
    px,
    Uint8Array.of(0x22, 0x58, 0x20),
    py,
  )
  const assertion = (flags = 0x05, count = 6, action = ACTION, rpHash = RP_HASH) => {
    const authenticatorData = concat(rpHash, Uint8Array.of(flags, 0, 0, 0, count))
    const signed = concat(authenticatorData, actionHash(action))
    return {
      credentialId,
      authenticatorData,
      signature: Uint8Array.from(sign('sha256', signed, privateKey)),
    }
  }
  return { key, attested, assertion }
}

const ada = operatorWith('ada')
const ben = operatorWith('ben')
const KEYS = [ada.key, ben.key]

t.test('an enrolment gives the key that it names', async (t) => {
  t.same(operatorKeyOf('ada', ada.attested), { outcome: 'proved', key: ada.key })
  const elsewhere = ada.attested.slice()
  elsewhere[0] = (elsewhere[0] ?? 0) ^ 1
  t.match(operatorKeyOf('ada', elsewhere), { reason: 'wrong-party' })
  const untouched = ada.attested.slice()
  untouched[32] = 0x44
  t.match(operatorKeyOf('ada', untouched), { reason: 'not-touched' })
  t.match(operatorKeyOf('ada', ada.assertion().authenticatorData), { reason: 'unreadable' })
})

t.test('a good assertion is proved, and its counter kept', async (t) => {
  const verdict = verifyAssertion(KEYS, ACTION, ada.assertion(), true)
  t.same(verdict, { outcome: 'proved', key: { ...ada.key, signCount: 6 } })
})

t.test('each thing that is wrong has its name', async (t) => {
  const elsewhere = sha256(fromText('another party'))
  const other = { ...ACTION, station: 'demo.a.b.c/k2' }
  for (const [reason, assertion] of [
    ['unknown-key', operatorWith('eve').assertion()],
    ['wrong-party', ada.assertion(0x05, 6, ACTION, elsewhere)],
    ['not-touched', ada.assertion(0x04)],
    ['not-verified', ada.assertion(0x01)],
    ['copied-key', ada.assertion(0x05, 5)],
    ['wrong-signature', ada.assertion(0x05, 6, other)],
    ['wrong-signature', { ...ada.assertion(), signature: new Uint8Array(70) }],
    ['unreadable', { ...ada.assertion(), authenticatorData: new Uint8Array(36) }],
  ] as const) {
    t.match(verifyAssertion(KEYS, ACTION, assertion, true), { outcome: 'refused', reason })
  }
  t.equal(verifyAssertion(KEYS, ACTION, ada.assertion(0x01), false).outcome, 'proved')
  const uncounted = [{ ...ada.key, signCount: 0 }]
  t.equal(verifyAssertion(uncounted, ACTION, ada.assertion(0x05, 0), true).outcome, 'proved')
})

t.test('a signature holds for one purpose, station, nonce and detail', async (t) => {
  const changes: readonly Partial<OperatorAction>[] = [
    { purpose: 'login' },
    { station: 'demo.a.b.c/k11' },
    { nonce: new Uint8Array(16) },
    { detail: new Uint8Array(0) },
  ]
  for (const change of changes) {
    t.match(verifyAssertion(KEYS, { ...ACTION, ...change }, ada.assertion(), true), {
      reason: 'wrong-signature',
    })
  }
  t.throws(() => actionHash({ ...ACTION, nonce: new Uint8Array(15) }), {
    code: 'call.operator-nonce',
  })
})

t.test('two operators approve what one with two keys cannot', async (t) => {
  const both = verifyTwoOperators(KEYS, ACTION, [ada.assertion(), ben.assertion()])
  t.match(both, [{ operator: 'ada', signCount: 6 }, { operator: 'ben' }])
  const twice = verifyTwoOperators(KEYS, ACTION, [ada.assertion(), ada.assertion()])
  t.match(twice, { reason: 'same-operator' })
  const spare = { ...ben.key, operator: 'ada' }
  const alone = verifyTwoOperators([ada.key, spare], ACTION, [ada.assertion(), ben.assertion()])
  t.match(alone, { reason: 'same-operator' })
  const unverified = verifyTwoOperators(KEYS, ACTION, [ada.assertion(), ben.assertion(0x01)])
  t.match(unverified, { reason: 'not-verified' })
  const first = verifyTwoOperators(KEYS, ACTION, [ada.assertion(0x01), ben.assertion()])
  t.match(first, { reason: 'not-verified' })
})

t.test('authenticator data cut at any byte, or with any byte more, is refused', async (t) => {
  const wrong = { code: 'bytes.operator-key' }
  for (let cut = 0; cut < ada.attested.length; cut++) {
    t.throws(() => parseAuthenticatorData(ada.attested.subarray(0, cut)), wrong, `byte ${cut}`)
  }
  t.throws(() => parseAuthenticatorData(concat(ada.attested, Uint8Array.of(0))), wrong)
  const other = ada.attested.slice()
  const at = 37 + 16 + 2 + ada.key.credentialId.length
  other[at + 4] = 0x27
  t.throws(() => parseAuthenticatorData(other), wrong, 'another algorithm')
  const off = ada.attested.slice()
  off[at + 12] = (off[at + 12] ?? 0) ^ 1
  t.throws(() => parseAuthenticatorData(off), wrong, 'no point of the curve')
  const nameless = ada.attested.slice()
  nameless.fill(0, 53, 55)
  t.throws(() => parseAuthenticatorData(nameless), wrong, 'no identifier')
})

t.test('noise is refused, never thrown as anything else', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
      const assertion = { ...ada.assertion(), authenticatorData: noise }
      return verifyAssertion(KEYS, ACTION, assertion, true).outcome === 'refused'
    }),
    { numRuns: 500 },
  )
  t.pass()
})

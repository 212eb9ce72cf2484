import fc from 'fast-check'
import t from 'tap'
import { encodeCbor } from '../../protocol/cbor.ts'
import { kidBytesOf } from '../../protocol/cose-key.ts'
import { signSign1 } from '../../protocol/cose-sign1.ts'
import { type Credential, cardBindingOf, issueCredential } from '../../protocol/credential.ts'
import { signDelegation } from '../../protocol/delegation.ts'
import { verifyMessage } from '../../protocol/secp256k1.ts'
import { createStatusBits, type StatusList, withStatus } from '../../protocol/status-list.ts'
import { DAY_S } from '../../protocol/time.ts'
import type { Trust } from '../../protocol/trust-list.ts'
import {
  MAX_PROVISIONAL_S,
  type Verification,
  type VerificationInput,
  verifyCredential,
} from '../../protocol/verify.ts'
import { verifySecp256k1 } from '../../runtime/crypto.ts'
import {
  ALDER,
  ALDER_KIOSK,
  BIRCH,
  DEMO_NOW,
  demoCredential,
  demoCredentialBytes,
  demoDelegation,
  demoPublicKey,
  demoSigner,
  demoTrust,
  demoTrustBody,
} from '../kit/demo-trust.ts'

const PROVISIONAL = { stage: 'provisional', assurance: 1, expires: DEMO_NOW + 30 * DAY_S } as const
const INPUT: VerificationInput = {
  bytes: demoCredentialBytes(),
  trust: demoTrust(),
  status: () => undefined,
  clock: { unix: DEMO_NOW, uncertaintyS: 0, source: 'test' },
  cardProof: { kind: 'none' },
  verify: verifySecp256k1,
}

function verify(
  changes: Partial<Credential>,
  input: Partial<VerificationInput> = {},
): Verification {
  return verifyCredential({ ...INPUT, bytes: demoCredentialBytes(changes), ...input })
}

/** Outcome and reason alone, such as "stop expired". */
function verdict(changes: Partial<Credential>, input: Partial<VerificationInput> = {}): string {
  const { outcome, reason } = verify(changes, input)
  return `${outcome} ${reason}`
}

function at(unix: number, uncertaintyS = 0): Partial<VerificationInput> {
  return { clock: { unix, uncertaintyS, source: 'test' } }
}

function withRevoked(station: string, use: 'final' | 'provisional'): Trust {
  const kid = kidBytesOf(demoPublicKey(station, use).publicKey)
  return demoTrust(demoTrustBody(undefined, 2, [{ kid, throughLogIndex: 9 }]))
}

function withList(changes: Partial<StatusList>): Partial<VerificationInput> {
  const list: StatusList = {
    district: ALDER,
    list: 1,
    issued: DEMO_NOW,
    ttlS: DAY_S,
    bits: createStatusBits('valid'),
    ...changes,
  }
  return {
    status: (district, number) => (district === list.district && number === 1 ? list : undefined),
  }
}

t.test('an honest final credential opens, and says what that rests on', async (t) => {
  t.same(verify({}), {
    outcome: 'go',
    reason: 'ok',
    assurance: 2,
    proof: 'signature',
    staleness: 'unknown',
    issuer: ALDER,
    stage: 'final',
  })
  t.same(verify({}, { verify: verifyMessage }), verify({}))
})

t.test('an honest provisional credential opens too', async (t) => {
  t.match(verify(PROVISIONAL), {
    outcome: 'go',
    assurance: 1,
    issuer: ALDER_KIOSK,
    stage: 'provisional',
  })
})

t.test('bytes that are no credential are read again, never an exception', async (t) => {
  const float = Uint8Array.of(0xf9, 0x3e, 0x00)
  const signedFloat = signSign1(demoSigner(ALDER, 'final'), float, 'credential')
  for (const bytes of [new Uint8Array(), float, signedFloat, INPUT.bytes.slice(0, 90)]) {
    t.equal(verdict({}, { bytes }), 'again not-a-credential')
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      return verifyCredential({ ...INPUT, bytes }).outcome !== 'go'
    }),
  )
})

t.test('whoever signed must be the one who may', async (t) => {
  const by = (station: string, use: 'final' | 'provisional' | 'relay', changes = {}) =>
    verdict({}, { bytes: issueCredential(demoCredential(changes), demoSigner(station, use)) })
  t.equal(by('demo.stranger', 'final'), 'stop unknown-issuer')
  t.equal(by(ALDER, 'relay'), 'stop unknown-issuer', 'a key of another use')
  t.equal(by(ALDER_KIOSK, 'provisional'), 'stop unknown-issuer', 'a kiosk signs no final one')
  t.equal(by(ALDER, 'final', PROVISIONAL), 'stop unknown-issuer', 'a district no provisional one')
  const forged = { ...demoSigner(BIRCH, 'final'), kid: demoSigner(ALDER, 'final').kid }
  const bytes = issueCredential(demoCredential(), forged)
  t.equal(verdict({}, { bytes }), 'stop wrong-signature')
  const payload = encodeCbor(new Map())
  const otherContext = signSign1(demoSigner(ALDER, 'final'), payload, 'pop-status-1')
  t.equal(verdict({}, { bytes: otherContext }), 'again not-a-credential')
})

t.test('a demonstration credential is a stranger to production trust', async (t) => {
  const production = { ...INPUT.trust, isDemo: false, keys: [], districts: [] }
  t.equal(verdict({}, { trust: production }), 'stop unknown-issuer')
})

t.test('expiry is judged with the uncertainty of our clock in the holder’s favour', async (t) => {
  const expires = DEMO_NOW + DAY_S
  t.equal(verdict({ expires }, at(expires - 1)), 'go ok')
  t.equal(verdict({ expires }, at(expires)), 'stop expired')
  t.equal(verdict({ expires }, at(expires + 3599, 3600)), 'go ok')
  t.equal(verdict({ expires }, at(expires + 3600, 3600)), 'stop expired')
})

t.test('a clock that is behind asks for another try, after ten minutes of grace', async (t) => {
  const issued = DEMO_NOW
  t.equal(verdict({ issued }, at(issued - 600)), 'go ok')
  t.equal(verdict({ issued }, at(issued - 601)), 'again not-yet-valid')
  t.equal(verdict({ issued }, at(issued - 900, 300)), 'go ok')
})

t.test('the status list stops what it names, and only that', async (t) => {
  const bits = createStatusBits('valid')
  const { index } = demoCredential().status
  t.equal(verdict({}, withList({ bits: withStatus(bits, index, 'invalid') })), 'stop revoked')
  t.equal(verdict({}, withList({ bits: withStatus(bits, index, 'suspended') })), 'stop suspended')
  t.equal(verdict({}, withList({ bits: withStatus(bits, index + 1, 'invalid') })), 'go ok')
  const pending = withList({ bits: createStatusBits('check-pending') })
  t.equal(verdict(PROVISIONAL, pending), 'go ok')
  const another = withList({ district: BIRCH, bits: createStatusBits('invalid') })
  t.equal(verdict({}, another), 'go ok', 'the list of another district')
})

t.test('how old the knowledge of revocations is, is said and does not stop', async (t) => {
  t.equal(verify({}, withList({})).staleness, 'fresh')
  t.equal(verify({}, withList({ issued: DEMO_NOW - DAY_S })).staleness, 'fresh')
  const old = withList({ issued: DEMO_NOW - DAY_S - 1 })
  t.match(verify({}, old), { outcome: 'go', staleness: 'stale' })
  t.equal(verify({}, { ...old, ...at(DEMO_NOW, 1) }).staleness, 'fresh')
  const trust = { ...INPUT.trust, expires: DEMO_NOW - 1 }
  t.match(verify({}, { ...withList({}), trust }), { outcome: 'go', staleness: 'stale' })
})

t.test('a card that proves itself counts for more, and another card stops', async (t) => {
  const [uid, r] = [new Uint8Array(7).fill(4), new Uint8Array(16).fill(5)]
  const cardBinding = cardBindingOf(uid, r)
  const proof = (changes: object) => ({
    cardProof: { kind: 'authenticated', uid, r, ...changes } as const,
  })
  t.match(verify({ cardBinding }, proof({})), { outcome: 'go', proof: 'card' })
  t.match(verify({ cardBinding }), { outcome: 'go', proof: 'signature' })
  const another = proof({ uid: new Uint8Array(7) })
  t.match(verify({ cardBinding }, another), {
    outcome: 'stop',
    reason: 'another-card',
    proof: undefined,
  })
  t.equal(verdict({ cardBinding }, proof({ r: new Uint8Array(16) })), 'stop another-card')
})

t.test('too little assurance stops, enough goes', async (t) => {
  t.equal(verdict({ assurance: 2 }, { minimumAssurance: 3 }), 'stop assurance-too-low')
  t.equal(verdict({ assurance: 3 }, { minimumAssurance: 3 }), 'go ok')
  t.equal(verdict(PROVISIONAL, { minimumAssurance: 2 }), 'stop assurance-too-low')
})

t.test('a lost kiosk makes its provisional credentials "again", never "stop"', async (t) => {
  const trust = withRevoked(ALDER_KIOSK, 'provisional')
  t.equal(verdict(PROVISIONAL, { trust }), 'again issuer-withdrawn')
  t.equal(verdict({}, { trust }), 'go ok', 'final ones do not rest on the kiosk')
  t.match(verify(PROVISIONAL, { trust }), { issuer: ALDER_KIOSK, proof: undefined })
})

t.test('a revoked district key stops its final credentials', async (t) => {
  const trust = withRevoked(ALDER, 'final')
  t.equal(verdict({}, { trust }), 'stop issuer-withdrawn')
  t.equal(verdict(PROVISIONAL, { trust }), 'go ok')
})

t.test('a key says no more than its delegation lets it', async (t) => {
  const higher = { ...PROVISIONAL, assurance: 2 }
  t.equal(verdict(higher), 'stop issuer-withdrawn', 'a kiosk that claims a district’s assurance')
  const low = demoTrustBody([])
  const delegation = { ...demoDelegation(ALDER), maxAssurance: 2 }
  const signed = signDelegation(delegation, demoSigner('demo', 'delegation'))
  const trust = demoTrust({ ...low, delegations: [signed] })
  t.equal(verdict({ assurance: 3 }, { trust }), 'stop issuer-withdrawn')
  t.equal(verdict({ assurance: 2 }, { trust }), 'go ok')
})

t.test('a credential issued outside its key’s delegation is none', async (t) => {
  const { notBefore, expires } = demoDelegation(ALDER)
  t.equal(verdict({ issued: notBefore - 600 }), 'go ok', 'a kiosk’s clock may be behind')
  t.equal(verdict({ issued: notBefore - 601 }), 'stop issuer-withdrawn')
  const late = { issued: expires, expires: expires + DAY_S }
  t.equal(verdict(late, at(expires)), 'stop issuer-withdrawn')
  const inTime = { issued: expires - 1, expires: expires + DAY_S }
  t.equal(verdict(inTime, at(expires)), 'go ok', 'it outlives the key that signed it')
})

t.test('a stolen kiosk cannot make a provisional credential for life', async (t) => {
  const issued = DEMO_NOW
  const lasting = (seconds: number) => ({ ...PROVISIONAL, issued, expires: issued + seconds })
  t.equal(verdict(lasting(MAX_PROVISIONAL_S)), 'go ok')
  t.equal(verdict(lasting(MAX_PROVISIONAL_S + 1)), 'stop issuer-withdrawn')
})

t.test('a key that was renewed stands by what it signed before and after', async (t) => {
  const body = demoTrustBody()
  const renewed = {
    ...demoDelegation(ALDER),
    notBefore: DEMO_NOW + 300 * DAY_S,
    expires: DEMO_NOW + 700 * DAY_S,
  }
  const again = signDelegation(renewed, demoSigner('demo', 'delegation'))
  const later = { issued: DEMO_NOW + 500 * DAY_S, expires: DEMO_NOW + 600 * DAY_S }
  for (const delegations of [
    [...body.delegations, again],
    [again, ...body.delegations],
  ]) {
    const trust = demoTrust({ ...body, delegations })
    t.equal(verdict({}, { trust }), 'go ok')
    t.equal(verdict(later, { trust, ...at(later.issued) }), 'go ok')
  }
})

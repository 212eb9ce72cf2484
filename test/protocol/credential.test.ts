import fc from 'fast-check'
import t from 'tap'
import { concat, equalBytes, toHex } from '../../protocol/bytes.ts'
import { type CborMap, type CborValue, decodeCbor, encodeCbor } from '../../protocol/cbor.ts'
import { parseSign1, signSign1 } from '../../protocol/cose-sign1.ts'
import {
  type Credential,
  cardBindingOf,
  issueCredential,
  MAX_CREDENTIAL_BYTES,
  parseCredential,
} from '../../protocol/credential.ts'
import { verifyCredential } from '../../protocol/verify.ts'
import { verifySecp256k1 } from '../../runtime/crypto.ts'
import {
  ALDER,
  ALDER_KIOSK,
  DEMO_NOW,
  demoCredential,
  demoCredentialBytes,
  demoSigner,
  demoTrust,
} from '../kit/demo-trust.ts'
import { acceptedCuts, feedNoise } from '../kit/parsers.ts'

const SIGNER = demoSigner(ALDER, 'final')
const LARGEST = demoCredential({
  expires: 0xff_ff_ff_ff,
  issued: 0xff_ff_ff_fe,
  assurance: 5,
  status: { list: 0xff_ff_ff_ff, index: 65_535 },
})

/** Offset and length of each field, for a status list number below 24 and an index of 256 or more. */
const OFFSETS = {
  kid: [9, 8],
  expires: [23, 4],
  issued: [29, 4],
  id: [35, 8],
  assurance: [50, 1],
  cardBinding: [53, 16],
  stage: [76, 1],
} as const

/** The honest claims with some of them changed, signed all the same. */
function signedClaims(
  change: (claims: Map<number, CborValue>, inner: Map<number, CborValue>) => void,
) {
  const claims = new Map(
    decodeCbor(parseSign1(demoCredentialBytes()).payload) as Map<number, CborValue>,
  )
  const inner = new Map(claims.get(-70_000) as Map<number, CborValue>)
  claims.set(-70_000, inner as CborMap)
  change(claims, inner)
  return signSign1(SIGNER, encodeCbor(claims), 'credential')
}

t.test('a credential says what was put in', async (t) => {
  for (const credential of [
    demoCredential(),
    LARGEST,
    demoCredential({ stage: 'provisional', assurance: 1 }),
    demoCredential({ attributeRoot: new Uint8Array(32).fill(7) }),
  ]) {
    t.same(parseCredential(issueCredential(credential, SIGNER)).credential, credential)
  }
})

t.test('the largest minimal credential fits the card', async (t) => {
  t.ok(issueCredential(LARGEST, SIGNER).length <= MAX_CREDENTIAL_BYTES)
  t.equal(issueCredential(LARGEST, SIGNER).length, 147)
  t.ok(issueCredential({ ...LARGEST, attributeRoot: new Uint8Array(32) }, SIGNER).length <= 240)
})

t.test(
  'final takes the place of provisional: same length, and only these bytes differ',
  async (t) => {
    const common = { issued: DEMO_NOW, expires: DEMO_NOW + 1, id: new Uint8Array(8) } as const
    const provisional = demoCredentialBytes({ ...common, stage: 'provisional', assurance: 1 })
    const final = demoCredentialBytes({
      ...common,
      stage: 'final',
      assurance: 5,
      issued: 0x7a_7a_7a_7a,
      expires: 0x7b_7b_7b_7b,
      id: new Uint8Array(8).fill(0x7c),
    })
    t.equal(provisional.length, final.length)
    const firstSignatureByte = final.length - 64
    const changed = Array.from(final.keys()).filter(
      (i) => i < firstSignatureByte && final[i] !== provisional[i],
    )
    const movable = [
      OFFSETS.kid,
      OFFSETS.expires,
      OFFSETS.issued,
      OFFSETS.id,
      OFFSETS.assurance,
      OFFSETS.stage,
    ]
    const allowed = movable.flatMap(([from, length]) => Array.from({ length }, (_, i) => from + i))
    t.same(
      changed.filter((offset) => !allowed.includes(offset)),
      [],
    )
    for (const [from, length] of movable) {
      t.ok(
        changed.some((offset) => offset >= from && offset < from + length),
        `byte ${from}`,
      )
    }
  },
)

t.test('the fields stand where docs/protocol.md says', async (t) => {
  const credential = demoCredential({ status: { list: 0x01_02_03_04, index: 0x12_67 } })
  const bytes = issueCredential(credential, SIGNER)
  const at = ([from, length]: readonly [number, number]) => toHex(bytes.slice(from, from + length))
  t.equal(at(OFFSETS.kid), toHex(SIGNER.kid))
  t.equal(at(OFFSETS.expires), credential.expires.toString(16))
  t.equal(at(OFFSETS.issued), credential.issued.toString(16))
  t.equal(at(OFFSETS.id), '0102030405060708')
  t.equal(at(OFFSETS.assurance), '02')
  t.equal(at(OFFSETS.cardBinding), 'cb'.repeat(16))
  t.equal(at([71, 8]), '1a01020304191267')
  const short = demoCredentialBytes()
  t.equal(short.length, 143)
  t.equal(toHex(short.slice(OFFSETS.stage[0] - 1, OFFSETS.stage[0] + 3)), '06015840')
})

t.test('no byte may change: whatever stands in its place is refused', async (t) => {
  const trust = demoTrust()
  const honest = demoCredentialBytes()
  const clock = { unix: DEMO_NOW, uncertaintyS: 0, source: 'test' }
  const outcome = (bytes: Uint8Array) =>
    verifyCredential({
      bytes,
      trust,
      clock,
      status: () => undefined,
      cardProof: { kind: 'none' },
      verify: verifySecp256k1,
    }).outcome
  t.equal(outcome(honest), 'go')
  const accepted: number[] = []
  for (let offset = 0; offset < honest.length; offset++) {
    // Each bit once, all bits at once, and 0: the rest differs in nothing that a parser looks at.
    for (const mask of [1, 2, 4, 8, 16, 32, 64, 128, 255, honest[offset] ?? 0]) {
      if (mask === 0) continue
      const changed = honest.slice()
      changed[offset] = (changed[offset] ?? 0) ^ mask
      if (outcome(changed) === 'go') accepted.push(offset)
    }
  }
  t.same(accepted, [])
})

t.test('no byte may be missing or left over', async (t) => {
  const honest = demoCredentialBytes()
  t.same(acceptedCuts(honest, parseCredential), [])
  t.throws(() => parseCredential(concat(honest, Uint8Array.of(0))), { code: 'bytes.cbor' })
  feedNoise(parseCredential)
})

t.test('claims beyond the profile are refused, well signed or not', async (t) => {
  const wrong: readonly [
    string,
    (claims: Map<number, CborValue>, inner: Map<number, CborValue>) => void,
  ][] = [
    ['a subject', (claims) => claims.set(2, 'someone')],
    ['a name within', (_, inner) => inner.set(7, 'name')],
    ['no expiry', (claims) => claims.delete(4)],
    ['no issue time', (claims) => claims.delete(6)],
    ['a time of three bytes', (claims) => claims.set(6, 65_535)],
    ['a time beyond 32 bits', (claims) => claims.set(4, 2 ** 32)],
    ['a short identifier', (claims) => claims.set(7, new Uint8Array(7))],
    ['assurance 0', (_, inner) => inner.set(2, 0)],
    ['assurance 6', (_, inner) => inner.set(2, 6)],
    ['a short card binding', (_, inner) => inner.set(3, new Uint8Array(15))],
    ['no status', (_, inner) => inner.delete(4)],
    ['a status index beyond the list', (_, inner) => inner.set(4, [0, 65_536])],
    ['a status of three', (_, inner) => inner.set(4, [0, 0, 0])],
    ['no stage', (_, inner) => inner.delete(6)],
    ['a third stage', (_, inner) => inner.set(6, 2)],
  ]
  for (const [what, change] of wrong) {
    t.throws(() => parseCredential(signedClaims(change)), { code: 'bytes.schema' }, what)
  }
  t.ok(parseCredential(signedClaims(() => undefined)))
})

t.test('nothing is issued that no reader would take', async (t) => {
  const wrong: readonly Partial<Credential>[] = [
    { issued: 60 },
    { assurance: 6 },
    { status: { list: 0, index: 65_536 } },
    { id: new Uint8Array(7) },
  ]
  for (const changes of wrong) {
    t.throws(() => demoCredentialBytes(changes), { code: 'call.schema' })
  }
})

t.test('the same claims give the same bytes, whoever orders them', async (t) => {
  const bytes = issueCredential(LARGEST, SIGNER)
  const reversed = Object.fromEntries(Object.entries(LARGEST).reverse()) as Credential
  t.same(issueCredential(reversed, SIGNER), bytes)
  t.not(toHex(issueCredential(LARGEST, demoSigner(ALDER_KIOSK, 'provisional'))), toHex(bytes))
})

t.test('a card binding is of one card and one r', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 7, maxLength: 7 }), (uid) => {
      const r = new Uint8Array(16).fill(1)
      const binding = cardBindingOf(uid, r)
      const another = cardBindingOf(uid, new Uint8Array(16).fill(2))
      return binding.length === 16 && !equalBytes(binding, another)
    }),
  )
  t.not(
    toHex(cardBindingOf(new Uint8Array(7), new Uint8Array(16))),
    toHex(cardBindingOf(new Uint8Array(7).fill(1), new Uint8Array(16))),
  )
})

import { deflateSync } from 'node:zlib'
import { decode } from 'cbor-x'
import fc from 'fast-check'
import t from 'tap'
import { fromHex } from '../../protocol/bytes.ts'
import { type CborMap, type CborValue, decodeCbor, encodeCbor } from '../../protocol/cbor.ts'
import { kidBytesOf } from '../../protocol/cose-key.ts'
import { parseSign1, signSign1 } from '../../protocol/cose-sign1.ts'
import {
  createStatusBits,
  parseStatusList,
  readStatus,
  STATUSES,
  type StatusList,
  signStatusList,
  withStatus,
} from '../../protocol/status-list.ts'
import { DAY_S } from '../../protocol/time.ts'
import { inflate, verifySecp256k1 } from '../../runtime/crypto.ts'
import {
  ALDER,
  ALDER_KIOSK,
  BIRCH,
  DEMO_NOW,
  demoPublicKey,
  demoSigner,
  demoTrust,
  demoTrustBody,
  nodeZlib,
} from '../kit/demo-trust.ts'
import { acceptedCuts, acceptedFlips, feedNoise } from '../kit/parsers.ts'
import { readVectors } from '../kit/vectors.ts'

type Vector = {
  readonly name: string
  readonly cbor: string
  readonly entries: number
  readonly nonZero: readonly (readonly [index: number, status: number])[]
}

const TRUST = demoTrust()
const SIGNER = demoSigner(ALDER, 'final')
const LIST: StatusList = {
  district: ALDER,
  list: 1,
  issued: DEMO_NOW,
  ttlS: DAY_S,
  bits: withStatus(withStatus(createStatusBits('valid'), 4711, 'invalid'), 65_535, 'suspended'),
}
const MEDIA_TYPE = 'application/statuslist+cwt'

const parse = (bytes: Uint8Array, trust = TRUST) =>
  parseStatusList(bytes, trust, verifySecp256k1, nodeZlib)

/** The honest claims with one changed, signed all the same. */
function signedWith(key: number, value: CborValue | undefined, typ: string = MEDIA_TYPE) {
  const { payload } = parseSign1(signStatusList(LIST, SIGNER, nodeZlib))
  const claims = new Map(decodeCbor(payload) as CborMap)
  if (value === undefined) claims.delete(key)
  else claims.set(key, value)
  return signSign1(SIGNER, encodeCbor(claims), 'pop-status-1', typ)
}

function listValue(bits: number, raw: Uint8Array): CborValue {
  return new Map<string, CborValue>([
    ['bits', bits],
    ['lst', Uint8Array.from(deflateSync(raw))],
  ])
}

t.test('the 2-bit lists of the IETF draft read as the draft says', async (t) => {
  const vectors = readVectors<Vector[]>('ietf-status-list-2-bits.json')
  t.equal(vectors.length, 2)
  for (const { name, cbor, entries, nonZero } of vectors) {
    // The draft's map is not in deterministic order ("bits" before "lst"), so our reader refuses it.
    const { lst } = decode(fromHex(cbor)) as { readonly lst: Uint8Array }
    const bits = inflate(lst, entries / 4)
    t.equal(bits.length, entries / 4, name)
    const expected = new Map(nonZero)
    const wrong = Array.from({ length: entries }, (_, i) => i).filter(
      (i) => readStatus(bits, i) !== STATUSES[expected.get(i) ?? 0],
    )
    t.same(wrong, [], name)
    let made: Uint8Array = new Uint8Array(bits.length)
    for (const [index, status] of nonZero)
      made = withStatus(made, index, STATUSES[status] ?? 'valid')
    t.same(made, bits, name)
  }
})

t.test('a list says what was put in, and one entry changes one entry', async (t) => {
  fc.assert(
    fc.property(
      fc.nat(65_535),
      fc.constantFrom(...STATUSES),
      fc.constantFrom(...STATUSES),
      (index, fill, status) => {
        const before = createStatusBits(fill)
        const after = withStatus(before, index, status)
        const neighbours = [index - 1, index + 1, 0, 65_535].filter(
          (i) => i !== index && i >= 0 && i < 65_536,
        )
        return (
          readStatus(after, index) === status &&
          readStatus(before, index) === fill &&
          neighbours.every((i) => readStatus(after, i) === fill)
        )
      },
    ),
  )
  for (const index of [65_536, -1, 1e9, Number.NaN]) {
    t.throws(() => readStatus(LIST.bits, index), { code: 'call.status-index' })
    t.throws(() => withStatus(LIST.bits, index, 'invalid'), { code: 'call.status-index' })
  }
})

t.test('a token goes round', async (t) => {
  t.same(parse(signStatusList(LIST, SIGNER, nodeZlib)), LIST)
  const random = { ...LIST, bits: LIST.bits.map((_, i) => (i * 2_654_435_761) >>> 13) }
  t.same(parse(signStatusList(random, SIGNER, nodeZlib)), random, 'bits that do not deflate')
})

t.test('only the district itself may say it', async (t) => {
  const by = (signer: typeof SIGNER, district = ALDER) =>
    signStatusList({ ...LIST, district }, signer, nodeZlib)
  const wrong: readonly [string, Uint8Array, RegExp][] = [
    ['another district for us', by(demoSigner(BIRCH, 'final')), /another district/],
    ['us for another district', by(SIGNER, BIRCH), /another district/],
    ['a kiosk', by(demoSigner(ALDER_KIOSK, 'provisional')), /no district key/],
    ['our relay key', by(demoSigner(ALDER, 'relay')), /no district key/],
    ['a stranger', by(demoSigner('demo.x', 'final')), /no district key/],
    [
      'a key with our kid',
      by({ ...demoSigner(BIRCH, 'final'), kid: SIGNER.kid }),
      /no district key/,
    ],
  ]
  for (const [who, bytes, message] of wrong) {
    t.throws(() => parse(bytes), { code: 'bytes.status-list', message }, who)
  }
})

t.test('a key that is revoked, or was not yet in force, says nothing', async (t) => {
  const kid = kidBytesOf(demoPublicKey(ALDER, 'final').publicKey)
  const trust = demoTrust(demoTrustBody(undefined, 2, [{ kid, throughLogIndex: 1 }]))
  const token = signStatusList(LIST, SIGNER, nodeZlib)
  t.throws(() => parse(token, trust), { code: 'bytes.status-list', message: /in force/ })
  for (const issued of [DEMO_NOW - 2 * DAY_S, DEMO_NOW + 366 * DAY_S]) {
    const outside = signStatusList({ ...LIST, issued }, SIGNER, nodeZlib)
    t.throws(() => parse(outside), { code: 'bytes.status-list', message: /in force/ })
  }
})

t.test('what unpacks to more or less than the list is refused', async (t) => {
  const lengths = [0, 16_383, 16_385, 50_000_000]
  for (const length of lengths) {
    const token = signedWith(65_533, listValue(2, new Uint8Array(length)))
    t.throws(() => parse(token), { code: /bytes\.(?:status-list|zlib|schema)/ }, `${length} bytes`)
  }
  t.ok(parse(signedWith(65_533, listValue(2, new Uint8Array(16_384)))))
})

t.test('claims beyond the profile are refused', async (t) => {
  const wrong: readonly [string, Uint8Array][] = [
    ['1 bit an entry', signedWith(65_533, listValue(1, new Uint8Array(16_384)))],
    ['no list', signedWith(65_533, undefined)],
    ['a list that is a byte string', signedWith(65_533, new Uint8Array(9))],
    [
      'one more member',
      signedWith(
        65_533,
        new Map<string, CborValue>([
          ['aggregation_uri', 'x'],
          ['bits', 2],
          ['lst', new Uint8Array(9)],
        ]),
      ),
    ],
    [
      'a list of 20 kB',
      signedWith(
        65_533,
        new Map<string, CborValue>([
          ['bits', 2],
          ['lst', new Uint8Array(20_000)],
        ]),
      ),
    ],
    ['an expiry', signedWith(4, DEMO_NOW)],
    ['no list number', signedWith(-70_010, undefined)],
    ['no ttl', signedWith(65_534, undefined)],
  ]
  for (const [what, bytes] of wrong) t.throws(() => parse(bytes), { code: 'bytes.schema' }, what)
  t.throws(
    () =>
      parse(
        signedWith(
          65_533,
          new Map<string, CborValue>([
            ['bits', 2],
            ['lst', new Uint8Array(9)],
          ]),
        ),
      ),
    { code: 'bytes.zlib' },
  )
  t.throws(() => parse(signedWith(6, DEMO_NOW, 'application/cwt')), { code: 'bytes.status-list' })
})

t.test('no byte may be missing, no bit may change, and noise is refused', async (t) => {
  const token = signStatusList(LIST, SIGNER, nodeZlib)
  t.ok(token.length < 400)
  t.same(acceptedCuts(token, parse), [])
  t.same(acceptedFlips(token, parse), [])
  feedNoise(parse)
})

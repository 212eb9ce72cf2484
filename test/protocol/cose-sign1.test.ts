import fc from 'fast-check'
import t from 'tap'
import { toHex } from '../../protocol/bytes.ts'
import { type CborTag, type CborValue, decodeCbor, encodeCbor } from '../../protocol/cbor.ts'
import { asKid } from '../../protocol/cose-key.ts'
import {
  ES256K,
  parseSign1,
  type SignatureContext,
  signSign1,
  verifySign1,
} from '../../protocol/cose-sign1.ts'
import { verifyMessage } from '../../protocol/secp256k1.ts'
import { ALDER, BIRCH, demoPublicKey, demoSigner } from '../kit/demo-trust.ts'
import { acceptedCuts, acceptedFlips, feedNoise, isRefused } from '../kit/parsers.ts'

const SIGNER = demoSigner(ALDER, 'relay')
const { publicKey: KEY } = demoPublicKey(ALDER, 'relay')
const PAYLOAD = Uint8Array.of(0xa1, 1, 2)
const SIGNED = signSign1(SIGNER, PAYLOAD, 'pop-envelope-1')

const CONTEXTS: readonly SignatureContext[] = [
  'credential',
  'pop-delegation-1',
  'pop-trust-list-1',
  'pop-envelope-1',
  'pop-inner-1',
  'pop-capture-1',
  'pop-status-1',
]

type TaggedList = CborTag & { readonly value: readonly CborValue[] }

function isGood(bytes: Uint8Array, context: SignatureContext = 'pop-envelope-1'): boolean {
  return verifySign1(parseSign1(bytes), KEY, context, verifyMessage)
}

/** The signed message with parts of its array put in place of the honest ones. */
function withParts(change: (parts: CborValue[]) => CborValue): Uint8Array {
  const { value } = decodeCbor(SIGNED) as TaggedList
  return encodeCbor({ tag: 18, value: change([...value]) })
}

function withHeader(...entries: [number | string, CborValue][]): Uint8Array {
  return withParts(([, ...rest]) => [encodeCbor(new Map(entries)), ...rest])
}

t.test(
  'the bytes are those of RFC 9052: tag, protected header, no other header, payload',
  async (t) => {
    const kid = toHex(SIGNER.kid)
    t.equal(toHex(SIGNED.slice(0, -64)), `d2844ea201382e0448${kid}a043a101025840`)
    t.same(parseSign1(SIGNED), {
      kid: asKid(SIGNER.kid),
      typ: undefined,
      payload: PAYLOAD,
      signature: SIGNED.slice(-64),
      protectedHeader: SIGNED.slice(3, 17),
    })
  },
)

t.test('a signature verifies for its key and purpose alone', async (t) => {
  t.ok(isGood(SIGNED))
  const { publicKey: another } = demoPublicKey(BIRCH, 'relay')
  t.notOk(verifySign1(parseSign1(SIGNED), another, 'pop-envelope-1', verifyMessage))
  for (const made of CONTEXTS) {
    const bytes = signSign1(SIGNER, PAYLOAD, made)
    t.same(
      CONTEXTS.filter((asked) => isGood(bytes, asked)),
      [made],
    )
  }
})

t.test('the type header is signed', async (t) => {
  const typed = signSign1(SIGNER, PAYLOAD, 'pop-status-1', 'application/statuslist+cwt')
  t.equal(parseSign1(typed).typ, 'application/statuslist+cwt')
  const { value } = decodeCbor(typed) as TaggedList
  const bare = parseSign1(SIGNED).protectedHeader
  const stripped = encodeCbor({ tag: 18, value: [bare, ...value.slice(1)] })
  t.notOk(isGood(stripped, 'pop-status-1'))
})

t.test('headers that the profile does not know are refused', async (t) => {
  const alg: [number, CborValue] = [1, ES256K]
  const kid: [number, CborValue] = [4, SIGNER.kid]
  const wrong: readonly [string, Uint8Array][] = [
    ['another algorithm', withHeader([1, -7], kid)],
    ['the algorithm as text', withHeader([1, 'ES256K'], kid)],
    ['no algorithm', withHeader(kid)],
    ['no kid', withHeader(alg)],
    ['a short kid', withHeader(alg, [4, SIGNER.kid.slice(1)])],
    ['a kid as text', withHeader(alg, [4, 'aaaaaaaa'])],
    ['a critical header', withHeader(alg, [2, [4]], kid)],
    ['a certificate chain', withHeader(alg, kid, [33, new Uint8Array(3)])],
    ['a text header', withHeader(alg, kid, ['x', 1])],
    ['a numeric type', withHeader(alg, kid, [16, 61])],
    ['an empty header', withParts(([, ...rest]) => [new Uint8Array(), ...rest])],
    ['a header that is no map', withParts(([, ...rest]) => [Uint8Array.of(0x80), ...rest])],
    ['a header outside a byte string', withParts(([, ...rest]) => [new Map([alg, kid]), ...rest])],
    [
      'an unprotected kid',
      withParts(([h, , ...rest]) => [h as CborValue, new Map([kid]), ...rest]),
    ],
    ['a detached payload', withParts(([h, u, , s]) => [h, u, null, s] as CborValue)],
    ['a payload as text', withParts(([h, u, , s]) => [h, u, 'text', s] as CborValue)],
    ['a short signature', withParts(([h, u, p]) => [h, u, p, new Uint8Array(63)] as CborValue)],
    ['a long signature', withParts(([h, u, p]) => [h, u, p, new Uint8Array(65)] as CborValue)],
    ['three parts', withParts((parts) => parts.slice(0, 3))],
    ['five parts', withParts((parts) => [...parts, null])],
    ['no array', withParts(() => 0)],
    ['no tag', encodeCbor((decodeCbor(SIGNED) as TaggedList).value)],
    ['another tag', encodeCbor({ tag: 96, value: (decodeCbor(SIGNED) as TaggedList).value })],
  ]
  for (const [what, bytes] of wrong) {
    t.ok(
      isRefused(() => parseSign1(bytes)),
      what,
    )
  }
})

t.test('a header in another byte order is another message', async (t) => {
  const reversed = withParts(([h, ...rest]) => {
    const header = h as Uint8Array
    const swapped = [0xa2, ...header.slice(4), ...header.slice(1, 4)]
    return [Uint8Array.from(swapped), ...rest]
  })
  t.throws(() => parseSign1(reversed), { code: 'bytes.cbor' })
})

t.test('no bit may change and no byte be missing', async (t) => {
  t.same(acceptedCuts(SIGNED, parseSign1), [])
  t.same(
    acceptedFlips(SIGNED, (bytes) => isGood(bytes) || undefined),
    [],
  )
})

t.test('noise is refused', async () => {
  feedNoise(parseSign1)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (payload) => {
      const bytes = signSign1(SIGNER, payload, 'credential')
      return isGood(bytes, 'credential') && toHex(parseSign1(bytes).payload) === toHex(payload)
    }),
    { numRuns: 20 },
  )
})

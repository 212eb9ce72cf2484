import t from 'tap'
import type { CborValue } from '../../protocol/cbor.ts'
import { decodeCbor, encodeCbor } from '../../protocol/cbor.ts'
import { parseSign1, signSign1, verifySign1 } from '../../protocol/cose-sign1.ts'
import { delegationSchema, parseDelegation, signDelegation } from '../../protocol/delegation.ts'
import { encodeRecord } from '../../protocol/schema.ts'
import { verifyMessage } from '../../protocol/secp256k1.ts'
import { verifySecp256k1 } from '../../runtime/crypto.ts'
import { ALDER, ALDER_KIOSK, demoDelegation, demoPublicKey, demoSigner } from '../kit/demo-trust.ts'
import { acceptedCuts, acceptedFlips, feedNoise } from '../kit/parsers.ts'

const SIGNER = demoSigner(ALDER, 'delegation')
const KIOSK = demoDelegation(ALDER_KIOSK)
const SIGNED = signDelegation(KIOSK, SIGNER)

t.test('a delegation says what was put in, and verifies for its purpose alone', async (t) => {
  const { delegation, message } = parseDelegation(SIGNED)
  t.same(delegation, KIOSK)
  const { publicKey } = demoPublicKey(ALDER, 'delegation')
  t.ok(verifySign1(message, publicKey, 'pop-delegation-1', verifyMessage))
  t.notOk(verifySign1(message, publicKey, 'credential', verifyMessage))
  t.same(parseDelegation(signDelegation(demoDelegation(ALDER), SIGNER)).delegation.role, 'district')
})

t.test('claims beyond the profile are refused', async (t) => {
  const signed = (key: number, value: CborValue | undefined) => {
    const claims = new Map(decodeCbor(parseSign1(SIGNED).payload) as Map<number, CborValue>)
    if (value === undefined) claims.delete(key)
    else claims.set(key, value)
    return signSign1(SIGNER, encodeCbor(claims), 'pop-delegation-1')
  }
  const keyOf = (use: CborValue, length: number) => [
    new Map<number, CborValue>([
      [1, use],
      [2, new Uint8Array(length)],
    ]),
  ]
  const wrong: readonly [string, number, CborValue | undefined][] = [
    ['an issuer', 1, 'root'],
    ['a subject that is no path', 2, 'Demo/k1'],
    ['a wildcard subject', 2, 'demo.+/k1'],
    ['two slashes', 2, 'demo.a/k1/k2'],
    ['no expiry', 4, undefined],
    ['an unknown role', -70_001, 5],
    ['no keys', -70_002, undefined],
    ['an unknown use', -70_002, keyOf(9, 33)],
    ['a key of 31 bytes', -70_002, keyOf(1, 31)],
    ['an uncompressed key', -70_002, keyOf(1, 65)],
    ['seventeen keys', -70_002, Array.from({ length: 17 }, () => keyOf(1, 33)[0] as CborValue)],
    ['assurance 6', -70_003, 6],
    ['a quota of a million and one', -70_004, 1_000_001],
  ]
  for (const [what, key, value] of wrong) {
    t.throws(() => parseDelegation(signed(key, value)), { code: 'bytes.schema' }, what)
  }
  t.throws(() => encodeRecord(delegationSchema, { ...KIOSK, subject: 'Demo' }), {
    code: 'call.schema',
  })
})

t.test('cut at each byte, flipped at each bit, or noise: never a good delegation', async (t) => {
  const { publicKey } = demoPublicKey(ALDER, 'delegation')
  t.same(acceptedCuts(SIGNED, parseDelegation), [])
  const open = (bytes: Uint8Array) =>
    verifySign1(parseDelegation(bytes).message, publicKey, 'pop-delegation-1', verifySecp256k1) ||
    undefined
  t.ok(open(SIGNED))
  t.same(acceptedFlips(SIGNED, open), [])
  feedNoise(open)
})

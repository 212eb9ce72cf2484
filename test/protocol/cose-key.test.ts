import { createHash } from 'node:crypto'
import t from 'tap'
import { concat, fromHex, toHex } from '../../protocol/bytes.ts'
import { asKid, KID_BYTES, kidBytesOf, kidOf, thumbprint } from '../../protocol/cose-key.ts'

/** The generator of secp256k1 (SEC 2 §2.4.1): the public key of private key 1. */
const GX = '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'
const GY = '483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8'
const KEY = fromHex(`02${GX}`)

t.test('the thumbprint hashes the required members in deterministic order', async (t) => {
  // RFC 9679 §4: {1: 2 (EC2), -1: 8 (secp256k1), -2: x, -3: y} and nothing else.
  const coseKey = fromHex(`a40102200821 5820${GX} 22 5820${GY}`.replaceAll(' ', ''))
  const expected = createHash('sha256').update(coseKey).digest('hex')
  t.equal(toHex(thumbprint(KEY)), expected)
  t.equal(kidOf(KEY), expected.slice(0, 2 * KID_BYTES))
  t.equal(asKid(kidBytesOf(KEY)), kidOf(KEY))
})

t.test('a key and its mirror image have different identifiers', async (t) => {
  t.not(kidOf(KEY), kidOf(concat(Uint8Array.of(3), KEY.slice(1))))
})

t.test('what is no point of the curve has no identifier', async (t) => {
  for (const bad of [KEY.slice(1), new Uint8Array(33), fromHex(`05${GX}`), new Uint8Array()]) {
    t.throws(() => kidOf(bad), { code: 'bytes.public-key' })
  }
})

import t from 'tap'
import { concat, fromHex, toHex } from '../../protocol/bytes.ts'
import {
  coordinates,
  privateKeyFrom,
  publicKeyOf,
  sharedSecret,
  signMessage,
  verifyMessage,
} from '../../protocol/secp256k1.ts'
import { randomBytes, verifySecp256k1 } from '../../runtime/crypto.ts'
import { readVectors } from '../kit/vectors.ts'

type Wycheproof = {
  readonly groups: readonly {
    readonly key: string
    readonly tests: readonly {
      readonly id: number
      readonly comment: string
      readonly msg: string
      readonly sig: string
      readonly result: 'valid' | 'invalid'
    }[]
  }[]
}

/** (n - 1) / 2 of SEC 2 §2.4.1. */
const HALF_ORDER =
  0x7fff_ffff_ffff_ffff_ffff_ffff_ffff_ffff_5d57_6e73_57a4_501d_dfe9_2f46_681b_20a0n
const ORDER = 2n * HALF_ORDER + 1n

function compressed(uncompressed: string): Uint8Array {
  const key = fromHex(uncompressed)
  return concat(Uint8Array.of(2 + ((key[64] ?? 0) & 1)), key.slice(1, 33))
}

function isLowS(signature: string): boolean {
  return BigInt(`0x0${signature.slice(64)}`) <= HALF_ORDER
}

function wycheproof() {
  const { groups } = readVectors<Wycheproof>('wycheproof-secp256k1-p1363.json')
  return groups.flatMap(({ key, tests }) =>
    tests.map(({ id, comment, msg, sig, result }) => ({
      name: `test ${id}: ${comment}`,
      parts: [compressed(key), fromHex(msg), fromHex(sig)] as const,
      isValid: result === 'valid',
      isLow: isLowS(sig),
    })),
  )
}

t.test('Wycheproof: valid low-S signatures pass and no others, and OpenSSL agrees', async (t) => {
  const tests = wycheproof()
  t.equal(tests.length, 252)
  t.equal(tests.filter(({ isValid, isLow }) => isValid && !isLow).length, 72)
  for (const { name, parts, isValid, isLow } of tests) {
    const expected = isValid && isLow
    t.equal(verifyMessage(...parts), expected, `noble, ${name}`)
    t.equal(verifySecp256k1(...parts), expected, `OpenSSL, ${name}`)
  }
})

t.test('a signature is the same each time, low-S, and verifies in both', async (t) => {
  for (let i = 0; i < 8; i++) {
    const privateKey = privateKeyFrom(randomBytes(48))
    const message = randomBytes(i * 40)
    const signature = signMessage(privateKey, message)
    t.same(signMessage(privateKey, message), signature)
    t.ok(isLowS(toHex(signature)))
    t.ok(verifyMessage(publicKeyOf(privateKey), message, signature))
    t.ok(verifySecp256k1(publicKeyOf(privateKey), message, signature))
  }
})

t.test('the other half of a signature, n - s, is refused', async (t) => {
  const privateKey = new Uint8Array(32).fill(7)
  const message = Uint8Array.of(1)
  const signature = signMessage(privateKey, message)
  const high = ORDER - BigInt(`0x${toHex(signature.slice(32))}`)
  const mirrored = concat(signature.slice(0, 32), fromHex(high.toString(16).padStart(64, '0')))
  t.notOk(verifyMessage(publicKeyOf(privateKey), message, mirrored))
  t.notOk(verifySecp256k1(publicKeyOf(privateKey), message, mirrored))
})

t.test('malformed keys and signatures are false, never thrown', async (t) => {
  const key = publicKeyOf(new Uint8Array(32).fill(7))
  const message = new Uint8Array()
  const signature = signMessage(new Uint8Array(32).fill(7), message)
  const { x, y } = coordinates(key)
  const uncompressed = concat(Uint8Array.of(4), x, y)
  for (const verify of [verifyMessage, verifySecp256k1]) {
    for (const bad of [new Uint8Array(33), new Uint8Array(), uncompressed, key.slice(1)]) {
      t.notOk(verify(bad, message, signature))
    }
    for (const bad of [new Uint8Array(64), new Uint8Array(), signature.slice(1)]) {
      t.notOk(verify(key, message, bad))
    }
    t.notOk(verify(key, message, concat(signature, Uint8Array.of(0))))
  }
})

t.test('two sides agree on the secret, and a point off the curve is refused', async (t) => {
  const [a, b] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
  t.same(sharedSecret(a, publicKeyOf(b)), sharedSecret(b, publicKeyOf(a)))
  t.equal(sharedSecret(a, publicKeyOf(b)).length, 32)
  // x = 5 is on no point of the curve.
  const off = concat(Uint8Array.of(2), new Uint8Array(31), Uint8Array.of(5))
  t.throws(() => sharedSecret(a, off), { code: 'bytes.public-key' })
  t.throws(() => coordinates(off), { code: 'bytes.public-key' })
})

t.test('a private key comes from 48 random bytes and from no fewer', async (t) => {
  t.equal(privateKeyFrom(new Uint8Array(48).fill(0xff)).length, 32)
  t.equal(privateKeyFrom(new Uint8Array(48)).length, 32)
  t.throws(() => privateKeyFrom(new Uint8Array(32)), { code: 'call.random' })
})

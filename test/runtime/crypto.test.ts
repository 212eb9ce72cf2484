import { createHash, createHmac } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { getPublicKey, hashes, sign as nobleSign, verify as nobleVerify } from '@noble/secp256k1'
import fc from 'fast-check'
import t from 'tap'
import { concat, fromHex, fromText, toHex } from '../../protocol/bytes.ts'
import {
  deflate,
  generateEd25519,
  inflate,
  open,
  publicEd25519,
  randomBytes,
  seal,
  signEd25519,
  verifyEd25519,
  verifySecp256k1,
} from '../../runtime/crypto.ts'

hashes.sha256 = (message) => Uint8Array.from(createHash('sha256').update(message).digest())

hashes.hmacSha256 = (key, message) =>
  Uint8Array.from(createHmac('sha256', key).update(message).digest())

const VECTORS = '../shared/vectors/wycheproof/testvectors_v1'
const skip = existsSync(VECTORS) ? false : `no test vectors in ${VECTORS}`

t.test('random bytes are as many as asked, and fresh', async (t) => {
  t.equal(randomBytes(7).length, 7)
  t.notSame(randomBytes(16), randomBytes(16))
  t.equal(randomBytes(16).buffer.byteLength, 16, 'not a window on shared memory')
})

t.test('sealed bytes open with the same key, nonce and aad, and with nothing else', async (t) => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  fc.assert(
    fc.property(
      bytes(32),
      bytes(12),
      fc.uint8Array(),
      fc.uint8Array(),
      fc.nat(),
      (key, nonce, aad, plain, at) => {
        const sealed = seal(key, nonce, aad, plain)
        const opened = open(key, nonce, aad, sealed)
        const flip = (from: Uint8Array) =>
          from.map((byte, i) => (i === at % from.length ? byte ^ 1 : byte))
        return (
          sealed.length === plain.length + 16 &&
          opened !== undefined &&
          toHex(opened) === toHex(plain) &&
          open(flip(key), nonce, aad, sealed) === undefined &&
          open(key, flip(nonce), aad, sealed) === undefined &&
          open(key, nonce, concat(aad, aad, Uint8Array.of(0)), sealed) === undefined &&
          open(key, nonce, aad, flip(sealed)) === undefined &&
          open(key, nonce, aad, sealed.subarray(0, at % sealed.length)) === undefined
        )
      },
    ),
  )
  t.pass()
})

t.test('AES-256-GCM agrees with wycheproof', { skip }, async (t) => {
  let count = 0
  for (const group of vectors('aes_gcm_test.json')) {
    if (group.keySize !== 256 || group.ivSize !== 96 || group.tagSize !== 128) continue
    for (const { key, iv, aad, msg, ct, tag, result } of group.tests) {
      const opened = open(fromHex(key), fromHex(iv), fromHex(aad), fromHex(ct + tag))
      if (result === 'valid') {
        t.equal(opened && toHex(opened), msg)
        t.equal(toHex(seal(fromHex(key), fromHex(iv), fromHex(aad), fromHex(msg))), ct + tag)
      } else t.equal(opened, undefined)
      count++
    }
  }
  t.ok(count > 50, `${count} vectors`)
})

t.test('Ed25519 gives the signatures of RFC 8032 §7.1 and refuses all others', async (t) => {
  const secretKey = fromHex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb')
  const publicKey = fromHex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c')
  const message = Uint8Array.of(0x72)
  const signature = signEd25519(secretKey, message)
  t.equal(
    toHex(signature),
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  )
  t.same(publicEd25519(secretKey), publicKey)
  t.equal(verifyEd25519(publicKey, message, signature), true)
  t.equal(verifyEd25519(publicKey, Uint8Array.of(0x73), signature), false)
  t.equal(verifyEd25519(publicKey, message, signature.subarray(1)), false)
  t.equal(verifyEd25519(publicKey.subarray(1), message, signature), false)
  t.equal(verifyEd25519(generateEd25519().publicKey, message, signature), false)
  t.throws(() => signEd25519(secretKey.subarray(1), message), { code: 'call.key' })
})

t.test('a new Ed25519 pair signs and verifies', async (t) => {
  const { secretKey, publicKey } = generateEd25519()
  t.equal(verifyEd25519(publicKey, fromText('x'), signEd25519(secretKey, fromText('x'))), true)
})

t.test(
  'the fast secp256k1 verifier agrees with the slow one on wycheproof',
  { skip },
  async (t) => {
    const seen = { agreed: 0, accepted: 0, onlyHighS: 0 }
    for (const { publicKey: key, tests } of vectors('ecdsa_secp256k1_sha256_p1363_test.json')) {
      const publicKey = compress(fromHex(key.uncompressed))
      for (const { tcId, msg, sig, result } of tests) {
        const [message, signature] = [fromHex(msg), fromHex(sig)]
        const isGood = verifySecp256k1(publicKey, message, signature)
        const isAgreed = isGood === slowVerify(publicKey, message, signature)
        if (!isAgreed || (isGood && result === 'invalid')) t.fail(`vector ${tcId} gave ${isGood}`)
        seen.agreed++
        seen.accepted += Number(isGood)
        seen.onlyHighS += Number(!isGood && result === 'valid')
      }
    }
    t.ok(seen.agreed > 200 && seen.accepted > 40 && seen.onlyHighS > 10, JSON.stringify(seen))
  },
)

t.test('the low-S profile agrees with the vectors made for it', { skip }, async (t) => {
  let count = 0
  for (const { publicKey: key, tests } of vectors('ecdsa_secp256k1_sha256_bitcoin_test.json')) {
    const publicKey = compress(fromHex(key.uncompressed))
    for (const { tcId, msg, sig, result } of tests) {
      const signature = compactOf(fromHex(sig))
      if (signature === undefined) continue // DER that no 64 bytes can say
      t.equal(verifySecp256k1(publicKey, fromHex(msg), signature), result === 'valid', `${tcId}`)
      count++
    }
  }
  t.ok(count > 150, `${count} vectors`)
})

t.test('random signatures, altered anywhere, are judged alike by both verifiers', async (t) => {
  const secretKey = new Uint8Array(32).fill(0x11)
  const publicKey = getPublicKey(secretKey)
  const message = fromText('credential')
  const good = nobleSign(message, secretKey)
  t.equal(verifySecp256k1(publicKey, message, good), true)
  fc.assert(
    fc.property(fc.nat(63), fc.integer({ min: 1, max: 255 }), fc.nat(32), (at, xor, keyAt) => {
      const signature = good.map((byte, i) => (i === at ? byte ^ xor : byte))
      const key = publicKey.map((byte, i) => (i === keyAt ? byte ^ xor : byte))
      return (
        verifySecp256k1(publicKey, message, signature) ===
          slowVerify(publicKey, message, signature) &&
        verifySecp256k1(key, message, good) === slowVerify(key, message, good)
      )
    }),
    { numRuns: 40 },
  )
  for (const length of [0, 63, 65]) {
    t.equal(verifySecp256k1(publicKey, message, new Uint8Array(length)), false)
  }
  t.equal(verifySecp256k1(new Uint8Array(65), message, good), false)
})

t.test('zlib data comes back, and neither noise nor a bomb passes', async (t) => {
  const bomb = deflate(new Uint8Array(10_000_000))
  t.ok(bomb.length < 20_000)
  t.throws(() => inflate(bomb, 100_000), { code: 'bytes.zlib', message: /at most 100000/ })
  const whole = deflate(fromText('status list '.repeat(50)))
  t.equal(whole[0], 0x78, 'RFC 1950 header')
  t.equal(inflate(whole, 600).length, 600)
  t.throws(() => inflate(whole, 599), { code: 'bytes.zlib' })
  for (let cut = 0; cut < whole.length; cut++) {
    t.throws(() => inflate(whole.subarray(0, cut), 600), { code: 'bytes.zlib' })
  }
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => toHex(inflate(deflate(bytes), 1000)) === toHex(bytes)),
  )
})

function vectors(file: string): any[] {
  return JSON.parse(readFileSync(`${VECTORS}/${file}`, 'utf8')).testGroups
}

function slowVerify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return nobleVerify(signature, message, publicKey)
  } catch {
    return false
  }
}

function compress(uncompressed: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(2 + ((uncompressed[64] ?? 0) & 1)), uncompressed.subarray(1, 33))
}

/** r || s of a strictly encoded DER signature whose integers fit 32 bytes. */
function compactOf(der: Uint8Array): Uint8Array | undefined {
  const integer = (at: number) => {
    const length = der[at + 1] ?? 0
    const value = der.subarray(at + 2, at + 2 + length)
    const isStrict =
      der[at] === 2 &&
      value.length === length &&
      length > 0 &&
      (value[0] ?? 0) < 0x80 &&
      (length === 1 || value[0] !== 0 || (value[1] ?? 0) >= 0x80)
    const digits = value[0] === 0 ? value.subarray(1) : value
    if (!isStrict || digits.length > 32) return undefined
    return { padded: concat(new Uint8Array(32 - digits.length), digits), end: at + 2 + length }
  }
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return undefined
  const r = integer(2)
  const s = r && integer(r.end)
  return r && s && s.end === der.length ? concat(r.padded, s.padded) : undefined
}

import { createHash, createHmac, hkdfSync } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import {
  authenticateWith,
  createKeyAgreement,
  paddedPin,
  pinHash,
} from '../../../hardware/fido/pin-protocol.ts'
import { equalBytes, toHex } from '../../../protocol/bytes.ts'
import { randomBytes } from '../../../runtime/crypto.ts'

t.test('both sides come to the same secret, in both protocols', async (t) => {
  for (const protocol of [1, 2] as const) {
    const [host, key] = [createKeyAgreement(randomBytes), createKeyAgreement(randomBytes)]
    const [ours, theirs] = [host.agree(key.coseKey, protocol), key.agree(host.coseKey, protocol)]
    const plain = Uint8Array.from({ length: 64 }, (_, i) => i)
    t.ok(equalBytes(theirs.decrypt(ours.encrypt(plain)), plain))
    t.equal(toHex(ours.authenticate(plain)), toHex(theirs.authenticate(plain)))
    t.equal(ours.authenticate(plain).length, protocol === 1 ? 16 : 32)
    t.equal(ours.encrypt(plain).length, protocol === 1 ? 64 : 80)
    const sealed = new Set([1, 2, 3].map(() => toHex(ours.encrypt(plain))))
    t.equal(sealed.size, protocol === 1 ? 1 : 3, 'protocol two is sealed anew each time')
  }
})

t.test('a PIN is hashed and cut, or filled up', async (t) => {
  const hash = createHash('sha256').update('1234').digest().subarray(0, 16)
  t.equal(toHex(pinHash('1234')), hash.toString('hex'))
  const padded = paddedPin('1234')
  t.equal(padded.length, 64)
  t.equal(toHex(padded.subarray(0, 6)), '313233340000')
  for (const wrong of ['123', 'x'.repeat(64), 'äöü']) {
    t.throws(() => paddedPin(wrong), { code: 'call.fido-pin' })
  }
})

t.test('a token proves with an HMAC, cut to 16 bytes in protocol one', async (t) => {
  const token = new Uint8Array(32).fill(5)
  const mac = createHmac('sha256', token).update('message').digest('hex')
  const message = new TextEncoder().encode('message')
  t.equal(toHex(authenticateWith(token, 1, message)), mac.slice(0, 32))
  t.equal(toHex(authenticateWith(token, 2, message)), mac)
  // HKDF of node:crypto with a salt of 32 zeros is the one that the protocol means (RFC 5869 §2.2).
  const zeros = hkdfSync('sha256', token, new Uint8Array(32), 'CTAP2 HMAC key', 32)
  const none = hkdfSync('sha256', token, new Uint8Array(0), 'CTAP2 HMAC key', 32)
  t.equal(toHex(new Uint8Array(zeros)), toHex(new Uint8Array(none)))
})

t.test(
  'a peer that is no point of the curve, and texts of no whole block, are refused',
  async (t) => {
    const host = createKeyAgreement(randomBytes)
    const wrong = { code: 'bytes.fido' }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (x, y) => {
        const peer = new Map<number, number | Uint8Array>([
          [-1, 1],
          [-2, x],
          [-3, y],
        ])
        t.throws(() => host.agree(peer, 2), wrong)
      }),
      { numRuns: 50 },
    )
    t.throws(() => host.agree(undefined, 1), wrong)
    const secret = host.agree(createKeyAgreement(randomBytes).coseKey, 2)
    for (const length of [0, 15, 16, 17, 31]) {
      t.throws(() => secret.decrypt(new Uint8Array(length)), wrong, `${length} bytes`)
    }
  },
)

t.test(
  'equal draws give equal keys and seals; a draw that is no private key is drawn anew',
  async (t) => {
    const drawn: number[] = []
    const draw = (...firsts: readonly number[]) => {
      let calls = 0
      return (length: number): Uint8Array => {
        drawn.push(length)
        return new Uint8Array(length).fill(firsts[calls++] ?? 7)
      }
    }
    const keys = [createKeyAgreement(draw()), createKeyAgreement(draw())]
    t.same(keys[0]?.coseKey, keys[1]?.coseKey)
    const peer = createKeyAgreement(randomBytes).coseKey
    const sealed = keys.map((key) => toHex(key.agree(peer, 2).encrypt(new Uint8Array(16))))
    t.equal(sealed[0], sealed[1])
    drawn.length = 0
    t.same(createKeyAgreement(draw(0x00, 0xff)).coseKey, keys[0]?.coseKey)
    t.same(drawn, [32, 32, 32], 'nothing and all ones are no private keys')
  },
)

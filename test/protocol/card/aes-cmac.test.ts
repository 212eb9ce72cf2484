import { cmac } from '@noble/ciphers/aes.js'
import fc from 'fast-check'
import t from 'tap'
import { equalBytes, fromHex, toHex } from '../../../protocol/bytes.ts'
import { aesCmac, pad, shortMac, unpad } from '../../../protocol/card/aes-cmac.ts'
import { aes128 } from '../../../runtime/crypto.ts'
import { outcomeOf } from '../../kit/parsers.ts'
import { readVectors } from '../../kit/vectors.ts'

type Row = readonly [id: number, key: string, message: string, tag: string, result: string]

t.test('every tag of Wycheproof is judged as its authors judge it', async (t) => {
  const rows = readVectors<readonly Row[]>('wycheproof-aes-cmac.json')
  let valid = 0
  const wrong = rows.filter(([, key, message, tag, result]) => {
    if (fromHex(key).length !== 16) {
      t.throws(() => aesCmac(aes128, fromHex(key), fromHex(message)), { code: 'call.key' })
      return false
    }
    const isEqual = toHex(aesCmac(aes128, fromHex(key), fromHex(message))) === tag
    if (isEqual) valid++
    return isEqual !== (result === 'valid')
  })
  t.same(wrong, [])
  t.ok(rows.length === 311 && valid === 21)
})

t.test('the examples of RFC 4493 §4', async (t) => {
  const key = fromHex('2b7e151628aed2a6abf7158809cf4f3c')
  const text = fromHex(
    '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411',
  )
  t.equal(toHex(aesCmac(aes128, key, new Uint8Array(0))), 'bb1d6929e95937287fa37d129b756746')
  t.equal(toHex(aesCmac(aes128, key, text.slice(0, 16))), '070a16b46b4d4144f79bdd9dd04a287c')
  t.equal(toHex(aesCmac(aes128, key, text)), 'dfa66747de9ae63030ca32611497c827')
})

t.test('another implementation gives the same tag for any message', async () => {
  const key = fc.uint8Array({ minLength: 16, maxLength: 16 })
  fc.assert(
    fc.property(key, fc.uint8Array({ maxLength: 80 }), (secret, message) =>
      equalBytes(aesCmac(aes128, secret, message), cmac(message, secret)),
    ),
  )
})

t.test('a card sends every second byte', async (t) => {
  // AN12196 §5.12 Table 21, step by step.
  const key = fromHex('FC4AF159B62E549B5812394CAB1918CC')
  const whole = aesCmac(
    aes128,
    key,
    fromHex('8D00007614281A030000000A00006B5E6804909962FC4E3FF5522CF0F843'),
  )
  t.equal(toHex(whole), '426cd70ce153ed315e5b139cb97384aa')
  t.equal(toHex(shortMac(whole)), '6c0c53315b9c73aa')
})

t.test('padding is taken off where it is whole, and nowhere else', async (t) => {
  for (let length = 0; length <= 40; length++) {
    const message = new Uint8Array(length).fill(0x80)
    const padded = pad(message)
    t.equal(padded.length % 16, 0)
    t.ok(padded.length > length)
    t.equal(toHex(unpad(padded) ?? Uint8Array.of(1)), toHex(message))
  }
  t.equal(unpad(new Uint8Array(16)), undefined)
  t.equal(unpad(new Uint8Array(16).fill(7)), undefined)
  t.equal(unpad(new Uint8Array(32).with(4, 0x80)), undefined, 'a block of zeros too many')
  t.equal(unpad(new Uint8Array(0)), undefined)
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      (bytes) => !('code' in outcomeOf(() => unpad(bytes))),
    ),
  )
})

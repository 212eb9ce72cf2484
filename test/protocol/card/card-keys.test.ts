import fc from 'fast-check'
import t from 'tap'
import { fromHex, toHex } from '../../../protocol/bytes.ts'
import {
  cardKey,
  changeKeyData,
  diversifyKey,
  KeySlot,
  keyCheck,
} from '../../../protocol/card/card-keys.ts'
import { aes128 } from '../../../runtime/crypto.ts'
import { NTAG424 } from '../../kit/card-vectors.ts'

t.test('a key is diversified as NXP does it', async (t) => {
  for (const { from, master, input, key } of NTAG424.diversification) {
    t.equal(toHex(diversifyKey(aes128, fromHex(master), fromHex(input))), key.toLowerCase(), from)
  }
  for (const length of [0, 15, 32]) {
    const input = new Uint8Array(length)
    t.throws(() => diversifyKey(aes128, new Uint8Array(16), input), { code: 'call.key' })
  }
})

t.test('each card, slot and version has a key of its own', async (t) => {
  const master = { version: 1, key: new Uint8Array(16).fill(9) }
  const uids = ['04000000000001', '04000000000002'].map(fromHex)
  const keys = uids.flatMap((uid) =>
    Object.values(KeySlot).flatMap((slot) =>
      [1, 2].map((version) => toHex(cardKey(aes128, { ...master, version }, uid, slot))),
    ),
  )
  t.equal(new Set(keys).size, 20)
  t.equal(keys[0], toHex(cardKey(aes128, master, fromHex('04000000000001'), KeySlot.change)))
  // Cards in the field depend on it; computed with python3-cryptography's CMAC.
  t.equal(keys[0], '6297790a3def1c44a9e4b46ef70a2b7f')
})

t.test('the data of ChangeKey are those of the worked examples', async (t) => {
  for (const { from, slot, oldKey, newKey, version, data } of NTAG424.changeKey) {
    const made = changeKeyData(slot, { key: fromHex(newKey), version }, fromHex(oldKey))
    t.equal(toHex(made), data.toLowerCase(), from)
  }
})

t.test(
  'another slot takes the difference to its old key, and the check of the new one',
  async () => {
    // The worked examples have an old key of zeros, which cannot tell the difference from the key.
    const key = fc.uint8Array({ minLength: 16, maxLength: 16 })
    fc.assert(
      fc.property(key, key, (newKey, oldKey) => {
        const data = changeKeyData(KeySlot.tap, { key: newKey, version: 3 }, oldKey)
        const restored = data.subarray(0, 16).map((byte, i) => byte ^ (oldKey[i] ?? 0))
        return (
          data.length === 21 &&
          toHex(restored) === toHex(newKey) &&
          data[16] === 3 &&
          toHex(data.subarray(17)) === toHex(keyCheck(newKey))
        )
      }),
    )
  },
)

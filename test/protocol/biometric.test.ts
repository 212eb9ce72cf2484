import { inspect } from 'node:util'
import t from 'tap'
import { BIOMETRIC_REDACTION, BiometricBytes } from '../../protocol/biometric.ts'

t.test('biometric bytes do not print, however they are asked', async (t) => {
  const held = new BiometricBytes(Uint8Array.of(201, 202, 203))
  const prints = [
    String(held),
    `${held}`,
    JSON.stringify({ held }),
    inspect(held, { showHidden: true, depth: 9 }),
    JSON.stringify({ ...held }),
    Object.values(held).join(),
    Reflect.ownKeys(held).join(),
  ]
  for (const print of prints) t.notMatch(print, /201|202|203|c9/)
  t.equal(prints[0], BIOMETRIC_REDACTION)
})

t.test('they are copied on the way in and on the way out', async (t) => {
  const source = Uint8Array.of(1, 2, 3)
  const held = new BiometricBytes(source)
  source.fill(9)
  held.reveal().fill(9)
  t.same(held.reveal(), Uint8Array.of(1, 2, 3))
  t.equal(held.length, 3)
})

import { inspect } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { BiometricBytes } from '../../protocol/biometric.ts'
import {
  irisReference,
  irisTemplateOf,
  packBiometricReference,
  parseBiometricReference,
} from '../../protocol/biometric-reference.ts'
import { encodeIrisTemplate } from '../../protocol/iris-template.ts'
import { randomTemplate } from '../kit/iris-codes.ts'

t.test('each eye of an enrolment is found again by its position', async (t) => {
  const [left, right] = [randomTemplate(1), randomTemplate(2)]
  const references = [irisReference('left', left, 80), irisReference('right', right, 70)]
  const found = irisTemplateOf(references, 'right')
  t.same(found && encodeIrisTemplate(found), encodeIrisTemplate(right))
  t.equal(irisTemplateOf(references.slice(1), 'left'), undefined)
})

t.test('a reference of another version of the format is not taken for ours', async (t) => {
  const reference = { ...irisReference('left', randomTemplate(1), 80), version: 2 }
  t.equal(irisTemplateOf([reference], 'left'), undefined)
})

t.test('a reference travels as plain values and comes back the same', async (t) => {
  const packed = packBiometricReference(irisReference('left', randomTemplate(3), 55))
  t.same(packed.slice(0, 5), ['iris', 'left', 'iris-code', 1, 55])
  t.same(packBiometricReference(parseBiometricReference(packed)), packed)
})

t.test('all problems of a reference are told at once', async (t) => {
  t.throws(() => parseBiometricReference(['ear', '', 'x', 0, 101, new Uint8Array(0)]), {
    code: 'bytes.biometric-reference',
    message: /modality.*position.*version.*quality.*data/,
  })
  t.throws(() => parseBiometricReference({}), { code: 'bytes.biometric-reference' })
})

t.test('noise is refused with a stable code', async () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      try {
        parseBiometricReference(value)
        return true
      } catch (error) {
        return (error as { code: string }).code === 'bytes.biometric-reference'
      }
    }),
  )
})

t.test('biometric bytes are copied in and out and never print', async (t) => {
  const source = Uint8Array.of(1, 2, 3)
  const held = new BiometricBytes(source)
  source[0] = 9
  held.reveal()[1] = 9
  t.same(held.reveal(), Uint8Array.of(1, 2, 3))
  t.equal(held.length, 3)
  t.equal(JSON.stringify([held]), '["[biometric]"]')
  t.equal(String(held), '[biometric]')
  t.notMatch(inspect(held, { showHidden: true }), /1/)
})

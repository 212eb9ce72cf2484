import t from 'tap'
import {
  CODED_IRIS_FORMAT_ID,
  codeReferences,
  plainReferences,
} from '../../../../biometrics/iris/coder/coded-reference.ts'
import { BiometricBytes } from '../../../../protocol/biometric.ts'
import {
  type BiometricReference,
  irisReference,
  irisTemplateOf,
} from '../../../../protocol/biometric-reference.ts'
import { equalBytes } from '../../../../protocol/bytes.ts'
import { hashReferences } from '../../../../protocol/messages/references.ts'
import { renderedTemplate } from '../../../kit/coded-examples.ts'

const FINGER: BiometricReference = {
  modality: 'finger',
  position: 'right-thumb',
  formatId: 'module-template',
  version: 3,
  quality: 70,
  bytes: new BiometricBytes(Uint8Array.of(1, 2, 3)),
}
const REFERENCES = [
  irisReference('left', renderedTemplate(31, {}), 80),
  irisReference('right', renderedTemplate(32, {}), 75),
  FINGER,
]

t.test('two coded eyes are what they were, and what was committed to', async (t) => {
  const coded = codeReferences(REFERENCES)
  const lengths = coded.map(({ bytes }) => bytes.length)
  t.ok(
    lengths.every((length) => length < 1200),
    `${lengths} bytes`,
  )
  const plain = plainReferences(coded)
  t.ok(equalBytes(hashReferences(plain), hashReferences(REFERENCES)))
  t.same(
    plain.map(({ position, quality }) => [position, quality]),
    [
      ['left', 80],
      ['right', 75],
      ['right-thumb', 70],
    ],
  )
})

t.test('whoever does not know the coding sees no eye in it, and no other thing', async (t) => {
  const coded = codeReferences(REFERENCES)
  t.equal(irisTemplateOf(coded, 'left'), undefined)
  t.equal(irisTemplateOf(coded, 'right'), undefined)
})

t.test('plain references go through as they are', async (t) => {
  const plain = plainReferences(REFERENCES)
  t.ok(equalBytes(hashReferences(plain), hashReferences(REFERENCES)))
  t.equal(codeReferences([FINGER])[0], FINGER)
})

t.test('a coded one of another version, of a finger, or broken is refused', async (t) => {
  const [left] = codeReferences(REFERENCES)
  if (left === undefined) throw new Error('no left eye')
  const refuse = (changes: Partial<BiometricReference>) =>
    t.throws(() => plainReferences([{ ...left, ...changes }]), { code: 'bytes.coded-template' })
  refuse({ version: 2 })
  refuse({ modality: 'finger' })
  refuse({ bytes: new BiometricBytes(Uint8Array.of(9, 9)) })
  t.equal(left.formatId, CODED_IRIS_FORMAT_ID)
})

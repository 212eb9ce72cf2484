import fc from 'fast-check'
import t from 'tap'
import {
  decodeCodedTemplate,
  encodeCodedTemplate,
  MAX_CODED_TEMPLATE_BYTES,
} from '../../../../biometrics/iris/coder/template-coder.ts'
import { concat, equalBytes } from '../../../../protocol/bytes.ts'
import {
  encodeIrisTemplate,
  IRIS_PLANE_WORDS,
  IRIS_TEMPLATE_BYTES,
  IrisTemplate,
} from '../../../../protocol/iris-template.ts'
import { codedExamples, renderedTemplate } from '../../../kit/coded-examples.ts'
import { randomTemplate } from '../../../kit/iris-codes.ts'

const REFUSED = { code: 'bytes.coded-template' }
const EXAMPLES = codedExamples()

function isSame(a: IrisTemplate, b: IrisTemplate): boolean {
  return equalBytes(encodeIrisTemplate(a), encodeIrisTemplate(b))
}

t.test('each template comes back bit by bit', async (t) => {
  for (const [name, template] of Object.entries(EXAMPLES)) {
    t.ok(isSame(decodeCodedTemplate(encodeCodedTemplate(template)), template), name)
  }
})

t.test('a rendered eye takes about a third of its record', async (t) => {
  const bytes = encodeCodedTemplate(renderedTemplate(7, {})).length
  t.ok(bytes > 700 && bytes < 1150, `${bytes} bytes`)
})

t.test('bits that nobody could foretell take one byte more than their record', async (t) => {
  for (const template of [randomTemplate(1), EXAMPLES['noise'] as IrisTemplate]) {
    const coded = encodeCodedTemplate(template)
    t.equal(coded.length, MAX_CODED_TEMPLATE_BYTES)
    t.ok(equalBytes(coded.subarray(1), encodeIrisTemplate(template)))
  }
})

t.test('any planes come back, made against the model too', async () => {
  const word = fc.oneof(
    fc.integer({ min: 0, max: 0xff_ff_ff_ff }),
    fc.constantFrom(0, 0xff_ff_ff_ff, 0xaa_aa_aa_aa, 0x55_55_55_55),
  )
  const plane = fc
    .array(word, { minLength: 1, maxLength: 32 })
    .map((words) =>
      Uint32Array.from({ length: IRIS_PLANE_WORDS }, (_, i) => words[i % words.length] ?? 0),
    )
  fc.assert(
    fc.property(plane, plane, plane, (re, im, mask) => {
      const template = new IrisTemplate({ re, im, mask })
      const coded = encodeCodedTemplate(template)
      return (
        coded.length <= MAX_CODED_TEMPLATE_BYTES && isSame(decodeCodedTemplate(coded), template)
      )
    }),
    { seed: 8, numRuns: 25 },
  )
})

t.test('cut at each byte it is refused, and never another template', async (t) => {
  // Nearly all of it masked, so that it is short: every cut costs one reading.
  const mask = new Uint32Array(IRIS_PLANE_WORDS).map((_, column) => (column < 3 ? 0xff_ff : 0))
  const coded = encodeCodedTemplate(randomTemplate(5, mask))
  t.ok(coded.length < 130, `${coded.length} bytes`)
  for (let length = 0; length < coded.length; length++) {
    t.throws(() => decodeCodedTemplate(coded.subarray(0, length)), REFUSED)
  }
  const eye = encodeCodedTemplate(EXAMPLES['rendered-1'] as IrisTemplate)
  for (let length = 1; length < eye.length; length += 97) {
    t.throws(() => decodeCodedTemplate(eye.subarray(0, length)), REFUSED)
  }
})

t.test('bytes behind it are refused, zeros too', async (t) => {
  const coded = encodeCodedTemplate(EXAMPLES['rendered-1'] as IrisTemplate)
  for (const more of [[0], [0, 0, 0, 0], [1], [255]]) {
    t.throws(() => decodeCodedTemplate(concat(coded, Uint8Array.from(more))), REFUSED)
  }
})

t.test('an unknown method, nothing at all, and more than the longest are refused', async (t) => {
  t.throws(() => decodeCodedTemplate(new Uint8Array()), REFUSED)
  t.throws(() => decodeCodedTemplate(Uint8Array.of(2, 1, 2, 3)), REFUSED)
  t.throws(() => decodeCodedTemplate(new Uint8Array(MAX_CODED_TEMPLATE_BYTES + 1)), REFUSED)
  t.throws(() => decodeCodedTemplate(new Uint8Array(IRIS_TEMPLATE_BYTES)), {
    code: 'bytes.iris-template',
  })
})

t.test('noise is refused or is the one coding of what it gives', async () => {
  const noise = fc.uint8Array({ maxLength: 60 }).map((bytes) => concat(Uint8Array.of(1), bytes))
  fc.assert(
    fc.property(noise, (bytes) => {
      let template: IrisTemplate
      try {
        template = decodeCodedTemplate(bytes)
      } catch (error) {
        return error instanceof Error && 'code' in error && error.code === REFUSED.code
      }
      return equalBytes(encodeCodedTemplate(template), bytes)
    }),
    { seed: 9, numRuns: 40 },
  )
})

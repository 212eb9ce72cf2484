import t from 'tap'
import { encodeIris, type IrisResult } from '../../../biometrics/iris/encode.ts'
import { irisBackend, kernelFor, withIrisBackend } from '../../../biometrics/iris/kernel.ts'
import { toHex } from '../../../protocol/bytes.ts'
import { encodeIrisTemplate } from '../../../protocol/iris-template.ts'
import { noKernel } from '../../kit/iris-backends.ts'
import { renderedEye } from '../../kit/rendered-eyes.ts'

const skip = noKernel()

t.test('a back-end is in force as long as the work that asked for it', { skip }, async (t) => {
  t.equal(withIrisBackend('typescript', irisBackend), 'typescript')
  t.equal(irisBackend(), 'simd')
  t.throws(() =>
    withIrisBackend('typescript', () => {
      throw new RangeError('of the work')
    }),
  )
  t.equal(irisBackend(), 'simd')
  t.equal(
    withIrisBackend('typescript', () => kernelFor(1)),
    undefined,
  )
})

t.test('what needs too much memory is left to TypeScript', { skip }, async (t) => {
  t.equal(kernelFor(2 ** 40), undefined)
})

t.test('arguments and results keep out of each other', { skip }, async (t) => {
  const kernel = kernelFor(200_000)
  if (!kernel) throw new Error('no kernel')
  const first = kernel.put(Float32Array.of(1, 2, 3))
  const second = kernel.put(Float64Array.of(4, 5))
  const third = kernel.room(199_000)
  t.same(
    [first, second, third].map((at) => at % 16),
    [0, 0, 0],
  )
  t.same([...kernel.floats(first, 3)], [1, 2, 3])
  t.same([...kernel.doubles(second, 2)], [4, 5])
  t.equal(kernel.floats(third, 199_000 / 4).length, 49_750)
})

t.test('both back-ends make the same of rendered eyes', { skip }, async (t) => {
  for (const [person, capture] of [
    [1, {}],
    [2, { roll: 7, pupilRatio: 0.55, opening: 0.8 }],
    [3, { gazeX: 9, gazeY: -5, blurPx: 1, noise: 4 }],
    [4, { zoom: 0.85, offsetX: 0.4, gain: 0.7, illumination: 1 }],
    [5, { opening: 0.2 }],
    [6, { blurPx: 6 }],
  ] as const) {
    const { image } = renderedEye(person, capture)
    const [fast, plain] = (['simd', 'typescript'] as const).map((backend) =>
      withIrisBackend(backend, () => comparable(encodeIris(image))),
    )
    t.equal(fast, plain, `person ${person}`)
  }
})

/** All of a result, the template by its record. */
function comparable(result: IrisResult): string {
  if (result.outcome === 'refused') return JSON.stringify(result)
  return JSON.stringify({ ...result, template: toHex(encodeIrisTemplate(result.template)) })
}

import t from 'tap'
import { encodeIris, type IrisResult } from '../../../biometrics/iris/encode.ts'
import { assessFrame } from '../../../biometrics/iris/frame.ts'
import { irisBackend, kernelFor, withIrisBackend } from '../../../biometrics/iris/kernel.ts'
import { toHex } from '../../../protocol/bytes.ts'
import { encodeIrisTemplate } from '../../../protocol/iris-template.ts'
import { noKernel } from '../../kit/iris-backends.ts'
import { seededWords } from '../../kit/iris-codes.ts'
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
    t.ok(
      isSameOfBoth(() => comparable(encodeIris(image))),
      `person ${person}`,
    )
    t.ok(
      isSameOfBoth(() => JSON.stringify(assessFrame(image))),
      `frame of person ${person}`,
    )
  }
})

t.test('both back-ends make the same of large, small and empty images', { skip }, async (t) => {
  const { image } = renderedEye(7)
  for (const factor of [0.5, 1.37, 2, 4]) {
    const [width, height] = [Math.round(factor * image.width), Math.round(factor * image.height)]
    const pixels = Uint8Array.from({ length: width * height }, (_, at) => {
      const [x, y] = [Math.floor((at % width) / factor), Math.floor(at / width / factor)]
      return image.pixels[y * image.width + x] ?? 0
    })
    t.ok(
      isSameOfBoth(() => comparable(encodeIris({ width, height, pixels }))),
      `${width} wide`,
    )
  }
  for (const [width, height] of [
    [64, 64],
    [65, 300],
    [900, 64],
  ] as const) {
    const next = seededWords(width)
    for (const pixels of [
      new Uint8Array(width * height),
      Uint8Array.from({ length: width * height }, () => next()),
    ]) {
      t.ok(isSameOfBoth(() => comparable(encodeIris({ width, height, pixels }))))
    }
  }
})

function isSameOfBoth(make: () => string): boolean {
  return withIrisBackend('simd', make) === withIrisBackend('typescript', make)
}

/** All of a result, the template by its record. */
function comparable(result: IrisResult): string {
  if (result.outcome === 'refused') return JSON.stringify(result)
  return JSON.stringify({ ...result, template: toHex(encodeIrisTemplate(result.template)) })
}

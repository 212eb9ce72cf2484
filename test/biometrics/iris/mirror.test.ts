import t from 'tap'
import { compareIris } from '../../../biometrics/iris/compare.ts'
import { encodeIris } from '../../../biometrics/iris/encode.ts'
import { mirrorIris } from '../../../biometrics/iris/mirror.ts'
import { equalBytes } from '../../../protocol/bytes.ts'
import type { GreyImage } from '../../../protocol/image.ts'
import { encodeIrisTemplate, type IrisTemplate } from '../../../protocol/iris-template.ts'
import { randomPlane, randomTemplate, seededWords } from '../../kit/iris-codes.ts'
import { renderedEye } from '../../kit/rendered-eyes.ts'

function mirrorImage({ width, height, pixels }: GreyImage): GreyImage {
  const mirrored = pixels.map((_, at) => {
    const column = at % width
    return pixels[at - column + (width - 1 - column)] ?? 0
  })
  return { width, height, pixels: mirrored }
}

function encoded(image: GreyImage): IrisTemplate {
  const result = encodeIris(image)
  if (result.outcome !== 'encoded') throw new Error(result.reason)
  return result.template
}

function distance(a: IrisTemplate, b: IrisTemplate): number {
  const compared = compareIris(a, b)
  if (compared.outcome !== 'compared') throw new Error(compared.outcome)
  return compared.score.numeratorBits / compared.score.commonBits
}

t.test(
  'the template of a mirrored image is the mirrored template, but for half a column',
  async (t) => {
    const distances = [1, 2, 3, 4, 5].map((person) => {
      const { image } = renderedEye(person)
      const [plain, seen] = [encoded(image), encoded(mirrorImage(image))]
      t.ok(distance(plain, seen) > 0.4, 'as it is, an eye in a mirror is a stranger')
      return distance(mirrorIris(plain), seen)
    })
    t.comment(distances.map((one) => one.toFixed(3)).join(' '))
    // The pupil and the outer edge are found anew in the mirrored image, a little elsewhere.
    t.ok(
      distances.every((one) => one < 334 / 1024),
      'the same eye, by the threshold for a million',
    )
    const near = distances.filter((one) => one < 0.16)
    t.ok(near.length >= 3, 'most are no further than half a column of turn makes them')
  },
)

t.test('mirrored twice, a template is what it was', async (t) => {
  const words = seededWords(4)
  const template = randomTemplate(3, randomPlane(words))
  const twice = mirrorIris(mirrorIris(template))
  t.ok(equalBytes(encodeIrisTemplate(twice), encodeIrisTemplate(template)))
  t.equal(mirrorIris(template).usablePositions, template.usablePositions)
})

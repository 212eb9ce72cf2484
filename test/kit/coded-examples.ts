import { encodeIris } from '../../biometrics/iris/encode.ts'
import { IRIS_PLANE_WORDS, IrisTemplate } from '../../protocol/iris-template.ts'
import { goldenTemplates } from './iris-codes.ts'
import { renderedEye } from './rendered-eyes.ts'

/** The templates of test/vectors/iris-coded.json: two rendered eyes, noise, little and nothing usable. */
export function codedExamples(): Readonly<Record<string, IrisTemplate>> {
  const { eye, few } = goldenTemplates()
  if (eye === undefined || few === undefined) throw new Error('the golden templates have changed')
  return {
    'rendered-1': renderedTemplate(1, {}),
    'rendered-24': renderedTemplate(24, { gazeX: 9, gazeY: -5, blurPx: 1, noise: 4 }),
    few,
    noise: eye,
    blank: new IrisTemplate({
      re: new Uint32Array(IRIS_PLANE_WORDS),
      im: new Uint32Array(IRIS_PLANE_WORDS),
      mask: new Uint32Array(IRIS_PLANE_WORDS),
    }),
  }
}

/** The template of a rendered eye; a frame that is refused is a fault of the test. */
export function renderedTemplate(
  person: number,
  capture: Readonly<Record<string, number>>,
): IrisTemplate {
  const result = encodeIris(renderedEye(person, capture).image)
  if (result.outcome !== 'encoded') throw new Error(`rendered eye ${person}: ${result.reason}`)
  return result.template
}

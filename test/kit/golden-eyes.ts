import { createHash } from 'node:crypto'
import { encodeIris } from '../../biometrics/iris/encode.ts'
import { encodeIrisTemplate } from '../../protocol/iris-template.ts'
import { renderedEye } from './rendered-eyes.ts'

/** What one rendered eye must come to: SHA-256 of its pixels and of its template's record. */
export type GoldenEye = {
  readonly person: number
  readonly capture: { readonly [condition: string]: number }
  readonly image: string
  readonly template: string
}

const CAPTURES: readonly GoldenEye['capture'][] = [
  {},
  { roll: 7, pupilRatio: 0.55, opening: 0.8 },
  { gazeX: 9, gazeY: -5, blurPx: 1, noise: 4 },
  { zoom: 0.85, offsetX: 0.4, gain: 0.7, illumination: 1 },
]

/** The golden eyes as this machine makes them. */
export function goldenEyes(): readonly GoldenEye[] {
  return CAPTURES.flatMap((capture, i) =>
    [11 * i + 1, 11 * i + 2].map((person) => {
      const { image } = renderedEye(person, capture)
      const result = encodeIris(image)
      const record =
        result.outcome === 'encoded' ? encodeIrisTemplate(result.template) : new Uint8Array()
      return { person, capture, image: sha256(image.pixels), template: sha256(record) }
    }),
  )
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

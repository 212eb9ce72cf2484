import { readFileSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { decodeImage } from '../biometrics/image/decode.ts'
import type { IrisBoundaries, Point } from '../biometrics/iris/boundaries.ts'
import { encodeIris } from '../biometrics/iris/encode.ts'
import { encodeIrisTemplate } from '../protocol/iris-template.ts'
import type { ToOriginal } from './eye-frame.ts'
import { diceOf, type EyeCircle, type EyePlace } from './eye-painting.ts'
import { EYE_TRANSFORMS } from './eye-transforms.ts'

/** An image file to encode, as it is or transformed. */
export type RobustnessTask = {
  readonly file: string
  readonly seed: number
  /** Name of a transform and what the untouched image showed. */
  readonly transform?: { readonly name: string; readonly known: IrisBoundaries }
}

/** What came of an image. */
export type RobustnessAnswer =
  | {
      readonly outcome: 'encoded'
      readonly template: Uint8Array
      readonly boundaries: IrisBoundaries
      /** Mean distance of the boundaries found to the known ones, pixels of the original. */
      readonly pupilShift: number
      readonly limbusShift: number
    }
  | { readonly outcome: 'refused'; readonly reason: string }

function answer({ file, seed, transform }: RobustnessTask): RobustnessAnswer {
  const image = decodeImage(new Uint8Array(readFileSync(file)))
  const identity: ToOriginal = (x, y) => [x, y]
  const work = transform && EYE_TRANSFORMS[transform.name]
  const framed = work
    ? work(image, placeOf(transform.known), diceOf(seed))
    : { image, toOriginal: identity }
  const result = encodeIris(framed.image)
  if (result.outcome === 'refused') return { outcome: 'refused', reason: result.reason }
  const { boundaries } = result
  const known = transform?.known ?? boundaries
  return {
    outcome: 'encoded',
    template: encodeIrisTemplate(result.template),
    boundaries,
    pupilShift: distance(boundaries.pupil, known.pupil, framed.toOriginal),
    limbusShift: distance(boundaries.limbus, known.limbus, framed.toOriginal),
  }
}

function placeOf({ pupil, limbus }: IrisBoundaries): EyePlace {
  return { pupil: circleOf(pupil), limbus: circleOf(limbus) }
}

function circleOf(points: readonly Point[]): EyeCircle {
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  const x = mean(points.map(([px]) => px))
  const y = mean(points.map(([, py]) => py))
  return { x, y, radius: mean(points.map(([px, py]) => Math.hypot(px - x, py - y))) }
}

/** Mean distance of points to the nearest corner of a polygon of 128. */
function distance(
  found: readonly Point[],
  known: readonly Point[],
  toOriginal: ToOriginal,
): number {
  const shifts = found.map(([x, y]) => {
    const [ox, oy] = toOriginal(x, y)
    return Math.min(...known.map(([kx, ky]) => Math.hypot(kx - ox, ky - oy)))
  })
  return shifts.reduce((sum, shift) => sum + shift, 0) / shifts.length
}

parentPort?.on('message', (task: RobustnessTask) => parentPort?.postMessage(answer(task)))

import type { GalleryPerson, PersonEyes } from '../biometrics/search/exhaustive.ts'
import { type IrisPlanes, IrisTemplate } from '../protocol/iris-template.ts'
import {
  type Capture,
  captureTemplate,
  fraction,
  normal,
  syntheticIris,
  type Words,
} from './synthetic-irises.ts'

/** Two captures of a person, or of one of her eyes beside a stranger's. */
export type Mate = {
  readonly enrolled: PersonEyes
  readonly probe: PersonEyes
  readonly kind: Kind
}
/** Which eyes of a mate are the same person's. */
export type Kind = 'both-eyes' | 'one-eye'

/** Distinct irises that a gallery is made of. */
const POOL = 4000

/**
 * `count` strangers. Beyond the pool they are its irises turned by more than a search allows for,
 * which compare with a probe as other strangers do.
 */
export function* strangers(count: number, words: Words): Generator<GalleryPerson> {
  const pool = Array.from({ length: Math.min(POOL, 2 * count) }, () =>
    captureTemplate(syntheticIris(words), usualCapture(words), words),
  )
  for (let i = 0; i < count; i++) {
    const eye = (at: number) => {
      const template = pool[at % pool.length] as IrisTemplate
      const round = Math.floor(at / pool.length) % 7
      return round === 0 ? template : turned(template, 34 * round)
    }
    yield { handle: `stranger ${i}`, left: eye(2 * i), right: eye(2 * i + 1) }
  }
}

/** A probe that is in no gallery. */
export function strangerProbe(words: Words): PersonEyes {
  const eye = () => captureTemplate(syntheticIris(words), usualCapture(words), words)
  return { left: eye(), right: eye() }
}

/**
 * A hard mate: distances spread evenly up to `most` (and beyond it; the caller drops what the rule
 * does not call a candidate), any turn up to ±15.5 columns, boundaries off by up to a column or so.
 */
export function hardMate(kind: Kind, most: number, words: Words): Mate {
  const distance = 0.06 + (most + 0.01 - 0.06) * fraction(words)
  const turnColumns = 31 * (fraction(words) - 0.5)
  const left = captures(distance, turnColumns, words)
  if (kind === 'both-eyes') {
    const right = captures(distance + 0.02 * normal(words), turnColumns + normal(words), words)
    return {
      enrolled: { left: left[0], right: right[0] },
      probe: { left: left[1], right: right[1] },
      kind,
    }
  }
  const stranger = () => captureTemplate(syntheticIris(words), usualCapture(words), words)
  const isLeft = words() % 2 === 0
  const eyes = (one: IrisTemplate) =>
    isLeft ? { left: one, right: stranger() } : { left: stranger(), right: one }
  return { enrolled: eyes(left[0]), probe: eyes(left[1]), kind }
}

/** Two captures of one iris that differ by about `distance` of their bits. */
function captures(
  distance: number,
  turnColumns: number,
  words: Words,
): readonly [IrisTemplate, IrisTemplate] {
  // Phases of two textures with this correlation differ in `distance` of their bits, or so.
  const correlation = Math.cos((Math.PI * Math.max(0.02, Math.min(0.44, distance))) / 0.9)
  const noise = Math.sqrt(1 / Math.max(0.04, correlation) - 1)
  const iris = syntheticIris(words)
  const seen = (turn: number) =>
    captureTemplate(iris, { noise, turnColumns: turn, warpColumns: warp(words) }, words)
  return [seen(0), seen(Math.max(-15.5, Math.min(15.5, turnColumns)))]
}

/** A capture as it is on most days: some noise, a head held nearly straight. */
function usualCapture(words: Words): Capture {
  const noise = Math.min(1.2, Math.abs(0.3 + 0.25 * normal(words)))
  return { noise, turnColumns: 2 * normal(words), warpColumns: warp(words) }
}

function warp(words: Words): number {
  return 0.5 * Math.abs(normal(words))
}

function turned(template: IrisTemplate, columns: number): IrisTemplate {
  const { re, im, mask } = template.planes()
  const turn = (plane: IrisPlanes['re']) => {
    const out = new Uint32Array(plane.length)
    out.set(plane.subarray(columns))
    out.set(plane.subarray(0, columns), plane.length - columns)
    return out
  }
  return new IrisTemplate({ re: turn(re), im: turn(im), mask: turn(mask) })
}

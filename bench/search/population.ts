import type { GalleryPerson, PersonEyes } from '../../biometrics/search/exhaustive.ts'
import type { IrisTemplate } from '../../protocol/iris-template.ts'
import { usualCapture } from '../capture-qualities.ts'
import { strangerEyes } from '../stranger-eyes.ts'
import {
  captureTemplate,
  fraction,
  normal,
  syntheticIris,
  type Words,
} from '../synthetic-irises.ts'

/** Two captures of a person, or of one of her eyes beside a stranger's. */
export type Mate = {
  readonly enrolled: PersonEyes
  readonly probe: PersonEyes
  readonly kind: Kind
}
/** Which eyes of a mate are the same person's. */
export type Kind = 'both-eyes' | 'one-eye'

/** Strangers one after another; `pool` irises stand behind them. */
export function strangers(words: Words, pool?: number): () => GalleryPerson {
  const eye = strangerEyes(words, pool)
  let count = 0
  return () => ({ handle: recordHandle(count++, words), left: eye(), right: eye() })
}

/**
 * A record identifier of 16 bytes, in hex, as handles are. They are in order, so that filling a
 * store writes each of its pages once; 0 to 2^28 are left to mates.
 */
function recordHandle(count: number, words: Words): string {
  const rest = Array.from({ length: 3 }, () => words().toString(16).padStart(8, '0'))
  return [(0x10_00_00_00 + count).toString(16), ...rest].join('')
}

/** A probe that is in no gallery. */
export function strangerProbe(words: Words): PersonEyes {
  return { left: usualEye(words), right: usualEye(words) }
}

/** A template of an iris that nobody else has. */
export function usualEye(words: Words): IrisTemplate {
  return captureTemplate(syntheticIris(words), usualCapture(words), words)
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
  const isLeft = words() % 2 === 0
  const eyes = (one: IrisTemplate) =>
    isLeft ? { left: one, right: usualEye(words) } : { left: usualEye(words), right: one }
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
  const seen = (turn: number) => {
    const warpColumns = 0.5 * Math.abs(normal(words))
    return captureTemplate(iris, { noise, turnColumns: turn, warpColumns }, words)
  }
  return [seen(0), seen(Math.max(-15.5, Math.min(15.5, turnColumns)))]
}

import { IRIS_COLUMNS, IRIS_PLANE_WORDS, IrisTemplate } from '../protocol/iris-template.ts'
import { usualCapture } from './capture-qualities.ts'
import {
  type CapturedPlanes,
  capturePlanes,
  syntheticIris,
  type Words,
} from './synthetic-irises.ts'

/** Irises that the others are made of: two seconds or so of work. */
const POOL = 2000

/**
 * Eyes without end that a probe compares with as with other strangers, some microseconds each. A
 * random texture is as likely turned, mirrored, upside down or inverted, and lids do not belong to
 * it: so each eye is one of a pool, so altered, behind the lids of another. Two of them may be of
 * one iris, so they must not be compared with one another.
 */
export function strangerEyes(words: Words, pool: number = POOL): () => IrisTemplate {
  const own = Array.from({ length: pool }, () =>
    capturePlanes(syntheticIris(words), usualCapture(words), words),
  )
  const one = () => own[words() % own.length] as CapturedPlanes
  return () => altered(one(), one().visible, words())
}

const ALL = 0xff_ff_ff_ff

function altered(planes: CapturedPlanes, visible: Uint32Array, choice: number): IrisTemplate {
  const turn = choice & (IRIS_COLUMNS - 1)
  const isMirrored = (choice & 0x1_00) !== 0
  const isUpsideDown = (choice & 0x2_00) !== 0
  const flipRe = (choice & 0x4_00) === 0 ? 0 : ALL
  // A mirrored wave has the same even part; its odd part changes its sign.
  const flipIm = isMirrored ? flipRe ^ ALL : flipRe
  const [re, im, mask] = [newPlane(), newPlane(), newPlane()]
  for (let column = 0; column < IRIS_COLUMNS; column++) {
    const from = (turn + (isMirrored ? IRIS_COLUMNS - column : column)) & (IRIS_COLUMNS - 1)
    const rows = (plane: Uint32Array) =>
      isUpsideDown ? upsideDown(plane[from] as number) : (plane[from] as number)
    re[column] = flipRe ^ rows(planes.re)
    im[column] = flipIm ^ rows(planes.im)
    mask[column] = rows(planes.firm) & (visible[column] as number)
  }
  return new IrisTemplate({ re, im, mask })
}

function newPlane(): Uint32Array {
  return new Uint32Array(IRIS_PLANE_WORDS)
}

/** A word of both scales with the rows of each in the other order. */
function upsideDown(word: number): number {
  return (REVERSED[word & 0xff_ff] as number) | ((REVERSED[word >>> 16] as number) << 16)
}

const REVERSED = Uint16Array.from({ length: 0x1_00_00 }, (_, word) => {
  let out = 0
  for (let bit = 0; bit < 16; bit++) if ((word & (1 << bit)) !== 0) out |= 1 << (15 - bit)
  return out
})

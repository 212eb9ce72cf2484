import { IRIS_PLANE_WORDS, type IrisPlanes, IrisTemplate } from '../../protocol/iris-template.ts'

/** A seeded generator of whole 32-bit words (splitmix32), so that each run is the same. */
export function seededWords(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x9e_37_79_b9) | 0
    let word = Math.imul(state ^ (state >>> 16), 0x21_f0_aa_ad)
    word = Math.imul(word ^ (word >>> 15), 0x73_5a_2d_97)
    return (word ^ (word >>> 15)) >>> 0
  }
}

/** A plane of random words. */
export function randomPlane(next: () => number): Uint32Array {
  return Uint32Array.from({ length: IRIS_PLANE_WORDS }, next)
}

/** A template of random code bits, by default wholly usable. */
export function randomTemplate(seed: number, mask?: Uint32Array): IrisTemplate {
  const next = seededWords(seed)
  const full = new Uint32Array(IRIS_PLANE_WORDS).fill(0xff_ff_ff_ff)
  return new IrisTemplate({ re: randomPlane(next), im: randomPlane(next), mask: mask ?? full })
}

/** The template turned by whole columns: column c of the result is column c + shift. */
export function turned(template: IrisTemplate, shift: number): IrisTemplate {
  const turn = (plane: Uint32Array) =>
    plane.map((_, column) => plane[(column + shift) & (IRIS_PLANE_WORDS - 1)] ?? 0)
  return changed(template, ({ re, im, mask }) => ({ re: turn(re), im: turn(im), mask: turn(mask) }))
}

/** The template with each code bit flipped with a chance of `perThousand` in 1000. */
export function withFlippedBits(
  template: IrisTemplate,
  perThousand: number,
  seed: number,
): IrisTemplate {
  const next = seededWords(seed)
  const flip = (plane: Uint32Array) =>
    plane.map((word) => {
      let flipped = word
      for (let bit = 0; bit < 32; bit++) if (next() % 1000 < perThousand) flipped ^= 1 << bit
      return flipped
    })
  return changed(template, ({ re, im, mask }) => ({ re: flip(re), im: flip(im), mask }))
}

/** The template under another mask. */
export function withMask(template: IrisTemplate, mask: Uint32Array): IrisTemplate {
  return changed(template, ({ re, im }) => ({ re, im, mask }))
}

function changed(template: IrisTemplate, change: (planes: IrisPlanes) => IrisPlanes): IrisTemplate {
  return new IrisTemplate(change(template.planes()))
}

/**
 * The templates of test/vectors/iris-template.json: an eye, the same turned by 5 columns with noise
 * and another mask, a stranger, and one of which too little is usable.
 */
export function goldenTemplates(): Readonly<Record<string, IrisTemplate>> {
  const next = seededWords(19_794)
  // Three of four positions usable.
  const someMask = () => Uint32Array.from({ length: IRIS_PLANE_WORDS }, () => next() | next())
  const eye = randomTemplate(1, someMask())
  const again = withMask(turned(withFlippedBits(randomTemplate(1), 180, 2), 5), someMask())
  const few = new Uint32Array(IRIS_PLANE_WORDS).map((_, column) =>
    column < 50 ? 0xff_ff_ff_ff : 0,
  )
  return { eye, again, stranger: randomTemplate(3, someMask()), few: randomTemplate(4, few) }
}

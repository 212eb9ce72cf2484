import { IRIS_PLANE_WORDS, type IrisPlanes, IrisTemplate } from '../../protocol/iris-template.ts'

/**
 * The template of the eye as a mirror shows it, left and right exchanged. An angle a becomes
 * 180° - a, so column c becomes column 127.5 - c: here 127 - c, half a column off, no more than any
 * turn of the head. Seen the other way round, a filter's even part is as it was and its odd part has
 * the other sign: code bits of `re` stay, those of `im` are inverted. Rows and mask stay.
 */
export function mirrorIris(template: IrisTemplate): IrisTemplate {
  const { re, im, mask } = template.planes()
  const inverted = im.map((word) => ~word)
  return new IrisTemplate({ re: mirrored(re), im: mirrored(inverted), mask: mirrored(mask) })
}

function mirrored(plane: Uint32Array): IrisPlanes['re'] {
  const half = IRIS_PLANE_WORDS / 2
  return plane.map(
    (_, column) => plane[(half - 1 - column + IRIS_PLANE_WORDS) % IRIS_PLANE_WORDS] ?? 0,
  )
}

import type { IrisPlanes } from '../../protocol/iris-template.ts'

/*
 * What the kernels are measured against: plain TypeScript over Uint32 words, population counts by
 * adding up halves of words, the denominator counted each time, one pair and one rotation after
 * another. It is not used to decide anything.
 */

/** Rotations that `leastFraction` compares at. */
export const PLAIN_TURNS = 33

/** The least fraction of differing bits of two templates over 33 rotations. */
export function leastFraction(a: IrisPlanes, b: IrisPlanes): number {
  let least = 1
  for (let shift = -16; shift <= 16; shift++) {
    let differing = 0
    let common = 0
    for (let column = 0; column < 256; column++) {
      const other = (column + shift) & 255
      const mask = (a.mask[column] as number) & (b.mask[other] as number)
      differing += countBits(((a.re[column] as number) ^ (b.re[other] as number)) & mask)
      differing += countBits(((a.im[column] as number) ^ (b.im[other] as number)) & mask)
      common += countBits(mask)
    }
    least = Math.min(least, differing / (2 * common))
  }
  return least
}

function countBits(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55_55_55_55)
  const nibbles = (pairs & 0x33_33_33_33) + ((pairs >>> 2) & 0x33_33_33_33)
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f_0f_0f_0f, 0x01_01_01_01) >>> 24
}

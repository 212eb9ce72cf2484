import {
  type EyeComparison,
  MAX_SHIFT_COLUMNS,
  MIN_COMMON_BITS,
} from '../../protocol/duplicate-rule.ts'
import {
  IRIS_PLANE_WORDS,
  type IrisPlanes,
  type IrisTemplate,
} from '../../protocol/iris-template.ts'

/**
 * Masked fractional Hamming comparison of two templates: the least fraction of differing bits over
 * 33 rotations (±16 columns), in whole numbers. A rotation with fewer than 4,096 common code bits
 * does not count; when none counts, the outcome is *could not compare*. `shiftColumns` is the
 * column of `b` that lies on column 0 of `a`, -16..16; of equal scores the smallest shift wins.
 */
export function compareIris(a: IrisTemplate, b: IrisTemplate): EyeComparison {
  const fixed = a.planes()
  const doubled = b.planes()
  let numeratorBits = 0
  let commonBits = 0
  let shiftColumns = 0
  for (const shift of SHIFTS) {
    const packed = countAtShift(fixed, doubled, shift)
    const differing = packed & 0xff_ff
    const common = packed >>> 16
    if (common < MIN_COMMON_BITS / 2) continue
    // differing / common < numeratorBits / commonBits, multiplied out.
    if (commonBits === 0 || differing * commonBits < numeratorBits * 2 * common) {
      numeratorBits = differing
      commonBits = 2 * common
      shiftColumns = shift
    }
  }
  if (commonBits === 0) return { outcome: 'could-not-compare' }
  return { outcome: 'compared', score: { numeratorBits, commonBits }, shiftColumns }
}

/** 0, -1, 1, -2, 2 …: on equal scores the smallest rotation is kept. */
const SHIFTS: readonly number[] = Array.from({ length: 2 * MAX_SHIFT_COLUMNS + 1 }, (_, i) =>
  i % 2 === 0 ? i / 2 : -(i + 1) / 2,
)

/*
 * Counts bits in all lanes at once. A byte lane gains at most 16 a column from the two code words
 * and 8 from the mask, so 15 columns fit before lanes must be added up (240 <= 255).
 */
const COLUMNS_A_BLOCK = 15

/** Differing code bits in the low half word (<= 16,384), common positions in the high one (<= 8,192). */
function countAtShift(a: IrisPlanes, b: IrisPlanes, shift: number): number {
  let differing = 0
  let common = 0
  for (let start = 0; start < IRIS_PLANE_WORDS; start += COLUMNS_A_BLOCK) {
    const end = Math.min(start + COLUMNS_A_BLOCK, IRIS_PLANE_WORDS)
    let differingLanes = 0
    let commonLanes = 0
    for (let column = start; column < end; column++) {
      const other = (column + shift) & (IRIS_PLANE_WORDS - 1)
      const mask = (a.mask[column] as number) & (b.mask[other] as number)
      const re = nibbleCounts(((a.re[column] as number) ^ (b.re[other] as number)) & mask)
      const im = nibbleCounts(((a.im[column] as number) ^ (b.im[other] as number)) & mask)
      const both = re + im
      differingLanes += (both & 0x0f_0f_0f_0f) + ((both >>> 4) & 0x0f_0f_0f_0f)
      const usable = nibbleCounts(mask)
      commonLanes += (usable + (usable >>> 4)) & 0x0f_0f_0f_0f
    }
    differing += sumOfLanes(differingLanes)
    common += sumOfLanes(commonLanes)
  }
  return (common << 16) | differing
}

function nibbleCounts(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55_55_55_55)
  return (pairs & 0x33_33_33_33) + ((pairs >>> 2) & 0x33_33_33_33)
}

function sumOfLanes(lanes: number): number {
  const halves = (lanes & 0x00_ff_00_ff) + ((lanes >>> 8) & 0x00_ff_00_ff)
  return (halves & 0xff_ff) + (halves >>> 16)
}

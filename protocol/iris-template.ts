import { Biometric } from './biometric.ts'
import { PersonhoodError } from './errors.ts'

/*
 * Record, format `iris-code`, version 1, 3072 bytes, nothing before or after:
 *
 *   re plane   bytes    0..1023   sign bit of the real part of the filter response
 *   im plane   bytes 1024..2047   sign bit of the imaginary part
 *   half mask  bytes 2048..3071   1 = usable, for the re and the im bit of the same place
 *
 * Each plane is column-major: column c (0..255) is the little-endian 32-bit word at byte 4c of the
 * plane. Bit r (0..15) of the word is row r at the coarse scale, bit 16 + r is row r at the fine
 * scale. Row r lies at the share (4r + 2.5) / 64 of the way from the pupil's edge (row 0) to the
 * iris's outer edge. Column c is the angle 360° * (c + 0.25) / 256, seen from each edge's own
 * centre, 0° along +x and growing towards +y of the image (downwards): clockwise as
 * displayed. A rotation by one column is an offset by one word. Code bits under a zero mask bit are
 * zero, so that one template has one encoding. 16,384 code bits and 8,192 mask bits.
 */

/** Names the record's layout in a biometric reference. */
export const IRIS_FORMAT_ID = 'iris-code'
/** Version of layout and filters; templates of different versions are never compared. */
export const IRIS_FORMAT_VERSION = 1
/** Rows of the unrolled iris at each scale. */
export const IRIS_ROWS = 16
/** Columns (angles) of the unrolled iris at each scale. */
export const IRIS_COLUMNS = 256
/** Filter scales; a column's word holds `IRIS_ROWS` bits of each. */
export const IRIS_SCALES = 2
/** Length of one plane in 32-bit words: one word a column. */
export const IRIS_PLANE_WORDS: number = IRIS_COLUMNS
/** Length of an encoded iris template in bytes. */
export const IRIS_TEMPLATE_BYTES: number = 3 * 4 * IRIS_PLANE_WORDS

/** The three planes, `IRIS_PLANE_WORDS` words each, one word a column (layout above). */
export type IrisPlanes = {
  readonly re: Uint32Array
  readonly im: Uint32Array
  readonly mask: Uint32Array
}

/** An iris template: two code planes and one half mask, immutable, never printable. */
export class IrisTemplate extends Biometric {
  readonly #planes: IrisPlanes
  /** Usable positions, 0..8192: the population count of the half mask. */
  readonly usablePositions: number

  /** Copies the planes; throws `call.iris-template` unless each has `IRIS_PLANE_WORDS` words. */
  constructor(planes: IrisPlanes) {
    super()
    for (const plane of [planes.re, planes.im, planes.mask]) {
      if (plane.length !== IRIS_PLANE_WORDS) {
        throw new PersonhoodError(
          'call.iris-template',
          `an iris plane has ${IRIS_PLANE_WORDS} words, got ${plane.length}`,
        )
      }
    }
    const mask = planes.mask.slice()
    this.#planes = {
      re: planes.re.map((word, column) => word & (mask[column] ?? 0)),
      im: planes.im.map((word, column) => word & (mask[column] ?? 0)),
      mask,
    }
    this.usablePositions = mask.reduce((sum, word) => sum + popcount32(word), 0)
  }

  /** The planes themselves, for a comparison; callers must not write to them or print them. */
  planes(): IrisPlanes {
    return this.#planes
  }
}

/** The 3072-byte record of a template. */
export function encodeIrisTemplate(template: IrisTemplate): Uint8Array {
  const bytes = new Uint8Array(IRIS_TEMPLATE_BYTES)
  const view = new DataView(bytes.buffer)
  const { re, im, mask } = template.planes()
  for (let column = 0; column < IRIS_PLANE_WORDS; column++) {
    view.setUint32(4 * column, re[column] ?? 0, true)
    view.setUint32(4 * (IRIS_PLANE_WORDS + column), im[column] ?? 0, true)
    view.setUint32(4 * (2 * IRIS_PLANE_WORDS + column), mask[column] ?? 0, true)
  }
  return bytes
}

/**
 * The template in a record; throws `bytes.iris-template` on a wrong length or on code bits set
 * under a zero mask bit (one template has one encoding, so that its hash can be bound).
 */
export function decodeIrisTemplate(bytes: Uint8Array): IrisTemplate {
  if (bytes.length !== IRIS_TEMPLATE_BYTES) {
    throw new PersonhoodError(
      'bytes.iris-template',
      `an iris template has ${IRIS_TEMPLATE_BYTES} bytes, got ${bytes.length}`,
    )
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const plane = (index: number): Uint32Array =>
    Uint32Array.from({ length: IRIS_PLANE_WORDS }, (_, column) =>
      view.getUint32(4 * (index * IRIS_PLANE_WORDS + column), true),
    )
  const planes = { re: plane(0), im: plane(1), mask: plane(2) }
  for (let column = 0; column < IRIS_PLANE_WORDS; column++) {
    const code = (planes.re[column] ?? 0) | (planes.im[column] ?? 0)
    if ((code & ~(planes.mask[column] ?? 0)) !== 0) {
      throw new PersonhoodError(
        'bytes.iris-template',
        `column ${column} of an iris template has code bits under a zero mask`,
      )
    }
  }
  return new IrisTemplate(planes)
}

/** Number of set bits of a 32-bit word. */
export function popcount32(word: number): number {
  let x = word - ((word >>> 1) & 0x55_55_55_55)
  x = (x & 0x33_33_33_33) + ((x >>> 2) & 0x33_33_33_33)
  x = (x + (x >>> 4)) & 0x0f_0f_0f_0f
  return Math.imul(x, 0x01_01_01_01) >>> 24
}

import type { EyePosition, GreyImage } from '../../protocol/image.ts'
import { Reader } from './big-endian.ts'
import { checkSize, imageError, MAX_IMAGE_PIXELS } from './grey.ts'
import { decodePng } from './png.ts'

/*
 * ISO/IEC 19794-6:2011 iris image data record, all integers big-endian.
 *
 * Written from memory and from the two public readers that agree on it (NIST's libbiomeval and
 * MOSIP's bio-utils); nothing here is verified against the standard's text. Facts that neither of
 * those shows are marked [unverified against the standard's text].
 *
 *   general header (table 3)     16 bytes
 *     format identifier  4   "IIR" 00
 *     version            4   "020" 00
 *     record length      4   all bytes, this header included
 *     representations    2   1..65,535; read here up to 16
 *     certification      1   0, none
 *     eyes represented   1   0 unknown, 1 one eye, 2 both
 *   representation header (table 4)   48 + 5 x bytes
 *     length             4   header, the image's length field and the image
 *     capture time       9   year 2, month, day, hour, minute, second, ms 2, UTC; all ff: unknown
 *                            [unverified against the standard's text]
 *     technology         1   0 unknown, 1 CMOS or CCD
 *     vendor, type       2+2 registered numbers, 0 unknown
 *     quality blocks     1   x
 *     x times            5   score 1 (0..100, ff: could not be measured), vendor 2, algorithm 2
 *     number             2   counts from 1
 *     eye label          1   0 unknown, 1 subject's right, 2 subject's left
 *     image type         1   1 uncropped, 2 VGA, 3 cropped, 7 cropped and masked
 *     image format       1   2 grey uncompressed, 0a JPEG 2000, 0e grey PNG
 *     properties         1   bits 0-1 horizontal, 2-3 vertical orientation (0 unknown, 1 base,
 *                            2 flipped), 6-7 compression history (0 unknown, 1 none, 2 lossy)
 *     width, height      2+2 pixels
 *     bit depth          1   8
 *     range              2   mm to the iris; 0 unknown, 1 failed [unverified against the
 *                            standard's text]
 *     roll, uncertainty  2+2 65,536 to a turn, 65,536 to half a turn; ffff unknown [unverified
 *                            against the standard's text]
 *     iris in the image  12  centre x least, most; y least, most; diameter least, most; 0 unknown
 *   image length         4
 *   image                n
 */

/** What the image shows (ISO/IEC 19794-6:2011, image type). */
export type IrisImageKind = keyof typeof IIR.kinds

/** One quality score of a representation (ISO/IEC 29794-1): 0..100, absent where it failed. */
export type IrisQuality = {
  readonly score: number | undefined
  /** Registered numbers; 0 is unknown. */
  readonly vendor: number
  readonly algorithm: number
}

/** When a representation was captured, UTC. */
export type CaptureTime = {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly millisecond: number
}

/** Where the iris lies: bounds of its centre and diameter in pixels, 0 where unknown. */
export type IrisExtent = {
  readonly x: readonly [least: number, most: number]
  readonly y: readonly [least: number, most: number]
  readonly diameter: readonly [least: number, most: number]
}

/** One representation of an iris image record: the image, upright and not mirrored, and its facts. */
export type IrisImage = {
  readonly image: GreyImage
  readonly kind: IrisImageKind
  readonly eye?: EyePosition | undefined
  readonly capturedAt?: CaptureTime | undefined
  readonly quality?: readonly IrisQuality[]
  /** Registered vendor and type of the camera, 0 unknown. */
  readonly device?: { readonly vendor: number; readonly type: number }
  /** Millimetres from lens to iris, 2..65,535. */
  readonly rangeMm?: number | undefined
  readonly extent?: IrisExtent | undefined
}

/** Field values that reader and writer share (table above). */
export const IIR = {
  format: 'ISO/IEC 19794-6',
  magic: [0x49, 0x49, 0x52, 0x00, 0x30, 0x32, 0x30, 0x00],
  generalBytes: 16,
  lengthBytes: 4,
  /** A representation without quality blocks and without an image. */
  leastBytes: 52,
  qualityBytes: 5,
  maxRepresentations: 16,
  kinds: { uncropped: 1, vga: 2, cropped: 3, 'cropped-and-masked': 7 },
  raw: 0x02,
  png: 0x0e,
  failedScore: 0xff,
  unknown: 0xff_ff,
} as const

/** Orientation "flipped", in either two bits of the properties. */
const FLIPPED = 2

/**
 * The images of a record; throws `bytes.image` with a sentence on anything cut, left over, of
 * another length than it says, or of a kind that is not read (colour, JPEG 2000, other depths).
 * A mirrored or upside-down image is turned back.
 */
export function decodeIrisImageRecord(bytes: Uint8Array): readonly IrisImage[] {
  const count = readGeneral(bytes)
  const images: IrisImage[] = []
  let [offset, pixels] = [IIR.generalBytes, 0]
  for (let number = 1; number <= count; number++) {
    const length =
      bytes.length - offset < IIR.leastBytes ? 0 : new Reader(IIR.format, bytes, offset).u32()
    if (length < IIR.leastBytes || length > bytes.length - offset) {
      throw refusal(`representation ${number} of ${count} does not fit into the record`)
    }
    const image = readRepresentation(bytes.subarray(offset, offset + length), number)
    pixels += image.image.pixels.length
    if (pixels > MAX_IMAGE_PIXELS) throw refusal(`more than ${MAX_IMAGE_PIXELS} pixels in all`)
    images.push(image)
    offset += length
  }
  if (offset !== bytes.length) throw refusal(`${bytes.length - offset} bytes are left over`)
  return images
}

/** The only image of a record; one of several eyes or captures is refused, as it is not clear which. */
export function decodeIrisImage(bytes: Uint8Array): GreyImage {
  const images = decodeIrisImageRecord(bytes)
  const [only] = images
  if (only === undefined || images.length > 1) {
    throw refusal(`it holds ${images.length} images, and one is asked for`)
  }
  return only.image
}

function readGeneral(bytes: Uint8Array): number {
  if (bytes.length < IIR.generalBytes) throw refusal(`cut short: ${bytes.length} bytes`)
  if (!IIR.magic.every((byte, i) => bytes[i] === byte)) throw refusal('not version 020 of "IIR"')
  const reader = new Reader(IIR.format, bytes, IIR.magic.length)
  const [length, count, certification, eyes] = [
    reader.u32(),
    reader.u16(),
    reader.u8(),
    reader.u8(),
  ]
  if (length !== bytes.length) throw refusal(`${bytes.length} bytes, and it says ${length}`)
  if (count < 1 || count > IIR.maxRepresentations) throw refusal(`${count} images, not 1..16`)
  if (certification !== 0) throw refusal(`certification flag ${certification} is not read`)
  if (eyes > 2) throw refusal(`${eyes} eyes of one person`)
  return count
}

function readRepresentation(bytes: Uint8Array, number: number): IrisImage {
  const reader = new Reader(IIR.format, bytes, IIR.lengthBytes)
  const capturedAt = readTime(reader)
  if (reader.u8() > 1) throw refusal('a capture technology that is not known')
  const device = { vendor: reader.u16(), type: reader.u16() }
  const blocks = reader.u8()
  if (IIR.leastBytes + IIR.qualityBytes * blocks > bytes.length) throw refusal('cut in its quality')
  const quality = Array.from({ length: blocks }, () => readQuality(reader))
  if (reader.u16() !== number) throw refusal(`representation ${number} has another number`)
  const eye = eyeOf(reader.u8())
  const kind = kindOf(reader.u8())
  const [format, properties] = [reader.u8(), reader.u8()]
  const [width, height, depth] = [reader.u16(), reader.u16(), reader.u8()]
  const range = reader.u16()
  reader.u16()
  reader.u16()
  const pair = (): readonly [number, number] => [reader.u16(), reader.u16()]
  const extent = { x: pair(), y: pair(), diameter: pair() }
  if (depth !== 8) throw refusal(`${depth} bits a pixel are not read, only 8`)
  const data = readData(reader, bytes)
  const image = upright(readPixels(format, width, height, data), properties)
  const isPlaced = [...extent.x, ...extent.y, ...extent.diameter].some((value) => value !== 0)
  return {
    image,
    kind,
    eye,
    capturedAt,
    quality,
    device,
    rangeMm: range > 1 ? range : undefined,
    extent: isPlaced ? extent : undefined,
  }
}

function readData(reader: Reader, bytes: Uint8Array): Uint8Array {
  const length = reader.u32()
  const data = bytes.subarray(reader.offset)
  if (length !== data.length) throw refusal(`an image of ${length} bytes in ${data.length}`)
  return data
}

function readPixels(format: number, width: number, height: number, data: Uint8Array): GreyImage {
  checkSize(IIR.format, width, height)
  if (format === IIR.raw) {
    if (data.length !== width * height) {
      throw refusal(`${data.length} bytes for ${width}x${height} pixels`)
    }
    return { width, height, pixels: data.slice() }
  }
  if (format !== IIR.png) {
    const name = format === 0x0a ? 'JPEG 2000' : `image format ${format}`
    throw refusal(`${name} is not read, only grey uncompressed (2) and PNG (14)`)
  }
  const image = decodePng(data)
  if (image.width === width && image.height === height) return image
  throw refusal(`a PNG of ${image.width}x${image.height} where ${width}x${height} is said`)
}

/** The image in base orientation: a mirrored iris has another code. */
function upright(image: GreyImage, properties: number): GreyImage {
  const isMirrored = (properties & 0b11) === FLIPPED
  const isUpsideDown = ((properties >> 2) & 0b11) === FLIPPED
  if (!isMirrored && !isUpsideDown) return image
  const { width, height } = image
  const pixels = image.pixels.map((_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)]
    const row = isUpsideDown ? height - 1 - y : y
    return image.pixels[row * width + (isMirrored ? width - 1 - x : x)] ?? 0
  })
  return { width, height, pixels }
}

function readTime(reader: Reader): CaptureTime | undefined {
  const time = {
    year: reader.u16(),
    month: reader.u8(),
    day: reader.u8(),
    hour: reader.u8(),
    minute: reader.u8(),
    second: reader.u8(),
    millisecond: reader.u16(),
  }
  const { year, month, day, hour, minute, second, millisecond } = time
  // Writers leave the field all ff or all zero where they do not know.
  if (year === IIR.unknown || year === 0) return undefined
  const isDay = month >= 1 && month <= 12 && day >= 1 && day <= 31
  // A leap second is a second.
  if (isDay && hour <= 23 && minute <= 59 && second <= 60 && millisecond <= 999) return time
  throw refusal('its capture time is no time')
}

function readQuality(reader: Reader): IrisQuality {
  const score = reader.u8()
  if (score > 100 && score !== IIR.failedScore) throw refusal(`a quality score of ${score}`)
  return {
    score: score === IIR.failedScore ? undefined : score,
    vendor: reader.u16(),
    algorithm: reader.u16(),
  }
}

function eyeOf(label: number): EyePosition | undefined {
  if (label > 2) throw refusal(`eye label ${label}`)
  return label === 0 ? undefined : label === 1 ? 'right' : 'left'
}

function kindOf(code: number): IrisImageKind {
  const found = Object.entries(IIR.kinds).find(([, value]) => value === code)
  if (found === undefined) throw refusal(`image type ${code}`)
  return found[0] as IrisImageKind
}

function refusal(problem: string): ReturnType<typeof imageError> {
  return imageError(IIR.format, problem)
}

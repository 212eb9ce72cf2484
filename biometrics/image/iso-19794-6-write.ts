import { concat } from '../../protocol/bytes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { Writer } from './big-endian.ts'
import { checkSize } from './grey.ts'
import { type CaptureTime, IIR, type IrisExtent, type IrisImage } from './iso-19794-6.ts'
import { encodePng } from './png.ts'

/** How the pixels are kept in a record. */
export type IrisPayload = 'raw' | 'png'

/** Both orientations base, compression history none (ISO/IEC 19794-6:2011, properties). */
const UPRIGHT_LOSSLESS = 0b0100_0101

/**
 * An ISO/IEC 19794-6:2011 record of 1..16 grey images; throws `call.iris-images` on another count
 * and `call.field` where a fact does not fit its field.
 */
export function encodeIrisImageRecord(
  images: readonly IrisImage[],
  payload: IrisPayload = 'raw',
): Uint8Array {
  if (images.length < 1 || images.length > IIR.maxRepresentations) {
    throw new PersonhoodError('call.iris-images', `${images.length} images in a record of 1..16`)
  }
  const parts = images.map((image, i) => encodeRepresentation(image, i + 1, payload))
  const lengthBytes = IIR.generalBytes + parts.reduce((sum, part) => sum + part.length, 0)
  const eyes = new Set(images.map(({ eye }) => eye))
  const out = new Writer()
  out.u32(lengthBytes).u16(images.length).u8(0)
  out.u8(eyes.has(undefined) ? 0 : eyes.size)
  return concat(Uint8Array.from(IIR.magic), out.bytes, ...parts)
}

function encodeRepresentation(facts: IrisImage, number: number, payload: IrisPayload): Uint8Array {
  const { image, quality = [], device, rangeMm = 0 } = facts
  const { width, height, pixels } = image
  checkSize(IIR.format, width, height)
  const data = payload === 'png' ? encodePng(image) : pixels
  const out = new Writer()
  out.u32(IIR.leastBytes + IIR.qualityBytes * quality.length + data.length)
  writeTime(out, facts.capturedAt)
  out
    .u8(1)
    .u16(device?.vendor ?? 0)
    .u16(device?.type ?? 0)
    .u8(quality.length)
  for (const { score, vendor, algorithm } of quality) {
    out
      .u8(score ?? IIR.failedScore)
      .u16(vendor)
      .u16(algorithm)
  }
  out.u16(number).u8(eyeLabel(facts)).u8(IIR.kinds[facts.kind])
  out.u8(payload === 'png' ? IIR.png : IIR.raw).u8(UPRIGHT_LOSSLESS)
  out.u16(width).u16(height).u8(8)
  out.u16(rangeMm).u16(IIR.unknown).u16(IIR.unknown)
  const { x, y, diameter } = facts.extent ?? NOWHERE
  for (const value of [...x, ...y, ...diameter]) out.u16(value)
  return concat(out.u32(data.length).bytes, data)
}

const NOWHERE: IrisExtent = { x: [0, 0], y: [0, 0], diameter: [0, 0] }

function eyeLabel({ eye }: IrisImage): number {
  if (eye === undefined) return 0
  return eye === 'right' ? 1 : 2
}

function writeTime(out: Writer, time: CaptureTime | undefined): void {
  if (time === undefined) {
    out.u32(0xff_ff_ff_ff).u32(0xff_ff_ff_ff).u8(0xff)
    return
  }
  out.u16(time.year).u8(time.month).u8(time.day)
  out.u8(time.hour).u8(time.minute).u8(time.second).u16(time.millisecond)
}

import { BiometricBytes } from './biometric.ts'
import { PersonhoodError } from './errors.ts'
import type { EyePosition } from './image.ts'
import {
  decodeIrisTemplate,
  encodeIrisTemplate,
  IRIS_FORMAT_ID,
  IRIS_FORMAT_VERSION,
  type IrisTemplate,
} from './iris-template.ts'

/** What a biometric reference was taken from. */
export type Modality = 'iris' | 'finger'

/** Longest encoded reference accepted, bytes: far above an iris template, far below a raw image. */
export const MAX_REFERENCE_BYTES = 16_384
const MAX_NAME_CHARACTERS = 32

/** One stored or sent biometric reference: a list of these is what a resident enrols. */
export type BiometricReference = {
  readonly modality: Modality
  /** `left` or `right` for an iris; a finger's name for a finger. */
  readonly position: string
  /** Names the layout of `bytes`, such as `iris-code`. */
  readonly formatId: string
  /** Version of that layout, 1 or more. */
  readonly version: number
  /** Quality score 0..100, higher is better (in the manner of ISO/IEC 29794-1). */
  readonly quality: number
  readonly bytes: BiometricBytes
}

/** A reference as plain values for a CBOR or structured-clone carrier; holds the data in clear. */
export type PackedBiometricReference = readonly [
  modality: Modality,
  position: string,
  formatId: string,
  version: number,
  quality: number,
  bytes: Uint8Array,
]

/** The reference for one eye's template; `quality` is 0..100. */
export function irisReference(
  position: EyePosition,
  template: IrisTemplate,
  quality: number,
): BiometricReference {
  return {
    modality: 'iris',
    position,
    formatId: IRIS_FORMAT_ID,
    version: IRIS_FORMAT_VERSION,
    quality,
    bytes: new BiometricBytes(encodeIrisTemplate(template)),
  }
}

/** The template of that eye among references, or undefined when there is none of our format. */
export function irisTemplateOf(
  references: readonly BiometricReference[],
  position: EyePosition,
): IrisTemplate | undefined {
  const found = irisReferenceOf(references, position)
  return found && decodeIrisTemplate(found.bytes.reveal())
}

/** The reference of that eye in our format, or undefined when there is none. */
export function irisReferenceOf(
  references: readonly BiometricReference[],
  position: EyePosition,
): BiometricReference | undefined {
  return references.find(
    (reference) =>
      reference.modality === 'iris' &&
      reference.position === position &&
      reference.formatId === IRIS_FORMAT_ID &&
      reference.version === IRIS_FORMAT_VERSION,
  )
}

/** Plain values of a reference, in the order of the type. */
export function packBiometricReference(reference: BiometricReference): PackedBiometricReference {
  const { modality, position, formatId, version, quality, bytes } = reference
  return [modality, position, formatId, version, quality, bytes.reveal()]
}

/** A reference out of plain values; throws `bytes.biometric-reference`, naming every problem. */
export function parseBiometricReference(value: unknown): BiometricReference {
  if (!Array.isArray(value) || value.length !== 6) {
    throw new PersonhoodError('bytes.biometric-reference', 'a biometric reference has 6 elements')
  }
  const [modality, position, formatId, version, quality, bytes] = value as readonly unknown[]
  const problems: string[] = []
  if (!isModality(modality)) problems.push('modality is not iris or finger')
  if (!isName(position)) problems.push(`position is not 1..${MAX_NAME_CHARACTERS} characters`)
  if (!isName(formatId)) problems.push(`format id is not 1..${MAX_NAME_CHARACTERS} characters`)
  if (!isInteger(version, 1, 65_535)) problems.push('version is not an integer 1..65535')
  if (!isInteger(quality, 0, 100)) problems.push('quality is not an integer 0..100')
  if (!isBoundedBytes(bytes)) problems.push(`data is not 1..${MAX_REFERENCE_BYTES} bytes`)
  if (problems.length > 0) {
    throw new PersonhoodError('bytes.biometric-reference', problems.join('; '))
  }
  return {
    modality: modality as Modality,
    position: position as string,
    formatId: formatId as string,
    version: version as number,
    quality: quality as number,
    bytes: new BiometricBytes(bytes as Uint8Array),
  }
}

function isModality(value: unknown): value is Modality {
  return value === 'iris' || value === 'finger'
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= MAX_NAME_CHARACTERS
}

function isInteger(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most
}

function isBoundedBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length >= 1 && value.length <= MAX_REFERENCE_BYTES
}

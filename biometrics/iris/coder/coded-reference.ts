import { BiometricBytes } from '../../../protocol/biometric.ts'
import type { BiometricReference } from '../../../protocol/biometric-reference.ts'
import { PersonhoodError } from '../../../protocol/errors.ts'
import {
  decodeIrisTemplate,
  encodeIrisTemplate,
  IRIS_FORMAT_ID,
  IRIS_FORMAT_VERSION,
} from '../../../protocol/iris-template.ts'
import { decodeCodedTemplate, encodeCodedTemplate } from './template-coder.ts'

/** Names a coded iris template in a biometric reference (docs/iris-template.md §4). */
export const CODED_IRIS_FORMAT_ID = 'iris-coded'

/** Version of the iris code within: a coded template is one of that version in fewer bytes. */
export const CODED_IRIS_VERSION: number = IRIS_FORMAT_VERSION

/** The references for a message, iris templates in fewer bytes; what is none goes as it is. */
export function codeReferences(
  references: readonly BiometricReference[],
): readonly BiometricReference[] {
  return references.map((reference) => {
    const { modality, formatId, version, bytes } = reference
    const isPlain =
      modality === 'iris' && formatId === IRIS_FORMAT_ID && version === IRIS_FORMAT_VERSION
    if (!isPlain) return reference
    const coded = encodeCodedTemplate(decodeIrisTemplate(bytes.reveal()))
    return {
      ...reference,
      formatId: CODED_IRIS_FORMAT_ID,
      version: CODED_IRIS_VERSION,
      bytes: new BiometricBytes(coded),
    }
  })
}

/**
 * The references of a message as they are stored, compared and committed to. Throws
 * `bytes.coded-template` on a coded one that is broken, of another version, or of no eye.
 */
export function plainReferences(
  references: readonly BiometricReference[],
): readonly BiometricReference[] {
  return references.map((reference) =>
    reference.formatId === CODED_IRIS_FORMAT_ID ? plainReference(reference) : reference,
  )
}

function plainReference(reference: BiometricReference): BiometricReference {
  const { modality, version, bytes } = reference
  if (modality !== 'iris' || version !== CODED_IRIS_VERSION) {
    throw new PersonhoodError(
      'bytes.coded-template',
      `a coded template is of an iris and of version ${CODED_IRIS_VERSION}, not of a ${modality} and ${version}`,
    )
  }
  const record = encodeIrisTemplate(decodeCodedTemplate(bytes.reveal()))
  return {
    ...reference,
    formatId: IRIS_FORMAT_ID,
    version: IRIS_FORMAT_VERSION,
    bytes: new BiometricBytes(record),
  }
}

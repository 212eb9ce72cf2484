import fc from 'fast-check'
import { BiometricBytes } from '../../protocol/biometric.ts'
import type { BiometricReference } from '../../protocol/biometric-reference.ts'

/** Any biometric reference that the protocol carries. */
export function anyReference(): fc.Arbitrary<BiometricReference> {
  const name = fc.string({ minLength: 1, maxLength: 20 })
  return fc.record({
    modality: fc.constantFrom('iris', 'finger'),
    position: name,
    formatId: name,
    version: fc.integer({ min: 1, max: 65_535 }),
    quality: fc.nat(100),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 60 }).map((data) => new BiometricBytes(data)),
  })
}

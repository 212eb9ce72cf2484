import { type BiometricReference, irisReference } from '../../protocol/biometric-reference.ts'
import type { EyePosition } from '../../protocol/image.ts'
import { randomTemplate, turned, withFlippedBits } from '../kit/iris-codes.ts'

/** A fresh capture of a person's eyes: each capture differs, the person stays. */
export function capture(
  person: number,
  captureNumber = 0,
  eyes: readonly EyePosition[] = ['left', 'right'],
): readonly BiometricReference[] {
  return eyes.map((eye) => {
    const iris = randomTemplate(1000 * person + (eye === 'left' ? 1 : 2))
    const seen = withFlippedBits(turned(iris, captureNumber % 5), 60, person + 7 * captureNumber)
    return irisReference(eye, seen, 80)
  })
}

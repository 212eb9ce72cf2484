import { type BiometricReference, irisTemplateOf } from '../../protocol/biometric-reference.ts'
import { MIN_COMMON_BITS } from '../../protocol/duplicate-rule.ts'
import { hasCode } from '../../protocol/errors.ts'

/** A position of the half mask stands for two code bits. */
const MIN_USABLE_POSITIONS = MIN_COMMON_BITS / 2

/**
 * True when at least one eye can be compared at all. A template that cannot would make every later
 * search of the district undecided, so it never enters a gallery; exceptions have their own way.
 */
export function hasComparableEye(references: readonly BiometricReference[]): boolean {
  try {
    // Both are read, because a broken one must not reach the gallery either.
    const eyes = (['left', 'right'] as const).map((eye) => irisTemplateOf(references, eye))
    return eyes.some((eye) => eye !== undefined && eye.usablePositions >= MIN_USABLE_POSITIONS)
  } catch (error) {
    if (hasCode(error, 'bytes')) return false
    throw error
  }
}

import { type BiometricReference, irisTemplateOf } from '../../protocol/biometric-reference.ts'
import { MIN_COMMON_BITS } from '../../protocol/duplicate-rule.ts'
import { hasCode } from '../../protocol/errors.ts'
import { IRIS_COLUMNS, IRIS_ROWS, IRIS_SCALES } from '../../protocol/iris-template.ts'
import type { Gallery } from '../../runtime/gallery.ts'

/** A position of the half mask stands for two code bits. */
const MIN_USABLE_POSITIONS = MIN_COMMON_BITS / 2
/** Two masks with so many positions each share the least number at every rotation, wherever they lie. */
const SURE_POSITIONS = (IRIS_ROWS * IRIS_COLUMNS * IRIS_SCALES + MIN_USABLE_POSITIONS) / 2

/**
 * True when at least one eye can be compared at all. A template that cannot would make every later
 * search of the district undecided, so it never enters a gallery; exceptions have their own way.
 */
export function hasComparableEye(references: readonly BiometricReference[]): boolean {
  try {
    return hasEye(references, MIN_USABLE_POSITIONS)
  } catch (error) {
    if (hasCode(error, 'bytes')) return false
    throw error
  }
}

/**
 * True when a search leaves open whether the person is known. Of two enrolments that cannot be
 * compared the one without an eye that is sure to compare is in question, and the other is not:
 * or one poor template would lower everybody (docs/decisions/0012). Of any such pair, in whatever
 * order they came, at most one can then be called new.
 */
export async function leavesOpen(
  gallery: Pick<Gallery, 'references'>,
  probe: readonly BiometricReference[],
  undecided: readonly string[],
): Promise<boolean> {
  if (!hasEye(probe, SURE_POSITIONS)) return true
  for (const handle of undecided) {
    const other = await gallery.references(handle)
    if (other !== undefined && hasEye(other, SURE_POSITIONS)) return true
  }
  return false
}

function hasEye(references: readonly BiometricReference[], positions: number): boolean {
  // Both are read, because a broken one must not reach the gallery either.
  const eyes = (['left', 'right'] as const).map((eye) => irisTemplateOf(references, eye))
  return eyes.some((eye) => eye !== undefined && eye.usablePositions >= positions)
}

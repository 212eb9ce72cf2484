import { mirrorIris } from '../iris/mirror.ts'
import type { PersonEyes } from './exhaustive.ts'

/**
 * How a probe is looked at: as it was captured; `crossed`, the left eye compared with enrolled right
 * ones and the other way round, as when an operator mistakes the side; `flipped`, each eye's image
 * mirrored; `mirrored`, the whole face seen in a mirror, which is both.
 */
export type ProbeView = 'as-is' | 'crossed' | 'flipped' | 'mirrored'

/** The eyes that are compared in a view. */
export function viewedEyes({ left, right }: PersonEyes, view: ProbeView): PersonEyes {
  const [mirroredLeft, mirroredRight] =
    view === 'flipped' || view === 'mirrored'
      ? [left && mirrorIris(left), right && mirrorIris(right)]
      : [left, right]
  const isCrossed = view === 'crossed' || view === 'mirrored'
  return isCrossed
    ? { left: mirroredRight, right: mirroredLeft }
    : { left: mirroredLeft, right: mirroredRight }
}

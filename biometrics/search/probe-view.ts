import type { ProbeView } from '../../protocol/duplicate-rule.ts'
import { mirrorIris } from '../iris/mirror.ts'
import type { PersonEyes } from './exhaustive.ts'

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

import fc from 'fast-check'
import type { Presentation, PresentationOutcome } from '../../protocol/messages/presentation.ts'

const names = fc.stringMatching(/^[a-z][a-z0-9-]{0,39}$/)
const outcomes = fc.constantFrom<PresentationOutcome>(
  'bona-fide',
  'undecided',
  'exception',
  'suspect',
)

/** Any look at an eye that a message can carry. */
export const presentations: fc.Arbitrary<Presentation> = fc.record({
  eye: fc.constantFrom('left' as const, 'right' as const),
  version: fc.integer({ min: 1, max: 0xff_ff }),
  outcome: outcomes,
  reason: names,
  checks: fc.array(fc.record({ method: names, outcome: outcomes, reason: names }), {
    maxLength: 8,
  }),
  looks: fc.integer({ min: 1, max: 255 }),
  isConfirmed: fc.boolean(),
})

/** The look at a living eye that answered. */
export const LIVING: Presentation = {
  eye: 'left',
  version: 1,
  outcome: 'bona-fide',
  reason: 'all-checks',
  checks: [{ method: 'pupil-light-reflex', outcome: 'bona-fide', reason: 'reflex-usual' }],
  looks: 1,
  isConfirmed: false,
}

import type { PresentationOutcome } from '../../protocol/messages/presentation.ts'
import type { Strings } from '../../web/strings.ts'
import type { PresentationState } from '../gateway-state.ts'

/** One look at an eye in a sentence: what it said, whether somebody saw it too, after how many. */
export function lookText(look: PresentationState, strings: Strings): string {
  const outcome = strings.text(`presentation-outcome-${look.outcome}`)
  const said = look.isConfirmed ? strings.text('look-confirmed', { outcome }) : outcome
  return look.looks > 1 ? strings.text('look-many', { said, n: look.looks }) : said
}

/** From the plainest to what people should see first. */
const ORDER: readonly PresentationOutcome[] = ['bona-fide', 'exception', 'undecided', 'suspect']

/** The look of an enrolment that a reviewer should see first; nothing where there was none. */
export function foremostLook(looks: readonly PresentationState[]): PresentationState | undefined {
  return looks.toSorted((a, b) => ORDER.indexOf(b.outcome) - ORDER.indexOf(a.outcome))[0]
}

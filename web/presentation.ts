import type { PresentationOutcome } from '../protocol/messages/presentation.ts'
import type { Strings } from './strings.ts'

/** The methods that there are words for; a newer kiosk may name others. */
const METHODS: readonly string[] = [
  'pupil-light-reflex',
  'corneal-glints',
  'print-half-tone',
  'static-or-replayed',
  'frame-signature',
]

/** One check of a look at an eye in words, for an operator or a reviewer. */
export function presentationWords(
  check: { readonly method: string; readonly outcome: PresentationOutcome },
  strings: Strings,
): string {
  const method = METHODS.includes(check.method) ? check.method : 'other'
  return strings.text('presentation-check', {
    method: strings.text(`presentation-method-${method}`),
    outcome: strings.text(`presentation-outcome-${check.outcome}`),
  })
}

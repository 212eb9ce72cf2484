import { html, type TemplateResult } from 'lit-html'
import { dayText } from '../../web/format.ts'
import { icon } from '../../web/icons.ts'
import type { Strings } from '../../web/strings.ts'
import type { SecondLook } from '../kiosk-state.ts'

/** The ticket as it is on the card: its number and the day by which the resident hears. */
export function ticketView({ ticket, deadline }: SecondLook, strings: Strings): TemplateResult {
  return html`<div class="ticket">
    ${icon('ticket')}
    <dl>
      <div><dt>${strings.text('second-look-ticket')}</dt><dd class="number">${ticket}</dd></div>
      <div><dt>${strings.text('second-look-answer')}</dt><dd>${dayText(strings, deadline)}</dd></div>
    </dl>
  </div>`
}

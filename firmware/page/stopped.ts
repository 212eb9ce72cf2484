import { html, nothing, type TemplateResult } from 'lit-html'
import { type IconName, icon } from '../../web/icons.ts'
import type { Screen, StopReason } from '../kiosk-state.ts'
import type { KioskContext } from './context.ts'

const PICTURES: Record<StopReason, IconName> = {
  'no-consent': 'undo',
  cancelled: 'undo',
  'resident-left': 'out',
  'no-eye': 'people',
  'no-index': 'no-link',
  certificate: 'shield',
  clock: 'clock',
  device: 'alert',
  storage: 'queue',
}

/** An enrolment ended: what is erased, and what the resident can do now. */
export function stoppedScreen(
  { reason }: Extract<Screen, { name: 'stopped' }>,
  { strings, send }: KioskContext,
): TemplateResult {
  return html`<div class="message stopped">
    <div class="emblem">${icon(PICTURES[reason])}</div>
    <div class="words">
      <h1 class="prompt" tabindex="-1">${strings.text(`stopped-${reason}`)}</h1>
      <p>${strings.text(`stopped-${reason}-more`)}</p>
      ${reason === 'storage' ? nothing : html`<p>${strings.text('stopped-erased')}</p>`}
      <div class="actions">
        <button class="main" @click=${() => send({ name: 'acknowledge' })}>
          ${strings.text('stopped-continue')}
        </button>
      </div>
    </div>
  </div>`
}

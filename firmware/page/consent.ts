import { html, type TemplateResult } from 'lit-html'
import { type IconName, icon } from '../../web/icons.ts'
import type { Screen } from '../kiosk-state.ts'
import type { KioskContext } from './context.ts'

/** What is measured and how, where it stays, who sees it, what the card tells, how to undo it: in this order. */
const PICTURES: readonly IconName[] = ['eye', 'light', 'home', 'people', 'tap', 'undo']

/** The sentences that the enrolment record holds the hash of, and the choice. */
export function consentScreen(
  screen: Extract<Screen, { name: 'consent' }>,
  { strings, send }: KioskContext,
): TemplateResult {
  return html`<div class="consent">
    <h1 class="prompt" tabindex="-1">${strings.text('consent-title')}</h1>
    <ul class="sentences" lang=${screen.language}>
      ${screen.sentences.map(
        (sentence, i) => html`<li>${icon(PICTURES[i] ?? 'shield')}<span>${sentence}</span></li>`,
      )}
    </ul>
    <div class="actions">
      <button class="main" @click=${() => send({ name: 'consent', isGiven: true })}>
        ${icon('tick')}${strings.text('consent-yes')}
      </button>
      <button @click=${() => send({ name: 'no-flashes' })}>
        ${strings.text('consent-no-flashes')}
      </button>
      <button @click=${() => send({ name: 'consent', isGiven: false })}>
        ${strings.text('consent-no')}
      </button>
    </div>
  </div>`
}

import { html, type TemplateResult } from 'lit-html'
import { icon } from '../../web/icons.ts'
import type { Screen } from '../kiosk-state.ts'
import type { KioskContext } from './context.ts'

/** The kiosk's own search, which needs no network. */
export function checkingScreen(
  { people }: Extract<Screen, { name: 'checking' }>,
  { strings }: KioskContext,
): TemplateResult {
  return html`<div class="message">
    <div class="emblem">${icon('eye')}</div>
    <div class="words">
      <h1 class="prompt" tabindex="-1">${strings.text('checking-title')}</h1>
      <p>${strings.text('checking-more', { people })}</p>
      <div class="moving" aria-hidden="true"></div>
    </div>
  </div>`
}

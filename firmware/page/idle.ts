import { html, type TemplateResult } from 'lit-html'
import { icon } from '../../web/icons.ts'
import type { KioskContext } from './context.ts'

/** Nobody is here: enrol by a touch, or tap a card at any time that the reader is there. */
export function idleScreen({ strings, send }: KioskContext, canTap: boolean): TemplateResult {
  return html`<div class="idle">
    <button class="choice" @click=${() => send({ name: 'begin' })}>
      ${icon('eye')}
      <span class="prompt">${strings.text('idle-begin')}</span>
      <span>${strings.text('idle-begin-more')}</span>
    </button>
    <div class="choice">
      ${icon(canTap ? 'tap' : 'clock')}
      <h1 class="prompt" tabindex="-1">${strings.text(canTap ? 'idle-tap' : 'paused-title')}</h1>
      <p>${strings.text(canTap ? 'idle-tap-more' : 'paused-tap-more')}</p>
    </div>
  </div>`
}

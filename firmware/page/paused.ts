import { html, type TemplateResult } from 'lit-html'
import { icon } from '../../web/icons.ts'
import type { CardStep, Screen } from '../kiosk-state.ts'
import { isBegun } from './card.ts'
import type { KioskContext } from './context.ts'

/** A device of this step is away: the resident waits a moment, and the operator's strip says for what. */
export function pausedScreen(
  screen: Extract<Screen, { name: 'capture' | 'card' }>,
  { strings, send }: KioskContext,
): TemplateResult {
  return html`<div class="message paused">
    <div class="emblem">${icon('clock')}</div>
    <div class="words">
      <h1 class="prompt" tabindex="-1">${strings.text('paused-title')}</h1>
      <p>${strings.text('paused-more')}</p>
      <div class="moving" aria-hidden="true"></div>
      <div class="actions">
        <button class="quiet" @click=${() => send({ name: 'cancel' })}>
          ${strings.text(screen.name === 'capture' ? 'capture-cancel' : wayOut(screen.step))}
        </button>
      </div>
    </div>
  </div>`
}

function wayOut(step: CardStep): string {
  const isUnderWay = isBegun(step) || step === 'writing' || step === 'reading-back'
  return isUnderWay ? 'card-later' : 'card-cancel'
}

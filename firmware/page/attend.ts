import { html, type TemplateResult } from 'lit-html'
import { icon } from '../../web/icons.ts'
import { presentationWords } from '../../web/presentation.ts'
import type { AttendScreen } from '../kiosk-state.ts'
import type { KioskContext } from './context.ts'

/** The resident is told that all is well and waits; the operator looks, and says how to go on. */
export function attendScreen(
  { eye, why, checks }: AttendScreen,
  { strings, send }: KioskContext,
): TemplateResult {
  return html`<div class="message attend">
    <div class="emblem">${icon('people')}</div>
    <div class="words">
      <h1 class="prompt" tabindex="-1">${strings.text(`attend-${why}`)}</h1>
      <p>${strings.text(`attend-${why}-more`)}</p>
      <section class="desk" aria-labelledby="desk">
        <h2 id="desk">${icon('shield')}<span>${strings.text(`attend-desk-${eye}`)}</span></h2>
        <p>${strings.text(`attend-${why}-desk`)}</p>
        <p class="signs-seen">${checks.map((check) => presentationWords(check, strings)).join('. ')}</p>
      </section>
      <div class="actions">
        <button class="main" @click=${() => send({ name: 'confirm-own-eye' })}>
          ${icon('tick')}${strings.text('attend-confirm')}
        </button>
        <button @click=${() => send({ name: 'look-again' })}>${strings.text('attend-again')}</button>
        <button @click=${() => send({ name: 'cannot-use-this-eye' })}>
          ${strings.text('attend-other-eye')}
        </button>
        <button class="quiet" @click=${() => send({ name: 'cancel' })}>
          ${strings.text('capture-cancel')}
        </button>
      </div>
    </div>
  </div>`
}

import { html, nothing, type TemplateResult } from 'lit-html'
import { icon } from '../../web/icons.ts'
import type { Screen } from '../kiosk-state.ts'
import type { KioskContext } from './context.ts'
import { ticketView } from './second-look.ts'

/** The credential is on the card; a second look changes nothing of that, and says so. */
export function doneScreen(
  screen: Extract<Screen, { name: 'done' }>,
  { strings, send }: KioskContext,
): TemplateResult {
  const { secondLook } = screen
  const kind = secondLook === undefined ? 'done' : 'second-look'
  return html`<div class="message ${kind}">
    <div class="emblem">${icon(secondLook === undefined ? 'go' : 'people')}</div>
    <div class="words">
      <h1 class="prompt" tabindex="-1">${strings.text(`${kind}-title`)}</h1>
      ${secondLook === undefined ? nothing : ticketView(secondLook, strings)}
      ${sentencesOf(screen).map((id) => html`<p>${strings.text(id)}</p>`)}
      <div class="actions">
        <button class="main" @click=${() => send({ name: 'acknowledge' })}>
          ${strings.text('done-continue')}
        </button>
      </div>
    </div>
  </div>`
}

function sentencesOf(screen: Extract<Screen, { name: 'done' }>): readonly string[] {
  if (screen.secondLook !== undefined) {
    return ['second-look-happens', 'second-look-rights', 'second-look-any-kiosk']
  }
  return ['done-card', nextOf(screen), 'done-erased']
}

function nextOf(screen: Extract<Screen, { name: 'done' }>): string {
  if (!screen.isFinalWaiting) return 'done-final'
  if (screen.isOffline) return 'done-offline'
  return screen.isOnItsWay ? 'done-on-its-way' : 'done-waiting'
}

import { html, nothing, type TemplateResult } from 'lit-html'
import { icon } from '../../web/icons.ts'
import type { TapScreen } from '../kiosk-state.ts'
import type { KioskContext } from './context.ts'
import { ticketView } from './second-look.ts'

/** One of four outcomes: shape, colour and words; what happened, what is safe, what to do next. */
export function tapScreen(screen: TapScreen, { strings, send }: KioskContext): TemplateResult {
  const { outcome, reason, secondLook } = screen
  return html`<div class="tap" role="status">
    <div class="emblem">${icon(outcome)}</div>
    <div class="words">
      <h1 class="prompt" tabindex="-1">${strings.text(`tap-${outcome}`)}</h1>
      <p>${strings.text(`tap-reason-${reason}`)}</p>
      ${outcome === 'stop' ? html`<p>${strings.text('tap-rights')}</p>` : nothing}
      ${screen.upgraded ? html`<p>${strings.text('tap-upgraded')}</p>` : nothing}
      ${secondLook === undefined ? nothing : ticketView(secondLook, strings)}
      ${basis(screen).map((id) => html`<p class="basis">${strings.text(id, basisValues(screen))}</p>`)}
      <div class="actions">
        <button @click=${() => send({ name: 'acknowledge' })}>${strings.text('tap-continue')}</button>
      </div>
    </div>
  </div>`
}

/** What a *go* rests on, and how old the lists behind it are. */
function basis(screen: TapScreen): readonly string[] {
  if (screen.outcome !== 'go') return []
  const proof = screen.proof === undefined ? [] : [`tap-proof-${screen.proof}`]
  const age = screen.staleness === 'fresh' ? [] : [`tap-${screen.staleness}`]
  return [...proof, 'tap-assurance', ...age]
}

function basisValues({ assurance, milliseconds }: TapScreen): Record<string, string | number> {
  return { assurance, milliseconds }
}

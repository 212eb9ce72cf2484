import { html, type TemplateResult } from 'lit-html'
import { type IconName, icon } from '../../web/icons.ts'
import type { CardStep, Screen } from '../kiosk-state.ts'
import type { KioskContext } from './context.ts'

const STAGES = ['place', 'writing', 'reading-back'] as const

/** How far each step is along `STAGES`: where the card moved, it goes on from its writing. */
const REACHED: Record<CardStep, number> = {
  place: 0,
  'not-ours': 0,
  'in-use': 0,
  several: 0,
  'another-card': 1,
  moved: 1,
  writing: 1,
  'reading-back': 2,
}

const PICTURES: Record<CardStep, IconName> = {
  place: 'tap',
  writing: 'card',
  'reading-back': 'card',
  moved: 'again',
  'not-ours': 'alert',
  'in-use': 'alert',
  'another-card': 'again',
  several: 'one-card-please',
}

/** One thing to do with the card, and how far the writing is. */
export function cardScreen(
  { step }: Extract<Screen, { name: 'card' }>,
  { strings, send }: KioskContext,
): TemplateResult {
  const reached = REACHED[step]
  return html`<div class="message card-${step}">
    <div class="emblem">${icon(PICTURES[step])}</div>
    <div class="words">
      <h1 class="prompt" tabindex="-1">${strings.text(`card-${step}`)}</h1>
      <p>${strings.text(`card-${step}-more`)}</p>
      <ol class="stages">
        ${STAGES.map(
          (stage, i) => html`<li
            class=${i < reached ? 'past' : i === reached ? 'now' : ''}
            aria-current=${i === reached ? 'step' : 'false'}
          >${i < reached ? icon('tick') : html`<b>${i + 1}</b>`}<span>${strings.text(`card-stage-${stage}`)}</span></li>`,
        )}
      </ol>
      ${
        step === 'writing' || step === 'reading-back'
          ? html`<div class="moving" aria-hidden="true"></div>`
          : html`<div class="actions">
              <button class="quiet" @click=${() => send({ name: 'cancel' })}>
                ${strings.text(isBegun(step) ? 'card-later' : 'card-cancel')}
              </button>
            </div>`
      }
    </div>
  </div>`
}

/** A credential is issued already, and waits for its card. */
export function isBegun(step: CardStep): boolean {
  return step === 'moved' || step === 'another-card'
}

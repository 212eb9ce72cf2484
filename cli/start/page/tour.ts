import { html, nothing, type TemplateResult } from 'lit-html'
import { districtName } from '../../../web/format.ts'
import { icon } from '../../../web/icons.ts'
import { GUIDE_STEPS, type GuideStepId, type RoomState } from '../room-state.ts'
import type { RoomContext } from './context.ts'

/** Three steps that show what the product does; the one under way says what to press. */
export function tourView(state: RoomState, context: RoomContext): TemplateResult {
  const { strings } = context
  const { guide } = state
  const current = GUIDE_STEPS.find((step) => !guide.done.includes(step))
  const values = namesOf(state)
  return html`<nav class="tour" aria-label=${strings.text('tour-title')}>
    <ol>
      ${GUIDE_STEPS.map((step, i) => stepView(step, i + 1, step === current, state, context))}
    </ol>
    <div class="next">
      <p role="status">
        ${icon(current === undefined ? 'people' : 'out')}
        <span>${strings.text(`hint-${guide.hint}`, values)}</span>
      </p>
      ${actionView(state, context)}
    </div>
  </nav>`
}

function stepView(
  step: GuideStepId,
  number: number,
  isNow: boolean,
  state: RoomState,
  { strings }: RoomContext,
): TemplateResult {
  const isDone = state.guide.done.includes(step)
  const values = namesOf(state)
  return html`<li class=${isDone ? 'past' : isNow ? 'now' : 'later'} aria-current=${isNow ? 'step' : 'false'}>
    <span class="number">${isDone ? icon('tick', strings.text('tour-done')) : number}</span>
    <span class="what">
      <b>${strings.text(`tour-${step}`, values)}</b>
      <span>${strings.text(`tour-${step}-more`, values)}</span>
    </span>
  </li>`
}

function actionView(
  state: RoomState,
  { strings, send }: RoomContext,
): TemplateResult | typeof nothing {
  const { action, hint } = state.guide
  if (action === undefined) return nothing
  return html`<button class="main" @click=${() => send(action)}>
    ${strings.text(`action-${hint}`, namesOf(state))}
  </button>`
}

function namesOf({ guide, kiosks, residents }: RoomState): { resident: string; district: string } {
  const resident = residents.find(({ id }) => id === guide.resident)
  const kiosk = kiosks.find(({ name }) => name === guide.kiosk)
  return {
    resident: resident?.name ?? guide.resident,
    district: kiosk === undefined ? guide.kiosk : districtName(kiosk.district),
  }
}

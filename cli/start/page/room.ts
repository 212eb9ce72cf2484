import { html, svg, type TemplateResult } from 'lit-html'
import { icon } from '../../../web/icons.ts'
import { NEW_CARD, type RoomCard, type RoomKiosk, type RoomState } from '../room-state.ts'
import type { RoomContext } from './view.ts'

/** The floor before one kiosk: who stands there, and what lies on its reader. */
export function roomView(kiosk: RoomKiosk, state: RoomState, context: RoomContext): TemplateResult {
  const { strings } = context
  return html`<div class="room">
    <fieldset>
      <legend>${icon('camera')}${strings.text('room-standing')}</legend>
      <div class="chips">
        ${personChip(kiosk, undefined, strings.text('room-nobody'), context)}
        ${state.residents.map(({ id, name }) => personChip(kiosk, id, name, context))}
      </div>
    </fieldset>
    <fieldset>
      <legend>${icon('reader')}${strings.text('room-reader')}</legend>
      <div class="chips">${readerView(kiosk, state, context)}</div>
    </fieldset>
  </div>`
}

function personChip(
  kiosk: RoomKiosk,
  resident: string | undefined,
  name: string,
  { send }: RoomContext,
): TemplateResult {
  const isHere = kiosk.standing === resident
  const command = { name: 'stand', kiosk: kiosk.name, resident: resident ?? null } as const
  return html`<button class="chip" aria-pressed=${isHere} @click=${() => send(command)}>
    ${resident === undefined ? NOBODY : PERSON}${name}
  </button>`
}

const PERSON: TemplateResult = html`<svg class="icon" viewBox="0 0 48 48" aria-hidden="true">
  ${svg`<circle cx="24" cy="15" r="9"/><path d="M7 44c0-11 7-17 17-17s17 6 17 17"/>`}
</svg>`
const NOBODY: TemplateResult = html`<svg class="icon" viewBox="0 0 48 48" aria-hidden="true">
  ${svg`<path d="M10 24h28"/>`}
</svg>`

function readerView(
  kiosk: RoomKiosk,
  state: RoomState,
  { strings, send }: RoomContext,
): TemplateResult | readonly TemplateResult[] {
  const cards = state.residents.flatMap((resident) =>
    resident.cards.map((card) => ({ ...card, owner: resident })),
  )
  const lying = cards.find(({ id }) => id === kiosk.card)
  if (kiosk.card !== undefined) {
    const label =
      lying === undefined
        ? strings.text('room-card-blank')
        : strings.text('room-card', { resident: lying.owner.name, n: lying.label })
    return html`<span class="lying">${icon('card')}${label}</span>
      <button class="chip" @click=${() => send({ name: 'remove', kiosk: kiosk.name })}>
        ${icon('undo')}${strings.text('room-lift')}
      </button>`
  }
  const place = (card: string, label: string): TemplateResult =>
    html`<button class="chip" @click=${() => send({ name: 'place', kiosk: kiosk.name, card })}>
      ${icon('card')}${label}
    </button>`
  const isInHand = (card: RoomCard): boolean => card.kiosk === undefined
  const held = cards
    .filter((card) => isInHand(card) && isNear(kiosk, card.owner.id))
    .map(({ id, label, owner }) =>
      place(id, strings.text('room-place', { resident: owner.name, n: label })),
    )
  if (kiosk.standing !== undefined) held.push(place(NEW_CARD, strings.text('room-place-new')))
  return held.length === 0 ? html`<p>${strings.text('room-no-card')}</p>` : held
}

/** Somebody's cards are offered where they stand, and everybody's where nobody does. */
function isNear(kiosk: RoomKiosk, resident: string): boolean {
  return kiosk.standing === undefined || kiosk.standing === resident
}

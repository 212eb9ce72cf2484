import { html, nothing, type TemplateResult } from 'lit-html'
import { icon } from '../../../web/icons.ts'
import { NEW_CARD, type RoomCard, type RoomKiosk, type RoomState } from '../room-state.ts'
import type { RoomContext } from './context.ts'

/** The floor before one kiosk: who stands there, and what lies on its reader. */
export function roomView(kiosk: RoomKiosk, state: RoomState, context: RoomContext): TemplateResult {
  const { strings } = context
  return html`<div class="room">
    <fieldset>
      <legend>${icon('camera')}${strings.text('room-standing')}</legend>
      <div class="chips">${peopleView(kiosk, state, context)}</div>
    </fieldset>
    <fieldset>
      <legend>${icon('reader')}${strings.text('room-reader')}</legend>
      <div class="chips">${readerView(kiosk, state, context)}</div>
    </fieldset>
    <fieldset>
      <legend>${icon(kiosk.isCut === true ? 'no-link' : 'link')}${strings.text('room-line')}</legend>
      <div class="chips">${lineView(kiosk, context)}</div>
    </fieldset>
  </div>`
}

/** Cut it, and everything but the district's word goes on. */
function lineView({ name, isCut }: RoomKiosk, { strings, send }: RoomContext): TemplateResult {
  const press = (): void => send({ name: isCut === true ? 'mend' : 'cut', kiosk: name })
  return html`<button class="chip" aria-pressed=${isCut === true} @click=${press}>
    ${strings.text(isCut === true ? 'room-line-mend' : 'room-line-cut')}
  </button>`
}

/** As many names as fit a row; a folder of real images has hundreds, and gets a list. */
const MAX_CHIPS = 8

function peopleView(
  kiosk: RoomKiosk,
  { residents }: RoomState,
  { strings, send }: RoomContext,
): TemplateResult | readonly TemplateResult[] {
  const stand = (resident: string | null): void => {
    send({ name: 'stand', kiosk: kiosk.name, resident })
  }
  const people = [{ id: undefined, name: strings.text('room-nobody') }, ...residents]
  if (people.length > MAX_CHIPS) {
    return html`<select
      aria-label=${strings.text('room-standing')}
      @change=${(event: Event) => stand((event.target as HTMLSelectElement).value || null)}
    >
      ${people.map(
        ({ id, name }) =>
          html`<option value=${id ?? ''} .selected=${kiosk.standing === id}>${name}</option>`,
      )}
    </select>`
  }
  return people.map(({ id, name }) => {
    const isHere = kiosk.standing === id
    return html`<button class="chip" aria-pressed=${isHere} @click=${() => stand(id ?? null)}>
      ${isHere && id !== undefined ? icon('person') : nothing}${name}
    </button>`
  })
}

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

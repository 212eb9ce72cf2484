import { concat } from '../../protocol/bytes.ts'
import type { VirtualCard } from './virtual-card.ts'

const STATUS_OK = 0x00
const STATUS_TIMEOUT = 0x01
const STATUS_NOT_ACTIVATED = 0x27
const TYPE_A_106 = 0x00
const MAX_TARGETS = 2

/** The PN532's radio side: which virtual cards are in the field, and which are activated as targets. */
export class RadioField {
  readonly #cards = new Set<VirtualCard>()
  #targets: readonly VirtualCard[] = []

  get cards(): readonly VirtualCard[] {
    return [...this.#cards].filter(({ isAway }) => !isAway)
  }

  place(card: VirtualCard): void {
    card.arrive()
    this.#cards.add(card)
  }

  /** A card that comes back has lost its activation. */
  remove(card: VirtualCard): void {
    this.#cards.delete(card)
    card.reset()
    this.#targets = this.#targets.map((target) => (target === card ? GONE : target))
  }

  switchOff(): void {
    this.#targets = []
    for (const card of this.#cards) card.reset()
  }

  /** The answer's bytes to a radio command (UM0701-02 §7.3), undefined where the code is none. */
  answer(code: number, parameters: Uint8Array): Uint8Array | undefined {
    switch (code) {
      case 0x04: // GetGeneralStatus: no error, field on, targets, SAM status
        return this.#generalStatus()
      case 0x32: // RFConfiguration; item 1 switches the field
        if (parameters[0] === 0x01 && ((parameters[1] ?? 0) & 1) === 0) this.switchOff()
        return new Uint8Array(0)
      case 0x40:
        return this.#exchange(parameters)
      case 0x42: // InCommunicateThru: raw to the first target
        return this.#exchange(concat(Uint8Array.of(1), parameters))
      case 0x44: // InDeselect
      case 0x52: // InRelease
        this.#release(parameters[0] ?? 0)
        return Uint8Array.of(STATUS_OK)
      case 0x54: // InSelect
        return Uint8Array.of(this.#target(parameters[0]) ? STATUS_OK : STATUS_NOT_ACTIVATED)
      case 0x4a:
        return this.#list(parameters)
      default:
        return undefined
    }
  }

  #generalStatus(): Uint8Array {
    const targets = this.#targets.flatMap((_, i) => [i + 1, 0, 0, 0])
    return Uint8Array.of(0x00, 0x01, this.#targets.length, ...targets, 0x80)
  }

  #list([count = 0, modulation = 0]: Uint8Array): Uint8Array {
    // Each activation starts with the cards at rest.
    for (const card of this.#cards) card.reset()
    const limit = Math.min(count, MAX_TARGETS)
    this.#targets = modulation === TYPE_A_106 ? this.cards.slice(0, limit) : []
    return concat(
      Uint8Array.of(this.#targets.length),
      ...this.#targets.map(({ atqa, sak, uid, ats }, i) =>
        concat(Uint8Array.of(i + 1), atqa, Uint8Array.of(sak, uid.length), uid, ats),
      ),
    )
  }

  #exchange(parameters: Uint8Array): Uint8Array {
    const card = this.#target(parameters[0])
    if (card === undefined) return Uint8Array.of(STATUS_NOT_ACTIVATED)
    const answer = card.exchange(parameters.slice(1))
    if (answer === undefined) return Uint8Array.of(STATUS_TIMEOUT)
    return concat(Uint8Array.of(STATUS_OK), answer)
  }

  /** Target 0 means all of them. */
  #release(target: number): void {
    this.#targets = this.#targets.map((card, i) => {
      if (target !== 0 && target !== i + 1) return card
      card.reset()
      return GONE
    })
    if (target === 0) this.#targets = []
  }

  #target(number: number | undefined): VirtualCard | undefined {
    return number === undefined ? undefined : this.#targets[number - 1]
  }
}

const GONE: VirtualCard = {
  uid: new Uint8Array(0),
  atqa: new Uint8Array(2),
  sak: 0,
  ats: new Uint8Array(0),
  isAway: true,
  arrive: () => undefined,
  reset: () => undefined,
  exchange: () => undefined,
}

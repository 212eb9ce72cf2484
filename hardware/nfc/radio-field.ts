import { concat, equalBytes } from '../../protocol/bytes.ts'
import type { VirtualCard } from './virtual-card.ts'

const STATUS_OK = 0x00
const STATUS_TIMEOUT = 0x01
const STATUS_NOT_ACTIVATED = 0x27
const TYPE_A_106 = 0x00
const MAX_TARGETS = 2
const ISO_14443_4 = 0x20
/** Kinds of target of InAutoPoll at 106 kbit/s Type A (§7.3.13); the others are not in this field. */
const Kind = { generic: 0x00, plain: 0x10, layerFour: 0x20 } as const
/** Number of the test of Diagnose (§7.2.1) for ISO/IEC 14443-4 cards. */
const CARD_PRESENCE = 0x06
/** CIU_TxMode and CIU_RxMode (PN532/C1 data sheet §8.6.23): bit 7 leaves the checksum to the chip. */
const TX_MODE = 0x63_02
const RX_MODE = 0x63_03
const CRC_ENABLED = 0x80

/** The PN532's radio side: which virtual cards are in the field, and which are activated as targets. */
export class RadioField {
  readonly #cards = new Set<VirtualCard>()
  #targets: readonly VirtualCard[] = []
  readonly #registers = new Map([
    [TX_MODE, CRC_ENABLED],
    [RX_MODE, CRC_ENABLED],
  ])

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
      case 0x00: // Diagnose; test 6 asks whether the target is still there
        return parameters[0] === CARD_PRESENCE ? this.#presence() : undefined
      case 0x04: // GetGeneralStatus: no error, field on, targets, SAM status
        return this.#generalStatus()
      case 0x32: // RFConfiguration; item 1 switches the field
        if (parameters[0] === 0x01 && ((parameters[1] ?? 0) & 1) === 0) this.switchOff()
        return new Uint8Array(0)
      case 0x40:
        return this.#exchange(parameters)
      case 0x06: // ReadRegister, two address bytes a register
        return Uint8Array.from(registersIn(parameters, 2), ({ address }) => this.#register(address))
      case 0x08: // WriteRegister, two address bytes and a value
        for (const { address, value } of registersIn(parameters, 3)) {
          this.#registers.set(address, value)
        }
        return new Uint8Array(0)
      case 0x42: // InCommunicateThru: raw to the first target
        return this.#exchangeRaw(parameters)
      case 0x44: // InDeselect
      case 0x52: // InRelease
        this.#release(parameters[0] ?? 0)
        return Uint8Array.of(STATUS_OK)
      case 0x54: // InSelect
        return Uint8Array.of(this.#target(parameters[0]) ? STATUS_OK : STATUS_NOT_ACTIVATED)
      case 0x4a:
        return this.#list(parameters)
      case 0x60:
        return this.#autoPoll(parameters)
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
    return concat(Uint8Array.of(this.#targets.length), ...this.#targets.map(targetData))
  }

  /** InAutoPoll (§7.3.13): how often, how long, then kinds of target; the first kind that is there is told. */
  #autoPoll([, , ...kinds]: Uint8Array): Uint8Array {
    for (const card of this.#cards) card.reset()
    const kind = kinds.find((code) => this.cards.some((card) => isOfKind(card, code)))
    this.#targets = this.cards
      .filter((card) => kind !== undefined && isOfKind(card, kind))
      .slice(0, MAX_TARGETS)
    const told = this.#targets.map((card, i) => {
      const data = targetData(card, i)
      return concat(Uint8Array.of(kind ?? 0, data.length), data)
    })
    return concat(Uint8Array.of(told.length), ...told)
  }

  #presence(): Uint8Array {
    const card = this.#target(1)
    if (card === undefined) return Uint8Array.of(STATUS_NOT_ACTIVATED)
    return Uint8Array.of(card.isAway ? STATUS_TIMEOUT : STATUS_OK)
  }

  /** The checksum is the chip's work where the registers say so, else the host's. */
  #exchangeRaw(bytes: Uint8Array): Uint8Array {
    const isOurs = (this.#register(TX_MODE) & CRC_ENABLED) !== 0
    const command = isOurs ? bytes : withoutCrc(bytes)
    if (command === undefined) return Uint8Array.of(STATUS_TIMEOUT)
    const answer = this.#exchange(concat(Uint8Array.of(1), command))
    const isShort = answer.length < 2 || answer[0] !== STATUS_OK
    const isChecked = (this.#register(RX_MODE) & CRC_ENABLED) !== 0
    return isChecked || isShort ? answer : concat(answer, crcA(answer.subarray(1)))
  }

  #register(address: number): number {
    return this.#registers.get(address) ?? 0
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

/** A target as InListPassiveTarget and InAutoPoll tell it (§7.3.5). */
function targetData({ atqa, sak, uid, ats }: VirtualCard, index: number): Uint8Array {
  return concat(Uint8Array.of(index + 1), atqa, Uint8Array.of(sak, uid.length), uid, ats)
}

function isOfKind({ sak }: VirtualCard, kind: number): boolean {
  const isLayerFour = (sak & ISO_14443_4) !== 0
  if (kind === Kind.layerFour) return isLayerFour
  return kind === Kind.generic || (kind === Kind.plain && !isLayerFour)
}

type Register = { readonly address: number; readonly value: number }

function registersIn(parameters: Uint8Array, stride: 2 | 3): readonly Register[] {
  const count = Math.floor(parameters.length / stride)
  return Array.from({ length: count }, (_, i) => {
    const [high = 0, low = 0, value = 0] = parameters.subarray(i * stride, (i + 1) * stride)
    return { address: high * 256 + low, value: stride === 3 ? value : 0 }
  })
}

/** CRC_A of ISO/IEC 14443-3 annex B, lowest byte first. */
function crcA(bytes: Uint8Array): Uint8Array {
  let crc = 0x63_63
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0x84_08 : crc >> 1
  }
  return Uint8Array.of(crc, crc >> 8)
}

function withoutCrc(bytes: Uint8Array): Uint8Array | undefined {
  const command = bytes.slice(0, -2)
  return equalBytes(crcA(command), bytes.subarray(-2)) ? command : undefined
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

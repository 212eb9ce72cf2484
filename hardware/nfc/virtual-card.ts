import { decodeResponse, encodeCommand } from '../../protocol/card/apdu.ts'
import type { CardScript } from '../../protocol/card/ntag424.ts'
import { PersonhoodError } from '../../protocol/errors.ts'

/** A card as the reader's radio field sees it: ISO/IEC 14443-3 Type A identity, then exchanges. */
export type VirtualCard = {
  readonly uid: Uint8Array
  readonly atqa: Uint8Array
  readonly sak: number
  /** From its length byte on; empty for a card without ISO/IEC 14443-4. */
  readonly ats: Uint8Array
  /** True once the card was torn away in the middle of a write, until it arrives again. */
  readonly isAway: boolean
  /** Put into the field. */
  arrive(): void
  /** Power comes or goes: what was selected is forgotten. */
  reset(): void
  /** The answer to one command, or undefined when the card is silent. */
  exchange(command: Uint8Array): Uint8Array | undefined
}

/** Runs a script with a virtual card directly, without a reader; throws `card.moved` where it falls silent. */
export function converse<T>(card: Pick<VirtualCard, 'exchange'>, script: CardScript<T>): T {
  let step = script.next()
  while (step.done !== true) {
    const answer = card.exchange(encodeCommand(step.value))
    if (answer === undefined) throw new PersonhoodError('card.moved', 'the virtual card is silent')
    step = script.next(decodeResponse(answer))
  }
  return step.value
}

/** An NTAG216-like Type 2 card: pages of 4 bytes, 16 at a read; no ISO/IEC 14443-4, no keys. */
export function createNtag216(uid: Uint8Array): VirtualCard {
  const pages = new Uint8Array(231 * 4)
  const [u0 = 4, u1 = 0, u2 = 0, ...rest] = uid
  // NTAG21x data sheet §8.5.1: UID with its check bytes; §8.5.6: capability container.
  pages.set([u0, u1, u2, 0x88 ^ u0 ^ u1 ^ u2, ...rest, rest.reduce((x, y) => x ^ y, 0), 0x48])
  pages.set([0xe1, 0x10, 0x6d, 0x00, 0x03, 0x00, 0xfe], 12)
  return {
    uid: uid.slice(),
    atqa: Uint8Array.of(0x00, 0x44),
    sak: 0x00,
    ats: new Uint8Array(0),
    isAway: false,
    arrive: () => {},
    reset: () => {},
    exchange: ([code, page]) => {
      if (code !== 0x30 || page === undefined || page * 4 >= pages.length) return undefined
      const at = page * 4
      // §10.2: a read over the end goes on at page 0.
      return Uint8Array.from({ length: 16 }, (_, i) => pages[(at + i) % pages.length] ?? 0)
    },
  }
}

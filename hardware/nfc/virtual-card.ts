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

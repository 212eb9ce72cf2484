import type { VirtualCard } from '../../../hardware/nfc/virtual-card.ts'
import { bytesOf, createRandom, type Random } from '../../../hardware/sim/random.ts'
import { equalBytes } from '../../../protocol/bytes.ts'
import { preparedCard, uidOf } from '../../kit/keyed-cards.ts'
import { type DrawBytes, type HandFault, type World, wrong } from '../scenario.ts'
import type { ReaderHands } from './nfc.ts'

/** Until a card that moved lies there again. */
const PUT_BACK_MS = 600

/** What a card of this run draws itself, apart from what the kiosk draws. */
export function drawOf(random: Random): DrawBytes {
  return bytesOf(createRandom(random.int(0x7f_ff_ff_ff)))
}

/** The card leaves at one of `count` exchanges and comes back. */
export function liftedAt(count: number): HandFault<ReaderHands> {
  return atExchange('card-lifted', count, (hands, world) => {
    for (const card of hands.lying) putBack(hands, world, card)
  })
}

/** The reader's power fails around one of `count` exchanges. */
export function brownOutAt(count: number): HandFault<ReaderHands> {
  return atExchange('reader-brown-out', count, (hands) => hands.brownOut())
}

/** Another card of ours lies there from one of `count` exchanges on, for a while; it must stay as it is. */
export function swappedAt(count: number): HandFault<ReaderHands> {
  const name = 'card-swapped'
  return {
    name,
    prepare: (hands, world, turn) => {
      const other = preparedCard(uidOf(2), 'open', drawOf(world.random))
      const before = other.snapshot()
      const fault = atExchange(name, count, () => {
        for (const card of hands.lying) putBack(hands, world, card)
        hands.lay(other)
        world.timers.after(PUT_BACK_MS, () => hands.lift(other))
      })
      const happened = fault.prepare(hands, world, turn)
      return () => {
        if (!equalBytes(other.snapshot(), before)) throw wrong('the other card was written to')
        return happened()
      }
    },
  }
}

/** The card is torn away at one of `writes` writes, with a part of it done, and comes back. */
export function tornAt(writes: number): HandFault<ReaderHands> {
  return {
    name: 'card-torn',
    prepare: (hands, world, turn) => {
      let isTorn = false
      hands.onLay((card) => {
        if (isTorn || !('tearAt' in card) || typeof card.tearAt !== 'function') return
        const { random } = world
        card.tearAt(1 + (turn % writes), random.int(64), random.int(2) === 0)
      })
      hands.onSilence((card) => {
        if (isTorn) return
        isTorn = true
        putBack(hands, world, card)
      })
      return () => isTorn
    },
  }
}

function atExchange(
  name: string,
  count: number,
  act: (hands: ReaderHands, world: World) => void,
): HandFault<ReaderHands> {
  return {
    name,
    prepare: (hands, world, turn) => {
      let isDone = false
      hands.onExchange((exchange) => {
        if (isDone || exchange !== 1 + (turn % count)) return
        isDone = true
        act(hands, world)
      })
      return () => isDone
    },
  }
}

function putBack(hands: ReaderHands, { timers }: World, card: VirtualCard): void {
  hands.lift(card)
  timers.after(PUT_BACK_MS, () => hands.lay(card))
}

import type { VirtualCard } from '../../hardware/nfc/virtual-card.ts'
import type { BytePort } from '../../hardware/port.ts'
import type { Timers } from '../../protocol/timers.ts'

/** Bits of a byte on the serial line: start, eight, stop. */
const LINE_BITS = 10
/** Bits of a byte in the air: eight and parity (ISO/IEC 14443-3 §6.2). */
const AIR_BITS = 9
const AIR_BITS_PER_MS = 106
/** PCB and CRC of a block, each way (ISO/IEC 14443-4 §7). */
const BLOCK_BYTES = 3
/** Least pause between reader and card, and back: 1172/fc and 1236/fc (ISO/IEC 14443-3 §6.2.1). */
const AIR_PAUSES_MS = 0.18

/** Time that bytes have taken where they cannot go faster, in ms. */
export type WireTime = { line: number; air: number }

/** A clock of virtual time. */
export type Clock = Timers & { readonly nowMs: number }

/** The port, each byte taking its time at `baud`; both directions add to `time`. */
export function pacedPort(port: BytePort, baud: number, clock: Clock, time: WireTime): BytePort {
  const msOf = (bytes: Uint8Array): number => (1000 * LINE_BITS * bytes.length) / baud
  const free = { out: 0, in: 0 }
  const lateBy = (way: 'out' | 'in', ms: number): number => {
    free[way] = Math.max(clock.nowMs, free[way]) + ms
    time.line += ms
    return free[way] - clock.nowMs
  }
  return {
    name: port.name,
    onClose: port.onClose,
    close: port.close,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        clock.after(lateBy('out', msOf(bytes)), () => void port.write(bytes).then(resolve, reject))
      }),
    onBytes: (listener) =>
      port.onBytes((bytes) => void clock.after(lateBy('in', msOf(bytes)), () => listener(bytes))),
  }
}

/** The card, noting how long what it hears and says is in the air at 106 kbit/s. */
export function timedCard(card: VirtualCard, spend: (ms: number) => void): VirtualCard {
  return {
    get uid() {
      return card.uid
    },
    atqa: card.atqa,
    sak: card.sak,
    ats: card.ats,
    get isAway() {
      return card.isAway
    },
    arrive: () => card.arrive(),
    reset: () => card.reset(),
    exchange(command) {
      const answer = card.exchange(command)
      const bytes = command.length + (answer?.length ?? 0) + 2 * BLOCK_BYTES
      spend((bytes * AIR_BITS) / AIR_BITS_PER_MS + AIR_PAUSES_MS)
      return answer
    },
  }
}

/** A port whose answers wait for the air, and what tells it how long that takes. */
export type AiredPort = { readonly port: BytePort; readonly spend: (ms: number) => void }

/** The port at the chip's end: an answer leaves once the air has had its time. */
export function airedPort(port: BytePort, clock: Clock, time: WireTime): AiredPort {
  let owed = 0
  let free = 0
  const paced: BytePort = {
    ...port,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        free = Math.max(clock.nowMs, free) + owed
        owed = 0
        clock.after(free - clock.nowMs, () => void port.write(bytes).then(resolve, reject))
      }),
  }
  const spend = (ms: number): void => {
    owed += ms
    time.air += ms
  }
  return { port: paced, spend }
}

import { concat } from '../../protocol/bytes.ts'
import type { Timers } from '../../protocol/timers.ts'
import { openChannel } from '../exchange.ts'
import type { BytePort } from '../port.ts'
import { processTimers } from '../timers.ts'
import {
  ACK_FRAME,
  ERROR_FRAME,
  encodeFrame,
  type Pn532Frame,
  scanPn532,
  Tfi,
} from './pn532-frame.ts'
import { RadioField } from './radio-field.ts'
import type { VirtualCard } from './virtual-card.ts'

/**
 * What goes wrong with one command. `lost-command`: the chip never hears it. `lost-ack`,
 * `lost-answer`: done, but that frame is gone. `late-answer`: its answer comes before the next
 * command's ACK. `stale-answer`: the answer before comes again ahead of the ACK. `wrong-checksum`:
 * the answer is garbled, its repetition is not. `silence`: no reaction. `split`: each byte comes by
 * itself. `noise`: a false frame head ahead of the answer. `error-frame`: the chip calls the syntax
 * wrong. `brown-out`: power fails, the chip forgets its cards and sleeps.
 */
export type Pn532Fault =
  | 'lost-command'
  | 'lost-ack'
  | 'lost-answer'
  | 'late-answer'
  | 'stale-answer'
  | 'wrong-checksum'
  | 'silence'
  | 'split'
  | 'noise'
  | 'error-frame'
  | 'brown-out'

/** A virtual PN532 with its radio field. */
export type Pn532Simulator = {
  /** Commands understood so far. */
  readonly commands: number
  /** Cards in the field. */
  readonly cards: readonly VirtualCard[]
  place(card: VirtualCard): void
  remove(card: VirtualCard): void
  /** Lets the next `times` commands go wrong (default 1), after the faults asked for before. */
  inject(fault: Pn532Fault, times?: number): void
  /** Stops listening; the port stays open. */
  close(): void
}

const WAKE_UP_BYTE = 0x55
const LINE_IDLE_MS = 25
// A head that promises 253 bytes which never come.
const FALSE_HEAD = Uint8Array.of(0x13, 0x00, 0xff, 0xfd, 0x03)
const FIRMWARE = Uint8Array.of(0x32, 0x01, 0x06, 0x07)
const UNHEARD: ReadonlySet<Pn532Fault | undefined> = new Set([
  'lost-command',
  'silence',
  'brown-out',
])
const UNANSWERED: ReadonlySet<Pn532Fault | undefined> = new Set(['lost-answer', 'late-answer'])

/** Puts a PN532 at the port: it sleeps until the wake-up, then answers as UM0701-02 says; a search for cards ends at once. */
export function createPn532Simulator(
  port: BytePort,
  options: { readonly timers?: Timers } = {},
): Pn532Simulator {
  return new VirtualPn532(port, options.timers ?? processTimers)
}

class VirtualPn532 implements Pn532Simulator {
  readonly #port: BytePort
  readonly #field = new RadioField()
  readonly #faults: Pn532Fault[] = []
  readonly #stop: () => void
  #isAwake = false
  #isConfigured = false
  #isFast = true
  #commands = 0
  #lastAnswer: Uint8Array = new Uint8Array(0)
  #late: Uint8Array | undefined

  constructor(port: BytePort, timers: Timers) {
    this.#port = port
    const stopBytes = port.onBytes((bytes) => {
      if (bytes.includes(WAKE_UP_BYTE)) this.#isAwake = true
    })
    const channel = openChannel(port, scanPn532, { idleMs: LINE_IDLE_MS, timers })
    channel.onFrame((frame) => this.#take(frame))
    this.#stop = () => {
      stopBytes()
      channel.detach()
    }
  }

  get commands(): number {
    return this.#commands
  }

  get cards(): readonly VirtualCard[] {
    return this.#field.cards
  }

  place(card: VirtualCard): void {
    this.#field.place(card)
  }

  remove(card: VirtualCard): void {
    this.#field.remove(card)
  }

  inject(fault: Pn532Fault, times = 1): void {
    for (let i = 0; i < times; i++) this.#faults.push(fault)
  }

  close(): void {
    this.#stop()
  }

  #take(frame: Pn532Frame): void {
    if (!this.#isAwake) return
    if (this.#late !== undefined) {
      this.#send(this.#late)
      this.#late = undefined
    }
    if (frame.kind === 'nack') this.#send(this.#lastAnswer)
    if (frame.kind !== 'information' || frame.tfi !== Tfi.toChip) return
    const [code, ...parameters] = frame.payload
    if (code !== undefined) this.#command(code, Uint8Array.from(parameters))
  }

  #command(code: number, parameters: Uint8Array): void {
    const fault = this.#faults.shift()
    if (fault === 'brown-out') this.#brownOut()
    if (UNHEARD.has(fault)) return
    // §7.2.11: from power-on until SAMConfiguration the chip is in low-battery mode.
    if (code === 0x14) this.#isConfigured = true
    if (!this.#isConfigured) return
    this.#commands++
    if (fault === 'stale-answer') this.#send(this.#lastAnswer)
    this.#isFast = fault !== 'split'
    if (fault !== 'lost-ack') this.#send(ACK_FRAME)
    const answer =
      fault === 'error-frame'
        ? undefined
        : (this.#field.answer(code, parameters) ?? answerOf(code, parameters))
    if (answer === undefined) {
      this.#send(ERROR_FRAME)
      return
    }
    this.#answer(encodeFrame(Tfi.toHost, concat(Uint8Array.of(code + 1), answer)), fault)
  }

  #answer(frame: Uint8Array, fault: Pn532Fault | undefined): void {
    this.#lastAnswer = frame
    if (fault === 'late-answer') this.#late = frame
    if (UNANSWERED.has(fault)) return
    if (fault === 'noise') this.#send(FALSE_HEAD)
    this.#send(fault === 'wrong-checksum' ? garbled(frame) : frame)
  }

  #brownOut(): void {
    this.#isAwake = false
    this.#isConfigured = false
    this.#field.switchOff()
  }

  #send(frame: Uint8Array): void {
    const runs = this.#isFast ? [frame] : [...frame].map((byte) => Uint8Array.of(byte))
    for (const run of runs) {
      // The host may close its end at any time; then nobody is left to tell.
      this.#port.write(run).catch(() => undefined)
    }
  }
}

/** Commands that touch no card (§7.2, §7.3.1); undefined where this chip does not know them. */
function answerOf(code: number, parameters: Uint8Array): Uint8Array | undefined {
  switch (code) {
    case 0x00: // Diagnose: test 0 returns its parameters, the others report success.
      return parameters[0] === 0x00 ? parameters : Uint8Array.of(0x00)
    case 0x02:
      return FIRMWARE
    case 0x12: // SetParameters
    case 0x14: // SAMConfiguration
      return new Uint8Array(0)
    case 0x16: // PowerDown
      return Uint8Array.of(0x00)
    default:
      return undefined
  }
}

function garbled(frame: Uint8Array): Uint8Array {
  const copy = frame.slice()
  const last = copy.length - 2
  copy[last] = (copy[last] ?? 0) ^ 0x01
  return copy
}

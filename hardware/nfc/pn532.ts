import { concat, equalBytes } from '../../protocol/bytes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Timers } from '../../protocol/timers.ts'
import type { BytePort } from '../port.ts'
import { processTimers } from '../timers.ts'
import { ACK_FRAME } from './pn532-frame.ts'
import { type LinkFaults, Pn532Link, WAKE_UP } from './pn532-link.ts'
import { isCardLoss, pn532StatusText } from './pn532-status.ts'

/** One card in the field, as activated (ISO/IEC 14443-3 Type A). */
export type Picc = {
  /** 1 or 2: the reader's handle, valid until the next poll. */
  readonly targetNumber: number
  readonly uid: Uint8Array
  /** SENS_RES, two bytes in the reader's order. */
  readonly atqa: Uint8Array
  /** SEL_RES; bit 0x20 = speaks ISO/IEC 14443-4. */
  readonly sak: number
  /** Answer to select from its length byte on; empty for a card without ISO/IEC 14443-4. */
  readonly ats: Uint8Array
}

/** A card reader: one command at a time, later calls wait their turn. */
export type Pcd = {
  /** Chip and firmware, such as `PN532 1.6`. */
  readonly firmware: string
  readonly faults: LinkFaults
  /** The cards in the field, activated: none, one, or two ("one card please"). */
  poll(signal?: AbortSignal): Promise<readonly Picc[]>
  /**
   * One APDU to the card and its answer. Rejects with `card.moved` when the card does not answer
   * over the air, with `device.*` when the reader does not.
   */
  transceive(target: Picc, apdu: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>
  /**
   * Bytes as they are to the one card in the field, its checksum added and checked by the reader:
   * for commands that InDataExchange does not know. Same errors as `transceive`.
   */
  transceiveRaw(bytes: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>
  /** Lets go of the cards; the next poll finds them anew. */
  release(): Promise<void>
  /** Switches the field off and closes the port. */
  close(): Promise<void>
}

/** Limits and time of a reader; `timeoutMs` is for one answer of the chip, default 1000. */
export type Pn532Options = {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
  readonly timers?: Timers
}

/** Longest APDU that InDataExchange carries (UM0701-02 §7.3.8). */
export const MAX_APDU_BYTES = 262

const DEFAULT_TIMEOUT_MS = 1000

/** Command codes (UM0701-02 §7). */
const Code = {
  diagnose: 0x00,
  getFirmwareVersion: 0x02,
  setParameters: 0x12,
  samConfiguration: 0x14,
  rfConfiguration: 0x32,
  inDataExchange: 0x40,
  inCommunicateThru: 0x42,
  inListPassiveTarget: 0x4a,
  inRelease: 0x52,
} as const

const PN532_IC = 0x32
const STATUS_MASK = 0x3f
const MORE_INFORMATION = 0x40
const ISO_14443_4 = 0x20

// The ACK calls off what runs (§6.2.1.3); behind it a sleeping chip finds its wake-up.
const RESTART = concat(ACK_FRAME, WAKE_UP)
// §7.2.10: normal mode, no virtual card; the timeout byte is unused there; no IRQ pin.
const NORMAL_MODE = Uint8Array.of(0x01, 0x00, 0x00)
// §7.2.9: automatic ATR_RES and RATS.
const AUTOMATIC_RATS = Uint8Array.of(0x14)
// §7.3.1 item 5: tries for ATR_REQ, PSL_REQ, activation; from the factory the last is for ever,
// and then a poll of an empty field would not end.
const FEW_RETRIES = Uint8Array.of(0x05, 0x00, 0x01, 0x02)
// Item 2: 102.4 ms for an answer to ATR_REQ, 51.2 ms for one to a raw command: a card's longest write
// takes a tenth of that. Set, because another program may have changed it.
const TIMINGS = Uint8Array.of(0x02, 0x00, 0x0b, 0x0a)
// Item 4: an exchange is not repeated over the air by the chip itself: who sent it knows what may be.
const NO_REPEATS = Uint8Array.of(0x04, 0x00)
const FIELD_OFF = Uint8Array.of(0x01, 0x00)
// §7.3.5: at most two targets, 106 kbit/s Type A.
const TWO_TYPE_A = Uint8Array.of(0x02, 0x00)
const ALL_TARGETS = Uint8Array.of(0x00)
// §7.2.1 test 0 sends its parameters back.
const COMMUNICATION_TEST = 0x00

/** Wakes the PN532 at the port's other end and sets it up; rejects with `device.*` where none answers. */
export async function openPn532(port: BytePort, options: Pn532Options = {}): Promise<Pcd> {
  const { signal, timeoutMs = DEFAULT_TIMEOUT_MS, timers = processTimers } = options
  const link = new Pn532Link(port, timers)
  const reader = new Pn532(link, timeoutMs)
  try {
    await reader.start(signal)
    const firmware = parseFirmware(await reader.ask(Code.getFirmwareVersion, [], signal), port.name)
    return {
      firmware,
      get faults() {
        return link.faults
      },
      poll: (pollSignal) => reader.inTurn((ready) => ready.poll(pollSignal), pollSignal),
      transceive: (target, apdu, apduSignal) =>
        reader.inTurn((ready) => ready.transceive(target, apdu, apduSignal), apduSignal),
      transceiveRaw: (bytes, rawSignal) =>
        reader.inTurn((ready) => ready.transceiveRaw(bytes, rawSignal), rawSignal),
      release: () => reader.inTurn((ready) => ready.release()),
      close: () => closeReader(reader, link, port),
    }
  } catch (error) {
    link.detach()
    throw error
  }
}

async function closeReader(reader: Pn532, link: Pn532Link, port: BytePort): Promise<void> {
  try {
    await reader.inTurn((ready) => ready.ask(Code.rfConfiguration, FIELD_OFF))
  } catch {
    // The reader may be gone; closing must still succeed.
  }
  link.detach()
  await port.close()
}

class Pn532 {
  readonly #link: Pn532Link
  readonly #timeoutMs: number
  #tail: Promise<unknown> = Promise.resolve()
  #isInStep = true
  #tests = 0

  constructor(link: Pn532Link, timeoutMs: number) {
    this.#link = link
    this.#timeoutMs = timeoutMs
  }

  /** Runs after the calls before it, on a reader that is in step with us. */
  inTurn<T>(act: (reader: Pn532) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const turn = this.#tail.then(async () => {
      signal?.throwIfAborted()
      if (!this.#isInStep) await this.start(signal)
      return act(this)
    })
    this.#tail = turn.catch(() => undefined)
    return turn
  }

  /** Wake-up and set-up; also what brings a reader back that lost power or is out of step. */
  async start(signal?: AbortSignal): Promise<void> {
    this.#isInStep = false
    await this.#ask(Code.samConfiguration, NORMAL_MODE, signal, RESTART)
    await this.#flush(signal)
    await this.#ask(Code.setParameters, AUTOMATIC_RATS, signal)
    for (const item of [TIMINGS, NO_REPEATS, FEW_RETRIES]) {
      await this.#ask(Code.rfConfiguration, item, signal)
    }
    this.#isInStep = true
  }

  /** An idempotent command; one that fails leaves the reader out of step. */
  async ask(code: number, parameters: Iterable<number>, signal?: AbortSignal): Promise<Uint8Array> {
    return await this.#watched(this.#ask(code, Uint8Array.from(parameters), signal))
  }

  async poll(signal?: AbortSignal): Promise<readonly Picc[]> {
    return parseTargets(await this.ask(Code.inListPassiveTarget, TWO_TYPE_A, signal))
  }

  async transceive(target: Picc, apdu: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    const parameters = concat(Uint8Array.of(target.targetNumber), apdu)
    return await this.#exchange(Code.inDataExchange, parameters, apdu.length, signal)
  }

  async transceiveRaw(bytes: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    return await this.#exchange(Code.inCommunicateThru, bytes, bytes.length, signal)
  }

  async #exchange(
    code: number,
    parameters: Uint8Array,
    length: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    if (length > MAX_APDU_BYTES) {
      throw new PersonhoodError(
        'call.apdu',
        `APDU of ${length} bytes, at most ${MAX_APDU_BYTES} go through the reader`,
      )
    }
    const timeoutMs = this.#timeoutMs
    const answer = await this.#watched(
      this.#link.run({ code, parameters, timeoutMs, signal, isIdempotent: false }),
    )
    throwOnStatus(answer[0])
    return answer.slice(1)
  }

  async release(): Promise<void> {
    await this.ask(Code.inRelease, ALL_TARGETS)
  }

  /** Has a number sent back that was never used: what comes before it answers an older command. */
  async #flush(signal?: AbortSignal): Promise<void> {
    this.#tests++
    const test = Uint8Array.of(COMMUNICATION_TEST, this.#tests >> 8, this.#tests, 0x5a)
    for (let attempt = 0; attempt < 3; attempt++) {
      const answer = await this.#ask(Code.diagnose, test, signal)
      if (equalBytes(answer, test)) return
    }
    throw new PersonhoodError(
      'device.garbled',
      `${this.#link.name}: the reader does not return what it is sent; is it a PN532 at 115200 baud?`,
    )
  }

  #ask(
    code: number,
    parameters: Uint8Array,
    signal?: AbortSignal,
    prefix?: Uint8Array,
  ): Promise<Uint8Array> {
    return this.#link.run({
      code,
      parameters,
      timeoutMs: this.#timeoutMs,
      signal,
      isIdempotent: true,
      ...(prefix === undefined ? {} : { prefix }),
    })
  }

  async #watched(answer: Promise<Uint8Array>): Promise<Uint8Array> {
    try {
      return await answer
    } catch (error) {
      this.#isInStep = false
      throw error
    }
  }
}

function parseFirmware(answer: Uint8Array, name: string): string {
  const [ic, version, revision] = answer
  if (ic !== PN532_IC || version === undefined || revision === undefined) {
    throw new PersonhoodError(
      'device.unsupported',
      `${name}: the reader's chip calls itself 0x${(ic ?? 0).toString(16)}, expected a PN532 (0x32)`,
    )
  }
  return `PN532 ${version}.${revision}`
}

/** UM0701-02 §7.3.5: NbTg, then per target Tg, SENS_RES, SEL_RES, NFCIDLength, NFCID1, ATS. */
function parseTargets(answer: Uint8Array): readonly Picc[] {
  const piccs: Picc[] = []
  let at = 1
  for (let left = answer[0] ?? 0; left > 0; left--) {
    const [targetNumber, atqa0, atqa1, sak, uidLength] = answer.subarray(at, at + 5)
    const uidAt = at + 5
    const atsAt = uidAt + (uidLength ?? 0)
    const isLayerFour = ((sak ?? 0) & ISO_14443_4) !== 0
    const end = atsAt + (isLayerFour ? (answer[atsAt] ?? 0) : 0)
    const isWhole = atqa0 !== undefined && atqa1 !== undefined && uidLength !== undefined
    if (targetNumber === undefined || sak === undefined || !isWhole || end > answer.length) {
      throw new PersonhoodError(
        'bytes.nfc-target',
        `target list of ${answer.length} bytes breaks off`,
      )
    }
    piccs.push({
      targetNumber,
      atqa: Uint8Array.of(atqa0, atqa1),
      sak,
      uid: answer.slice(uidAt, atsAt),
      ats: answer.slice(atsAt, end),
    })
    at = end
  }
  return piccs
}

function throwOnStatus(status: number | undefined): void {
  if (status === undefined) {
    throw new PersonhoodError('bytes.nfc-answer', 'the reader answered without a status')
  }
  if ((status & MORE_INFORMATION) !== 0) {
    throw new PersonhoodError('device.exchange', 'the card answered more than the reader can hold')
  }
  const code = status & STATUS_MASK
  if (code === 0) return
  if (isCardLoss(code)) {
    throw new PersonhoodError(
      'card.moved',
      `the card moved (${pn532StatusText(code)}): put it back, nothing is lost`,
    )
  }
  throw new PersonhoodError('device.exchange', `the reader could not: ${pn532StatusText(code)}`)
}

import { concat, equalBytes } from '../../protocol/bytes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Timers } from '../../protocol/timers.ts'
import { pause } from '../pause.ts'
import type { BytePort } from '../port.ts'
import {
  type Assembly,
  assemble,
  BROADCAST,
  channelOf,
  encodeReports,
  HidCommand,
  HidError,
  type HidMessage,
} from './hid-frame.ts'
import type { RandomBytes } from './pin-protocol.ts'
import { Transaction, type TransactionOptions } from './transaction.ts'

const BUSY_PAUSE_MS = 150
const BUSY_TRIES = 20
const NONCE_BYTES = 8
/** Nonce, channel 4, version 1, device version 3, capabilities 1 (§11.2.9.1.3). */
const INIT_ANSWER_BYTES = 17

/** One channel to one security key, for one transaction at a time. */
export class FidoLink {
  readonly #port: BytePort
  readonly #timers: Timers
  /** What the secrets that are shared with the key are drawn from. */
  readonly random: RandomBytes
  #channel = BROADCAST
  #assembly: Assembly | undefined
  #waiting: Transaction | undefined
  #tail: Promise<unknown> = Promise.resolve()
  readonly #stops: readonly (() => void)[]
  /** Reports that fitted nothing, since opening. */
  discardedReports = 0

  constructor(port: BytePort, timers: Timers, random: RandomBytes) {
    this.random = random
    this.#port = port
    this.#timers = timers
    this.#stops = [
      port.onBytes((bytes) => this.#take(bytes)),
      port.onClose((reason) =>
        this.#waiting?.fail(
          reason ?? new PersonhoodError('call.port-closed', `${port.name} was closed`),
        ),
      ),
    ]
  }

  /** Takes a channel of our own; `nonce` is 8 random bytes that tell our answer from others'. */
  async start(nonce: Uint8Array, signal?: AbortSignal): Promise<void> {
    const { payload } = await this.#run(HidCommand.init, nonce, { signal }, ({ payload: answer }) =>
      equalBytes(answer.subarray(0, NONCE_BYTES), nonce),
    )
    const channel = channelOf(payload.subarray(NONCE_BYTES))
    if (payload.length < INIT_ANSWER_BYTES || channel === undefined) {
      throw new PersonhoodError('bytes.fido', `${this.#port.name} gave out no channel`)
    }
    this.#channel = channel
    this.#assembly = undefined
  }

  /**
   * Sends a CTAP2 message and returns its answer, status first. Rejects with `device.busy` while
   * another program uses the key, `device.timeout`, the port's reason, or the signal's, after the
   * key has been told to cancel.
   */
  cbor(payload: Uint8Array, options: TransactionOptions = {}): Promise<Uint8Array> {
    const turn = this.#tail.then(async () => {
      const answer = await this.#patiently(payload, options)
      return answer.payload
    })
    this.#tail = turn.catch(() => undefined)
    return turn
  }

  detach(): void {
    for (const stop of this.#stops) stop()
  }

  async #patiently(payload: Uint8Array, options: TransactionOptions): Promise<HidMessage> {
    for (let tries = 1; ; tries++) {
      const answer = await this.#run(HidCommand.cbor, payload, options)
      if (answer.command !== HidCommand.error) return answer
      const [code] = answer.payload
      if (code !== HidError.channelBusy) throw this.#hidFault(code)
      if (tries === BUSY_TRIES) {
        throw new PersonhoodError(
          'device.busy',
          `${this.#port.name}: another program is using the security key`,
        )
      }
      await pause(this.#timers, BUSY_PAUSE_MS, options.signal)
    }
  }

  async #run(
    command: number,
    payload: Uint8Array,
    options: TransactionOptions,
    isOurs: (message: HidMessage) => boolean = () => true,
  ): Promise<HidMessage> {
    options.signal?.throwIfAborted()
    const transaction = new Transaction(this.#timers, {
      ...options,
      command,
      isOurs,
      name: this.#port.name,
      cancel: () => this.#send(HidCommand.cancel, new Uint8Array(0)),
      onStray: () => {
        this.discardedReports++
      },
    })
    this.#waiting = transaction
    try {
      this.#send(command, payload).catch((error) => transaction.fail(error))
      return await transaction.answer
    } finally {
      this.#waiting = undefined
    }
  }

  async #send(command: number, payload: Uint8Array): Promise<void> {
    for (const report of encodeReports({ channel: this.#channel, command, payload })) {
      await this.#port.write(report)
    }
  }

  #take(bytes: Uint8Array): void {
    // Other programs have channels of their own on the same key, and every one hears them all.
    if (channelOf(bytes) !== this.#channel) return
    const { state, message, fault } = assemble(this.#assembly, bytes)
    this.#assembly = state
    if (fault !== undefined) this.discardedReports++
    if (message === undefined) return
    if (this.#waiting === undefined) this.discardedReports++
    else this.#waiting.take(message)
  }

  #hidFault(code: number | undefined): PersonhoodError {
    return new PersonhoodError(
      'device.refused',
      `${this.#port.name}: the security key reports error ${code ?? 'without a code'} (CTAP 2.1 §11.2.9.1.6)`,
    )
  }
}

/** The payload of a key's answer to INIT (§11.2.9.1.3); for simulators. */
export function encodeInitAnswer(nonce: Uint8Array, channel: number): Uint8Array {
  const given = Uint8Array.of(channel >>> 24, channel >>> 16, channel >>> 8, channel)
  // Version 2, device version 1.0.0, speaks CBOR and not U2F.
  return concat(nonce, given, Uint8Array.of(2, 1, 0, 0, 0x04 | 0x08))
}

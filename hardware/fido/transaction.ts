import { PersonhoodError } from '../../protocol/errors.ts'
import type { Timers } from '../../protocol/timers.ts'
import { HidCommand, type HidMessage } from './hid-frame.ts'

/** What a key says while it works (CTAP 2.1 §11.2.9.1.5). */
export type KeepaliveStatus = 'processing' | 'touch'

/** Limits of one transaction. */
export type TransactionOptions = {
  readonly signal?: AbortSignal | undefined
  /** Called when what the key does changes: `touch` is the moment to tell the operator. */
  readonly onStatus?: ((status: KeepaliveStatus) => void) | undefined
}

/** What a transaction is about. */
export type TransactionDetails = TransactionOptions & {
  readonly name: string
  readonly command: number
  readonly isOurs: (message: HidMessage) => boolean
  /** Tells the key to give up. */
  readonly cancel: () => Promise<void>
  readonly onStray: () => void
}

/** A key sends a keepalive every 100 ms (§11.2.9.1.5); a silent one is wedged. */
const SILENCE_MS = 1500
/** Keys give up waiting for a touch after 30 s themselves. */
const LONGEST_MS = 60_000
const TOUCH_NEEDED = 0x02

/** One command until its answer, its deadline, or its caller's patience. */
export class Transaction {
  readonly answer: Promise<HidMessage>
  readonly #timers: Timers
  readonly #details: TransactionDetails
  readonly #cancelLongest: () => void
  #cancelSilence = (): void => {}
  #resolve: (message: HidMessage) => void = () => {}
  #reject: (reason: unknown) => void = () => {}
  #status: KeepaliveStatus | undefined

  constructor(timers: Timers, details: TransactionDetails) {
    this.#timers = timers
    this.#details = details
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    details.signal?.addEventListener('abort', this.#abort)
    this.#cancelLongest = timers.after(LONGEST_MS, () => this.fail(this.#timeout(LONGEST_MS)))
    this.#hear()
  }

  take(message: HidMessage): void {
    const { command, signal, isOurs, onStray } = this.#details
    if (message.command === HidCommand.keepalive) {
      this.#keepalive(message.payload[0] === TOUCH_NEEDED ? 'touch' : 'processing')
    } else if (signal?.aborted === true) {
      // The key's answer to what was cancelled has come, so it cannot meet the next command.
      this.fail(signal.reason)
    } else if (message.command !== command && message.command !== HidCommand.error) {
      onStray()
    } else if (isOurs(message)) {
      this.#end()
      this.#resolve(message)
    }
  }

  fail(reason: unknown): void {
    this.#end()
    this.#reject(reason)
  }

  #keepalive(status: KeepaliveStatus): void {
    this.#hear()
    if (status !== this.#status) this.#details.onStatus?.(status)
    this.#status = status
  }

  #hear(): void {
    this.#cancelSilence()
    this.#cancelSilence = this.#timers.after(SILENCE_MS, () => {
      const { signal } = this.#details
      this.fail(signal?.aborted === true ? signal.reason : this.#timeout(SILENCE_MS))
    })
  }

  readonly #abort = (): void => {
    const { command, cancel, signal } = this.#details
    if (command === HidCommand.cbor) {
      cancel().catch((error) => this.fail(error))
      this.#hear()
    } else {
      this.fail(signal?.reason)
    }
  }

  #end(): void {
    this.#cancelSilence()
    this.#cancelLongest()
    this.#details.signal?.removeEventListener('abort', this.#abort)
  }

  #timeout(ms: number): PersonhoodError {
    return new PersonhoodError(
      'device.timeout',
      `${this.#details.name}: the security key said nothing for ${ms} ms; pull it out and put it in again`,
    )
  }
}

import { concat, toHex } from '../../protocol/bytes.ts'
import { hasCode, PersonhoodError } from '../../protocol/errors.ts'
import type { Timers } from '../../protocol/timers.ts'
import { type FrameChannel, openChannel } from '../exchange.ts'
import type { BytePort } from '../port.ts'
import { encodeFrame, NACK_FRAME, type Pn532Frame, scanPn532, Tfi } from './pn532-frame.ts'

/** Leaves HSU power-down and the low-battery mode after power-on (UM0701-02 §7.2.11). */
export const WAKE_UP: Uint8Array = Uint8Array.of(0x55, 0x55, ...new Uint8Array(14))

/** One command: code and parameters, and how long its answer may take, in ms. */
export type Pn532Command = {
  readonly code: number
  readonly parameters: Uint8Array
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** Sent again when the chip does not confirm it; only what may run twice. */
  readonly isIdempotent: boolean
  /** Bytes before the frame: the wake-up. */
  readonly prefix?: Uint8Array
}

/** What went wrong on the line and was set right, since opening. */
export type LinkFaults = {
  readonly discardedBytes: number
  readonly staleAnswers: number
  readonly corruptAnswers: number
  readonly lostAcks: number
}

// UM0701-02 §6.2.2: the chip confirms within 15 ms; a USB bridge may hold bytes back for 16 ms more.
const ACK_TIMEOUT_MS = 60
// Above any pause inside a frame that a USB bridge makes.
const LINE_IDLE_MS = 25
const MAX_NACKS = 3
const MAX_SENDINGS = 3

/** The command handshake with one PN532; the caller runs one command at a time. */
export class Pn532Link {
  readonly #port: BytePort
  readonly #timers: Timers
  readonly #channel: FrameChannel<Pn532Frame>
  #inbox: Pn532Frame[] = []
  #wake = (): void => {}
  #ended: PersonhoodError | undefined
  #staleAnswers = 0
  #corruptAnswers = 0
  #lostAcks = 0

  constructor(port: BytePort, timers: Timers) {
    this.#port = port
    this.#timers = timers
    this.#channel = openChannel(port, scanPn532, { idleMs: LINE_IDLE_MS, timers })
    this.#channel.onFrame((frame) => {
      this.#inbox.push(frame)
      this.#wake()
    })
    port.onClose((reason) => {
      this.#ended =
        reason ?? new PersonhoodError('call.port-closed', `${port.name} has been closed`)
      this.#wake()
    })
  }

  get name(): string {
    return this.#port.name
  }

  get faults(): LinkFaults {
    return {
      discardedBytes: this.#channel.discardedBytes,
      staleAnswers: this.#staleAnswers,
      corruptAnswers: this.#corruptAnswers,
      lostAcks: this.#lostAcks,
    }
  }

  /** The answer's bytes behind its code; rejects with `device.*`, or the signal's reason. */
  async run(command: Pn532Command): Promise<Uint8Array> {
    for (let sending = 1; ; sending++) {
      const wait = new Wait(this.#timers, command.signal, (wake) => {
        this.#wake = wake
      })
      try {
        return await this.#send(command, wait)
      } catch (error) {
        const mayRepeat = command.isIdempotent && hasCode(error, 'device.timeout')
        if (!mayRepeat || sending === MAX_SENDINGS) throw error
      } finally {
        wait.end()
      }
    }
  }

  detach(): void {
    this.#channel.detach()
  }

  async #send(
    { code, parameters, prefix, ...command }: Pn532Command,
    wait: Wait,
  ): Promise<Uint8Array> {
    const frame = encodeFrame(Tfi.toChip, concat(Uint8Array.of(code), parameters))
    this.#inbox = []
    wait.limit(command.timeoutMs)
    await wait.race(this.#port.write(prefix === undefined ? frame : concat(prefix, frame)))
    this.#throwIfOver(wait, code)
    const early = await this.#confirmed(code, command.isIdempotent, wait)
    if (early !== undefined) return early
    wait.limit(command.timeoutMs)
    for (let nacks = 0; ; ) {
      const answer = await this.#next(wait)
      if (answer === undefined) throw this.#timeout(code, command.timeoutMs)
      const payload = this.#answerTo(answer, code)
      if (payload !== undefined) return payload
      if (answer.kind === 'corrupt' && nacks++ === MAX_NACKS) {
        throw new PersonhoodError(
          'device.garbled',
          `${this.name}: the answer to 0x${code.toString(16)} came with a wrong checksum ${nacks} times`,
        )
      }
      if (answer.kind === 'corrupt') await wait.race(this.#port.write(NACK_FRAME))
    }
  }

  /**
   * Waits for the ACK. An answer that comes before it is stale when the ACK follows, and is ours
   * when none follows: then the ACK was lost, and the chip would not repeat what it has done.
   */
  async #confirmed(
    code: number,
    isIdempotent: boolean,
    wait: Wait,
  ): Promise<Uint8Array | undefined> {
    let early: Uint8Array | undefined
    wait.limit(ACK_TIMEOUT_MS)
    for (let nacks = 0; ; ) {
      const frame = await this.#next(wait)
      if (frame === undefined) break
      if (frame.kind === 'ack') {
        if (early !== undefined) this.#staleAnswers++
        return undefined
      }
      if (frame.kind === 'corrupt' && nacks++ < MAX_NACKS) {
        await wait.race(this.#port.write(NACK_FRAME))
      }
      early = this.#answerTo(frame, code) ?? early
    }
    // Unconfirmed and unanswered: a command that must not run twice may still be running, so its
    // answer is awaited; any other is sent again.
    if (early === undefined && isIdempotent) throw this.#timeout(code, ACK_TIMEOUT_MS)
    this.#lostAcks++
    return early
  }

  #answerTo(frame: Pn532Frame, code: number): Uint8Array | undefined {
    if (frame.kind === 'error') {
      throw new PersonhoodError(
        'device.refused',
        `${this.name}: the reader does not know command 0x${code.toString(16)} in this form`,
      )
    }
    if (frame.kind === 'corrupt') this.#corruptAnswers++
    if (frame.kind !== 'information') return undefined
    if (frame.tfi === Tfi.toHost && frame.payload[0] === code + 1) return frame.payload.subarray(1)
    this.#staleAnswers++
    return undefined
  }

  /** The next frame, or undefined when the limit has passed; throws when the port or caller ended. */
  async #next(wait: Wait): Promise<Pn532Frame | undefined> {
    for (;;) {
      if (this.#ended !== undefined) throw this.#ended
      wait.signal?.throwIfAborted()
      const frame = this.#inbox.shift()
      if (frame !== undefined || wait.isOver) return frame
      await wait.woken()
    }
  }

  #throwIfOver(wait: Wait, code: number): void {
    if (this.#ended !== undefined) throw this.#ended
    wait.signal?.throwIfAborted()
    if (wait.isOver) throw this.#timeout(code, wait.limitMs)
  }

  #timeout(code: number, ms: number): PersonhoodError {
    return new PersonhoodError(
      'device.timeout',
      `${this.name}: no answer to command 0x${toHex(Uint8Array.of(code))} within ${ms} ms; is the reader's cable in?`,
    )
  }
}

/** The waiting of one sending: woken by a frame, the port's end, the signal, or its own limit. */
class Wait {
  readonly signal: AbortSignal | undefined
  readonly #timers: Timers
  #cancel = (): void => {}
  #wake = (): void => {}
  #isWoken = false
  isOver = false
  limitMs = 0

  constructor(timers: Timers, signal: AbortSignal | undefined, onWake: (wake: () => void) => void) {
    this.#timers = timers
    this.signal = signal
    signal?.addEventListener('abort', this.#ring)
    onWake(this.#ring)
  }

  /** Starts a limit in place of the one before. */
  limit(ms: number): void {
    this.#cancel()
    this.isOver = false
    this.limitMs = ms
    this.#cancel = this.#timers.after(ms, () => {
      this.isOver = true
      this.#ring()
    })
  }

  async woken(): Promise<void> {
    if (!this.#isWoken) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    this.#isWoken = false
  }

  /** Waits for a write, but no longer than the limit or the signal: a stuck line must not hold us. */
  async race(write: Promise<void>): Promise<void> {
    let isDone = false
    const done = write.finally(() => {
      isDone = true
      this.#ring()
    })
    const over = (async () => {
      while (!isDone && !this.isOver && this.signal?.aborted !== true) await this.woken()
    })()
    await Promise.race([done, over])
  }

  end(): void {
    this.#cancel()
    this.signal?.removeEventListener('abort', this.#ring)
  }

  readonly #ring = (): void => {
    this.#isWoken = true
    this.#wake()
  }
}

import { type Heartbeat, startHeartbeat } from '../../hardware/heartbeat.ts'
import { hasCode, PersonhoodError } from '../../protocol/errors.ts'
import type { Timers } from '../../protocol/timers.ts'
import { errorFields, type Log } from '../../runtime/log.ts'
import type { DeviceState } from '../kiosk-state.ts'
import {
  isCableOut,
  MOST_RESTARTS,
  missingSentence,
  outSentence,
  restartingSentence,
} from './sentences.ts'

/** What the supervisor needs of any device. */
export type Device = {
  /** Calls back when the device ends by itself; a device without it shows its end at its next use. */
  readonly onClose?: (listener: (reason: PersonhoodError | undefined) => void) => () => void
  close(): Promise<void>
}

/** A device that comes and goes, held for whoever needs it. */
export type Supervised<D extends Device> = {
  readonly state: DeviceState
  /**
   * Runs `act` on the device. Where the device is away it waits, and where it fails meanwhile `act`
   * runs again once it is back: a step pauses and resumes. Rejects with what is no fault of the
   * device (`card.*` among it), or with the signal's reason.
   */
  use<T>(act: (device: D) => Promise<T>, signal: AbortSignal): Promise<T>
  close(): Promise<void>
}

/** How a device is opened and named. */
export type SupervisorOptions<D extends Device> = {
  /** As the operator calls it, such as "iris camera". */
  readonly name: string
  readonly open: (signal: AbortSignal) => Promise<D>
  /** Asks the idle device anything cheap, so that its silent end is noticed within a second. */
  readonly probe?: (device: D, signal: AbortSignal) => Promise<unknown>
  readonly timers: Timers
  readonly log: Log
  readonly onChange: () => void
}

const FIRST_RETRY_MS = 250
/** A device that is plugged in again is at work within three seconds. */
const LONGEST_RETRY_MS = 2000
/** A device that is away, or hangs again and again, is waited for this long. */
const PATIENCE_MS = 10_000

/**
 * Opens the device now, and again whenever it goes away, until closed; nothing of it is thrown. A
 * device that hangs is restarted twice; then, or when it has been away for ten seconds, it is out of
 * service until it is back, or until a device that hung has done its work or been well for as long.
 */
export function superviseDevice<D extends Device>(options: SupervisorOptions<D>): Supervised<D> {
  return new Supervisor(options)
}

class Supervisor<D extends Device> implements Supervised<D> {
  readonly #options: SupervisorOptions<D>
  readonly #closed = new AbortController()
  readonly #waiters = new Set<() => void>()
  #device: D | undefined
  #attempts = 0
  /** Times in a row that it hung and was opened anew. */
  #restarts = 0
  #reason: unknown
  #cancelPatience = (): void => {}
  #heartbeat: Heartbeat | undefined
  #cancelRetry = (): void => {}
  #stopClose = (): void => {}
  #opening: Promise<void>
  #state: DeviceState

  constructor(options: SupervisorOptions<D>) {
    this.#options = options
    const { name } = options
    this.#state = { status: 'restarting', name, sentence: `The ${name} is starting.` }
    this.#waitForReturn()
    this.#opening = this.#open()
  }

  get state(): DeviceState {
    return this.#state
  }

  async use<T>(act: (device: D) => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      const device = await this.#ready(signal)
      const resume = this.#heartbeat?.pause()
      try {
        const result = await act(device)
        this.#mended(device)
        return result
      } catch (error) {
        signal.throwIfAborted()
        this.#closed.signal.throwIfAborted()
        const isOfDevice = hasCode(error, 'device') || hasCode(error, 'call.port-closed')
        if (!isOfDevice) throw error
        this.#lose(device, error)
      } finally {
        resume?.()
      }
    }
  }

  async close(): Promise<void> {
    const { name } = this.#options
    this.#closed.abort(new PersonhoodError('call.port-closed', `the ${name} is closed`))
    this.#cancelRetry()
    this.#cancelPatience()
    this.#wake()
    await this.#opening
    this.#heartbeat?.stop()
    this.#stopClose()
    await this.#device?.close().catch(() => undefined)
    this.#device = undefined
  }

  async #ready(signal: AbortSignal): Promise<D> {
    for (;;) {
      signal.throwIfAborted()
      this.#closed.signal.throwIfAborted()
      if (this.#device !== undefined) return this.#device
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiters.delete(wake)
          signal.removeEventListener('abort', wake)
          resolve()
        }
        this.#waiters.add(wake)
        signal.addEventListener('abort', wake)
      })
    }
  }

  async #open(): Promise<void> {
    const { open, name, log } = this.#options
    try {
      const device = await open(this.#closed.signal)
      if (this.#closed.signal.aborted) return void (await device.close().catch(() => undefined))
      this.#attempts = 0
      this.#device = device
      this.#stopClose = device.onClose?.((reason) => this.#lose(device, reason)) ?? (() => {})
      this.#heartbeat = this.#watch(device)
      log.info('device.ready', { device: name })
      this.#cancelPatience()
      // One that hung too often must show first that it works.
      this.#cancelPatience = this.#options.timers.after(PATIENCE_MS, () => this.#mended(device))
      if (this.#restarts <= MOST_RESTARTS) this.#show({ status: 'ready', name, sentence: '' })
      this.#wake()
    } catch (error) {
      if (this.#closed.signal.aborted) return
      // A driver that rejects with anything else has a bug, which is worth a line but no kiosk.
      log.warn('device.missing', { device: name, ...errorFields(error) })
      this.#reason = error
      if (this.#isOut) this.#putOut()
      else this.#show({ status: 'missing', name, sentence: missingSentence(name, error) })
      this.#retry()
    }
  }

  get #isOut(): boolean {
    return this.#state.status === 'out-of-service'
  }

  /** Starts the time that the device may stay away. */
  #waitForReturn(): void {
    this.#cancelPatience()
    this.#cancelPatience = this.#options.timers.after(PATIENCE_MS, () => this.#putOut())
  }

  #putOut(): void {
    const { name, log } = this.#options
    if (!this.#isOut) log.warn('device.out-of-service', { device: name })
    this.#show({ status: 'out-of-service', name, sentence: outSentence(name, this.#reason) })
  }

  /** The device has done what it was asked, or was well for long enough. */
  #mended(device: D): void {
    if (this.#device !== device) return
    this.#restarts = 0
    if (this.#isOut) this.#show({ status: 'ready', name: this.#options.name, sentence: '' })
  }

  #watch(device: D): Heartbeat | undefined {
    const { name, probe, timers } = this.#options
    if (probe === undefined) return undefined
    return startHeartbeat({
      name,
      timers,
      probe: (signal) => probe(device, signal),
      onSilence: (reason) => this.#lose(device, reason),
    })
  }

  #lose(device: D, reason: unknown): void {
    if (this.#device !== device || this.#closed.signal.aborted) return
    const { name, log } = this.#options
    this.#device = undefined
    this.#heartbeat?.stop()
    this.#heartbeat = undefined
    this.#stopClose()
    this.#stopClose = () => {}
    log.warn('device.lost', { device: name, ...errorFields(reason) })
    this.#reason = reason
    if (!isCableOut(reason)) this.#restarts += 1
    if (this.#isOut || this.#restarts > MOST_RESTARTS) {
      this.#cancelPatience()
      this.#putOut()
    } else {
      this.#waitForReturn()
      const sentence = restartingSentence(name, reason, this.#restarts)
      this.#show({ status: 'restarting', name, sentence })
    }
    device.close().catch(() => undefined)
    this.#retry()
  }

  #retry(): void {
    const waitMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.#attempts, 8))
    this.#attempts += 1
    this.#cancelRetry = this.#options.timers.after(waitMs, () => {
      this.#opening = this.#open()
    })
  }

  #show(state: DeviceState): void {
    this.#state = state
    this.#options.onChange()
  }

  #wake(): void {
    for (const wake of [...this.#waiters]) wake()
  }
}

import { setTimeout as delay } from 'node:timers/promises'
import { hasCode, PersonhoodError } from '../protocol/errors.ts'
import { type Connection, type ConnectionOptions, openConnection } from './mqtt-connection.ts'
import { type RetryBounds, retryDelayMs } from './retry-delay.ts'
import { isTopicFilter, isTopicName, isTopicOf } from './topic-filter.ts'
import type { Message, Transport } from './transport.ts'

/** How a transport reaches its broker; times are in milliseconds unless their name says otherwise. */
export type MqttOptions = Omit<ConnectionOptions, 'connectTimeoutMs' | 'keepaliveS'> &
  Partial<RetryBounds> & {
    /** 60 s unless told: a full TLS handshake on 20 kbit/s takes 7 s and stalls. */
    readonly connectTimeoutMs?: number
    /** 60 s unless told; 300 s on a metered line. */
    readonly keepaliveS?: number
    /** 0 <= x < 1, spreads the attempts of many kiosks. */
    readonly random: () => number
    /** True: after "not authorised" it waits for `resume`, or a day. Otherwise it tries at the longest wait. */
    readonly stopsWhenRefused?: boolean
    /** Told each time a connection or a subscription fails, for the log. */
    readonly onFault?: (fault: PersonhoodError) => void
  }

/** A connection that held this long was a good one, so that the next attempt comes soon. */
const STEADY_MS = 30_000
const CLOSE_MS = 2000
/** Somebody must see to it first; but nobody should have to travel to a kiosk for a mistake at the broker. */
const REFUSED_WAIT_MS = 24 * 3_600_000

/**
 * A transport over MQTT that keeps connecting, with full jitter, until it is closed. It returns at
 * once: a kiosk works without a link. Messages arrive at least once, and again where two filters of
 * ours overlap or are asked for twice: envelopes are idempotent.
 */
export function connectMqtt(options: MqttOptions): Transport {
  return new MqttTransport(options)
}

type Listener = { readonly filter: string; readonly listen: (message: Message) => void }

class MqttTransport implements Transport {
  readonly #options: MqttOptions
  readonly #connection: ConnectionOptions
  readonly #bounds: RetryBounds
  readonly #listeners = new Set<Listener>()
  readonly #stateListeners = new Set<(connected: boolean) => void>()
  readonly #closed = new AbortController()
  readonly #running: Promise<void>
  /** The connection that has its CONNACK; connected is only who has subscribed, too. */
  #live: Connection | undefined
  #isConnected = false
  #refusal: PersonhoodError | undefined
  #resumed = new AbortController()
  #counters = { sentBytes: 0, receivedBytes: 0 }
  #current: Connection | undefined

  constructor(options: MqttOptions) {
    const { connectTimeoutMs = 60_000, keepaliveS = 60 } = options
    const { retryMinMs = 1000, retryMaxMs = 300_000 } = options
    this.#options = options
    this.#connection = { ...options, connectTimeoutMs, keepaliveS }
    this.#bounds = { retryMinMs, retryMaxMs }
    this.#running = this.#run()
  }

  get isConnected(): boolean {
    return this.#isConnected
  }

  get refusal(): PersonhoodError | undefined {
    return this.#refusal
  }

  resume(): void {
    this.#resumed.abort()
  }

  async publish(
    topic: string,
    payload: Uint8Array,
    options: { readonly retain?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    if (!isTopicName(topic)) {
      throw new PersonhoodError('call.topic', `not a topic name: ${topic.slice(0, 80)}`)
    }
    const live = this.#isConnected ? this.#live : undefined
    if (live === undefined) {
      throw new PersonhoodError('link.down', `not connected to ${this.#options.url}: not sent`)
    }
    await live.publish(topic, payload, options.retain ?? false, options.signal)
  }

  async subscribe(
    filter: string,
    listener: (message: Message) => void,
  ): Promise<() => Promise<void>> {
    if (!isTopicFilter(filter)) {
      throw new PersonhoodError('call.topic', `not a topic filter: ${filter.slice(0, 80)}`)
    }
    const entry: Listener = { filter, listen: listener }
    this.#listeners.add(entry)
    try {
      await this.#live?.subscribe(filter)
    } catch (error) {
      if (!hasCode(error, 'link.down')) {
        this.#listeners.delete(entry)
        throw error
      }
      // The next connection subscribes to all that is in the list.
    }
    return () => this.#unsubscribe(entry)
  }

  onState(listener: (connected: boolean) => void): () => void {
    this.#stateListeners.add(listener)
    return () => {
      this.#stateListeners.delete(listener)
    }
  }

  counters(): { readonly sentBytes: number; readonly receivedBytes: number } {
    const { sentBytes = 0, receivedBytes = 0 } = this.#current?.counters() ?? {}
    return {
      sentBytes: this.#counters.sentBytes + sentBytes,
      receivedBytes: this.#counters.receivedBytes + receivedBytes,
    }
  }

  async close(): Promise<void> {
    this.#closed.abort()
    await Promise.race([this.#running, delay(CLOSE_MS, undefined, { ref: false })])
  }

  async #run(): Promise<void> {
    let attempt = 0
    while (!this.#closed.signal.aborted) {
      const startMs = performance.now()
      const fault = await this.#connectOnce()
      if (this.#closed.signal.aborted) return
      this.#options.onFault?.(fault)
      if (this.#options.stopsWhenRefused === true && hasCode(fault, 'link.refused.unauthorised')) {
        await this.#stop(fault)
        attempt = 0
        continue
      }
      if (performance.now() - startMs > STEADY_MS) attempt = 0
      // A broker that knows us and refuses will not change its mind in seconds.
      if (hasCode(fault, 'link.refused')) attempt = Number.POSITIVE_INFINITY
      const delayMs = retryDelayMs(attempt, this.#bounds, this.#options.random)
      await delay(delayMs, undefined, { signal: this.#closed.signal }).catch(() => undefined)
      attempt++
    }
  }

  async #stop(refusal: PersonhoodError): Promise<void> {
    this.#resumed = new AbortController()
    this.#tellRefusal(refusal)
    const { signal } = this.#resumed
    const onClosed = () => this.#resumed.abort()
    this.#closed.signal.addEventListener('abort', onClosed)
    await delay(REFUSED_WAIT_MS, undefined, { signal }).catch(() => undefined)
    this.#closed.signal.removeEventListener('abort', onClosed)
    this.#tellRefusal(undefined)
  }

  #tellRefusal(refusal: PersonhoodError | undefined): void {
    this.#refusal = refusal
    for (const listener of this.#stateListeners) listener(this.#isConnected)
  }

  /** One connection from beginning to end; returns why it ended. */
  async #connectOnce(): Promise<PersonhoodError> {
    const connection = openConnection(this.#connection, (message) => this.#deliver(message))
    this.#current = connection
    const onClosed = () => void connection.end()
    this.#closed.signal.addEventListener('abort', onClosed)
    try {
      await connection.ready
      this.#live = connection
      await this.#subscribeAll(connection)
      if (!connection.lost.aborted) this.#setConnected(true)
      await new Promise<void>((resolve) => {
        connection.lost.addEventListener('abort', () => resolve())
        if (connection.lost.aborted) resolve()
      })
      return connection.lost.reason
    } catch (error) {
      if (error instanceof PersonhoodError) return error
      throw error
    } finally {
      this.#live = undefined
      this.#setConnected(false)
      await connection.end()
      this.#counters = this.counters()
      this.#current = undefined
      this.#closed.signal.removeEventListener('abort', onClosed)
    }
  }

  async #subscribeAll(connection: Connection): Promise<void> {
    const filters = new Set([...this.#listeners].map(({ filter }) => filter))
    const subscribe = async (filter: string) => {
      try {
        await connection.subscribe(filter)
      } catch (error) {
        if (!hasCode(error, 'link.refused')) throw error
        this.#options.onFault?.(error)
      }
    }
    await Promise.all([...filters].map(subscribe))
  }

  async #unsubscribe(entry: Listener): Promise<void> {
    this.#listeners.delete(entry)
    const isWanted = [...this.#listeners].some(({ filter }) => filter === entry.filter)
    if (isWanted || this.#live === undefined) return
    // Without a link there is nothing to undo: the next session is a clean one.
    await this.#live.unsubscribe(entry.filter).catch(() => undefined)
  }

  /** In a turn of its own: a listener's bug is not the parser's, and ends the process as bugs do. */
  #deliver(message: Message): void {
    for (const { filter, listen } of this.#listeners) {
      if (isTopicOf(filter, message.topic)) queueMicrotask(() => listen(message))
    }
  }

  #setConnected(isConnected: boolean): void {
    if (isConnected === this.#isConnected) return
    this.#isConnected = isConnected
    for (const listener of this.#stateListeners) listener(isConnected)
  }
}

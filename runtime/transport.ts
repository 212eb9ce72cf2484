import type { PersonhoodError } from '../protocol/errors.ts'

/** One message as it arrived; `retained` = the broker had kept it from before our subscription. */
export type Message = {
  readonly topic: string
  readonly payload: Uint8Array
  readonly retained: boolean
}

/** A pipe for messages. A PUBACK proves nothing about the gateway: only its signed receipt does. */
export type Transport = {
  readonly isConnected: boolean
  /** Set while it does not try: the broker said that we are not authorised. */
  readonly refusal: PersonhoodError | undefined
  /** Tries again at once after a refusal. */
  resume(): void
  /** Resolves on PUBACK (QoS 1). Rejects with `link.down` when not connected: nothing is queued here, the outbox owns durability. */
  publish(
    topic: string,
    payload: Uint8Array,
    options?: { readonly retain?: boolean; readonly signal?: AbortSignal },
  ): Promise<void>
  /** Messages of a topic filter (MQTT 5 §4.7) until the returned function is called; survives reconnects. */
  subscribe(filter: string, listener: (message: Message) => void): Promise<() => Promise<void>>
  /** Tells each change of the connection, and of a refusal; returns the function that stops it. */
  onState(listener: (connected: boolean) => void): () => void
  /** Bytes of TCP payload since the start, over all connections. */
  counters(): { readonly sentBytes: number; readonly receivedBytes: number }
  /** Ends within 2 s, whatever the line does. */
  close(): Promise<void>
}

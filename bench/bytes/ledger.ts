import type { Message, Transport } from '../../runtime/transport.ts'

/** Messages of one type in one direction. */
export type Passed = {
  readonly count: number
  /** Bytes of their signed envelopes, or of the retained document. */
  readonly envelopeBytes: number
  /** Bytes of TCP payload, PUBACK of the other side included. */
  readonly tcpBytes: number
  /** The largest, TCP payload. */
  readonly mostBytes: number
}

/** What passed, by type. */
export type TypeLedger = ReadonlyMap<string, Passed>

/** What was published and what arrived. */
export type Ledger = {
  readonly up: TypeLedger
  readonly down: TypeLedger
  /** A transport that is entered here. */
  watch(transport: Transport): Transport
}

/** An empty ledger. */
export function createLedger(): Ledger {
  const up = new Map<string, Passed>()
  const down = new Map<string, Passed>()
  return {
    up,
    down,
    watch: (transport) => ({
      get isConnected() {
        return transport.isConnected
      },
      get refusal() {
        return transport.refusal
      },
      resume: () => transport.resume(),
      publish(topic, payload, options) {
        enter(up, topic, payload)
        return transport.publish(topic, payload, options)
      },
      subscribe: (filter, listener) =>
        transport.subscribe(filter, (message: Message) => {
          enter(down, message.topic, message.payload)
          listener(message)
        }),
      onState: (listener) => transport.onState(listener),
      counters: () => transport.counters(),
      close: () => transport.close(),
    }),
  }
}

/** TCP payload of all messages in a ledger. */
export function tcpBytesOf({ up, down }: Pick<Ledger, 'up' | 'down'>): number {
  return [...up.values(), ...down.values()].reduce((sum, { tcpBytes }) => sum + tcpBytes, 0)
}

function enter(ledger: Map<string, Passed>, topic: string, payload: Uint8Array): void {
  const type = typeOf(topic)
  const known = ledger.get(type) ?? { count: 0, envelopeBytes: 0, tcpBytes: 0, mostBytes: 0 }
  const bytes = publishBytes(topic, payload) + PUBACK_BYTES
  ledger.set(type, {
    count: known.count + 1,
    envelopeBytes: known.envelopeBytes + payload.length,
    tcpBytes: known.tcpBytes + bytes,
    mostBytes: Math.max(known.mostBytes, bytes),
  })
}

const PUBACK_BYTES = 4

/** A PUBLISH with QoS 1 (MQTT 3.1.1 §3.3): type, remaining length in 7 bits a byte, topic, identifier. */
function publishBytes(topic: string, payload: Uint8Array): number {
  const rest = 2 + new TextEncoder().encode(topic).length + 2 + payload.length
  let bytes = 2 + rest
  for (let length = rest; length > 127; length >>= 7) bytes++
  return bytes
}

/** `up/<type>` and `dn/<type>` name it; of the rest, what stands behind the kiosk or the gateway. */
function typeOf(topic: string): string {
  const levels = topic.split('/')
  if (levels.includes('status')) return 'status-list'
  const last = levels.at(-1) ?? ''
  return last === 'state' ? 'kiosk-presence' : last
}

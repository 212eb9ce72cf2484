import { PersonhoodError } from '../../protocol/errors.ts'
import { isTopicOf } from '../../runtime/topic-filter.ts'
import type { Message, Transport } from '../../runtime/transport.ts'

/** A transport whose line a test can cut and mend. */
export type BusTransport = Transport & {
  cut(): void
  mend(): void
}

/** A broker in memory: what is published arrives a turn later, in order; retained messages are kept. */
export type MemoryBus = {
  connect(): BusTransport
  /** What has been published, in order. */
  readonly messages: readonly Message[]
  readonly retained: ReadonlyMap<string, Uint8Array>
  /** True for a message that the bus is to lose without a word, as a broker that dies does. */
  lose: (message: Message) => boolean
}

type Line = {
  isUp: boolean
  readonly filters: Map<string, Set<(message: Message) => void>>
}

/** A bus that loses nothing. */
export function createMemoryBus(): MemoryBus {
  const messages: Message[] = []
  const retained = new Map<string, Uint8Array>()
  const lines = new Set<Line>()
  const bus = { connect, messages, retained, lose: (_: Message) => false }

  function deliver(message: Message): void {
    messages.push(message)
    if (bus.lose(message)) return
    const listeners = [...lines].filter(({ isUp }) => isUp).flatMap((line) => heard(line, message))
    for (const listener of listeners) queueMicrotask(() => listener(message))
  }

  function connect(): BusTransport {
    const line: Line = { isUp: true, filters: new Map() }
    lines.add(line)
    const states = new Set<(connected: boolean) => void>()
    const bytes = { sentBytes: 0, receivedBytes: 0 }
    const set = (isUp: boolean) => {
      line.isUp = isUp
      for (const listener of states) listener(isUp)
    }
    return {
      get isConnected() {
        return line.isUp
      },
      refusal: undefined,
      resume: () => undefined,
      async publish(topic, payload, options = {}) {
        if (!line.isUp) throw new PersonhoodError('link.down', 'the line is cut')
        bytes.sentBytes += payload.length
        if (options.retain === true) retained.set(topic, payload)
        deliver({ topic, payload: payload.slice(), retained: false })
      },
      async subscribe(filter, listener) {
        const listeners = line.filters.get(filter) ?? new Set()
        line.filters.set(filter, listeners.add(listener))
        for (const [topic, payload] of retained) {
          if (isTopicOf(filter, topic)) {
            queueMicrotask(() => listener({ topic, payload, retained: true }))
          }
        }
        return async () => void listeners.delete(listener)
      },
      onState(listener) {
        states.add(listener)
        return () => void states.delete(listener)
      },
      counters: () => ({ ...bytes }),
      async close() {
        lines.delete(line)
        line.filters.clear()
      },
      cut: () => set(false),
      mend: () => set(true),
    }
  }
  return bus
}

function heard({ filters }: Line, { topic }: Message): readonly ((message: Message) => void)[] {
  return [...filters].flatMap(([filter, listeners]) =>
    isTopicOf(filter, topic) ? [...listeners] : [],
  )
}

import { PersonhoodError } from '../protocol/errors.ts'
import type { Transport } from './transport.ts'

/** A line that is never there, for a station that is opened for a moment, beside its own process. */
export function createNoTransport(): Transport {
  return {
    isConnected: false,
    refusal: undefined,
    resume: () => undefined,
    publish: () => Promise.reject(new PersonhoodError('link.down', 'there is no line here')),
    subscribe: () => Promise.resolve(() => Promise.resolve()),
    onState: () => () => undefined,
    counters: () => ({ sentBytes: 0, receivedBytes: 0 }),
    close: () => Promise.resolve(),
  }
}

import { PersonhoodError } from '../protocol/errors.ts'
import type { Transport } from './transport.ts'

/**
 * Several brokers as one pipe: what is published goes to all that are connected, for nobody knows at
 * which of them a kiosk is; what any of them brings is heard. A broker that comes back is told as a
 * connection, so that what is retained is published again.
 */
export function joinTransports(transports: readonly Transport[]): Transport {
  const [only] = transports
  if (only !== undefined && transports.length === 1) return only
  const isConnected = () => transports.some((one) => one.isConnected)
  return {
    get isConnected() {
      return isConnected()
    },
    get refusal() {
      return transports.find((one) => one.refusal !== undefined)?.refusal
    },
    resume() {
      for (const one of transports) one.resume()
    },
    async publish(topic, payload, options) {
      const live = transports.filter((one) => one.isConnected)
      if (live.length === 0) {
        throw new PersonhoodError('link.down', `no broker of ${transports.length} is connected`)
      }
      const sent = await Promise.allSettled(live.map((one) => one.publish(topic, payload, options)))
      const failed = sent.find((one) => one.status === 'rejected')
      if (failed !== undefined && sent.every(({ status }) => status === 'rejected')) {
        throw failed.reason
      }
    },
    async subscribe(filter, listener) {
      const stops = await Promise.all(transports.map((one) => one.subscribe(filter, listener)))
      return async () => {
        await Promise.all(stops.map((stop) => stop()))
      }
    },
    onState(listener) {
      const stops = transports.map((one) =>
        one.onState((connected) => listener(connected || isConnected())),
      )
      return () => {
        for (const stop of stops) stop()
      }
    },
    counters() {
      const all = transports.map((one) => one.counters())
      return {
        sentBytes: all.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
        receivedBytes: all.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0),
      }
    },
    async close() {
      await Promise.all(transports.map((one) => one.close()))
    },
  }
}

import { CHUNK, CHUNKS_WANTED } from '../protocol/messages/chunk.ts'
import { DUP_ANSWER, DUP_CASE, DUP_QUERY } from '../protocol/messages/duplicate.ts'
import { ENROLMENT } from '../protocol/messages/enrolment.ts'
import { FINAL_ANSWER, FINAL_REQUEST } from '../protocol/messages/final.ts'
import { LEASE, LEASE_REQUEST } from '../protocol/messages/lease.ts'
import { RECEIPT } from '../protocol/messages/receipt.ts'
import { TAP_COUNTS } from '../protocol/messages/tap-counts.ts'
import type { TrafficRow } from './gateway-state.ts'

const KNOWN: readonly string[] = [
  ENROLMENT,
  CHUNK,
  CHUNKS_WANTED,
  TAP_COUNTS,
  LEASE_REQUEST,
  LEASE,
  FINAL_REQUEST,
  FINAL_ANSWER,
  RECEIPT,
  DUP_QUERY,
  DUP_ANSWER,
  DUP_CASE,
]
const OTHER = 'other'

/** Counts messages and bytes by type since the start. */
export type Traffic = {
  readonly rows: readonly TrafficRow[]
  received(type: string, lengthBytes: number): void
  sent(type: string, lengthBytes: number): void
}

type Counter = { -readonly [K in keyof TrafficRow]: TrafficRow[K] }

/** Nothing counted yet. A type that we do not know counts as `other`: names from outside take no memory. */
export function createTraffic(): Traffic {
  const counters = new Map<string, Counter>()
  function counter(type: string): Counter {
    const name = KNOWN.includes(type) ? type : OTHER
    const zero = { type: name, received: 0, sent: 0, receivedBytes: 0, sentBytes: 0 }
    const found = counters.get(name) ?? zero
    counters.set(name, found)
    return found
  }
  return {
    get rows() {
      return [...counters.values()].map((row) => ({ ...row }))
    },
    received(type, lengthBytes) {
      const row = counter(type)
      row.received += 1
      row.receivedBytes += lengthBytes
    },
    sent(type, lengthBytes) {
      const row = counter(type)
      row.sent += 1
      row.sentBytes += lengthBytes
    },
  }
}

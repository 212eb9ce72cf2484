import { fromHex } from '../../protocol/bytes.ts'
import { districtOf } from '../../protocol/district.ts'
import { addresseeOf } from '../../protocol/envelope.ts'
import { hasCode } from '../../protocol/errors.ts'
import { type Mail, readMailbag, writeMailbag } from '../../protocol/mailbag.ts'
import {
  FINAL_REQUEST,
  finalRequestSchema,
  MAX_ASKED_FINALS,
} from '../../protocol/messages/final.ts'
import { LEASE_REQUEST, leaseRequestSchema } from '../../protocol/messages/lease.ts'
import { encodeRecord } from '../../protocol/schema.ts'
import { DAY_S } from '../../protocol/time.ts'
import type { DownlinkParts } from './downlink.ts'
import { takeLetter, takeStatus, takeTrust } from './downlink.ts'
import type { RequestParts } from './requests.ts'

/** What answers that were carried here by hand have changed. */
export type AnswersTaken = {
  readonly end: 'whole' | 'cut' | 'damaged'
  readonly pieces: number
  /** Records that left the outbox with their receipts. */
  readonly receipts: number
  /** Records that the gateway refused, kept for the operator. */
  readonly refused: number
  /** Still in the outbox. */
  readonly queued: number
  /** Letters to other stations, by station. */
  readonly elsewhere: { readonly [station: string]: number }
  /** Pieces that nobody we trust has signed, or that were changed on the way. */
  readonly unknown: number
}

/** The outbox as a file, where no line is. */
export type ByHand = {
  /**
   * The bytes of a mailbag with all that waits, sealed and signed as it would go over the line, and
   * with what the kiosk would ask. Nothing leaves the outbox by it.
   */
  exportQueue(): AsyncGenerator<Uint8Array, void>
  /** Takes a mailbag of answers. Throws `bytes.mailbag` where it is none; nothing changed then. */
  importAnswers(source: AsyncIterable<Uint8Array>): Promise<AnswersTaken>
}

/** What exporting and importing take. */
export type ByHandParts = DownlinkParts &
  Pick<RequestParts, 'random' | 'indicesInHand'> & {
    /** Own enrolments without a final credential, also those that are still in the outbox. */
    readonly openFinals: () => readonly Uint8Array[]
  }

/** A sealing key is kept for 90 days after the next one is there (docs/protocol.md §8). */
const BY_HAND_TTL_S = 90 * DAY_S

/** Exports and imports beside the line, which may be up as well: records are named, so twice is once. */
export function createByHand(parts: ByHandParts): ByHand {
  const { station, messenger, outbox, leases, random } = parts
  const to = districtOf(station)

  function letter(type: string, body: Uint8Array, correlation: Uint8Array, isSealed = false): Mail {
    const message = { type, to, body, correlation, isSealed, ttlS: BY_HAND_TTL_S }
    return { kind: 'letter', bytes: messenger.compose(message) }
  }
  async function* letters(): AsyncGenerator<Mail, void> {
    for (const { record } of outbox.waiting) {
      // It may have had its receipt meanwhile.
      const item = await outbox.read(record)
      if (item !== undefined) yield letter(item.type, item.body, fromHex(record), item.isSealed)
    }
    if (leases.left < parts.indicesInHand) {
      const body = encodeRecord(leaseRequestSchema, { newest: leases.newest })
      yield letter(LEASE_REQUEST, body, random(16))
    }
    const asked = parts.openFinals()
    for (let from = 0; from < asked.length; from += MAX_ASKED_FINALS) {
      const credentials = asked.slice(from, from + MAX_ASKED_FINALS)
      const body = encodeRecord(finalRequestSchema, { credentials })
      yield letter(FINAL_REQUEST, body, random(16))
    }
  }
  /** False where nobody whom we trust has signed it for us. */
  async function take({ kind, bytes: payload }: Mail): Promise<boolean> {
    try {
      if (kind === 'letter') return (await takeLetter(parts, payload)) === undefined
      await (kind === 'trust' ? takeTrust(parts, payload) : takeStatus(parts, payload))
      return true
    } catch (error) {
      if (!hasCode(error, 'bytes')) throw error
      return false
    }
  }
  return {
    async *exportQueue() {
      const bag = writeMailbag()
      yield bag.head
      for await (const mail of letters()) yield bag.piece(mail)
      yield bag.end()
    },
    async importAnswers(source) {
      const incoming = readMailbag(source)
      const { receipts, refused } = outbox
      const elsewhere = new Map<string, number>()
      let unknown = 0
      let next = await incoming.next()
      for (; next.done !== true; next = await incoming.next()) {
        const addressee = next.value.kind === 'letter' ? addresseeOf(next.value.bytes) : undefined
        if (addressee !== undefined && addressee !== station) {
          elsewhere.set(addressee, (elsewhere.get(addressee) ?? 0) + 1)
        } else if (!(await take(next.value))) unknown += 1
      }
      return {
        ...next.value,
        receipts: outbox.receipts - receipts,
        refused: Math.max(0, outbox.refused - refused),
        queued: outbox.waiting.length,
        elsewhere: Object.fromEntries(elsewhere),
        unknown,
      }
    },
  }
}

import { districtOf, type StationPath } from '../../protocol/district.ts'
import {
  KIOSK_PRESENCE,
  type KioskPresence,
  kioskPresenceSchema,
} from '../../protocol/messages/kiosk-presence.ts'
import { encodeRecord } from '../../protocol/schema.ts'
import { DAY_S } from '../../protocol/time.ts'
import { kioskState } from '../../protocol/topics.ts'
import type { Messenger } from '../../runtime/messenger.ts'

/** A retained message, ready for the broker. */
export type RetainedMessage = {
  readonly topic: string
  readonly payload: Uint8Array
  readonly retain: true
}

/** A kiosk's name within its district. */
export function kioskNameOf(station: StationPath): string {
  return station.slice(districtOf(station).length + 1)
}

/** The kiosk's signed state for its district. */
export function presenceMessage(
  messenger: Messenger,
  station: StationPath,
  presence: KioskPresence,
): RetainedMessage {
  const district = districtOf(station)
  const payload = messenger.compose({
    type: KIOSK_PRESENCE,
    to: district,
    body: encodeRecord(kioskPresenceSchema, presence),
    ttlS: PRESENCE_TTL_S,
  })
  return { topic: kioskState(district, kioskNameOf(station)), payload, retain: true }
}

/** The will message: what the broker says of this kiosk when its connection breaks. */
export function goneMessage(messenger: Messenger, station: StationPath): RetainedMessage {
  return presenceMessage(messenger, station, { isHere: false, queued: 0, indicesLeft: 0 })
}

/** A will is signed when the process starts and may be said long after. */
const PRESENCE_TTL_S = 365 * DAY_S

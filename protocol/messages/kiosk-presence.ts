import { bool, field, record, type Schema, uint } from '../schema.ts'

/** Message type of a kiosk's retained state: that it is there, or, as its will message, that it is gone. */
export const KIOSK_PRESENCE = 'kiosk-presence'

/** What a district sees of a kiosk without asking; nothing in it tells of a resident. */
export type KioskPresence = {
  readonly isHere: boolean
  /** Records in its outbox without a receipt. */
  readonly queued: number
  /** Status indices that it has left. */
  readonly indicesLeft: number
}

/** The table of a presence's fields. */
export const kioskPresenceSchema: Schema<KioskPresence> = record<KioskPresence>('kiosk-presence', {
  isHere: field(1, bool()),
  queued: field(2, uint()),
  indicesLeft: field(3, uint()),
})

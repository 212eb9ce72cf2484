import {
  bool,
  bytes,
  field,
  optional,
  record,
  type Schema,
  text,
  uint,
} from '../../protocol/schema.ts'
import type { UnixSeconds } from '../../protocol/time.ts'

/** What waits to be sent: a body, not an envelope, which is signed and sealed when it is sent. */
export type OutboxItem = {
  readonly type: string
  /** Biometric bodies are sealed to the gateway's key of the day of sending. */
  readonly isSealed: boolean
  readonly body: Uint8Array
}

/** What goes first where the line is slow: counts and the like, then bodies with templates. */
export const OutboxPriority = { small: 0, templates: 9 } as const

/** A body of more bytes than this goes after the small ones. */
const MAX_SMALL_BYTES = 1024

/** The priority of an item, by what it weighs on the line; 0 goes first. */
export function priorityOf({ isSealed, body }: Pick<OutboxItem, 'isSealed' | 'body'>): number {
  const isSmall = !isSealed && body.length <= MAX_SMALL_BYTES
  return isSmall ? OutboxPriority.small : OutboxPriority.templates
}

/** An item in the store, under its record identifier in hex; the store encrypts it at rest. */
export type OutboxRow = OutboxItem & {
  /** Grows by one with each row: of one priority, what waits longest is sent first. */
  readonly order: number
  /** 0 goes first; absent in rows of an older firmware. */
  readonly priority?: number | undefined
  readonly queued: UnixSeconds
}

/** A row that the gateway refused, whole, with its reason for the operator. */
export type RefusedRow = {
  readonly row: OutboxRow
  readonly reason: string
  readonly refused: UnixSeconds
}

/** The receipt that emptied a row: where the record is in the district's log. */
export type StoredReceipt = {
  readonly logIndex: number
  readonly received: UnixSeconds
  /** The gateway's signed envelope, as it came. */
  readonly envelope: Uint8Array
}

/** The table of a row's fields. */
export const outboxRowSchema: Schema<OutboxRow> = record<OutboxRow>('outbox-row', {
  order: field(1, uint()),
  queued: field(2, uint(0xff_ff_ff_ff)),
  type: field(3, text(32)),
  isSealed: field(4, bool()),
  body: field(5, bytes(0, 48_000)),
  priority: optional(6, uint(255)),
})

/** The table of a refused row's fields. */
export const refusedRowSchema: Schema<RefusedRow> = record<RefusedRow>('refused-row', {
  row: field(1, outboxRowSchema),
  reason: field(2, text(64)),
  refused: field(3, uint(0xff_ff_ff_ff)),
})

/** The table of a stored receipt's fields. */
export const storedReceiptSchema: Schema<StoredReceipt> = record<StoredReceipt>('stored-receipt', {
  logIndex: field(1, uint()),
  received: field(2, uint(0xff_ff_ff_ff)),
  envelope: field(3, bytes(1, 65_000)),
})

import { bytes, checked, code, field, optional, record, type Schema, uint } from '../schema.ts'

/** Bytes of a session's name. */
export const CARD_SESSION_ID_BYTES = 16

/** Most commands of one session: preparing a card takes under 30. */
export const MAX_CARD_STEPS = 64

/** How a session ended: as meant, the card left, the card or its home said no, or somebody gave up. */
export type CardSessionOutcome = 'done' | 'card-moved' | 'refused' | 'given-up'

/**
 * One message of a remote card session: a card lies at a kiosk, and another station speaks to it,
 * command by command, with keys that the kiosk never sees. `open` and `answer` come from the kiosk,
 * `command` from the card's home, `end` from either. Step 0 opens, each command has the next step,
 * and its answer the same.
 */
export type CardSessionMessage = {
  readonly session: Uint8Array
  readonly step: number
  readonly kind: 'open' | 'command' | 'answer' | 'end'
  /** The identity that the card shows, the command, or the answer. */
  readonly bytes?: Uint8Array | undefined
  readonly outcome?: CardSessionOutcome | undefined
}

const MIN_BYTES = { open: 4, command: 4, answer: 2 } as const
const MAX_BYTES = { open: 10, command: 261, answer: 258 } as const

/** The table of a message's fields. */
export const cardSessionSchema: Schema<CardSessionMessage> = checked(
  record<CardSessionMessage>('card-session', {
    session: field(1, bytes(CARD_SESSION_ID_BYTES)),
    step: field(2, uint(MAX_CARD_STEPS)),
    kind: field(3, code<CardSessionMessage['kind']>({ open: 0, command: 1, answer: 2, end: 3 })),
    bytes: optional(4, bytes(2, 261)),
    outcome: optional(
      5,
      code<CardSessionOutcome>({ done: 0, 'card-moved': 1, refused: 2, 'given-up': 3 }),
    ),
  }),
  problemOf,
)

function problemOf({
  kind,
  step,
  bytes: content,
  outcome,
}: CardSessionMessage): string | undefined {
  if (kind === 'end') {
    const isEnd = content === undefined && outcome !== undefined
    return isEnd ? undefined : 'an end has an outcome and nothing else'
  }
  const length = content?.length ?? 0
  if (outcome !== undefined || length < MIN_BYTES[kind] || length > MAX_BYTES[kind]) {
    return `${kind} with ${length} bytes`
  }
  return (kind === 'open') === (step === 0) ? undefined : `${kind} at step ${step}`
}

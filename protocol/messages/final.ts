import { CREDENTIAL_ID_BYTES, MAX_CREDENTIAL_BYTES } from '../credential.ts'
import {
  bytes,
  checked,
  code,
  field,
  list,
  optional,
  record,
  type Schema,
  uint,
} from '../schema.ts'
import type { UnixSeconds } from '../time.ts'

/** Message type: a kiosk asks what became of provisional credentials. Any connected kiosk may. */
export const FINAL_REQUEST = 'final-request'

/** Message type: the gateway's answer, one row for each credential asked for. */
export const FINAL_ANSWER = 'final-answer'

/** Credentials that a kiosk asks about, by identifier. */
export type FinalRequest = { readonly credentials: readonly Uint8Array[] }

/**
 * `waiting`: other districts are still being asked. `second-look`: people decide, by `deadline`.
 * `ready`: the final credential is here.
 */
export type FinalState = 'waiting' | 'second-look' | 'ready' | 'unknown'

/** What became of one provisional credential. */
export type FinalRow = {
  readonly id: Uint8Array
  readonly state: FinalState
  readonly credential?: Uint8Array | undefined
  readonly deadline?: UnixSeconds | undefined
}

/** Answers to a `FinalRequest`. */
export type FinalAnswer = { readonly rows: readonly FinalRow[] }

/** Most credentials in one request, and rows in its answer. */
export const MAX_ASKED_FINALS = 64

const rowSchema: Schema<FinalRow> = checked(
  record<FinalRow>('final-row', {
    id: field(1, bytes(CREDENTIAL_ID_BYTES)),
    state: field(2, code<FinalState>({ waiting: 0, 'second-look': 1, ready: 2, unknown: 3 })),
    credential: optional(3, bytes(1, MAX_CREDENTIAL_BYTES)),
    deadline: optional(4, uint(0xff_ff_ff_ff)),
  }),
  ({ state, credential }) =>
    (state === 'ready') === (credential !== undefined)
      ? undefined
      : 'ready without a credential, or a credential that is not ready',
)

/** The table of a request's fields. */
export const finalRequestSchema: Schema<FinalRequest> = record<FinalRequest>('final-request', {
  credentials: field(1, list(bytes(CREDENTIAL_ID_BYTES), MAX_ASKED_FINALS)),
})

/** The table of an answer's fields. */
export const finalAnswerSchema: Schema<FinalAnswer> = record<FinalAnswer>('final-answer', {
  rows: field(1, list(rowSchema, MAX_ASKED_FINALS)),
})

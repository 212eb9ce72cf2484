import { toHex } from '../../protocol/bytes.ts'
import type { CardContent } from '../../protocol/card/card-writing.ts'
import type { CardFile } from '../../protocol/card/layout.ts'
import type { UnixSeconds } from '../../protocol/time.ts'
import { TICKET_DEADLINE_S } from '../enrolment/draft.ts'
import type { Issue } from '../enrolment/states.ts'
import type { SecondLook } from '../kiosk-state.ts'

/** What the card of an enrolment is to hold: every provisional card carries a ticket, so a case changes nothing on it. */
export function cardFileOf({ draft, credential }: Issue): CardFile {
  const deadline = draft.issued + TICKET_DEADLINE_S
  return { credential, ticket: { number: draft.ticket, deadline } }
}

/** The same, and the secret that its credential is bound to the card with. */
export function cardContentOf(issue: Issue): CardContent {
  return { file: cardFileOf(issue), r: issue.draft.r }
}

/** A ticket as it is said and typed: hex in groups of four. */
export function secondLookOf(ticket: Uint8Array, deadline: UnixSeconds): SecondLook {
  const groups =
    toHex(ticket)
      .toUpperCase()
      .match(/.{1,4}/g) ?? []
  return { ticket: groups.join(' '), deadline }
}

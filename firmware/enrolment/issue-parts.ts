import { toHex } from '../../protocol/bytes.ts'
import { ENROLMENT, enrolmentSchema } from '../../protocol/messages/enrolment.ts'
import { encodeRecord } from '../../protocol/schema.ts'
import type { Gallery } from '../../runtime/gallery.ts'
import type { Outbox } from '../relay/outbox.ts'
import type { IssueParts } from './journal.ts'
import type { Capture, Issue } from './states.ts'

/**
 * What becomes durable together with an issue: the record for the gateway, and the person in this
 * kiosk's own search. From then on the enrolment is made, whatever becomes of its card.
 */
export function partsOfIssue(
  outbox: Outbox,
  gallery: Gallery,
  issue: Issue,
  capture: Capture,
): IssueParts {
  const { draft, uid, credential, localSearch } = issue
  const { captured, references, commitment, presentation } = capture
  const { consentHash, ticket, r } = draft
  const card = { uid, r }
  const body = encodeRecord(enrolmentSchema, {
    captured,
    consentHash,
    references,
    commitment,
    credential,
    card,
    ticket,
    localSearch,
    // A capture that an older firmware journalled was not looked at.
    presentation: presentation.length === 0 ? undefined : presentation,
  })
  const row = outbox.row(draft.record, { type: ENROLMENT, isSealed: true, body })
  const handle = toHex(draft.record)
  return {
    writes: [row.write, ...gallery.writes(handle, references)],
    onCommitted() {
      gallery.admit(handle, references)
      row.admit()
    },
  }
}

import { codeReferences } from '../../biometrics/iris/coder/coded-reference.ts'
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
export function partsOfIssue(rooms: {
  readonly outbox: Outbox
  readonly gallery: Gallery
  /** The record carries templates in fewer bytes; the search has them as they are. */
  readonly areTemplatesCoded: boolean
}): (issue: Issue, capture: Capture) => IssueParts {
  return (issue, capture) => makeParts(rooms, issue, capture)
}

function makeParts(
  { outbox, gallery, areTemplatesCoded }: Parameters<typeof partsOfIssue>[0],
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
    // Coded once, here: a record must be the same bytes each time that it is sent.
    references: areTemplatesCoded ? codeReferences(references) : references,
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

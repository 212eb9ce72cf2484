import { toHex } from '../../protocol/bytes.ts'
import type { DistrictPath } from '../../protocol/district.ts'
import { DUP_CASE, dupCaseSchema } from '../../protocol/messages/duplicate.ts'
import { receiptSchema } from '../../protocol/messages/receipt.ts'
import { encodeRecord } from '../../protocol/schema.ts'
import type { Cases } from '../check/cases.ts'
import type { GatewayContext } from '../context.ts'
import { tryDecode } from '../ingest/decode.ts'
import type { Request } from '../ingest/reply.ts'
import type { Voice } from '../voice.ts'

/** Tells the district that asked what was found, with scores, sealed. */
export async function sendCase(voice: Voice, cases: Cases, id: string): Promise<void> {
  const row = cases.open.get(id)
  if (row === undefined) return
  const { ownRecord: record, otherRecord: correlation, left, right, deadline, view } = row
  await voice.send({
    to: row.otherDistrict,
    type: DUP_CASE,
    body: encodeRecord(dupCaseSchema, { record, left, right, deadline, view }),
    correlation,
    isSealed: true,
  })
}

/** Takes a peer's receipts for cases: accepted or refused, it has them and need not be told again. */
export async function takeReceipt(
  context: GatewayContext,
  cases: Cases,
  peer: DistrictPath,
  { opened, correlation }: Request,
): Promise<readonly string[]> {
  const { ledger, log } = context
  const rows = tryDecode(receiptSchema, opened.body)?.rows
  if (rows === undefined) {
    log.warn('peer.malformed', { peer, type: opened.type })
    return []
  }
  const told: string[] = []
  for (const { record, refusal } of rows) {
    if (refusal !== undefined) log.warn('peer.refused', { peer, refusal, record: toHex(record) })
    const pair = { ownRecord: record, otherRecord: correlation, otherDistrict: peer }
    const id = cases.idOf(pair)
    if (cases.open.get(id)?.isUntold === true) told.push(id)
  }
  await ledger.change((draft) => {
    for (const id of told) cases.told(draft, id)
  })
  return told
}

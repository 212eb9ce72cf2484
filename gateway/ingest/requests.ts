import { sha256 } from '@noble/hashes/sha2.js'
import { toHex } from '../../protocol/bytes.ts'
import { parseCredential } from '../../protocol/credential.ts'
import {
  FINAL_ANSWER,
  type FinalRow,
  finalAnswerSchema,
  finalRequestSchema,
} from '../../protocol/messages/final.ts'
import { LEASE, leaseRequestSchema, leaseSchema } from '../../protocol/messages/lease.ts'
import { tapCountsSchema } from '../../protocol/messages/tap-counts.ts'
import { encodeRecord } from '../../protocol/schema.ts'
import { type IngestContext, now } from '../context.ts'
import type { Leases } from '../records/leases.ts'
import { inboxRow, type RegistryRow, TABLES } from '../records/rows.ts'
import type { Letter } from '../voice.ts'
import { tryDecode } from './decode.ts'
import { contentHashOf, fateOf, replyTo } from './enrol.ts'
import { type Reply, type Request, receipt, refusal } from './reply.ts'

/** Keeps a kiosk's tap counts. */
export async function takeTapCounts(context: IngestContext, request: Request): Promise<Reply> {
  const { opened, correlation } = request
  if (tryDecode(tapCountsSchema, opened.body) === undefined) {
    return refusal(correlation, 'malformed')
  }
  const record = toHex(correlation)
  const contentHash = contentHashOf(request, opened.body)
  return await context.ledger.change(async (draft) => {
    const fate = await fateOf(draft, record, contentHash)
    if (fate !== undefined) return replyTo(correlation, fate)
    const logIndex = draft.leaf('tap-counts', { record: correlation, hash: sha256(opened.body) })
    draft.set(TABLES.inbox, record, inboxRow, { contentHash, logIndex })
    draft.write({ table: TABLES.tapCounts, key: record, value: opened.body })
    return receipt(correlation, logIndex)
  }, record)
}

/** Leases a block of status indices to the kiosk; asking twice grants once. */
export async function takeLeaseRequest(
  context: IngestContext,
  leases: Leases,
  { opened, correlation }: Request,
): Promise<Reply> {
  const asked = tryDecode(leaseRequestSchema, opened.body)
  if (asked === undefined) return refusal(correlation, 'malformed')
  const lease = await context.ledger.change((draft) =>
    leases.grant(draft, opened.sender.station, asked.newest, now(context)),
  )
  return { type: LEASE, body: encodeRecord(leaseSchema, lease) }
}

/** Tells what became of provisional credentials, to any kiosk of the district. */
export async function takeFinalRequest(
  context: IngestContext,
  { opened, correlation }: Request,
): Promise<Reply> {
  const asked = tryDecode(finalRequestSchema, opened.body)
  if (asked === undefined) return refusal(correlation, 'malformed')
  const rows = await Promise.all(asked.credentials.map((id) => finalRow(context, id)))
  return { type: FINAL_ANSWER, body: encodeRecord(finalAnswerSchema, { rows }) }
}

/** What became of one enrolment, as its own kiosk hears without having asked; it may get lost. */
export async function finalNews(
  { registry }: IngestContext,
  record: string,
): Promise<Letter | undefined> {
  const row = await registry.get(record)
  if (row === undefined) return undefined
  const { id } = parseCredential(row.provisional).credential
  const body = encodeRecord(finalAnswerSchema, { rows: [finalRowOf(id, row)] })
  return { to: row.kiosk, type: FINAL_ANSWER, body }
}

async function finalRow({ registry }: IngestContext, id: Uint8Array): Promise<FinalRow> {
  const found = await registry.find(toHex(id))
  return found === undefined ? { id, state: 'unknown' } : finalRowOf(id, found.row)
}

function finalRowOf(id: Uint8Array, { stage, final, deadline }: RegistryRow): FinalRow {
  if (stage === 'final') return { id, state: 'ready', credential: final }
  return stage === 'second-look' ? { id, state: stage, deadline } : { id, state: 'waiting' }
}

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
import { type GatewayContext, now } from '../context.ts'
import type { Leases } from '../records/leases.ts'
import { inboxRow, type RegistryRow, TABLES } from '../records/rows.ts'
import type { Letter } from '../voice.ts'
import { tryDecode } from './decode.ts'
import { contentHashOf, fateOf } from './enrol.ts'
import { type Reply, type Request, receipt, refusal } from './reply.ts'

/** Keeps a kiosk's tap counts. */
export async function takeTapCounts(context: GatewayContext, request: Request): Promise<Reply> {
  const { opened, correlation } = request
  if (tryDecode(tapCountsSchema, opened.body) === undefined) {
    return refusal(correlation, 'malformed')
  }
  const record = toHex(correlation)
  const contentHash = contentHashOf(request, opened.body)
  const fate = await fateOf(context, record, contentHash)
  if (fate?.isSame === false) return refusal(correlation, 'not-ours')
  if (fate !== undefined) return receipt(correlation, fate.logIndex)
  const logIndex = await context.ledger.change((draft) => {
    const leaf = draft.leaf('tap-counts', { record: correlation, hash: sha256(opened.body) })
    draft.set(TABLES.inbox, record, inboxRow, { contentHash, logIndex: leaf })
    draft.write({ table: TABLES.tapCounts, key: record, value: opened.body })
    return leaf
  })
  return receipt(correlation, logIndex)
}

/** Leases a block of status indices to the kiosk; asking twice grants once. */
export async function takeLeaseRequest(
  context: GatewayContext,
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
  context: GatewayContext,
  { opened, correlation }: Request,
): Promise<Reply> {
  const asked = tryDecode(finalRequestSchema, opened.body)
  if (asked === undefined) return refusal(correlation, 'malformed')
  const rows = await Promise.all(asked.credentials.map((id) => finalRow(context, id)))
  return { type: FINAL_ANSWER, body: encodeRecord(finalAnswerSchema, { rows }) }
}

/** What became of one enrolment, as its own kiosk hears without having asked; it may get lost. */
export async function finalNews(
  { registry }: GatewayContext,
  record: string,
): Promise<Letter | undefined> {
  const row = await registry.get(record)
  if (row === undefined) return undefined
  const { id } = parseCredential(row.provisional).credential
  const body = encodeRecord(finalAnswerSchema, { rows: [finalRowOf(id, row)] })
  return { to: row.kiosk, type: FINAL_ANSWER, body }
}

async function finalRow({ registry }: GatewayContext, id: Uint8Array): Promise<FinalRow> {
  const found = await registry.find(toHex(id))
  return found === undefined ? { id, state: 'unknown' } : finalRowOf(id, found.row)
}

function finalRowOf(id: Uint8Array, { stage, final, deadline }: RegistryRow): FinalRow {
  if (stage === 'final') return { id, state: 'ready', credential: final }
  return stage === 'second-look' ? { id, state: stage, deadline } : { id, state: 'waiting' }
}

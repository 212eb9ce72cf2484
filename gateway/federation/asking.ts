import { fromHex, toHex } from '../../protocol/bytes.ts'
import type { DistrictPath } from '../../protocol/district.ts'
import { decideDuplicate } from '../../protocol/duplicate-rule.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import {
  DUP_QUERY,
  type DupCase,
  dupAnswerSchema,
  dupCaseSchema,
  dupQuerySchema,
} from '../../protocol/messages/duplicate.ts'
import { encodeRecord } from '../../protocol/schema.ts'
import { DAY_S } from '../../protocol/time.ts'
import type { Cases } from '../check/cases.ts'
import type { Checks } from '../check/checks.ts'
import { MAX_CANDIDATES } from '../check/own-search.ts'
import { type GatewayContext, now } from '../context.ts'
import { tryDecode } from '../ingest/decode.ts'
import { type Reply, type Request, receipt, refusal } from '../ingest/reply.ts'
import type { Voice } from '../voice.ts'

/** Everyone is asked with the same urgency so far; appeals will come before. */
const PRIORITY = 5

/**
 * Sends the question about an enrolment to a peer. Its correlation is the record identifier, so both
 * districts can name the pair alike, and its body is the same each time that it is sent.
 */
export async function sendQuery(
  context: GatewayContext,
  voice: Voice,
  peer: DistrictPath,
  record: string,
): Promise<void> {
  const { registry, gallery, policy } = context
  const [row, references] = await Promise.all([registry.get(record), gallery.references(record)])
  if (row === undefined || references === undefined) {
    throw new PersonhoodError('store.damaged', `enrolment ${record} has lost its rows`)
  }
  const { commitment, received } = row
  const deadline = received + policy.answerDays * DAY_S
  const query = { references, commitment, deadline, priority: PRIORITY, mode: 'fast' } as const
  await voice.send({
    to: peer,
    type: DUP_QUERY,
    body: encodeRecord(dupQuerySchema, query),
    correlation: fromHex(record),
    isSealed: true,
  })
}

/** Takes a peer's answer. Answers are never answered, so that two gateways cannot talk for ever. */
export async function takeAnswer(
  context: GatewayContext,
  checks: Checks,
  peer: DistrictPath,
  { opened, correlation }: Request,
): Promise<undefined> {
  const answer = tryDecode(dupAnswerSchema, opened.body)
  if (answer !== undefined) await checks.answer(peer, toHex(correlation), answer)
  else context.log.warn('peer.malformed', { peer, type: opened.type })
  return undefined
}

/** Takes a candidate pair with its scores, and confirms it with the leaf of our case. */
export async function takeCase(
  context: GatewayContext,
  { cases, checks }: { readonly cases: Cases; readonly checks: Checks },
  peer: DistrictPath,
  { opened, correlation }: Request,
): Promise<Reply> {
  const body = context.messenger.openSealed(opened)
  if (body === undefined) return refusal(correlation, 'unreadable')
  const received = tryDecode(dupCaseSchema, body)
  if (received === undefined) return refusal(correlation, 'malformed')
  // By the widest thresholds that any gallery has: no honest search found what they do not.
  const isCandidate = decideDuplicate(received, 1).outcome === 'candidate'
  if (!isCandidate) return refusal(received.record, 'malformed')
  if ((await context.registry.get(toHex(correlation))) === undefined) {
    return refusal(received.record, 'not-ours')
  }
  const pair = { ownRecord: correlation, otherRecord: received.record, otherDistrict: peer }
  const isNew = !cases.open.has(cases.idOf(pair))
  if (isNew && countOf(cases, correlation, peer) >= MAX_CANDIDATES) {
    return refusal(received.record, 'quota')
  }
  const logIndex = await openCase(context, { cases, checks }, pair, received)
  return receipt(received.record, logIndex)
}

function openCase(
  context: GatewayContext,
  { cases, checks }: { readonly cases: Cases; readonly checks: Checks },
  pair: Pick<Parameters<Cases['put']>[1], 'ownRecord' | 'otherRecord' | 'otherDistrict'>,
  { left, right, view = 'as-is' }: DupCase,
): Promise<number> {
  const { ledger, policy, registry } = context
  // Our own deadline: a peer's could lie a century ahead.
  const deadline = now(context) + policy.caseHours * 3600
  return ledger.change(async (draft) => {
    const ownPresentation = await registry.presentationOf(pair.ownRecord)
    const scores = { left, right }
    const finding = { ...pair, scores, view, isUntold: false, deadline, ownPresentation }
    const row = cases.put(draft, finding, now(context))
    await checks.dispute(draft, toHex(pair.ownRecord), row.deadline)
    return row.logIndex
  })
}

function countOf(cases: Cases, ownRecord: Uint8Array, peer: DistrictPath): number {
  const own = toHex(ownRecord)
  const ofPair = [...cases.open.values()].filter(
    (row) => row.otherDistrict === peer && toHex(row.ownRecord) === own,
  )
  return ofPair.length
}

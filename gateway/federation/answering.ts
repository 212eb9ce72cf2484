import { sha256 } from '@noble/hashes/sha2.js'
import { equalBytes, fromHex, toHex } from '../../protocol/bytes.ts'
import { type DistrictPath, districtOf, type StationPath } from '../../protocol/district.ts'
import { DUPLICATE_VIEWS } from '../../protocol/duplicate-rule.ts'
import {
  type Coverage,
  DUP_ANSWER,
  type DupAnswer,
  type DupQuery,
  type DupVerdict,
  dupAnswerSchema,
  dupQuerySchema,
} from '../../protocol/messages/duplicate.ts'
import { committedBy } from '../../protocol/messages/references.ts'
import { decodeRecord, encodeRecord } from '../../protocol/schema.ts'
import type { OracleAnswer } from '../../runtime/duplicate-oracle.ts'
import type { Cases } from '../check/cases.ts'
import { hasComparableEye, leavesOpen } from '../check/eyes.ts'
import { MAX_CANDIDATES } from '../check/own-search.ts'
import { type GatewayContext, now } from '../context.ts'
import { tryDecode } from '../ingest/decode.ts'
import type { Reply, Request } from '../ingest/reply.ts'
import type { Lane } from '../lane.ts'
import { countOne, usedToday } from '../records/quotas.ts'
import { answerRow, askKey, TABLES } from '../records/rows.ts'
import type { Voice } from '../voice.ts'

/** How this district answers the questions of others. */
export type Answering = {
  /** Answers at once, or `undefined` where a search has to be made first. */
  take(peer: DistrictPath, request: Request): Promise<Reply | undefined>
}

/** What answering needs of the rest of the gateway. */
export type AnsweringPorts = {
  readonly cases: Cases
  readonly searches: Lane
  readonly voice: Voice
  /** Sends `dup.case` until the peer confirms it. */
  readonly tell: (caseId: string) => void
}

/** Searches for one peer that may wait; above it the peer has to ask again. Its own window is 16. */
const MAX_WAITING = 64
const NOTHING: Coverage = { searched: 0, known: 0 }

type Query = {
  readonly peer: DistrictPath
  readonly correlation: Uint8Array
  readonly contentHash: Uint8Array
  readonly query: DupQuery
  /** The kiosk that made the capture. */
  readonly kiosk: StationPath
}

/** Answering on the own gallery. A probe rests nowhere: it is forgotten with its answer. */
export function createAnswering(context: GatewayContext, ports: AnsweringPorts): Answering {
  const { ledger, store, policy, gallery, log, stopping: signal } = context
  const waiting = new Map<string, Pick<Query, 'peer' | 'kiosk'>>()

  async function take(peer: DistrictPath, { opened, correlation }: Request) {
    const body = context.messenger.openSealed(opened)
    if (body === undefined) return answerWith('refused')
    const key = askKey(toHex(correlation), peer)
    const contentHash = sha256(body)
    const stored = await store.get(TABLES.answers, key)
    if (stored !== undefined) {
      const row = decodeRecord(answerRow, stored)
      if (!equalBytes(row.contentHash, contentHash)) return answerWith('refused')
      return { type: DUP_ANSWER, body: row.answer }
    }
    if (waiting.has(key)) return undefined
    const judged = await judge(peer, body)
    if (typeof judged === 'string') return answerWith(judged)
    if (count((other) => other.peer === peer) >= MAX_WAITING) {
      log.warn('peer.over-window', { peer })
      return undefined
    }
    waiting.set(key, { peer, kiosk: judged.kiosk })
    ports.searches.push(async () => {
      try {
        await search({ ...judged, peer, correlation, contentHash })
      } finally {
        waiting.delete(key)
      }
    })
    return undefined
  }

  async function judge(
    peer: DistrictPath,
    body: Uint8Array,
  ): Promise<Pick<Query, 'query' | 'kiosk'> | 'refused' | 'expired'> {
    const query = tryDecode(dupQuerySchema, body)
    if (query === undefined || !hasComparableEye(query.references)) return 'refused'
    const { commitment, references } = query
    const key = committedBy(commitment, references, context.trust.current, context.verify)
    if (key === undefined || key.revokedAfterLogIndex !== undefined) return 'refused'
    if (districtOf(key.station) !== peer) return 'refused'
    if (query.deadline <= now(context)) return 'expired'
    const used = await usedToday(store, quotaKey(key.station), now(context))
    const underway = count((other) => other.kiosk === key.station)
    if (used + underway >= policy.queriesPerKioskDay) return 'refused'
    return { query, kiosk: key.station }
  }

  function count(is: (other: Pick<Query, 'peer' | 'kiosk'>) => boolean): number {
    return [...waiting.values()].filter(is).length
  }

  async function search(asked: Query): Promise<void> {
    const { references, mode } = asked.query
    const deadlineMs = policy.searchSeconds * 1000
    const options = { mode, deadlineMs, signal, views: DUPLICATE_VIEWS }
    const found = await gallery.query(references, options)
    if (signal.aborted) return
    const isOpen =
      !isWhole(found.coverage) || (await leavesOpen(gallery, references, found.undecided))
    const answer = { verdict: verdictOf(found, isOpen), coverage: found.coverage }
    const isLasting = answer.verdict !== 'undecided' || isWhole(found.coverage)
    const body = isLasting
      ? await keep(asked, answer, found)
      : encodeRecord(dupAnswerSchema, answer)
    const { peer: to, correlation } = asked
    ports.voice.answer({ to, type: DUP_ANSWER, body, correlation })
  }

  /** The answer, its leaves and the cases that it opens become durable together, before any is told. */
  async function keep(asked: Query, answer: DupAnswer, found: OracleAnswer): Promise<Uint8Array> {
    const { peer, correlation, contentHash, query, kiosk } = asked
    const body = encodeRecord(dupAnswerSchema, answer)
    const candidates = answer.verdict === 'candidate' ? found.candidates : []
    const deadline = now(context) + policy.caseHours * 3600
    const findings = candidates.slice(0, MAX_CANDIDATES).map(({ handle, scores, view }) => {
      const pair = { ownRecord: fromHex(handle), otherRecord: correlation, otherDistrict: peer }
      return { ...pair, scores, view, isUntold: true, deadline }
    })
    const key = askKey(toHex(correlation), peer)
    const kept = await ledger.change(async (draft) => {
      // Another process that had the same query was quicker: what it said stands.
      const stored = await draft.get(TABLES.answers, key)
      if (stored !== undefined) return decodeRecord(answerRow, stored).answer
      const used = await usedToday(draft, quotaKey(kiosk), now(context))
      countOne(draft, quotaKey(kiosk), now(context), used)
      draft.set(TABLES.answers, key, answerRow, { contentHash, answer: body })
      draft.leaf('query', { record: correlation, peer, hash: sha256(query.commitment) })
      draft.leaf('answer', { record: correlation, peer, hash: sha256(body) })
      for (const finding of findings) {
        const ownPresentation = await context.registry.presentationOf(finding.ownRecord)
        ports.cases.put(draft, { ...finding, ownPresentation }, now(context))
      }
      return body
    })
    for (const finding of findings) ports.tell(ports.cases.idOf(finding))
    return kept
  }

  return { take }
}

function verdictOf({ candidates }: OracleAnswer, isOpen: boolean): DupVerdict {
  if (candidates.length > 0) return 'candidate'
  return isOpen ? 'undecided' : 'none'
}

function isWhole({ searched, known }: Coverage): boolean {
  return searched === known
}

function answerWith(verdict: 'refused' | 'expired'): Reply {
  const body = encodeRecord(dupAnswerSchema, { verdict, coverage: NOTHING })
  return { type: DUP_ANSWER, body, refused: verdict === 'refused' ? 'not-ours' : 'expired' }
}

function quotaKey(kiosk: StationPath): string {
  return `query/${kiosk}`
}

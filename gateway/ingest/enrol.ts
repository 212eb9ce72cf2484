import { sha256 } from '@noble/hashes/sha2.js'
import { plainReferences } from '../../biometrics/iris/coder/coded-reference.ts'
import { equalBytes, toHex } from '../../protocol/bytes.ts'
import { encodeCbor } from '../../protocol/cbor.ts'
import type { Credential } from '../../protocol/credential.ts'
import { type Enrolment, enrolmentSchema } from '../../protocol/messages/enrolment.ts'
import { decodeRecord } from '../../protocol/schema.ts'
import type { Store } from '../../runtime/store.ts'
import { type IngestContext, now } from '../context.ts'
import type { Leases } from '../records/leases.ts'
import type { Draft } from '../records/ledger.ts'
import { countOne, usedToday } from '../records/quotas.ts'
import { inboxRow, type RegistryRow, recordIdRow, statusKey, TABLES } from '../records/rows.ts'
import type { Tally } from '../tally.ts'
import { tryDecode, tryRead } from './decode.ts'
import { judgeEnrolment } from './judge.ts'
import { type Reply, type Request, receipt, refusal } from './reply.ts'

/** What taking enrolments needs of the rest of the gateway. */
export type EnrolPorts = {
  /** Makes a check part of the change that makes the enrolment durable. */
  readonly begin: (draft: Draft, record: string) => void
  readonly leases: Leases
  readonly tally: Tally
}

/** The fate of a record that came before, and whether this is the same one. */
export type Fate = { readonly isSame: boolean; readonly logIndex: number }

/** Looks a record up; `contentHash` is `contentHashOf` the message at hand. */
export async function fateOf(
  rows: Pick<Store, 'get'>,
  record: string,
  contentHash: Uint8Array,
): Promise<Fate | undefined> {
  const stored = await rows.get(TABLES.inbox, record)
  if (stored === undefined) return undefined
  const row = decodeRecord(inboxRow, stored)
  return { isSame: equalBytes(row.contentHash, contentHash), logIndex: row.logIndex }
}

/** What makes two messages the same record: who sent it, its type and its opened body. */
export function contentHashOf({ opened }: Request, body: Uint8Array): Uint8Array {
  return sha256(encodeCbor([opened.sender.station, opened.type, body]))
}

/**
 * Takes an enrolment: every row of it becomes durable in one change, then the receipt goes out. The
 * same record gets the same receipt, another body under its name is refused, and who is over the
 * quota hears nothing yet.
 */
export async function takeEnrolment(
  context: IngestContext,
  ports: EnrolPorts,
  request: Request,
): Promise<Reply | undefined> {
  const { opened, correlation } = request
  const body = context.messenger.openSealed(opened)
  if (body === undefined) return refusal(correlation, 'unreadable')
  const contentHash = contentHashOf(request, body)
  const record = toHex(correlation)
  const fate = await fateOf(context.store, record, contentHash)
  if (fate !== undefined) return replyTo(correlation, fate)
  const enrolment = readEnrolment(body)
  if (enrolment === undefined) return refusal(correlation, 'malformed')
  const judged = await judge(context, ports, opened, enrolment)
  if ('refusal' in judged) return refusal(correlation, judged.refusal)
  const { credential } = judged
  return context.ledger.change(async (draft) => {
    const before = await fateOf(draft, record, contentHash)
    if (before !== undefined) return replyTo(correlation, before)
    if (await isUsed(draft, credential)) return refusal(correlation, 'malformed')
    const key = `kiosk/${opened.sender.station}`
    const used = await usedToday(draft, key, now(context))
    if (used >= (opened.sender.quotaPerDay ?? Number.POSITIVE_INFINITY)) {
      ports.tally.hold(record)
      return undefined
    }
    countOne(draft, key, now(context), used)
    const logIndex = write(context, ports, draft, { request, enrolment, credential })
    draft.set(TABLES.inbox, record, inboxRow, { contentHash, logIndex })
    draft.after(() => ports.tally.release(record))
    return receipt(correlation, logIndex)
  }, record)
}

/** The answer to a record that came before: the same receipt, or a refusal of another body. */
export function replyTo(correlation: Uint8Array, { isSame, logIndex }: Fate): Reply {
  return isSame ? receipt(correlation, logIndex) : refusal(correlation, 'not-ours')
}

/** Judged once more where another process may have granted the lease a moment ago. */
async function judge(
  context: IngestContext,
  { leases }: EnrolPorts,
  { sender }: Request['opened'],
  enrolment: Enrolment,
): Promise<ReturnType<typeof judgeEnrolment>> {
  const { trust, verify, clock, policy, ledger, store } = context
  const by = () =>
    judgeEnrolment(enrolment, {
      ...{ sender, verify, leases, trust: trust.current, clock: clock.now() },
      provisionalDays: policy.provisionalDays,
    })
  const judged = by()
  const isStale = store.sharing !== undefined && 'refusal' in judged
  if (!isStale || judged.refusal !== 'not-ours') return judged
  await ledger.catchUp()
  return by()
}

/** The enrolment with its templates as they are compared, committed to and stored, however they came. */
function readEnrolment(body: Uint8Array): Enrolment | undefined {
  const enrolment = tryDecode(enrolmentSchema, body)
  const references = enrolment && tryRead(() => plainReferences(enrolment.references))
  return enrolment && references && { ...enrolment, references }
}

/** One credential is one enrolment, and one status index is one credential. */
async function isUsed(rows: Pick<Store, 'get'>, { id, status }: Credential): Promise<boolean> {
  const [byId, byStatus] = await Promise.all([
    rows.get(TABLES.credentials, toHex(id)),
    rows.get(TABLES.statusUses, statusKey(status.list, status.index)),
  ])
  return byId !== undefined || byStatus !== undefined
}

type Accepted = {
  readonly request: Request
  readonly enrolment: Enrolment
  readonly credential: Credential
}

function write(
  context: IngestContext,
  { begin }: EnrolPorts,
  draft: Draft,
  { request, enrolment, credential }: Accepted,
): number {
  const { registry, gallery, trust } = context
  const record = toHex(request.correlation)
  const { references, captured, consentHash, commitment, card, ticket, localSearch } = enrolment
  const { presentation } = enrolment
  const hash = sha256(enrolment.credential)
  const logIndex = draft.leaf('enrolment', { record: request.correlation, hash })
  const row: RegistryRow = {
    kiosk: request.opened.sender.station,
    captured,
    received: now(context),
    consentHash,
    commitment,
    provisional: enrolment.credential,
    card,
    ticket,
    localSearch,
    presentation,
    logIndex,
    stage: 'waiting',
    assurance: credential.assurance,
    coverage: { asked: 0, known: trust.current.districts.length, searched: 0 },
  }
  registry.set(draft, record, row, undefined)
  const found = { record: request.correlation }
  draft.set(TABLES.credentials, toHex(credential.id), recordIdRow, found)
  const { list, index } = credential.status
  draft.set(TABLES.statusUses, statusKey(list, index), recordIdRow, found)
  for (const own of gallery.writes(record, references)) draft.write(own)
  draft.after(() => gallery.admit(record, references))
  begin(draft, record)
  return logIndex
}

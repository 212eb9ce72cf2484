import { equalBytes, fromHex, toHex } from '../../protocol/bytes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { decodeRecord, encodeRecord } from '../../protocol/schema.ts'
import type { Condition, Store, Write } from '../../runtime/store.ts'
import { isIssued, issueOf, type JournalRow, journalRowOf, journalSchema } from './journal-row.ts'
import type { ChangePart, Leases } from './leases.ts'
import type { Capture, EnrolmentState, Issue } from './states.ts'

/** Every enrolment of this kiosk, each step durable before what follows it. */
export type Journal = {
  /** Rows by record identifier in hex. */
  readonly rows: ReadonlyMap<string, JournalRow>
  /**
   * Makes durable what must be before the effects of `state` run: nothing, one row, or at the issue
   * row, outbox and gallery in one commit. Throws `store.*`; then nothing of it is there.
   */
  persist(state: EnrolmentState): Promise<void>
  /** Marks an issued enrolment's card as written and read back, at a later tap. */
  finish(record: string): Promise<void>
  /** The enrolment of a credential, by its identifier in hex. */
  find(credentialId: string): JournalRow | undefined
  /** The issued enrolment that still owes this card its credential. */
  unfinishedFor(uid: Uint8Array): Issue | undefined
  /** Takes back what a power cut left of enrolments that were not issued, but for `kept`. */
  discardUnissued(kept?: string): Promise<void>
}

/** What the issue of an enrolment adds to the journal's own row, in the same commit. */
export type IssueParts = {
  readonly writes: readonly Write[]
  /** Runs once the commit is durable. */
  readonly onCommitted: () => void
}

const TABLE = 'enrolment'
const NOTHING: ChangePart = { writes: [], conditions: [] }

/** Opens the journal; `partsOfIssue` gives outbox row and gallery row of an issue. */
export async function openJournal(options: {
  readonly store: Store
  readonly leases: Leases
  readonly partsOfIssue: (issue: Issue, capture: Capture) => IssueParts
}): Promise<Journal> {
  const { store, leases, partsOfIssue } = options
  const rows = new Map<string, JournalRow>()
  const records = new Map<string, string>()
  for (const { key, value } of await store.range(TABLE)) {
    keep(key, decodeRecord(journalSchema, value))
  }
  let active: string | undefined

  function keep(key: string, row: JournalRow): void {
    rows.set(key, row)
    records.set(toHex(row.credentialId), key)
  }
  async function commit(writes: readonly Write[], part: ChangePart): Promise<void> {
    const conditions: readonly Condition[] = part.conditions
    const isCommitted = await store.commit({ writes: [...writes, ...part.writes], conditions })
    leases.settle(part, isCommitted)
    if (isCommitted) return
    throw new PersonhoodError(
      'call.journal',
      'an enrolment and the status indices disagree about an index: nothing was written',
    )
  }
  async function put(key: string, row: JournalRow, extra: readonly Write[] = []): Promise<void> {
    const part = rows.has(key) ? NOTHING : taking(leases, row)
    const write = { table: TABLE, key, value: encodeRecord(journalSchema, row) }
    await commit([write, ...extra], part)
    keep(key, row)
  }
  /** The index is freed: nothing was signed with it before `issued`, so no card can carry it. */
  async function discard(key: string, row: JournalRow): Promise<void> {
    const part = leases.free({ list: row.list, index: row.index })
    await commit([{ table: TABLE, key, value: undefined }], part)
    rows.delete(key)
    records.delete(toHex(row.credentialId))
  }
  async function issue(key: string, row: JournalRow, state: EnrolmentState): Promise<void> {
    if (state.name !== 'carding' || state.capture === undefined) {
      throw new PersonhoodError('call.journal', 'an issue without its capture')
    }
    const parts = partsOfIssue(state.issue, state.capture)
    await put(key, row, parts.writes)
    parts.onCommitted()
  }
  async function leave(): Promise<void> {
    const left = active === undefined ? undefined : rows.get(active)
    if (active !== undefined && left !== undefined && !isIssued(left)) await discard(active, left)
    active = undefined
  }
  return {
    rows,
    async persist(state) {
      const row = journalRowOf(state)
      if (row === undefined) return leave()
      active = toHex(recordOf(state))
      const before = rows.get(active)
      if (before?.step === row.step) return
      if (row.step === 'issued' && before?.step === 'searched') return issue(active, row, state)
      await put(active, row)
    },
    async finish(key) {
      const row = rows.get(key)
      if (row !== undefined && isIssued(row) && row.step !== 'done') {
        await put(key, { ...row, step: 'done' })
      }
    },
    find: (credentialId) => rows.get(records.get(credentialId) ?? ''),
    unfinishedFor(uid) {
      for (const [key, row] of rows) {
        const issue = row.step === 'done' ? undefined : issueOf(fromHex(key), row)
        if (issue !== undefined && equalBytes(issue.uid, uid)) return issue
      }
      return undefined
    },
    async discardUnissued(kept) {
      for (const [key, row] of [...rows]) {
        if (!isIssued(row) && key !== kept) await discard(key, row)
      }
      active = kept
    },
  }
}

function recordOf(state: EnrolmentState): Uint8Array {
  if ('draft' in state) return state.draft.record
  if ('issue' in state) return state.issue.draft.record
  throw new PersonhoodError('call.journal', `the state ${state.name} has no record`)
}

/** The part that takes exactly the index that the row names. */
function taking(leases: Leases, row: JournalRow): ChangePart {
  const part = leases.claim({ list: row.list, index: row.index })
  if (part !== undefined) return part
  throw new PersonhoodError(
    'call.journal',
    `status index ${row.index} of list ${row.list} is used or not leased`,
  )
}

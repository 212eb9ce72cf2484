import { sha256 } from '@noble/hashes/sha2.js'
import { concat, fromText, toHex } from '../../protocol/bytes.ts'
import type { DistrictPath } from '../../protocol/district.ts'
import type { PersonScores, ProbeView } from '../../protocol/duplicate-rule.ts'
import { decodeRecord } from '../../protocol/schema.ts'
import type { UnixSeconds } from '../../protocol/time.ts'
import type { Store } from '../../runtime/store.ts'
import type { Draft, Ledger } from '../records/ledger.ts'
import { pages } from '../records/pages.ts'
import { type CaseRow, caseRow, TABLES } from '../records/rows.ts'

/** What is known of a candidate pair when it is found. */
export type Finding = {
  readonly ownRecord: Uint8Array
  readonly otherRecord: Uint8Array
  readonly otherDistrict: DistrictPath
  readonly scores: PersonScores
  /** The view of the probe in which the scores are. */
  readonly view: ProbeView
  /** The other district asked, and is to be told. */
  readonly isUntold: boolean
  readonly deadline: UnixSeconds
  /** What our own enrolment's kiosk saw of the eyes. */
  readonly ownPresentation: CaseRow['ownPresentation']
}

/** The open cases of this district. A case is for people; it revokes nothing. */
export type Cases = {
  readonly open: ReadonlyMap<string, CaseRow>
  idOf(pair: Pick<Finding, 'ownRecord' | 'otherRecord' | 'otherDistrict'>): string
  /** Opens the pair's one case, or adds what the open one lacks. */
  put(draft: Draft, finding: Finding, now: UnixSeconds): CaseRow
  /** The other district has confirmed. */
  told(draft: Draft, id: string): void
  /** Moves the deadlines on that have gone by without a decision. */
  extend(draft: Draft, now: UnixSeconds, caseS: number): void
}

const ID_BYTES = 16

/** Opens the cases of a store. */
export async function openCases(
  store: Store,
  home: DistrictPath,
  ledger?: Pick<Ledger, 'follow'>,
): Promise<Cases> {
  const open = new Map<string, CaseRow>()
  for await (const { key, value } of pages(store, TABLES.cases)) {
    open.set(key, decodeRecord(caseRow, value))
  }
  ledger?.follow(TABLES.cases, (id, value) => {
    if (value !== undefined) open.set(id, decodeRecord(caseRow, value))
  })
  const idOf: Cases['idOf'] = ({ ownRecord, otherRecord, otherDistrict }) =>
    caseId([home, ownRecord], [otherDistrict, otherRecord])
  function set(draft: Draft, id: string, row: CaseRow): CaseRow {
    draft.set(TABLES.cases, id, caseRow, row)
    draft.after(() => void open.set(id, row))
    return row
  }
  return {
    open,
    idOf,
    put(draft, finding, now) {
      const id = idOf(finding)
      const known = open.get(id)
      if (known !== undefined) {
        const isUntold = known.isUntold || finding.isUntold
        const left = known.left ?? finding.scores.left
        const right = known.right ?? finding.scores.right
        const isNew = isUntold !== known.isUntold || left !== known.left || right !== known.right
        return isNew ? set(draft, id, { ...known, isUntold, left, right }) : known
      }
      const { ownRecord, otherRecord, otherDistrict, scores, isUntold, deadline } = finding
      const { ownPresentation, view } = finding
      const content = { record: ownRecord, peer: otherDistrict, hash: sha256(otherRecord) }
      return set(draft, id, {
        opened: now,
        deadline,
        isExtended: false,
        ownRecord,
        otherRecord,
        otherDistrict,
        left: scores.left,
        right: scores.right,
        isUntold,
        ownPresentation,
        view,
        logIndex: draft.leaf('case', content),
      })
    },
    told(draft, id) {
      const row = open.get(id)
      if (row?.isUntold === true) set(draft, id, { ...row, isUntold: false })
    },
    extend(draft, now, caseS) {
      for (const [id, row] of open) {
        if (row.deadline > now) continue
        set(draft, id, { ...row, deadline: extended(row.deadline, now, caseS), isExtended: true })
      }
    },
  }
}

/** The first deadline after `now` in steps of `caseS`. */
export function extended(deadline: UnixSeconds, now: UnixSeconds, caseS: number): UnixSeconds {
  if (deadline > now) return deadline
  return deadline + (Math.floor((now - deadline) / caseS) + 1) * caseS
}

type Party = readonly [district: DistrictPath, record: Uint8Array]

/** Both districts make the same identifier of a pair, whoever found it: so they have one case, not two. */
function caseId(a: Party, b: Party): string {
  const [first, second] = [a, b]
    .map(([district, record]) => concat(fromText(`${district}/`), record))
    .sort((x, y) => (toHex(x) < toHex(y) ? -1 : 1))
  const label = fromText('pop-case-1')
  const whole = concat(label, first ?? label, second ?? label)
  return toHex(sha256(whole).slice(0, ID_BYTES))
}

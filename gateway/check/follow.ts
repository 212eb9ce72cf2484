import type { DistrictPath } from '../../protocol/district.ts'
import { decodeRecord } from '../../protocol/schema.ts'
import type { UnixSeconds } from '../../protocol/time.ts'
import type { Ledger } from '../records/ledger.ts'
import { type AskRow, askRow, registryRow, TABLES, type WorkRow, workRow } from '../records/rows.ts'

/** What other processes do with checks. */
export type CheckNews = {
  readonly put: (record: string, row: WorkRow) => void
  /** The enrolment is final. */
  readonly drop: (record: string) => void
  /** Until when people decide, or undefined where they do not. */
  readonly stage: (record: string, disputedUntil: UnixSeconds | undefined) => void
  readonly ask: (record: string, peer: DistrictPath, row: AskRow) => void
}

/** Tells what other processes have done with checks, row by row as they wrote them. */
export function followChecks(ledger: Pick<Ledger, 'follow'>, news: CheckNews): void {
  ledger.follow(TABLES.registry, (record, value) => {
    const row = value && decodeRecord(registryRow, value)
    if (row !== undefined) news.stage(record, disputedUntil(row))
  })
  ledger.follow(TABLES.work, (record, value) => {
    if (value === undefined) news.drop(record)
    else news.put(record, decodeRecord(workRow, value))
  })
  ledger.follow(TABLES.asks, (key, value) => {
    const [record, peer] = partsOf(key)
    if (value !== undefined) news.ask(record, peer, decodeRecord(askRow, value))
  })
}

/** Until when people decide about an enrolment. */
export function disputedUntil(row: {
  readonly stage: string
  readonly deadline?: UnixSeconds | undefined
}): UnixSeconds | undefined {
  return row.stage === 'second-look' ? row.deadline : undefined
}

/** Record and peer of an `askKey`. */
export function partsOf(key: string): readonly [record: string, peer: DistrictPath] {
  const [record = '', peer = ''] = key.split('/', 2)
  return [record, peer as DistrictPath]
}

import { sha256 } from '@noble/hashes/sha2.js'
import { fromHex } from '../../protocol/bytes.ts'
import { parseCredential } from '../../protocol/credential.ts'
import type { DistrictPath } from '../../protocol/district.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Coverage, DupAnswer, DupVerdict } from '../../protocol/messages/duplicate.ts'
import { decodeRecord } from '../../protocol/schema.ts'
import { DAY_S, type UnixSeconds } from '../../protocol/time.ts'
import { stationKeys } from '../../protocol/trust-list.ts'
import { type GatewayContext, now } from '../context.ts'
import { createLane, type Lane } from '../lane.ts'
import type { Draft } from '../records/ledger.ts'
import { pages } from '../records/pages.ts'
import {
  type AskRow,
  askKey,
  askRow,
  type RegistryRow,
  TABLES,
  type WorkRow,
  workRow,
} from '../records/rows.ts'
import type { Statuses } from '../records/statuses.ts'
import { type Cases, extended } from './cases.ts'
import { type Check, type CheckRules, type CheckStep, isAwaited, nextStep } from './check.ts'
import { issueFinal } from './final.ts'
import { disputedUntil, followChecks, partsOf } from './follow.ts'
import { searchOwn } from './own-search.ts'

/** The enrolments on their way to final: a work queue that rests in the store. */
export type Checks = {
  readonly open: ReadonlyMap<string, Check>
  /** Makes a check part of the change that makes the enrolment durable. */
  begin(draft: Draft, record: string): void
  /** Keeps an enrolment provisional while people decide about it. */
  dispute(draft: Draft, record: string, deadline: UnixSeconds): Promise<void>
  /** Takes what a peer says. */
  answer(peer: DistrictPath, record: string, answer: DupAnswer): Promise<void>
  /** Takes all checks up that are not under way: after a start, a new trust list, and now and then. */
  resume(): void
  /** Resolves when the step under way has ended. */
  stop(): Promise<void>
}

/** What a check asks of the rest of the gateway. */
export type ChecksPorts = {
  readonly cases: Cases
  readonly statuses: Statuses
  /** Searches run here, one after the other. */
  readonly searches: Lane
  readonly onError: (error: unknown) => void
  /** Sends the question until `settle` or `postpone`. */
  readonly ask: (peer: DistrictPath, record: string) => void
  readonly settle: (peer: DistrictPath, record: string) => void
  /** The same after a while, an hour unless told. */
  readonly postpone: (peer: DistrictPath, record: string, delayMs?: number) => void
  readonly onFinal: () => void
  /** An enrolment became final or disputed, durably. */
  readonly onStage: (record: string) => void
}

/** A peer that asks for patience gets a minute at least: it might be wrong about the time. */
const MIN_LATER_S = 60

/** Commits of different checks that may be under way at once: so many share one. */
const STEPS_AT_ONCE = 64

/** Opens the checks of a store; nothing moves before `resume`. */
export async function openChecks(context: GatewayContext, ports: ChecksPorts): Promise<Checks> {
  const { ledger, registry, policy, activity, district, stopping } = context
  const open = await load(context)
  const busy = new Set<string>()
  const steps = createLane(ports.onError, activity.check, STEPS_AT_ONCE)
  activity.watch(() => busy.size === 0 && steps.length === 0)

  function update(record: string, change: Partial<Check>): void {
    const check = open.get(record)
    if (check !== undefined) open.set(record, { ...check, ...change })
  }

  function drop(record: string): void {
    for (const peer of open.get(record)?.asks.keys() ?? []) ports.settle(peer, record)
    open.delete(record)
  }

  function advance(record: string): void {
    const check = open.get(record)
    if (check === undefined || busy.has(record) || stopping.aborted) return
    const step = nextStep(check, rules(context))
    if (step.name === 'wait') return
    busy.add(record)
    if (step.name === 'search') {
      ports.searches.push(() => over(record, async () => begun(record, await search(record))))
    } else
      begun(record, () => (step.name === 'ask' ? ask(record, step.peers) : finish(record, step)))
  }

  /** The part of a step that commits: many of them at once, while the next search runs. */
  function begun(record: string, commit: (() => Promise<boolean>) | undefined): void {
    if (commit === undefined) {
      end(record)
      return
    }
    steps.push(() =>
      over(record, async () => {
        const isDone = await commit()
        end(record)
        // What is not done waits for the next `resume`: a full disk does not empty in a hurry.
        if (isDone) advance(record)
      }),
    )
  }

  async function over(record: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      end(record)
      throw error
    }
  }

  function end(record: string): void {
    busy.delete(record)
    activity.check()
  }

  /** Searches the own gallery; gives what makes the result durable. */
  async function search(record: string): Promise<(() => Promise<boolean>) | undefined> {
    const check = open.get(record)
    if (check === undefined) return undefined
    const { own, pairs } = await searchOwn(context, record)
    const isWhole = own.coverage.searched === own.coverage.known
    const isPatient = now(context) < check.started + policy.answerDays * DAY_S
    if (stopping.aborted || (!isWhole && isPatient)) return undefined
    const deadline = now(context) + policy.caseHours * 3600
    const build = async (draft: Draft): Promise<boolean> => {
      // Another process may have done it meanwhile, and all that comes after it.
      if (!open.has(record)) return false
      for (const { younger, elder, candidate } of pairs) {
        const pair = { ownRecord: fromHex(younger), otherRecord: fromHex(elder) }
        const { scores, view } = candidate
        const ownPresentation = await context.registry.presentationOf(pair.ownRecord)
        const finding = {
          ...pair,
          otherDistrict: district,
          scores,
          view,
          isUntold: false,
          deadline,
        }
        ports.cases.put(draft, { ...finding, ownPresentation }, now(context))
      }
      for (const younger of new Set(pairs.map((pair) => pair.younger))) {
        await dispute(draft, younger, deadline)
      }
      draft.set(TABLES.work, record, workRow, { started: check.started, own })
      draft.after(() => update(record, { own }))
      return true
    }
    return () => ledger.change(build, pairs.length === 0 ? record : undefined)
  }

  async function ask(record: string, peers: readonly DistrictPath[]): Promise<boolean> {
    const row: AskRow = { verdict: 'open', coverage: { searched: 0, known: 0 } }
    const { commitment } = await rowOf(context, record)
    const isDone = await ledger.change((draft) => {
      const check = open.get(record)
      if (check === undefined) return false
      for (const peer of peers.filter((one) => !check.asks.has(one))) {
        draft.set(TABLES.asks, askKey(record, peer), askRow, row)
        draft.leaf('query', { record: fromHex(record), peer, hash: sha256(commitment) })
      }
      draft.after(() => {
        const asks = new Map(open.get(record)?.asks)
        for (const peer of peers) if (!asks.has(peer)) asks.set(peer, row)
        update(record, { asks })
      })
      return true
    }, record)
    if (isDone) for (const peer of peers) ports.ask(peer, record)
    return isDone
  }

  async function finish(
    record: string,
    { assurance, coverage }: Extract<CheckStep, { name: 'final' }>,
  ): Promise<boolean> {
    const isFinal = await ledger.change(async (draft) => {
      const row = await rowOf(context, record)
      if (row.stage !== 'waiting') return false
      const terms = { assurance, now: now(context), finalDays: policy.finalDays }
      const signer = context.station.signer('final')
      const final = issueFinal(row.provisional, terms, signer, context.randomBytes)
      const finalLogIndex = draft.leaf('final', { record: fromHex(record), hash: sha256(final) })
      const finished = terms.now
      const added = { assurance, coverage, final, finished, finalLogIndex }
      registry.set(draft, record, { ...row, ...added, stage: 'final' }, row)
      ports.statuses.set(draft, parseCredential(row.provisional).credential.status, 'valid')
      draft.delete(TABLES.work, record)
      for (const peer of open.get(record)?.asks.keys() ?? []) {
        draft.delete(TABLES.asks, askKey(record, peer))
      }
      draft.after(() => {
        drop(record)
        ports.onStage(record)
      })
      return true
    }, record)
    if (isFinal) ports.onFinal()
    return isFinal
  }

  async function dispute(draft: Draft, record: string, deadline: UnixSeconds): Promise<void> {
    const row = await rowOf(context, record)
    if (row.stage !== 'waiting') return
    registry.set(draft, record, { ...row, stage: 'second-look', deadline }, row)
    draft.after(() => {
      update(record, { disputedUntil: deadline })
      ports.onStage(record)
    })
  }

  async function answer(peer: DistrictPath, record: string, said: DupAnswer): Promise<void> {
    // The question may be of another process, a moment ago.
    if (context.store.sharing !== undefined && !open.has(record)) await ledger.catchUp()
    const asked = open.get(record)?.asks.get(peer)
    if (asked === undefined || !isAwaited(asked)) return
    if (said.verdict === 'later') {
      const waitS = (said.deadline ?? 0) - now(context)
      return ports.postpone(peer, record, Math.min(Math.max(waitS, MIN_LATER_S), DAY_S) * 1000)
    }
    const row = rowFor(said.verdict, said.coverage)
    await ledger.change(async (draft) => {
      const ask = open.get(record)?.asks.get(peer)
      if (ask === undefined || !isAwaited(ask)) return
      draft.set(TABLES.asks, askKey(record, peer), askRow, row)
      if (said.verdict === 'candidate') {
        await dispute(draft, record, now(context) + policy.caseHours * 3600)
      }
      draft.after(() => {
        update(record, { asks: new Map(open.get(record)?.asks).set(peer, row) })
      })
    }, record)
    if (isAwaited(row)) ports.postpone(peer, record)
    else ports.settle(peer, record)
    advance(record)
  }

  async function extend(record: string): Promise<void> {
    await ledger.change(async (draft) => {
      const row = await rowOf(context, record)
      const deadline = extended(row.deadline ?? 0, now(context), policy.caseHours * 3600)
      if (deadline === row.deadline) return
      registry.set(draft, record, { ...row, deadline }, row)
      draft.after(() => update(record, { disputedUntil: deadline }))
    })
  }

  function takeUp(record: string): void {
    const check = open.get(record)
    if (check === undefined) return
    for (const [peer, row] of check.asks) if (isAwaited(row)) ports.ask(peer, record)
    const { disputedUntil } = check
    if (disputedUntil !== undefined && disputedUntil <= now(context)) {
      steps.push(() => extend(record))
    }
    advance(record)
  }

  function put(record: string, row: WorkRow): void {
    const { asks = new Map(), disputedUntil } = open.get(record) ?? {}
    open.set(record, { ...row, asks, disputedUntil })
    advance(record)
  }

  followChecks(ledger, {
    put,
    drop,
    stage: (record, disputedUntil) => update(record, { disputedUntil }),
    ask(record, peer, row) {
      const check = open.get(record)
      if (check === undefined) return
      update(record, { asks: new Map(check.asks).set(peer, row) })
      if (!isAwaited(row)) ports.settle(peer, record)
      advance(record)
    },
  })

  return {
    open,
    begin(draft, record) {
      const started = now(context)
      beginCheck(draft, record, started)
      draft.after(() => put(record, { started }))
    },
    dispute,
    answer,
    resume() {
      for (const record of open.keys()) takeUp(record)
    },
    async stop() {
      await steps.stop()
      busy.clear()
    },
  }
}

/** Writes a check that has just begun. */
export function beginCheck(draft: Draft, record: string, started: UnixSeconds): void {
  draft.set(TABLES.work, record, workRow, { started })
}

function rules({ district, trust, station, policy, clock }: GatewayContext): CheckRules {
  const unix = clock.now().unix
  const [key] = stationKeys(trust.current, station.path, 'final', unix)
  return {
    home: district,
    known: trust.current.districts,
    now: unix,
    answerDays: policy.answerDays,
    maxAssurance: key?.maxAssurance ?? 0,
  }
}

/** A *none* of a part of a gallery is no *none* (docs/protocol.md §8), whoever says so. */
function rowFor(verdict: Exclude<DupVerdict, 'later'>, coverage: Coverage): AskRow {
  const isPartial = coverage.searched < coverage.known
  return { verdict: verdict === 'none' && isPartial ? 'undecided' : verdict, coverage }
}

async function rowOf({ registry }: GatewayContext, record: string): Promise<RegistryRow> {
  const row = await registry.get(record)
  if (row !== undefined) return row
  throw new PersonhoodError('store.damaged', `enrolment ${record} has no row in the registry`)
}

async function load({ store, registry }: GatewayContext): Promise<Map<string, Check>> {
  const open = new Map<string, Check>()
  const asks = new Map<string, Map<DistrictPath, AskRow>>()
  for await (const { key, value } of pages(store, TABLES.asks)) {
    const [record, peer] = partsOf(key)
    const ofRecord = asks.get(record) ?? new Map()
    asks.set(record, ofRecord.set(peer, decodeRecord(askRow, value)))
  }
  for await (const { key, value } of pages(store, TABLES.work)) {
    const row = await registry.get(key)
    open.set(key, {
      ...decodeRecord(workRow, value),
      asks: asks.get(key) ?? new Map(),
      disputedUntil: row && disputedUntil(row),
    })
  }
  return open
}

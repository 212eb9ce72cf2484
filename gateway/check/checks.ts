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
import { type AskRow, askKey, askRow, type RegistryRow, TABLES, workRow } from '../records/rows.ts'
import type { Statuses } from '../records/statuses.ts'
import { type Cases, extended } from './cases.ts'
import { type Check, type CheckRules, type CheckStep, isAwaited, nextStep } from './check.ts'
import { issueFinal } from './final.ts'
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

/** Opens the checks of a store; nothing moves before `resume`. */
export async function openChecks(context: GatewayContext, ports: ChecksPorts): Promise<Checks> {
  const { ledger, registry, policy, activity, district, stopping } = context
  const open = await load(context)
  const busy = new Set<string>()
  const steps = createLane(ports.onError, activity.check)
  activity.watch(() => busy.size === 0 && steps.length === 0)

  function update(record: string, change: Partial<Check>): void {
    const check = open.get(record)
    if (check !== undefined) open.set(record, { ...check, ...change })
  }

  function advance(record: string): void {
    const check = open.get(record)
    if (check === undefined || busy.has(record) || stopping.aborted) return
    const step = nextStep(check, rules(context))
    if (step.name === 'wait') return
    busy.add(record)
    const lane = step.name === 'search' ? ports.searches : steps
    lane.push(async () => {
      let isDone = false
      try {
        isDone = await run(record, step)
      } finally {
        busy.delete(record)
        activity.check()
      }
      // What is not done waits for the next `resume`: a full disk does not empty in a hurry.
      if (isDone) advance(record)
    })
  }

  function run(record: string, step: Exclude<CheckStep, { name: 'wait' }>): Promise<boolean> {
    if (step.name === 'search') return search(record)
    if (step.name === 'ask') return ask(record, step.peers)
    return finish(record, step)
  }

  async function search(record: string): Promise<boolean> {
    const check = open.get(record)
    if (check === undefined) return false
    const { own, pairs } = await searchOwn(context, record)
    const isWhole = own.coverage.searched === own.coverage.known
    const isPatient = now(context) < check.started + policy.answerDays * DAY_S
    if (stopping.aborted || (!isWhole && isPatient)) return false
    const deadline = now(context) + policy.caseHours * 3600
    await ledger.change(async (draft) => {
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
    })
    return true
  }

  async function ask(record: string, peers: readonly DistrictPath[]): Promise<boolean> {
    const row: AskRow = { verdict: 'open', coverage: { searched: 0, known: 0 } }
    const { commitment } = await rowOf(context, record)
    await ledger.change((draft) => {
      for (const peer of peers) {
        draft.set(TABLES.asks, askKey(record, peer), askRow, row)
        draft.leaf('query', { record: fromHex(record), peer, hash: sha256(commitment) })
      }
      draft.after(() => {
        const asks = new Map(open.get(record)?.asks)
        for (const peer of peers) asks.set(peer, row)
        update(record, { asks })
      })
    })
    for (const peer of peers) ports.ask(peer, record)
    return true
  }

  async function finish(
    record: string,
    { assurance, coverage }: Extract<CheckStep, { name: 'final' }>,
  ): Promise<boolean> {
    const peers = [...(open.get(record)?.asks.keys() ?? [])]
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
      for (const peer of peers) draft.delete(TABLES.asks, askKey(record, peer))
      draft.after(() => {
        open.delete(record)
        ports.onStage(record)
      })
      return true
    })
    if (!isFinal) return false
    for (const peer of peers) ports.settle(peer, record)
    ports.onFinal()
    return true
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
    const asked = open.get(record)?.asks.get(peer)
    if (asked === undefined || !isAwaited(asked)) return
    if (said.verdict === 'later') {
      const waitS = (said.deadline ?? 0) - now(context)
      return ports.postpone(peer, record, Math.min(Math.max(waitS, MIN_LATER_S), DAY_S) * 1000)
    }
    const row = rowFor(said.verdict, said.coverage)
    await ledger.change(async (draft) => {
      if (!open.has(record)) return
      draft.set(TABLES.asks, askKey(record, peer), askRow, row)
      if (said.verdict === 'candidate') {
        await dispute(draft, record, now(context) + policy.caseHours * 3600)
      }
      draft.after(() => {
        update(record, { asks: new Map(open.get(record)?.asks).set(peer, row) })
      })
    })
    if (isAwaited(row)) ports.postpone(peer, record)
    else ports.settle(peer, record)
    advance(record)
  }

  async function extend(record: string): Promise<void> {
    await ledger.change(async (draft) => {
      const row = await rowOf(context, record)
      const deadline = extended(row.deadline ?? 0, now(context), policy.caseHours * 3600)
      registry.set(draft, record, { ...row, deadline }, row)
      draft.after(() => update(record, { disputedUntil: deadline }))
    })
  }

  return {
    open,
    begin(draft, record) {
      const started = now(context)
      draft.set(TABLES.work, record, workRow, { started })
      draft.after(() => {
        open.set(record, { started, asks: new Map() })
        advance(record)
      })
    },
    dispute,
    answer,
    resume() {
      for (const [record, { asks, disputedUntil }] of open) {
        for (const [peer, row] of asks) if (isAwaited(row)) ports.ask(peer, record)
        if (disputedUntil !== undefined && disputedUntil <= now(context)) {
          steps.push(() => extend(record))
        }
        advance(record)
      }
    },
    async stop() {
      await steps.stop()
      busy.clear()
    },
  }
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
    const [record = '', peer = ''] = key.split('/', 2)
    const ofRecord = asks.get(record) ?? new Map()
    asks.set(record, ofRecord.set(peer as DistrictPath, decodeRecord(askRow, value)))
  }
  for await (const { key, value } of pages(store, TABLES.work)) {
    const row = await registry.get(key)
    const disputedUntil = row?.stage === 'second-look' ? row.deadline : undefined
    open.set(key, {
      ...decodeRecord(workRow, value),
      asks: asks.get(key) ?? new Map(),
      disputedUntil,
    })
  }
  return open
}

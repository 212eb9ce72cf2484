import type { Test } from 'tap'
import { caseRow, TABLES } from '../../../gateway/records/rows.ts'
import type { BiometricReference } from '../../../protocol/biometric-reference.ts'
import { toHex } from '../../../protocol/bytes.ts'
import type { DistrictPath } from '../../../protocol/district.ts'
import type { EyeScore, PersonScores } from '../../../protocol/duplicate-rule.ts'
import type { OpenedEnvelope } from '../../../protocol/envelope.ts'
import {
  DUP_ANSWER,
  DUP_QUERY,
  type DupAnswer,
  type DupQuery,
  dupAnswerSchema,
  dupCaseSchema,
  dupQuerySchema,
} from '../../../protocol/messages/duplicate.ts'
import { commitCapture } from '../../../protocol/messages/references.ts'
import { decodeRecord, encodeRecord } from '../../../protocol/schema.ts'
import { DAY_S } from '../../../protocol/time.ts'
import { gatewayInbox, wholeInbox } from '../../../protocol/topics.ts'
import { randomBytes, verifySecp256k1 } from '../../../runtime/crypto.ts'
import { type Messenger, type Outgoing, openMessenger } from '../../../runtime/messenger.ts'
import type { Store } from '../../../runtime/store.ts'
import { ALDER, BIRCH, DEMO_NOW } from '../../kit/demo-trust.ts'
import { createMemoryStore } from '../../kit/memory-store.ts'
import {
  createWorld,
  type District,
  openTrust,
  quickStation,
  startDistrict,
  until,
  type World,
} from '../bench.ts'
import { connectKiosk, type Kiosk } from '../kiosk.ts'

export const SAME_EYE: EyeScore = { numeratorBits: 900, commonBits: 12_000 }

/** What a played peer says and hears. */
export type PlayedPeer = {
  readonly messenger: Messenger
  readonly publish: (type: string, bytes: Uint8Array, as?: DistrictPath) => Promise<void>
  readonly compose: (message: Omit<Outgoing, 'to' | 'ttlS'>) => Uint8Array
  readonly next: (
    type: string,
    correlation: Uint8Array,
    count?: number,
  ) => Promise<OpenedEnvelope | undefined>
  readonly ask: (
    query: DupQuery,
    correlation?: Uint8Array,
    count?: number,
  ) => Promise<DupAnswer | undefined>
  readonly heard: readonly OpenedEnvelope[]
}

/** BIRCH as a test plays it: its keys, its broker, none of its gateway. */
export async function playBirch(world: World): Promise<PlayedPeer> {
  const store = createMemoryStore()
  const trust = await openTrust(store, world)
  const station = quickStation(BIRCH)
  const { clock } = world
  const messenger = await openMessenger({ station, trust, clock, store, verify: verifySecp256k1 })
  const toAlder = world.bus(ALDER).connect()
  const heard: OpenedEnvelope[] = []
  await world
    .bus(BIRCH)
    .connect()
    .subscribe(wholeInbox(BIRCH), ({ payload }) => {
      const opened = messenger.open(payload)
      if ('fault' in opened) throw new Error(opened.fault)
      heard.push(opened)
    })
  const publish = (type: string, bytes: Uint8Array, as = BIRCH) =>
    toAlder.publish(gatewayInbox(ALDER, as, type), bytes)
  const compose = (message: Omit<Outgoing, 'to' | 'ttlS'>) =>
    messenger.compose({ to: ALDER, ttlS: 3600, ...message })
  async function next(type: string, correlation: Uint8Array, count = 1) {
    const found = () =>
      heard.filter(
        (one) => one.type === type && toHex(one.correlation ?? correlation) === toHex(correlation),
      )
    await until(world, () => found().length >= count)
    return found()[count - 1]
  }
  async function ask(query: DupQuery, correlation = randomBytes(16), count = 1) {
    const body = encodeRecord(dupQuerySchema, query)
    await publish(DUP_QUERY, compose({ type: DUP_QUERY, body, correlation, isSealed: true }))
    const answer = await next(DUP_ANSWER, correlation, count)
    return answer && decodeRecord(dupAnswerSchema, answer.body)
  }
  return { messenger, publish, compose, next, ask, heard }
}

export async function isUntold(store: Store): Promise<boolean> {
  const rows = await store.range(TABLES.cases)
  return rows.some(({ value }) => decodeRecord(caseRow, value).isUntold)
}

export function query(references: readonly BiometricReference[], kiosk = `${BIRCH}/k1`): DupQuery {
  const signer = quickStation(kiosk).signer('provisional')
  return {
    references,
    commitment: commitCapture(references, DEMO_NOW, signer),
    deadline: DEMO_NOW + 7 * DAY_S,
    priority: 5,
    mode: 'fast',
  }
}

export function caseOf(record: Uint8Array, scores: PersonScores = { left: SAME_EYE }): Uint8Array {
  return encodeRecord(dupCaseSchema, { record, ...scores, deadline: DEMO_NOW })
}

/** ALDER with one resident, and BIRCH as the test plays it. */
export type FederationBench = {
  readonly world: World
  readonly alder: District
  readonly resident: Awaited<ReturnType<Kiosk['enrol']>>
  readonly birch: PlayedPeer
}

export async function bench(t: Test): Promise<FederationBench> {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER)
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  const resident = await kiosk.enrol(1)
  return { world, alder, resident, birch: await playBirch(world) }
}

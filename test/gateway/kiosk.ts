import { toHex } from '../../protocol/bytes.ts'
import { type Credential, cardBindingOf, issueCredential } from '../../protocol/credential.ts'
import { districtOf, type StationPath } from '../../protocol/district.ts'
import type { ProbeView } from '../../protocol/duplicate-rule.ts'
import type { OpenedEnvelope } from '../../protocol/envelope.ts'
import { ENROLMENT, type Enrolment, enrolmentSchema } from '../../protocol/messages/enrolment.ts'
import {
  FINAL_ANSWER,
  FINAL_REQUEST,
  type FinalRow,
  finalAnswerSchema,
  finalRequestSchema,
} from '../../protocol/messages/final.ts'
import {
  LEASE,
  LEASE_REQUEST,
  type Lease,
  leaseRequestSchema,
  leaseSchema,
} from '../../protocol/messages/lease.ts'
import { RECEIPT, type ReceiptRow, receiptSchema } from '../../protocol/messages/receipt.ts'
import { commitCapture } from '../../protocol/messages/references.ts'
import { decodeRecord, encodeRecord } from '../../protocol/schema.ts'
import { DAY_S } from '../../protocol/time.ts'
import { allDown, kioskUp } from '../../protocol/topics.ts'
import { randomBytes, verifySecp256k1 } from '../../runtime/crypto.ts'
import { type Messenger, type Outgoing, openMessenger } from '../../runtime/messenger.ts'
import { demoSigner } from '../kit/demo-trust.ts'
import type { BusTransport } from '../kit/memory-bus.ts'
import { createMemoryStore } from '../kit/memory-store.ts'
import { openTrust, quickStation, until, type World } from './bench.ts'
import { capture, shown } from './people.ts'

/** What a test may change of an honest enrolment. */
export type EnrolOptions = {
  readonly captureNumber?: number
  readonly view?: ProbeView
  readonly credential?: Partial<Credential>
  readonly enrolment?: Partial<Enrolment>
  readonly record?: Uint8Array
  readonly signWith?: StationPath
}

/** An enrolment as the kiosk made it. */
export type Made = {
  readonly record: Uint8Array
  readonly id: Uint8Array
  readonly credential: Credential
  readonly enrolment: Enrolment
}

/** A kiosk's side of the protocol, without devices: what its relay does on the wire. */
export type Kiosk = {
  readonly path: StationPath
  readonly messenger: Messenger
  readonly transport: BusTransport
  /** Answers received, oldest first. */
  readonly answers: readonly OpenedEnvelope[]
  lease(newest?: Lease): Promise<Lease>
  /** Makes an enrolment of a person; sends nothing. */
  make(person: number, options?: EnrolOptions): Promise<Made>
  /** Sends an enrolment; resolves with its receipt, or `undefined` where none comes. */
  send(made: Pick<Made, 'record' | 'enrolment'>): Promise<ReceiptRow | undefined>
  /** Makes, sends, and gives both. */
  enrol(person: number, options?: EnrolOptions): Promise<Made & { receipt: ReceiptRow | undefined }>
  finals(...ids: readonly Uint8Array[]): Promise<readonly FinalRow[]>
  /** Publishes an envelope as it is. */
  publish(type: string, bytes: Uint8Array): Promise<void>
  compose(message: Omit<Outgoing, 'to' | 'ttlS'> & Partial<Outgoing>): Uint8Array
  /** The first answer of a type under a correlation. */
  answerTo(correlation: Uint8Array, type: string): Promise<OpenedEnvelope | undefined>
}

/** Connects a kiosk to its district's broker. */
export async function connectKiosk(world: World, path: StationPath): Promise<Kiosk> {
  const district = districtOf(path)
  const name = path.slice(district.length + 1)
  const store = createMemoryStore()
  const station = quickStation(path)
  const trust = await openTrust(store, world)
  const { clock } = world
  const messenger = await openMessenger({ station, trust, clock, store, verify: verifySecp256k1 })
  const transport = world.bus(district).connect()
  const answers: OpenedEnvelope[] = []
  await transport.subscribe(allDown(district, name), ({ payload }) => {
    const opened = messenger.open(payload)
    if ('fault' in opened) throw new Error(`the gateway sent a message with ${opened.fault}`)
    answers.push(opened)
  })
  let newest: Lease | undefined
  let nextIndex = 0

  const compose: Kiosk['compose'] = (message) =>
    messenger.compose({ to: district, ttlS: 30 * DAY_S, ...message })
  const publish: Kiosk['publish'] = (type, bytes) =>
    transport.publish(kioskUp(district, name, type), bytes)

  async function answerTo(correlation: Uint8Array, type: string) {
    const key = toHex(correlation)
    const find = () =>
      answers.find((one) => one.type === type && one.correlation && toHex(one.correlation) === key)
    await until(world, () => find() !== undefined, 3)
    return find()
  }

  async function request(type: string, body: Uint8Array, answerType: string) {
    const correlation = randomBytes(16)
    await publish(type, compose({ type, body, correlation }))
    const answer = await answerTo(correlation, answerType)
    if (answer === undefined) throw new Error(`no ${answerType} for a ${type}`)
    return answer
  }

  async function lease(held?: Lease): Promise<Lease> {
    const body = encodeRecord(leaseRequestSchema, { newest: held })
    const answer = await request(LEASE_REQUEST, body, LEASE)
    return decodeRecord(leaseSchema, answer.body)
  }

  async function make(person: number, options: EnrolOptions = {}): Promise<Made> {
    newest ??= await lease()
    const uid = randomBytes(7)
    const r = randomBytes(16)
    const now = clock.now().unix
    const credential: Credential = {
      expires: now + 30 * DAY_S,
      issued: now,
      id: randomBytes(8),
      assurance: 1,
      cardBinding: cardBindingOf(uid, r),
      status: { list: newest.list, index: newest.start + nextIndex++ },
      stage: 'provisional',
      ...options.credential,
    }
    const signer =
      options.signWith === undefined
        ? station.signer('provisional')
        : demoSigner(options.signWith, 'provisional')
    const references = shown(capture(person, options.captureNumber), options.view ?? 'as-is')
    const enrolment: Enrolment = {
      captured: now,
      consentHash: new Uint8Array(32).fill(1),
      references,
      commitment: commitCapture(references, now, signer),
      credential: issueCredential(credential, signer),
      card: { uid, r },
      ticket: randomBytes(8),
      localSearch: 'none',
      ...options.enrolment,
    }
    return { record: options.record ?? randomBytes(16), id: credential.id, credential, enrolment }
  }

  async function send({
    record,
    enrolment,
  }: Pick<Made, 'record' | 'enrolment'>): Promise<ReceiptRow | undefined> {
    const body = encodeRecord(enrolmentSchema, enrolment)
    const already = answers.length
    await publish(
      ENROLMENT,
      compose({ type: ENROLMENT, body, correlation: record, isSealed: true }),
    )
    await until(world, () => answers.length > already, 2)
    const receipt = answers.slice(already).find(({ type }) => type === RECEIPT)
    const rows = receipt && decodeRecord(receiptSchema, receipt.body).rows
    return rows?.find((row) => toHex(row.record) === toHex(record))
  }

  return {
    ...{ path, messenger, transport, answers, lease, make, send, publish, compose, answerTo },
    async enrol(person, options) {
      const made = await make(person, options)
      return { ...made, receipt: await send(made) }
    },
    async finals(...ids) {
      const body = encodeRecord(finalRequestSchema, { credentials: ids })
      const answer = await request(FINAL_REQUEST, body, FINAL_ANSWER)
      return decodeRecord(finalAnswerSchema, answer.body).rows
    },
  }
}

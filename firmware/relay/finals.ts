import { toHex } from '../../protocol/bytes.ts'
import { CREDENTIAL_ID_BYTES, MAX_CREDENTIAL_BYTES } from '../../protocol/credential.ts'
import type { FinalAnswer, FinalRow, FinalState } from '../../protocol/messages/final.ts'
import {
  bool,
  bytes,
  code,
  decodeRecord,
  encodeRecord,
  field,
  optional,
  record,
  type Schema,
  uint,
} from '../../protocol/schema.ts'
import type { Timers } from '../../protocol/timers.ts'
import type { Store } from '../../runtime/store.ts'
import { createTurns } from '../in-turn.ts'

/** What the district has said of one of our own enrolments. */
export type OwnFinal = FinalRow & {
  /** The final credential is on the card: its bytes are no longer kept. */
  readonly isUpgraded: boolean
}

/** What became of provisional credentials: our own durably, other kiosks' in memory only. */
export type Finals = {
  /** The newest row of a credential, or `undefined` where nobody has answered yet. */
  find(credentialId: Uint8Array): FinalRow | undefined
  /** Takes the gateway's verified answer; credentials that `isGood` refuses are not kept. */
  take(
    answer: FinalAnswer,
    isGood: (credential: Uint8Array, id: Uint8Array) => boolean,
  ): Promise<void>
  /** The next answer about one credential, or what is known when the time is up. */
  wait(credentialId: Uint8Array, timers: Timers, timeoutMs: number): Promise<FinalRow | undefined>
  /** Notes that the final credential is on the card. */
  markUpgraded(credentialId: Uint8Array): Promise<void>
  /** Calls back when an answer has come; returns the function that stops it. */
  onChange(listener: () => void): () => void
}

const TABLE = 'enrolment-final'
/** Answers about other kiosks' cards, which are not written down: who was here is nobody's business. */
const MAX_PASSING = 64

const ownSchema: Schema<OwnFinal> = record<OwnFinal>('own-final', {
  id: field(1, bytes(CREDENTIAL_ID_BYTES)),
  state: field(2, code<FinalState>({ waiting: 0, 'second-look': 1, ready: 2, unknown: 3 })),
  credential: optional(3, bytes(1, MAX_CREDENTIAL_BYTES)),
  deadline: optional(4, uint(0xff_ff_ff_ff)),
  isUpgraded: field(5, bool()),
})

/** Opens the finals of a store; `isOwn` tells our own enrolments by credential identifier in hex. */
export async function openFinals(store: Store, isOwn: (id: string) => boolean): Promise<Finals> {
  const own = new Map<string, OwnFinal>()
  for (const { key, value } of await store.range(TABLE))
    own.set(key, decodeRecord(ownSchema, value))
  const passing = new Map<string, FinalRow>()
  const inTurn = createTurns()
  const listeners = new Set<() => void>()
  const answered = new Set<(id: string) => void>()

  async function keep(key: string, row: OwnFinal): Promise<void> {
    await store.commit({ writes: [{ table: TABLE, key, value: encodeRecord(ownSchema, row) }] })
    own.set(key, row)
  }
  function pass(key: string, row: FinalRow): void {
    passing.delete(key)
    passing.set(key, row)
    const [oldest] = passing.keys()
    if (passing.size > MAX_PASSING && oldest !== undefined) passing.delete(oldest)
  }
  async function takeRow(row: FinalRow): Promise<void> {
    const key = toHex(row.id)
    if (!isOwn(key)) return pass(key, row)
    const known = own.get(key)
    // A final credential is final: an answer that was overtaken on its way changes nothing.
    if (known?.state === 'ready' || row.state === 'unknown') return
    if (known?.state === row.state && known.deadline === row.deadline) return
    await keep(key, { ...row, isUpgraded: false })
  }
  function changed(): void {
    for (const listener of [...listeners]) listener()
  }
  function find(credentialId: Uint8Array): FinalRow | undefined {
    const key = toHex(credentialId)
    return own.get(key) ?? passing.get(key)
  }
  function onChange(listener: () => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  return {
    find,
    take: ({ rows }, isGood) =>
      inTurn(async () => {
        const good = rows.filter(
          ({ credential, id }) => credential === undefined || isGood(credential, id),
        )
        for (const row of good) {
          await takeRow(row)
          for (const listen of [...answered]) listen(toHex(row.id))
        }
        changed()
      }),
    wait: (credentialId, timers, timeoutMs) =>
      new Promise((resolve) => {
        const key = toHex(credentialId)
        const end = (): void => {
          answered.delete(listen)
          cancel()
          resolve(find(credentialId))
        }
        const listen = (id: string): void => {
          if (id === key) end()
        }
        const cancel = timers.after(timeoutMs, end)
        answered.add(listen)
      }),
    markUpgraded: (credentialId) =>
      inTurn(async () => {
        const key = toHex(credentialId)
        passing.delete(key)
        const row = own.get(key)
        if (row === undefined || row.isUpgraded) return
        await keep(key, { ...row, credential: undefined, isUpgraded: true })
        changed()
      }),
    onChange,
  }
}

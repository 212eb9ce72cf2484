import { parseSign1, type Sign1, type Signer, signSign1 } from './cose-sign1.ts'
import { type StationPath, stationPath } from './district.ts'
import {
  bytes,
  code,
  decodeRecord,
  encodeRecord,
  field,
  type Kind,
  list,
  optional,
  record,
  type Schema,
  uint,
} from './schema.ts'
import type { UnixSeconds } from './time.ts'

/**
 * What a key may sign or open. `delegation` names stations below, `relay` signs envelopes,
 * `provisional` and `final` sign credentials, `seal` opens sealed bodies; `log` and `witness` are
 * Ed25519 (C2SP has no secp256k1 type), `operator` and `reviewer` are people's keys.
 */
export type KeyUse =
  | 'delegation'
  | 'relay'
  | 'provisional'
  | 'final'
  | 'seal'
  | 'log'
  | 'witness'
  | 'operator'
  | 'reviewer'

/** One public key and its single use: 33 bytes compressed secp256k1, or 32 bytes Ed25519. */
export type DelegatedKey = { readonly use: KeyUse; readonly publicKey: Uint8Array }

/** What a station is; each may only name stations of a later kind. */
export type Role = 'province' | 'city' | 'district' | 'kiosk'

/** One step of the chain root -> … -> kiosk: a CWT that names a station, its keys and its limits. */
export type Delegation = {
  readonly subject: StationPath
  readonly role: Role
  readonly notBefore: UnixSeconds
  readonly expires: UnixSeconds
  readonly keys: readonly DelegatedKey[]
  /** The highest assurance that a credential of these keys may state. */
  readonly maxAssurance: number
  /** Enrolments a day that a kiosk may make; more are held, not dropped. */
  readonly quotaPerDay?: number | undefined
}

const KEY_USES: { readonly [K in KeyUse]: number } = {
  delegation: 0,
  relay: 1,
  provisional: 2,
  final: 3,
  seal: 4,
  log: 5,
  witness: 6,
  operator: 7,
  reviewer: 8,
}

const delegatedKey: Kind<DelegatedKey> = record<DelegatedKey>('delegated-key', {
  use: field(1, code(KEY_USES)),
  publicKey: field(2, bytes(32, 33)),
})

/** The claim set of a delegation. */
export const delegationSchema: Schema<Delegation> = record<Delegation>('delegation-claims', {
  subject: field(2, stationPath()),
  expires: field(4, uint(0xff_ff_ff_ff)),
  notBefore: field(5, uint(0xff_ff_ff_ff)),
  role: field(-70_001, code<Role>({ province: 1, city: 2, district: 3, kiosk: 4 })),
  keys: field(-70_002, list(delegatedKey, 16)),
  maxAssurance: field(-70_003, uint(5, 1)),
  quotaPerDay: optional(-70_004, uint(1_000_000)),
})

/** Signs a delegation with the naming station's `delegation` key. */
export function signDelegation(delegation: Delegation, signer: Signer): Uint8Array {
  return signSign1(signer, encodeRecord(delegationSchema, delegation), 'pop-delegation-1')
}

/** Reads a delegation without verifying it; throws `bytes.*` where it is not one. */
export function parseDelegation(received: Uint8Array): {
  readonly delegation: Delegation
  readonly message: Sign1
} {
  const message = parseSign1(received)
  return { delegation: decodeRecord(delegationSchema, message.payload), message }
}

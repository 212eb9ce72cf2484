import { equalBytes, toHex } from './bytes.ts'
import { type CborValue, decodeCbor, encodeCbor } from './cbor.ts'
import { asKid, type Kid, kidOf } from './cose-key.ts'
import {
  parseSign1,
  type Sign1,
  type SignatureContext,
  type Signer,
  signSign1,
  verifySign1,
} from './cose-sign1.ts'
import {
  type DelegatedKey,
  type Delegation,
  type KeyUse,
  parseDelegation,
  type Role,
} from './delegation.ts'
import { type DistrictPath, districtOf, isDemo, isWithin, type StationPath } from './district.ts'
import { PersonhoodError } from './errors.ts'
import {
  bytes,
  decodeRecord,
  encodeRecord,
  field,
  list,
  record,
  type Schema,
  uint,
} from './schema.ts'
import type { SignatureVerifier } from './secp256k1.ts'
import { MAX_CLOCK_SKEW_S, type UnixSeconds } from './time.ts'

/** The keys that everything hangs on, pinned at provisioning: any `threshold` of them sign the list. */
export type RootSet = {
  /** Stations that this root may name: itself and all below. */
  readonly path: DistrictPath
  readonly publicKeys: readonly Uint8Array[]
  readonly threshold: number
}

/** A key that is no longer to be trusted for what was logged after `throughLogIndex`. */
export type Revocation = { readonly kid: Uint8Array; readonly throughLogIndex: number }

/** The versioned list of all delegations, as its signers state it. */
export type TrustListBody = {
  readonly version: number
  readonly issued: UnixSeconds
  readonly expires: UnixSeconds
  readonly delegations: readonly Uint8Array[]
  readonly revocations: readonly Revocation[]
}

/** A key that the verified list vouches for. */
export type TrustedKey = {
  readonly kid: Kid
  readonly use: KeyUse
  readonly publicKey: Uint8Array
  readonly station: StationPath
  readonly role: Role
  readonly notBefore: UnixSeconds
  readonly expires: UnixSeconds
  readonly maxAssurance: number
  readonly quotaPerDay: number | undefined
  /** Set when revoked: what the district logged up to here stays good. */
  readonly revokedAfterLogIndex: number | undefined
}

/** A verified trust list: the only source of keys that anything else is verified with. */
export type Trust = {
  readonly version: number
  readonly issued: UnixSeconds
  readonly expires: UnixSeconds
  readonly isDemo: boolean
  readonly keys: readonly TrustedKey[]
  /** Every district with a delegation, in order of its path. */
  readonly districts: readonly DistrictPath[]
}

const MAX_LIST_BYTES = 4 * 1024 * 1024
const MAX_STATIONS = 20_000
const ROLE_ORDER: { readonly [K in Role]: number } = { province: 1, city: 2, district: 3, kiosk: 4 }

const ABOVE: readonly KeyUse[] = [
  'delegation',
  'relay',
  'seal',
  'log',
  'witness',
  'operator',
  'reviewer',
]

/** Final credentials are the district's alone, provisional ones the kiosk's, and a kiosk names nobody. */
const USES_OF: { readonly [K in Role]: readonly KeyUse[] } = {
  province: ABOVE,
  city: ABOVE,
  district: [...ABOVE, 'final'],
  kiosk: ['relay', 'provisional', 'seal', 'operator'],
}

const revocationSchema: Schema<Revocation> = record<Revocation>('revocation', {
  kid: field(1, bytes(8)),
  throughLogIndex: field(2, uint()),
})

/** The trust list's signed content. */
export const trustListSchema: Schema<TrustListBody> = record<TrustListBody>('trust-list', {
  version: field(1, uint(0xff_ff_ff_ff, 1)),
  issued: field(2, uint(0xff_ff_ff_ff)),
  expires: field(3, uint(0xff_ff_ff_ff)),
  delegations: field(4, list(bytes(1, 4096), MAX_STATIONS)),
  revocations: field(5, list(revocationSchema, MAX_STATIONS)),
})

/** Signs a trust list with one COSE_Sign1 for each root key at hand: an array of them, one payload. */
export function signTrustList(body: TrustListBody, signers: readonly Signer[]): Uint8Array {
  const payload = encodeRecord(trustListSchema, body)
  const signed = signers.map((signer) => signSign1(signer, payload, 'pop-trust-list-1'))
  return encodeCbor(signed.map((message) => decodeCbor(message, LIMITS)))
}

/**
 * Verifies a trust list against the pinned roots: at least `threshold` different root keys over the
 * same payload, and every delegation signed by a station above it that it only narrows. Throws
 * `bytes.trust` (naming the fault); a list is good as a whole or not at all.
 */
export function parseTrustList(
  received: Uint8Array,
  roots: RootSet,
  verify: SignatureVerifier,
): Trust {
  refuseUselessRoots(roots)
  const body = decodeRecord(trustListSchema, signedPayload(received, roots, verify), LIMITS)
  const superiors: Superior[] = roots.publicKeys.map((publicKey) => rootSuperior(roots, publicKey))
  const keys: AdmittedKey[] = []
  for (const bytesOfOne of body.delegations) {
    const admitted = admit(bytesOfOne, superiors, verify)
    keys.push(...admitted)
    superiors.push(...admitted.filter(({ use }) => use === 'delegation'))
  }
  refuseSharedKeys(keys)
  const revoked = new Map(body.revocations.map((row) => [asKid(row.kid), row.throughLogIndex]))
  const trusted = keys.map((key) => ({ ...key, revokedAfterLogIndex: revoked.get(key.kid) }))
  const districts = trusted
    .filter(({ role }) => role === 'district')
    .map(({ station }) => districtOf(station))
  return {
    version: body.version,
    issued: body.issued,
    expires: body.expires,
    isDemo: isDemo(roots.path),
    keys: trusted,
    districts: [...new Set(districts)].sort(),
  }
}

/** What the signers of a list state, for who signs the next one; verified as `parseTrustList` does. */
export function trustListBody(
  received: Uint8Array,
  roots: RootSet,
  verify: SignatureVerifier,
): TrustListBody {
  parseTrustList(received, roots, verify)
  return decodeRecord(trustListSchema, signedPayload(received, roots, verify), LIMITS)
}

/** The keys with this kid and use; more than one only where 8-byte identifiers collide. */
export function findKeys(trust: Trust, kid: Kid, use: KeyUse): readonly TrustedKey[] {
  return trust.keys.filter((key) => key.kid === kid && key.use === use)
}

/**
 * The keys of this use that made the signature. One key may be delegated more than once (a renewal
 * keeps it), so that several rows may answer; the caller takes one that is in force.
 */
export function findSigners(
  trust: Trust,
  message: Sign1,
  use: KeyUse,
  context: SignatureContext,
  verify: SignatureVerifier,
): readonly TrustedKey[] {
  const [first, ...others] = findKeys(trust, message.kid, use)
  if (first === undefined) return []
  const isSigner = verifySign1(message, first.publicKey, context, verify)
  const isAlike = (key: TrustedKey) => equalBytes(key.publicKey, first.publicKey)
  const rest = others.filter((key) =>
    isAlike(key) ? isSigner : verifySign1(message, key.publicKey, context, verify),
  )
  return isSigner ? [first, ...rest] : rest
}

/** True when the key may sign at `now`: within its delegation, give or take `slackS`, not revoked. */
export function isInForce(
  key: TrustedKey,
  now: UnixSeconds,
  slackS: number = MAX_CLOCK_SKEW_S,
): boolean {
  const isTimely = key.notBefore <= now + slackS && now - slackS < key.expires
  return isTimely && key.revokedAfterLogIndex === undefined
}

/** A station's keys of one use that are in force at `now`, newest first; never a revoked one. */
export function stationKeys(
  trust: Trust,
  station: StationPath,
  use: KeyUse,
  now: UnixSeconds,
): readonly TrustedKey[] {
  return trust.keys
    .filter((key) => key.station === station && key.use === use)
    .filter((key) => isInForce(key, now, 0))
    .sort((a, b) => b.notBefore - a.notBefore)
}

const LIMITS = { maxBytes: MAX_LIST_BYTES, maxDepth: 12 }

type AdmittedKey = Omit<TrustedKey, 'revokedAfterLogIndex'>

/** What a delegation is measured against: the limits of the key that signed it. */
type Superior = {
  readonly kid: Kid
  readonly publicKey: Uint8Array
  readonly station: StationPath
  readonly role: Role | undefined
  readonly notBefore: UnixSeconds
  readonly expires: UnixSeconds
  readonly maxAssurance: number
  readonly quotaPerDay: number | undefined
}

function rootSuperior(roots: RootSet, publicKey: Uint8Array): Superior {
  return {
    kid: kidOf(publicKey),
    publicKey,
    station: roots.path,
    role: undefined,
    notBefore: 0,
    expires: Number.MAX_SAFE_INTEGER,
    maxAssurance: 5,
    quotaPerDay: undefined,
  }
}

/** A threshold that no signature, or no set of signatures, could meet is our own mistake. */
function refuseUselessRoots({ publicKeys, threshold }: RootSet): void {
  const different = new Set(publicKeys.map((publicKey) => toHex(publicKey))).size
  if (Number.isInteger(threshold) && threshold >= 1 && threshold <= different) return
  throw new PersonhoodError(
    'config.roots',
    `${threshold} signatures of ${different} root keys are asked for: give 1..${different}`,
  )
}

function admit(
  received: Uint8Array,
  superiors: readonly Superior[],
  verify: SignatureVerifier,
): readonly AdmittedKey[] {
  const { delegation, message } = parseDelegation(received)
  const signers = superiors.filter(
    ({ kid, publicKey }) =>
      kid === message.kid && verifySign1(message, publicKey, 'pop-delegation-1', verify),
  )
  // A renewed key stands here once for each of its delegations: one that covers this is enough.
  const [problems, ...others] = signers.map((superior) => widenings(delegation, superior))
  if (problems === undefined) {
    throw untrusted(`no station above ${delegation.subject} signed its delegation`)
  }
  if (problems.length > 0 && others.every(({ length }) => length > 0)) {
    throw untrusted(`${delegation.subject} ${problems.join(', ')}`)
  }
  const { subject: station, keys, quotaPerDay, ...limits } = delegation
  return keys.map(({ use, publicKey }) => {
    const kid = isEd25519(use) ? asKid(publicKey.slice(0, 8)) : kidOf(publicKey)
    return { ...limits, kid, use, publicKey, station, quotaPerDay }
  })
}

/** In what a delegation goes beyond the key that signed it. */
function widenings(delegation: Delegation, superior: Superior): readonly string[] {
  const { subject, role, notBefore, expires, keys } = delegation
  return [
    isWithin(subject, districtOf(superior.station)) ? '' : `lies outside ${superior.station}`,
    // Another district may have a path below this one's; its kiosks are not this one's to name.
    superior.role !== 'district' || districtOf(subject) === superior.station
      ? ''
      : `is no kiosk of ${superior.station}`,
    subject.includes('/') === (role === 'kiosk') ? '' : `is no path of a ${role}`,
    superior.role === undefined || ROLE_ORDER[role] > ROLE_ORDER[superior.role]
      ? ''
      : `is no lower a station than ${superior.station}`,
    notBefore >= superior.notBefore ? '' : 'begins before the key that names it',
    notBefore < expires ? '' : 'ends before it begins',
    expires <= superior.expires ? '' : 'outlives the key that names it',
    ...limitProblems(delegation, superior),
    ...keys.map((key) => keyProblem(key, role)),
  ].filter((problem) => problem !== '')
}

function limitProblems(delegation: Delegation, superior: Superior): readonly string[] {
  const { maxAssurance, quotaPerDay = Number.POSITIVE_INFINITY } = delegation
  return [
    maxAssurance <= superior.maxAssurance
      ? ''
      : 'may state more assurance than the key that names it',
    quotaPerDay <= (superior.quotaPerDay ?? Number.POSITIVE_INFINITY)
      ? ''
      : 'has a larger quota than the key that names it',
  ]
}

function keyProblem({ use, publicKey }: DelegatedKey, role: Role): string {
  if (!USES_OF[role].includes(use)) return `is a ${role} with a ${use} key`
  // 32 bytes of a secp256k1 use are no point, and are refused where their kid is made.
  return isEd25519(use) && publicKey.length !== 32 ? `has a ${use} key that is not Ed25519` : ''
}

/**
 * A delegation shows no proof that its subject holds the key: whoever may name stations could name
 * another's key, and what that one signs would be read as its own station's.
 */
function refuseSharedKeys(keys: readonly AdmittedKey[]): void {
  const owners = new Map<string, AdmittedKey>()
  for (const key of keys) {
    const name = toHex(key.publicKey)
    const owner = owners.get(name) ?? key
    if (owner.station !== key.station || owner.use !== key.use) {
      throw untrusted(`${owner.station} (${owner.use}) and ${key.station} (${key.use}) share a key`)
    }
    owners.set(name, owner)
  }
}

function isEd25519(use: KeyUse): boolean {
  return use === 'log' || use === 'witness'
}

/** The payload that enough different roots signed alike. */
function signedPayload(
  received: Uint8Array,
  roots: RootSet,
  verify: SignatureVerifier,
): Uint8Array {
  const signatures = decodeCbor(received, LIMITS)
  if (!Array.isArray(signatures) || signatures.length > 16) throw untrusted('not a signed list')
  const signers = new Set<Kid>()
  let payload: Uint8Array | undefined
  for (const item of signatures as readonly CborValue[]) {
    const message = parseSign1(encodeCbor(item), LIMITS)
    payload ??= message.payload
    const root = roots.publicKeys.find((publicKey) => kidOf(publicKey) === message.kid)
    const isGood =
      root !== undefined &&
      equalBytes(payload, message.payload) &&
      verifySign1(message, root, 'pop-trust-list-1', verify)
    if (isGood) signers.add(message.kid)
  }
  if (payload === undefined || signers.size < roots.threshold) {
    throw untrusted(`${signers.size} of the ${roots.threshold} root signatures needed are good`)
  }
  return payload
}

function untrusted(what: string): PersonhoodError {
  return new PersonhoodError('bytes.trust', `trust list refused: ${what}`)
}

import { sha256 } from '@noble/hashes/sha2.js'
import { fromText } from '../../protocol/bytes.ts'
import { kidBytesOf } from '../../protocol/cose-key.ts'
import type { Signer } from '../../protocol/cose-sign1.ts'
import { type Credential, issueCredential } from '../../protocol/credential.ts'
import {
  type DelegatedKey,
  type Delegation,
  type KeyUse,
  type Role,
  signDelegation,
} from '../../protocol/delegation.ts'
import {
  type DistrictPath,
  districtOf,
  parseDistrictPath,
  type StationPath,
} from '../../protocol/district.ts'
import { publicKeyOf, signMessage, verifyMessage } from '../../protocol/secp256k1.ts'
import type { Zlib } from '../../protocol/status-list.ts'
import { DAY_S } from '../../protocol/time.ts'
import {
  parseTrustList,
  type Revocation,
  type RootSet,
  signTrustList,
  type Trust,
  type TrustListBody,
} from '../../protocol/trust-list.ts'
import { deflate, inflate, publicEd25519 } from '../../runtime/crypto.ts'
import type { Station } from '../../runtime/station.ts'

/** The time at which all of this is valid: 2027-01-15T08:00:00Z. */
export const DEMO_NOW = 1_800_000_000

/** Two districts of one city, and a kiosk in each. */
export const ALDER: DistrictPath = parseDistrictPath('demo.east.lime.alder')
export const BIRCH: DistrictPath = parseDistrictPath('demo.east.lime.birch')
export const ALDER_KIOSK: StationPath = `${ALDER}/k1`
export const BIRCH_KIOSK: StationPath = `${BIRCH}/k1`

/** What the root of these tests is called in `demoKey` and `demoSigner`. */
export const DEMO_ROOT = 'demo'

/** zlib of this machine, as `protocol/` takes it. */
export const nodeZlib: Zlib = { deflate, inflate }

/** The private key of a station for one use: the same in each run. */
export function demoKey(station: StationPath, use: KeyUse): Uint8Array {
  return sha256(fromText(`${station} ${use}`))
}

/** Whoever signs for a station. */
export function demoSigner(station: StationPath, use: KeyUse): Signer {
  const privateKey = demoKey(station, use)
  return {
    kid: kidBytesOf(publicKeyOf(privateKey)),
    sign: (message) => signMessage(privateKey, message),
  }
}

/** The public half of `demoKey`, for a delegation. */
export function demoPublicKey(station: StationPath, use: KeyUse): DelegatedKey {
  const privateKey = demoKey(station, use)
  const isEd25519 = use === 'log' || use === 'witness'
  return { use, publicKey: isEd25519 ? publicEd25519(privateKey) : publicKeyOf(privateKey) }
}

/** A station with all keys, as `loadStation` gives it. */
export function demoStation(path: StationPath): Station {
  return { path, signer: (use) => demoSigner(path, use), sealKey: demoKey(path, 'seal') }
}

const USES: { readonly [K in Role]: readonly KeyUse[] } = {
  province: ['delegation'],
  city: ['delegation'],
  district: ['delegation', 'relay', 'final', 'seal', 'log', 'witness'],
  kiosk: ['relay', 'provisional', 'seal'],
}

/** An honest delegation for a station, around `DEMO_NOW`. */
export function demoDelegation(
  subject: StationPath,
  role: Role = subject.includes('/') ? 'kiosk' : 'district',
): Delegation {
  const days = role === 'kiosk' ? 90 : 365
  return {
    subject,
    role,
    notBefore: DEMO_NOW - DAY_S,
    expires: DEMO_NOW + days * DAY_S,
    keys: USES[role].map((use) => demoPublicKey(subject, use)),
    maxAssurance: role === 'kiosk' ? 1 : 5,
    quotaPerDay: role === 'kiosk' ? 200 : undefined,
  }
}

/** A pinned set of `count` root keys for all below `demo`. */
export function demoRoots(threshold = 1, count = 1): RootSet {
  return {
    path: parseDistrictPath(DEMO_ROOT),
    publicKeys: demoRootNames(count).map((name) => publicKeyOf(demoKey(name, 'delegation'))),
    threshold,
  }
}

/** Signers of the root keys. */
export function demoRootSigners(count = 1): readonly Signer[] {
  return demoRootNames(count).map((name) => demoSigner(name, 'delegation'))
}

/** The content of a trust list of these stations: districts named by the root, kiosks by their district. */
export function demoTrustBody(
  stations: readonly StationPath[] = [ALDER, BIRCH, ALDER_KIOSK, BIRCH_KIOSK],
  version = 1,
  revocations: readonly Revocation[] = [],
): TrustListBody {
  const delegations = stations.map((subject) => {
    const superior = subject.includes('/') ? districtOf(subject) : DEMO_ROOT
    return signDelegation(demoDelegation(subject), demoSigner(superior, 'delegation'))
  })
  const expires = DEMO_NOW + 365 * DAY_S
  return { version, issued: DEMO_NOW - DAY_S, expires, delegations, revocations }
}

/** Bytes of a trust list signed by the one demo root. */
export function demoTrustList(body: TrustListBody = demoTrustBody()): Uint8Array {
  return signTrustList(body, demoRootSigners())
}

/** The verified trust list of two districts and two kiosks. */
export function demoTrust(body: TrustListBody = demoTrustBody()): Trust {
  return parseTrustList(demoTrustList(body), demoRoots(), verifyMessage)
}

/** A minimal final credential; give what a test is about. */
export function demoCredential(changes: Partial<Credential> = {}): Credential {
  return {
    expires: DEMO_NOW + 365 * DAY_S,
    issued: DEMO_NOW - 60,
    id: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    assurance: 2,
    cardBinding: new Uint8Array(16).fill(0xcb),
    status: { list: 1, index: 4711 },
    stage: 'final',
    ...changes,
  }
}

/** Bytes of a credential: a final one by the district's key, a provisional one by the kiosk's. */
export function demoCredentialBytes(
  changes: Partial<Credential> = {},
  district: DistrictPath = ALDER,
): Uint8Array {
  const credential = demoCredential(changes)
  const isFinal = credential.stage === 'final'
  const signer = isFinal
    ? demoSigner(district, 'final')
    : demoSigner(`${district}/k1`, 'provisional')
  return issueCredential(credential, signer)
}

function demoRootNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => (i === 0 ? DEMO_ROOT : `${DEMO_ROOT} ${i}`))
}

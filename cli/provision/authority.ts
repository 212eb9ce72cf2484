import { kidBytesOf } from '../../protocol/cose-key.ts'
import type { Signer } from '../../protocol/cose-sign1.ts'
import {
  type DelegatedKey,
  parseDelegation,
  type Role,
  signDelegation,
} from '../../protocol/delegation.ts'
import { type DistrictPath, districtOf, type StationPath } from '../../protocol/district.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { publicKeyOf, signMessage } from '../../protocol/secp256k1.ts'
import { DAY_S, type UnixSeconds } from '../../protocol/time.ts'
import {
  parseTrustList,
  type RootSet,
  signTrustList,
  trustListBody,
} from '../../protocol/trust-list.ts'
import { verifySecp256k1 } from '../../runtime/crypto.ts'
import { type KeyStore, openFileKeyStore } from '../../runtime/key-store.ts'
import { createStationKeys, type SigningUse } from '../../runtime/station.ts'

/** A station whose keys lie in a folder of this machine. */
export type LocalStation = {
  readonly path: StationPath
  readonly role: Extract<Role, 'district' | 'kiosk'>
  readonly keys: KeyStore
}

/** Keys that each kind of station holds. */
export const STATION_USES: { readonly [K in LocalStation['role']]: readonly SigningUse[] } = {
  district: ['delegation', 'relay', 'final', 'seal'],
  kiosk: ['relay', 'provisional', 'seal'],
}

const DELEGATION_DAYS: { readonly [K in LocalStation['role']]: number } = {
  district: 365,
  kiosk: 90,
}
const KIOSK_QUOTA_PER_DAY = 300
const ROOT_DAYS = 730
/** A delegation may start a day back, so that a slow clock does not refuse it. */
const BACKDATE_S = DAY_S

/** Makes the keys of a root set, all in one folder: right for a demonstration, never for a nation. */
export async function createRoots(
  folder: string,
  path: DistrictPath,
  count: number,
  threshold: number,
): Promise<RootSet> {
  const publicKeys: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    const [key] = await createStationKeys(await openFileKeyStore(rootFolder(folder, i)), [
      'delegation',
    ])
    if (key !== undefined) publicKeys.push(key.publicKey)
  }
  return { path, publicKeys, threshold }
}

/**
 * Signs the trust list that names these stations: each district by the root, each kiosk by its
 * district. Needs the keys of all of them, so it works where one machine plays every part.
 */
export async function signWorld(
  folder: string,
  roots: RootSet,
  stations: readonly LocalStation[],
  version: number,
  now: UnixSeconds,
): Promise<Uint8Array> {
  const rootSigners = await openRootSigners(folder, roots)
  const [firstRoot] = rootSigners
  if (firstRoot === undefined) throw new PersonhoodError('call.roots', 'a root set needs a key')
  const delegations: Uint8Array[] = []
  const ordered = [...stations].sort(
    (a, b) => Number(a.role === 'kiosk') - Number(b.role === 'kiosk'),
  )
  for (const { path, role, keys } of ordered) {
    const superior = role === 'district' ? firstRoot : await districtSigner(stations, path)
    const publicKeys = await publicKeysOf(keys, STATION_USES[role])
    delegations.push(delegate(path, role, publicKeys, superior, now))
  }
  const body = {
    version,
    issued: now,
    expires: now + ROOT_DAYS * DAY_S,
    delegations,
    revocations: [],
  }
  return signTrustList(body, rootSigners)
}

/** Signs the delegation of a district (365 days) or a kiosk (90 days) with its superior's key. */
function delegate(
  subject: StationPath,
  role: LocalStation['role'],
  keys: readonly DelegatedKey[],
  superior: Signer,
  now: UnixSeconds,
): Uint8Array {
  const delegation = {
    subject,
    role,
    notBefore: now - BACKDATE_S,
    expires: now + DELEGATION_DAYS[role] * DAY_S,
    keys,
    maxAssurance: role === 'kiosk' ? 1 : 5,
    quotaPerDay: role === 'kiosk' ? KIOSK_QUOTA_PER_DAY : undefined,
  }
  return signDelegation(delegation, superior)
}

/** What one station's place in the next trust list is made of. */
export type NewDelegation = {
  readonly path: StationPath
  readonly role: LocalStation['role']
  readonly keys: readonly DelegatedKey[]
  /** Key store of the district that names a kiosk; a district is named by the root. */
  readonly districtKeys: KeyStore | undefined
}

/**
 * Signs the next version of a trust list: all that it says and has not ended, and one delegation more.
 * Where a station has one already the new one stands beside it, so that nothing in between is refused.
 */
export async function signNextList(
  folder: string,
  roots: RootSet,
  current: Uint8Array | undefined,
  { path, role, keys, districtKeys }: NewDelegation,
  now: UnixSeconds,
): Promise<Uint8Array> {
  const rootSigners = await openRootSigners(folder, roots)
  const [firstRoot] = rootSigners
  if (firstRoot === undefined) throw new PersonhoodError('call.roots', 'a root set needs a key')
  const body = current && trustListBody(current, roots, verifySecp256k1)
  const superior = districtKeys ? await signerOf(districtKeys, path) : firstRoot
  const kept = (body?.delegations ?? []).filter(
    (bytes) => parseDelegation(bytes).delegation.expires > now,
  )
  const next = {
    version: (body?.version ?? 0) + 1,
    issued: now,
    expires: now + ROOT_DAYS * DAY_S,
    delegations: [...kept, delegate(path, role, keys, superior, now)],
    revocations: body?.revocations ?? [],
  }
  const signed = signTrustList(next, rootSigners)
  // A list that nobody would take is never handed out.
  parseTrustList(signed, roots, verifySecp256k1)
  return signed
}

async function openRootSigners(folder: string, { threshold }: RootSet): Promise<Signer[]> {
  const signers: Signer[] = []
  for (let i = 0; i < threshold; i++) {
    signers.push(await signerOf(await openFileKeyStore(rootFolder(folder, i)), `root ${i}`))
  }
  return signers
}

function rootFolder(folder: string, i: number): string {
  return `${folder}/root-${i}/keys`
}

async function districtSigner(
  stations: readonly LocalStation[],
  kiosk: StationPath,
): Promise<Signer> {
  const district = stations.find(({ path }) => path === districtOf(kiosk))
  if (district === undefined) {
    throw new PersonhoodError('call.provision', `${kiosk} has no district among the stations given`)
  }
  return await signerOf(district.keys, district.path)
}

async function signerOf(keys: KeyStore, who: string): Promise<Signer> {
  const privateKey = await load(keys, 'delegation', who)
  return {
    kid: kidBytesOf(publicKeyOf(privateKey)),
    sign: (message) => signMessage(privateKey, message),
  }
}

/** The public halves of a station's keys. */
export async function publicKeysOf(
  keys: KeyStore,
  uses: readonly SigningUse[],
): Promise<readonly DelegatedKey[]> {
  const publicKeys: DelegatedKey[] = []
  for (const use of uses) {
    publicKeys.push({ use, publicKey: publicKeyOf(await load(keys, use, 'the station')) })
  }
  return publicKeys
}

async function load(keys: KeyStore, use: SigningUse, who: string): Promise<Uint8Array> {
  const key = await keys.load(use)
  if (key === undefined) throw new PersonhoodError('store.key-missing', `${who} has no ${use} key`)
  return key
}

import { join } from 'node:path'
import { fromText, toText } from '../../protocol/bytes.ts'
import { kidOf } from '../../protocol/cose-key.ts'
import type { DistrictPath, StationPath } from '../../protocol/district.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { publicKeyOf } from '../../protocol/secp256k1.ts'
import type { UnixSeconds } from '../../protocol/time.ts'
import { makeFolder, writeFileAtomic } from '../../runtime/atomic-file.ts'
import { type KeyStore, openFileKeyStore } from '../../runtime/key-store.ts'
import { createStationKeys } from '../../runtime/station.ts'
import {
  createTlsAuthority,
  issueBrokerCredentials,
  issueCredentials,
  type TlsAuthority,
} from '../../runtime/tls/authority.ts'
import { bundleText } from '../../runtime/tls/bundle.ts'
import { BROKER_PASSWORD, BROKER_SECRET, brokerPassword } from '../stations/broker-access.ts'
import { loadKey } from '../stations/load-key.ts'
import { type LocalStation, STATION_USES } from './authority.ts'

/** Name in a gateway's key store of its district's authority for TLS, certificate and key as PEM. */
export const TLS_AUTHORITY = 'tls-authority'
/** A station's own file for TLS, beside its configuration. */
export const STATION_TLS = 'tls.pem'
/** The file for TLS of a gateway's embedded broker. */
export const BROKER_TLS = 'broker.pem'

/** Where a station keeps its keys. */
export function keysFolder(folder: string): string {
  return join(folder, 'data', 'keys')
}

/** Makes a station's folder with its keys and the key that its store rests under. */
export async function makeStationKeys(
  folder: string,
  role: LocalStation['role'],
): Promise<KeyStore> {
  await makeFolder(folder)
  const keys = await openFileKeyStore(keysFolder(folder))
  await createStationKeys(keys, STATION_USES[role])
  await keys.create('store', 32)
  return keys
}

/**
 * What a gateway has besides its station's keys: the secret of a broker without TLS on its own machine,
 * and its district's authority for TLS.
 */
export async function makeDistrictKeys(
  keys: KeyStore,
  path: DistrictPath,
  now: UnixSeconds,
): Promise<TlsAuthority> {
  const secret = await keys.create(BROKER_SECRET, 32)
  await keys.save(BROKER_PASSWORD, brokerPassword(secret, path))
  const kid = await kidOfKey(keys, 'delegation')
  const authority = createTlsAuthority(kid, path, now)
  await keys.save(TLS_AUTHORITY, fromText(authority.privateKey + authority.certificate))
  return authority
}

/** The district's authority out of its gateway's key store. */
export async function loadTlsAuthority(keys: KeyStore, folder: string): Promise<TlsAuthority> {
  const text = toText(await loadKey(keys, TLS_AUTHORITY, folder))
  const at = text.indexOf('-----BEGIN CERTIFICATE-----')
  if (at > 0) return { privateKey: text.slice(0, at), certificate: text.slice(at) }
  throw new PersonhoodError('store.key-unreadable', `${folder} has a ${TLS_AUTHORITY} that is none`)
}

/** Key identifier of a station's relay key: what its certificate is called. */
export function relayKidOf(keys: KeyStore): Promise<string> {
  return kidOfKey(keys, 'relay')
}

/** Writes a station's file for TLS, mode 0600, old or new at any time. */
export async function writeStationTls(
  file: string,
  authority: TlsAuthority,
  station: { readonly kid: string; readonly path: StationPath },
  now: UnixSeconds,
): Promise<void> {
  const credentials = issueCredentials(authority, station, now)
  const bundle = { ...credentials, authority: authority.certificate }
  await writeFileAtomic(file, fromText(bundleText(bundle)))
}

/** Writes a broker's file for TLS; this machine's own names are always among its names. */
export async function writeBrokerTls(
  file: string,
  authority: TlsAuthority,
  { path, hosts }: { readonly path: DistrictPath; readonly hosts: readonly string[] },
  now: UnixSeconds,
): Promise<void> {
  const names = [...new Set([...hosts, 'localhost', '127.0.0.1'])]
  const credentials = issueBrokerCredentials(authority, { path, hosts: names }, now)
  const bundle = { ...credentials, authority: authority.certificate }
  await writeFileAtomic(file, fromText(bundleText(bundle)))
}

async function kidOfKey(keys: KeyStore, use: 'relay' | 'delegation'): Promise<string> {
  return kidOf(publicKeyOf(await loadKey(keys, use, 'the station')))
}

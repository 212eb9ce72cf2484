import { kidBytesOf } from '../protocol/cose-key.ts'
import type { Signer } from '../protocol/cose-sign1.ts'
import type { DelegatedKey, KeyUse } from '../protocol/delegation.ts'
import type { StationPath } from '../protocol/district.ts'
import { PersonhoodError } from '../protocol/errors.ts'
import { privateKeyFrom, publicKeyOf, signMessage } from '../protocol/secp256k1.ts'
import { randomBytes } from './crypto.ts'
import type { KeyStore } from './key-store.ts'

/** A use whose key is secp256k1: all but the log's and witness's Ed25519 keys. */
export type SigningUse = Exclude<KeyUse, 'log' | 'witness'>

/** One station's own keys, out of its key store. */
export type Station = {
  readonly path: StationPath
  /** Whoever signs for this use; throws `call.no-key` where the station has no such key. */
  signer(use: SigningUse): Signer
  /** The private key (32 bytes) that opens bodies sealed to this station. */
  readonly sealKey: Uint8Array
}

/** Makes and saves a station's keys, one for each use, and returns their public halves. */
export async function createStationKeys(
  keyStore: KeyStore,
  uses: readonly SigningUse[],
): Promise<readonly DelegatedKey[]> {
  const keys: DelegatedKey[] = []
  for (const use of uses) {
    const privateKey = privateKeyFrom(randomBytes(48))
    await keyStore.save(use, privateKey)
    keys.push({ use, publicKey: publicKeyOf(privateKey) })
  }
  return keys
}

/** Loads a station's keys; throws `store.key-missing` naming the first that is not there. */
export async function loadStation(
  path: StationPath,
  keyStore: KeyStore,
  uses: readonly SigningUse[],
): Promise<Station> {
  const privateKeys = new Map<SigningUse, Uint8Array>()
  const signers = new Map<SigningUse, Signer>()
  for (const use of uses) {
    const privateKey = await keyStore.load(use)
    if (privateKey === undefined) {
      throw new PersonhoodError(
        'store.key-missing',
        `${path} has no ${use} key in its ${keyStore.rung} key store: provision the station again`,
      )
    }
    privateKeys.set(use, privateKey)
    const kid = kidBytesOf(publicKeyOf(privateKey))
    signers.set(use, { kid, sign: (message) => signMessage(privateKey, message) })
  }
  return {
    path,
    signer: (use) => signers.get(use) ?? noKey(path, use),
    get sealKey() {
      return privateKeys.get('seal') ?? noKey(path, 'seal')
    },
  }
}

function noKey(path: StationPath, use: SigningUse): never {
  throw new PersonhoodError('call.no-key', `${path} holds no ${use} key`)
}

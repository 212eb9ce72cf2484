import { PersonhoodError } from '../../protocol/errors.ts'
import type { KeyStore } from '../../runtime/key-store.ts'

/** A secret that provisioning made; throws `store.key-missing` naming it and where it should be. */
export async function loadKey(keys: KeyStore, name: string, folder: string): Promise<Uint8Array> {
  const key = await keys.load(name)
  if (key !== undefined) return key
  throw new PersonhoodError('store.key-missing', `${folder} has no ${name} key: provision it again`)
}

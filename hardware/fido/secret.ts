import type { CborMap, CborValue } from '../../protocol/cbor.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { parseAuthenticatorData } from '../../protocol/operator-key.ts'
import type { Agreed } from './client-pin.ts'
import { asBytes, readMap } from './ctap2.ts'
import type { SharedSecret } from './pin-protocol.ts'

/** Bytes of a salt, and of the secret that belongs to it. */
export const SECRET_BYTES = 32

/** A question for a secret, and what opens its answer. */
export type SecretRequest = { readonly parameters: CborMap; readonly shared: SharedSecret }

/** The parameters of hmac-secret for one salt (CTAP 2.1 §12.5). */
export function secretRequest({ coseKey, shared }: Agreed, salt: Uint8Array): SecretRequest {
  if (salt.length !== SECRET_BYTES) {
    throw new PersonhoodError('call.fido-salt', `a salt has 32 bytes, not ${salt.length}`)
  }
  const sealed = shared.encrypt(salt)
  const parameters = new Map<number, CborValue>([
    [1, coseKey],
    [2, sealed],
    [3, shared.authenticate(sealed)],
  ])
  // Protocol one goes without saying, and keys of CTAP 2.0 know no fourth parameter.
  if (shared.protocol === 2) parameters.set(4, 2)
  return { parameters, shared }
}

/** The secret in an answer; nothing where the credential was made without. */
export function decryptSecret(
  { shared }: SecretRequest,
  authenticatorData: Uint8Array,
): Uint8Array | undefined {
  const { extensions } = parseAuthenticatorData(authenticatorData)
  if (extensions.length === 0) return undefined
  const sealed = readMap(extensions).get('hmac-secret')
  if (sealed === undefined) return undefined
  const secret = shared.decrypt(asBytes(sealed, 'a secret'))
  if (secret.length === SECRET_BYTES) return secret
  throw new PersonhoodError('bytes.fido', `a secret of ${secret.length} bytes`)
}

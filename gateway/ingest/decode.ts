import { hasCode } from '../../protocol/errors.ts'
import { decodeRecord, type Kind } from '../../protocol/schema.ts'

/** A record out of a peer's bytes, or `undefined` where they are not one. */
export function tryDecode<T>(kind: Kind<T>, bytes: Uint8Array): T | undefined {
  try {
    return decodeRecord(kind, bytes)
  } catch (error) {
    if (hasCode(error, 'bytes')) return undefined
    throw error
  }
}

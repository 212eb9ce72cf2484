import { hasCode } from '../../protocol/errors.ts'
import { decodeRecord, type Kind } from '../../protocol/schema.ts'

/** A record out of a peer's bytes, or `undefined` where they are not one. */
export function tryDecode<T>(kind: Kind<T>, bytes: Uint8Array): T | undefined {
  return tryRead(() => decodeRecord(kind, bytes))
}

/** What `read` makes of a peer's bytes, or `undefined` where it throws `bytes.*` on them. */
export function tryRead<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (hasCode(error, 'bytes')) return undefined
    throw error
  }
}

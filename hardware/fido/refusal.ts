import { PersonhoodError } from '../../protocol/errors.ts'
import { Status } from './ctap2.ts'

/** Why a key did not do what it was asked, as its holder or the operator can mend it. */
export type KeyRefusal = {
  readonly outcome: 'refused'
  readonly reason:
    | 'pin-needed'
    | 'pin-wrong'
    /** Three wrong PINs: pull the key out and put it in again. */
    | 'pin-paused'
    /** Too many wrong PINs: the key must be reset, and loses its credentials. */
    | 'pin-blocked'
    | 'pin-not-set'
    | 'pin-too-simple'
    /** The key's own look at its holder failed. */
    | 'not-verified'
    | 'not-touched'
    | 'not-enrolled'
    | 'already-enrolled'
    | 'unsupported'
  /** Wrong PINs that are left, where the key told. */
  readonly retries?: number
}

const REASONS: ReadonlyMap<number, KeyRefusal['reason']> = new Map([
  [Status.pinRequired, 'pin-needed'],
  [Status.pinInvalid, 'pin-wrong'],
  [Status.pinAuthInvalid, 'pin-wrong'],
  [Status.pinAuthBlocked, 'pin-paused'],
  [Status.pinBlocked, 'pin-blocked'],
  [Status.pinNotSet, 'pin-not-set'],
  [Status.pinPolicy, 'pin-too-simple'],
  [Status.uvInvalid, 'not-verified'],
  [Status.uvBlocked, 'not-verified'],
  [Status.denied, 'not-touched'],
  [Status.userActionTimeout, 'not-touched'],
  [Status.keepaliveCancel, 'not-touched'],
  [Status.noCredentials, 'not-enrolled'],
  [Status.credentialExcluded, 'already-enrolled'],
  [Status.unsupportedAlgorithm, 'unsupported'],
  [Status.unsupportedOption, 'unsupported'],
])

/** The refusal that a status means (CTAP 2.1 §8.2); throws `device.refused` for any other. */
export function refusalOf(status: number): KeyRefusal {
  const reason = REASONS.get(status)
  if (reason !== undefined) return { outcome: 'refused', reason }
  throw new PersonhoodError(
    'device.refused',
    `the security key answers with status 0x${status.toString(16).padStart(2, '0')} (CTAP 2.1 §8.2)`,
  )
}

import { PersonhoodError } from '../../protocol/errors.ts'
import { systemCode } from '../system-code.ts'

/**
 * What a fault of the database means for the work that met it: `conflict` = not done, do it again;
 * `gone` = the connection is of no use, connect again; `full`, `denied` = for people; `other`.
 */
export type FaultKind = 'conflict' | 'gone' | 'full' | 'denied' | 'other'

/** serialization_failure, deadlock_detected. */
const CONFLICTS: readonly string[] = ['40001', '40P01']
/** disk_full. */
const DISK_FULL = '53100'
/**
 * too_many_connections, admin_shutdown, crash_shutdown, cannot_connect_now, idle_session_timeout,
 * idle_in_transaction_session_timeout, query_canceled, lock_not_available, and
 * read_only_sql_transaction, which is what a primary says that has become a standby.
 */
const GONE: readonly string[] = [
  '53300',
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '25P03',
  '57014',
  '55P03',
  '25006',
]
/** invalid_authorization, invalid_catalog_name, insufficient_privilege. */
const DENIED = /^(?:28|3D000|42501)/

/** The SQLSTATE of an error of the server (PostgreSQL 15 appendix A), or undefined. */
export function sqlState(error: unknown): string | undefined {
  const code = systemCode(error)
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && isFromServer(error) ? code : undefined
}

/** What a fault means; an error without an SQLSTATE is one of the line. */
export function faultKind(error: unknown): FaultKind {
  if (error instanceof PersonhoodError) return error.code === 'store.unreachable' ? 'gone' : 'other'
  const state = sqlState(error)
  if (state === undefined || state.startsWith('08') || GONE.includes(state)) return 'gone'
  if (CONFLICTS.includes(state)) return 'conflict'
  if (state === DISK_FULL) return 'full'
  return DENIED.test(state) ? 'denied' : 'other'
}

/** True where the server has said that the transaction was undone, so that nothing is in doubt. */
export function isUndone(error: unknown): boolean {
  return sqlState(error) !== undefined && faultKind(error) !== 'gone'
}

/** `store.unreachable`: nothing of the change is in the store. */
export function unreachable(place: string, timeoutMs: number, cause: unknown): PersonhoodError {
  return new PersonhoodError(
    'store.unreachable',
    `${place} gave no answer in ${timeoutMs} ms${reason(cause)}; all that was saved before is safe there: look whether the server runs and the line to it stands`,
    { cause },
  )
}

/** A fault of the database as the store tells it. */
export function storeFault(place: string, cause: unknown): PersonhoodError {
  if (cause instanceof PersonhoodError) return cause
  switch (faultKind(cause)) {
    case 'full':
      return new PersonhoodError(
        'store.full',
        `the disk of ${place} is full${reason(cause)}; the change is not in the store, all that was saved before is: free space on the server`,
        { cause },
      )
    case 'denied':
      return new PersonhoodError(
        'store.denied',
        `${place} refuses us${reason(cause)}: look at role, password file, database and pg_hba.conf`,
        { cause },
      )
    case 'gone':
      return new PersonhoodError('store.unreachable', `${place} is gone${reason(cause)}`, { cause })
    default:
      return new PersonhoodError('store.failed', `${place} has a fault${reason(cause)}`, { cause })
  }
}

/** `store.failed`: nobody can say whether the last change is in the store. */
export function inDoubt(place: string, cause: unknown): PersonhoodError {
  return new PersonhoodError(
    'store.failed',
    `${place} was lost during a commit and did not come back in time${reason(cause)}; all that was saved before is safe, the last change is in doubt: bring the server back, then restart`,
    { cause },
  )
}

/** `store.busy`: another process holds the district. */
export function busy(place: string, holder: string): PersonhoodError {
  return new PersonhoodError(
    'store.busy',
    `${place} is in use by another process (${holder}); of one name there is one: end that one first, or give this one a --name of its own`,
  )
}

/** `store.taken`: another process has become the writer while this one was cut off. */
export function taken(place: string): PersonhoodError {
  return new PersonhoodError(
    'store.taken',
    `another process has taken over ${place} while this one was cut off; nothing more is written here: end one of the two`,
  )
}

/** `store.rewound`: the database is older than what it has acknowledged. */
export function rewound(place: string, missing: number): PersonhoodError {
  return new PersonhoodError(
    'store.rewound',
    `${place} has lost the last ${missing} acknowledged commits, as after a fail-over to a standby that was not synchronous; nothing more is written: restore the missing part first (docs/operations.md)`,
  )
}

function isFromServer(error: unknown): boolean {
  return typeof (error as { readonly severity?: unknown }).severity === 'string'
}

function reason(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : ''
  return text === '' ? '' : ` (${text.slice(0, 200)})`
}

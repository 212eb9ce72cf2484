import { hasCode } from '../protocol/errors.ts'
import { errorFields } from '../runtime/log.ts'
import type { GatewayDeps } from './deps.ts'

/** A full disk is waited for, and all that was asked is asked again; after anything else a restart is due. */
export function createFailure(
  { log, onFailure }: Pick<GatewayDeps, 'log' | 'onFailure'>,
  stopping: AbortController,
): (error: unknown) => void {
  return (error) => {
    if (stopping.signal.aborted) return
    if (hasCode(error, 'store.full')) return log.error('gateway.disk-full', errorFields(error))
    stopping.abort()
    log.error('gateway.failed', errorFields(error))
    onFailure(error)
  }
}

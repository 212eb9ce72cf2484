import { openLeases } from '../../gateway/records/leases.ts'
import { openLedger } from '../../gateway/records/ledger.ts'
import type { StationPath } from '../../protocol/district.ts'
import type { Lease } from '../../protocol/messages/lease.ts'
import type { UnixSeconds } from '../../protocol/time.ts'
import { randomBytes } from '../../runtime/crypto.ts'
import type { Store } from '../../runtime/store.ts'

/**
 * Leases a block of status indices to each kiosk in its gateway's own store, before the gateway runs,
 * so that a kiosk can enrol before it has ever had a line.
 */
export async function grantFirstLeases(
  store: Store,
  kiosks: readonly StationPath[],
  now: UnixSeconds,
): Promise<ReadonlyMap<StationPath, Lease>> {
  const ledger = await openLedger(store, randomBytes)
  const leases = await openLeases(store, randomBytes, () => undefined)
  const granted = new Map<StationPath, Lease>()
  for (const kiosk of kiosks) {
    const lease = await ledger.change((draft) => leases.grant(draft, kiosk, undefined, now))
    granted.set(kiosk, lease)
  }
  return granted
}

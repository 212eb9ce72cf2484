import { decodeRecord } from '../../protocol/schema.ts'
import { DAY_S, type UnixSeconds } from '../../protocol/time.ts'
import type { Store } from '../../runtime/store.ts'
import type { Draft } from './ledger.ts'
import { quotaRow, TABLES } from './rows.ts'

/** How many of today's are used under a key, such as `kiosk/…` or `query/…`. */
export async function usedToday(
  rows: Pick<Store, 'get'>,
  key: string,
  now: UnixSeconds,
): Promise<number> {
  const value = await rows.get(TABLES.quotas, key)
  const row = value && decodeRecord(quotaRow, value)
  return row?.day === dayOf(now) ? row.count : 0
}

/** Counts one more; `used` is what `usedToday` said in the same change. */
export function countOne(draft: Draft, key: string, now: UnixSeconds, used: number): void {
  draft.set(TABLES.quotas, key, quotaRow, { day: dayOf(now), count: used + 1 })
}

/** Days since 1970 in UTC. */
function dayOf(now: UnixSeconds): number {
  return Math.floor(now / DAY_S)
}

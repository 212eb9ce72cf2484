import { STATUS_LIST_ENTRIES, type StatusReference } from '../../protocol/credential.ts'
import type { StationPath } from '../../protocol/district.ts'
import { isLeased, LEASE_INDICES, type Lease } from '../../protocol/messages/lease.ts'
import { decodeRecord } from '../../protocol/schema.ts'
import type { RandomBytes } from '../../protocol/seal.ts'
import type { UnixSeconds } from '../../protocol/time.ts'
import type { Store } from '../../runtime/store.ts'
import type { Draft, Ledger } from './ledger.ts'
import { pages } from './pages.ts'
import { leaseKey, leaseRow, statusKey, TABLES } from './rows.ts'

/** Which kiosk may issue from which block of status indices. */
export type Leases = {
  /** Numbers of the lists that have leases, and how many indices of each are leased. */
  readonly lists: ReadonlyMap<number, number>
  isLeasedTo(kiosk: StationPath, status: StatusReference): boolean
  /** The lease that answers a request by a kiosk that names `newest`; new ones go into the draft. */
  grant(
    draft: Draft,
    kiosk: StationPath,
    newest: Lease | undefined,
    now: UnixSeconds,
  ): Promise<Lease>
}

const BLOCKS = STATUS_LIST_ENTRIES / LEASE_INDICES
/** A kiosk that has so many leases of which no index has come back gets no more until one has. */
const MAX_UNUSED_LEASES = 16

/** Opens the leases of a store. */
export async function openLeases(
  store: Store,
  randomBytes: RandomBytes,
  onGranted: () => void,
  ledger?: Pick<Ledger, 'follow'>,
): Promise<Leases> {
  const byKiosk = new Map<StationPath, Lease[]>()
  const taken = new Map<number, Set<number>>()
  const admit = (kiosk: StationPath, lease: Lease) => {
    const held = byKiosk.get(kiosk) ?? []
    if (held.some((one) => isSame(one, lease))) return
    byKiosk.set(kiosk, [...held, lease])
    taken.set(lease.list, (taken.get(lease.list) ?? new Set()).add(lease.start / LEASE_INDICES))
  }
  const read = (key: string, value: Uint8Array) =>
    admit(key.slice(0, key.lastIndexOf('/')), decodeRecord(leaseRow, value).lease)
  for await (const { key, value } of pages(store, TABLES.leases)) read(key, value)
  ledger?.follow(TABLES.leases, (key, value) => {
    if (value === undefined) return
    read(key, value)
    onGranted()
  })

  async function isUnused({ list, start, count }: Lease): Promise<boolean> {
    const range = { from: statusKey(list, start), before: statusKey(list, start + count), limit: 1 }
    return (await store.range(TABLES.statusUses, range)).length === 0
  }

  /** Held leases without any enrolment so far, newest first; it looks no further than it must. */
  async function unused(leases: readonly Lease[]): Promise<number> {
    let count = 0
    for (const lease of leases.toReversed()) {
      if (count === MAX_UNUSED_LEASES || !(await isUnused(lease))) return count
      count += 1
    }
    return count
  }

  /** Of the newest list that has room, a block by lot: who sees an index cannot tell the kiosk or the day. */
  function freeBlock(): Lease {
    const list = Math.max(1, ...taken.keys())
    const used = taken.get(list) ?? new Set<number>()
    if (used.size === BLOCKS)
      return { list: list + 1, start: lot(BLOCKS) * LEASE_INDICES, count: LEASE_INDICES }
    const free = Array.from({ length: BLOCKS }, (_, block) => block).filter(
      (block) => !used.has(block),
    )
    return { list, start: (free[lot(free.length)] ?? 0) * LEASE_INDICES, count: LEASE_INDICES }
  }

  function lot(size: number): number {
    const [a = 0, b = 0, c = 0, d = 0] = randomBytes(4)
    return (((a << 24) | (b << 16) | (c << 8) | d) >>> 0) % size
  }

  return {
    get lists() {
      return new Map([...taken].map(([list, blocks]) => [list, blocks.size * LEASE_INDICES]))
    },
    isLeasedTo: (kiosk, status) =>
      (byKiosk.get(kiosk) ?? []).some((lease) => isLeased(lease, status)),
    async grant(draft, kiosk, newest, now) {
      const held = byKiosk.get(kiosk) ?? []
      const last = held.at(-1)
      // An earlier one named, or none: our last answer was lost, unless that lease is in use already.
      if (
        last !== undefined &&
        !isSame(last, newest) &&
        (newest !== undefined || (await isUnused(last)))
      ) {
        return last
      }
      if (last !== undefined && (await unused(held)) === MAX_UNUSED_LEASES) return last
      const lease = freeBlock()
      draft.set(TABLES.leases, leaseKey(kiosk, held.length), leaseRow, { lease, granted: now })
      draft.after(() => {
        admit(kiosk, lease)
        onGranted()
      })
      return lease
    },
  }
}

function isSame(a: Lease, b: Lease | undefined): boolean {
  return b !== undefined && a.list === b.list && a.start === b.start && a.count === b.count
}

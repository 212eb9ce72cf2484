import { hasCode } from '../../protocol/errors.ts'
import type { SignatureVerifier } from '../../protocol/secp256k1.ts'
import { parseStatusList, type StatusList, type Zlib } from '../../protocol/status-list.ts'
import { MAX_CLOCK_SKEW_S } from '../../protocol/time.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Store } from '../../runtime/store.ts'
import type { TrustKeeper } from '../../runtime/trust-keeper.ts'
import { createTurns } from '../in-turn.ts'

/** The newest verified status lists, kept over restarts. */
export type StatusLists = {
  find(district: string, list: number): StatusList | undefined
  /**
   * Takes a signed list: true once a newer one is durable. Throws `bytes.*` where it is not good. One
   * from the future, of a gateway whose clock was wrong, would hide all that come until then.
   */
  offer(received: Uint8Array): Promise<boolean>
}

const TABLE = 'status-list'

/** Opens the lists of a store; one that the present trust list does not bear out is left aside. */
export async function openStatusLists(options: {
  readonly store: Store
  readonly trust: TrustKeeper
  readonly clock: Clock
  readonly verify: SignatureVerifier
  readonly zlib: Zlib
}): Promise<StatusLists> {
  const { store, trust, clock, verify, zlib } = options
  const lists = new Map<string, StatusList>()
  const inTurn = createTurns()
  const read = (received: Uint8Array) => parseStatusList(received, trust.current, verify, zlib)
  const isAhead = ({ issued }: StatusList): boolean => {
    const { unix, uncertaintyS } = clock.now()
    return issued > unix + uncertaintyS + MAX_CLOCK_SKEW_S
  }
  for (const { key, value } of await store.range(TABLE)) {
    try {
      lists.set(key, read(value))
    } catch (error) {
      if (!hasCode(error, 'bytes')) throw error
    }
  }
  return {
    find: (district, list) => lists.get(keyOf(district, list)),
    offer: (received) =>
      inTurn(async () => {
        const offered = read(received)
        const key = keyOf(offered.district, offered.list)
        const known = lists.get(key)
        if (isAhead(offered)) return false
        // One that is ahead was taken while our own clock was.
        if (known !== undefined && !isAhead(known) && offered.issued <= known.issued) return false
        await store.commit({ writes: [{ table: TABLE, key, value: received }] })
        lists.set(key, offered)
        return true
      }),
  }
}

function keyOf(district: string, list: number): string {
  return `${district}/${list}`
}

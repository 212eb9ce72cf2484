import { PersonhoodError } from '../protocol/errors.ts'
import type { SignatureVerifier } from '../protocol/secp256k1.ts'
import { parseTrustList, type RootSet, type Trust } from '../protocol/trust-list.ts'
import type { Store } from './store.ts'

const TABLE = 'trust'
const KEY = 'current'

/** The newest verified trust list of this station. */
export type TrustKeeper = {
  readonly current: Trust
  /** The list as it was signed, for passing on. */
  readonly bytes: Uint8Array
  /**
   * Takes a newer list: true once it is durable, false where it is not newer (a rollback changes
   * nothing). Throws `bytes.*` where it is not signed by the roots.
   */
  offer(received: Uint8Array): Promise<boolean>
}

/**
 * Opens the keeper with the list of the last run, or `provisioned` where that is newer, which is
 * kept from then on. Throws
 * `config.demo-trust` where a production station is given a demonstration root (docs/protocol.md §3).
 */
export async function openTrustKeeper(options: {
  readonly store: Store
  readonly roots: RootSet
  readonly provisioned: Uint8Array
  readonly allowDemo: boolean
  readonly verify: SignatureVerifier
}): Promise<TrustKeeper> {
  const { store, roots, provisioned, allowDemo, verify } = options
  let bytes = provisioned
  let current = parseTrustList(provisioned, roots, verify)
  if (current.isDemo && !allowDemo) {
    throw new PersonhoodError(
      'config.demo-trust',
      `the root ${roots.path} is for demonstrations: set demo = true, or give a real root`,
    )
  }
  const stored = await store.get(TABLE, KEY)
  if (stored !== undefined) {
    const kept = parseTrustList(stored, roots, verify)
    if (kept.version >= current.version) {
      bytes = stored
      current = kept
    }
  }
  // Kept also where it came with the machine, so that an older file later is no way back.
  if (bytes !== stored) await keep(store, bytes)
  async function take(received: Uint8Array): Promise<boolean> {
    const offered = parseTrustList(received, roots, verify)
    if (offered.version <= current.version) return false
    await keep(store, received)
    bytes = received
    current = offered
    return true
  }
  // One offer at a time: of two at once the older must not be the one that rests in the store.
  let last: Promise<unknown> = Promise.resolve()
  return {
    get current() {
      return current
    },
    get bytes() {
      return bytes
    },
    offer(received) {
      const copy = received.slice()
      const turn = last.then(() => take(copy))
      last = turn.catch(() => undefined)
      return turn
    },
  }
}

async function keep(store: Store, bytes: Uint8Array): Promise<void> {
  await store.commit({ writes: [{ table: TABLE, key: KEY, value: bytes }] })
}

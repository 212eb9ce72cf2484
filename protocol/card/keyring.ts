import { toHex } from '../bytes.ts'
import type { Aes } from './aes-cmac.ts'
import { cardKey, KeySlot, type VersionedKey } from './card-keys.ts'

/**
 * Whether a phone may read the credential, and a reader at reading distance follow the card (*open*),
 * or nobody without a key (*private*); a choice of the district (docs/card-layout.md, Keys).
 */
export type CardPolicy = 'open' | 'private'

/** The keys that one kiosk holds for the cards of its district. */
export type CardKeyring = {
  readonly policy: CardPolicy
  /** Key 2 of that card, which every kiosk of the district can derive; undefined for a version it lacks. */
  tapKey(version: number, uid: Uint8Array): Uint8Array | undefined
  /** Key 1 of that card, where it is of a batch that this kiosk was given. */
  writeKey(version: number, uid: Uint8Array): Uint8Array | undefined
  /** Key 4 of private cards, the same on each: it tells a card's UID and nothing else. */
  identityKey(version: number): Uint8Array | undefined
}

/** Cards that were prepared together; `version` is the one that they show for key 1. */
export type CardBatch = {
  readonly version: number
  /** Key 1 of each card, by its UID in hex. */
  readonly cards: ReadonlyMap<string, Uint8Array>
}

/** What a keyring is made of. */
export type KeyringParts = {
  readonly policy: CardPolicy
  /** Masters of key 2: the present one, and those of before a theft until their cards are renewed. */
  readonly tap: readonly VersionedKey[]
  readonly batches: readonly CardBatch[]
  readonly identity?: VersionedKey | undefined
}

/** The version that a card shows for a key nobody has changed. */
export const FACTORY_VERSION = 0

/** The keyring of these keys. */
export function createKeyring(aes: Aes, parts: KeyringParts): CardKeyring {
  const { policy, tap, batches, identity } = parts
  return {
    policy,
    tapKey(version, uid) {
      const master = tap.find((known) => known.version === version)
      return master && cardKey(aes, master, uid, KeySlot.tap)
    },
    writeKey(version, uid) {
      const name = toHex(uid)
      const mine = batches.filter((batch) => batch.version === version)
      return mine.map(({ cards }) => cards.get(name)).find((key) => key !== undefined)
    },
    identityKey: (version) => (identity?.version === version ? identity.key : undefined),
  }
}

/** A keyring that also has key 1 of every card of a batch by its master: for demonstrations alone. */
export function withBatchMaster(aes: Aes, keyring: CardKeyring, master: VersionedKey): CardKeyring {
  return {
    ...keyring,
    writeKey: (version, uid) =>
      version === master.version
        ? cardKey(aes, master, uid, KeySlot.write)
        : keyring.writeKey(version, uid),
  }
}

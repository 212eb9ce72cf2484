import { toHex } from '../../protocol/bytes.ts'
import type { CardKeyring } from '../../protocol/card/keyring.ts'
import type { CardTools } from '../../protocol/card/personhood-card.ts'
import type { CardCrypto } from '../../protocol/card/secured.ts'

/** What this kiosk speaks to cards with. */
export type KioskCards = {
  /** For the card with that identity: without keys where it failed to prove them. */
  toolsFor(shownUid: Uint8Array): CardTools
  /**
   * Asks that card for no more proof until the next start: it counts each wrong key for good, and
   * a holder must not lose a card to a keyring that is wrong.
   */
  distrust(shownUid: Uint8Array): void
}

/** Most cards that are remembered so; then the oldest is asked again. */
const MAX_DISTRUSTED = 1000

/**
 * Cards with this keyring, or without one; cards with a key of their own need none. `onDistrust` is
 * told of each card that failed, not which: many of them are a keys file that is out of date.
 */
export function createKioskCards(
  crypto: CardCrypto & Pick<CardTools, 'verify'>,
  keyring: CardKeyring | undefined,
  onDistrust: () => void,
): KioskCards {
  const distrusted = new Set<string>()
  return {
    toolsFor: (shownUid) => ({
      ...crypto,
      keyring: distrusted.has(toHex(shownUid)) ? undefined : keyring,
    }),
    distrust(shownUid) {
      onDistrust()
      const [oldest] = distrusted
      if (distrusted.size >= MAX_DISTRUSTED && oldest !== undefined) distrusted.delete(oldest)
      distrusted.add(toHex(shownUid))
    },
  }
}

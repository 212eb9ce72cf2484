import { sha256 } from '@noble/hashes/sha2.js'
import type { Ntag424 } from '../../hardware/nfc/ntag424-simulator.ts'
import { converse } from '../../hardware/nfc/virtual-card.ts'
import { fromText } from '../../protocol/bytes.ts'
import { KeySlot, type VersionedKey } from '../../protocol/card/card-keys.ts'
import {
  type CardKeyring,
  createKeyring,
  FACTORY_VERSION,
  withBatchMaster,
} from '../../protocol/card/keyring.ts'
import { decodeCardFile } from '../../protocol/card/layout.ts'
import { getKeyVersion, readNdefFile, selectNdefApplication } from '../../protocol/card/ntag424.ts'
import { type CardKeys, deriveCardKeys, prepareCard } from '../../protocol/card/preparation.ts'
import { aes128, randomBytes } from '../../runtime/crypto.ts'

const VERSION = 0xd0

/** Known to all the world: a demonstration's cards prove nothing outside of it. */
const MASTERS: CardKeys = {
  [KeySlot.change]: master('change'),
  [KeySlot.write]: master('write'),
  [KeySlot.tap]: master('tap'),
  [KeySlot.seed]: master('seed'),
  [KeySlot.mirror]: master('mirror'),
}
function master(name: string): VersionedKey {
  const key = sha256(fromText(`personhood demonstration cards, ${name}`)).slice(0, 16)
  return { version: VERSION, key }
}

/** What the kiosks of a room hold: key 2 and key 1 of each of its cards, key 0 of none. */
export function demoKeyring(): CardKeyring {
  const tap = [MASTERS[KeySlot.tap]]
  const keyring = createKeyring(aes128, { policy: 'open', tap, batches: [] })
  return withBatchMaster(aes128, keyring, MASTERS[KeySlot.write])
}

/** Gives a blank card of the factory the room's keys, as a district does before kiosks see it; others stay as they are. */
export function prepareDemoCard(card: Ntag424): void {
  card.arrive()
  converse(card, selectNdefApplication())
  const version = converse(card, getKeyVersion(KeySlot.change))
  const file = converse(card, readNdefFile())
  const isBlank = file !== undefined && decodeCardFile(file).kind === 'blank'
  if (version === FACTORY_VERSION && isBlank) {
    const keys = deriveCardKeys(aes128, MASTERS, card.uid, 'open')
    converse(card, prepareCard({ aes: aes128, random: randomBytes }, keys, 'open'))
  }
  card.arrive()
}

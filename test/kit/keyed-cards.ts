import {
  createNtag424,
  type Ntag424,
  restoreNtag424,
} from '../../hardware/nfc/ntag424-simulator.ts'
import type { Draw } from '../../hardware/nfc/simulated-aes.ts'
import { converse } from '../../hardware/nfc/virtual-card.ts'
import { concat, toHex } from '../../protocol/bytes.ts'
import { decodeResponse, encodeCommand } from '../../protocol/card/apdu.ts'
import { cardKey, KeySlot, type VersionedKey } from '../../protocol/card/card-keys.ts'
import { type CardKeyring, type CardPolicy, createKeyring } from '../../protocol/card/keyring.ts'
import { GuardedFile, NDEF_FILE_BYTES } from '../../protocol/card/layout.ts'
import type { CardScript } from '../../protocol/card/ntag424.ts'
import type { CardTools } from '../../protocol/card/personhood-card.ts'
import { type CardKeys, deriveCardKeys, prepareCard } from '../../protocol/card/preparation.ts'
import type { CardCrypto } from '../../protocol/card/secured.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { aes128, randomBytes } from '../../runtime/crypto.ts'

export const CRYPTO: CardCrypto = { aes: aes128, random: randomBytes }

/** Masters of a district, one a slot; the version tells which is which. */
export const MASTERS: CardKeys = {
  0: master(10),
  1: master(11),
  2: master(12),
  3: master(13),
  4: master(14),
}

function master(version: number): VersionedKey {
  return { version, key: new Uint8Array(16).fill(version) }
}

/** Our own cards of a test, by number. */
export function uidOf(number: number): Uint8Array {
  return Uint8Array.of(0x04, 0x55, 0, 0, 0, number >> 8, number)
}

/** A keyring with key 2 of every card and key 1 of these. */
export function keyringFor(policy: CardPolicy, ...uids: readonly Uint8Array[]): CardKeyring {
  const { write, tap, mirror } = KeySlot
  const cards = new Map(
    uids.map((uid) => [toHex(uid), cardKey(aes128, MASTERS[write], uid, write)]),
  )
  return createKeyring(aes128, {
    policy,
    tap: [MASTERS[tap]],
    batches: [{ version: MASTERS[write].version, cards }],
    identity: MASTERS[mirror],
  })
}

/** What a kiosk speaks to these cards with. */
export function toolsFor(policy: CardPolicy, ...uids: readonly Uint8Array[]): CardTools {
  return { ...CRYPTO, keyring: keyringFor(policy, ...uids) }
}

const prepared = new Map<string, Uint8Array>()

/** A card as the district hands it to a kiosk: blank, with keys and rights; what it draws is fresh unless given. */
export function preparedCard(uid: Uint8Array, policy: CardPolicy = 'open', draw?: Draw): Ntag424 {
  const name = `${policy} ${toHex(uid)}`
  const known = prepared.get(name)
  if (known !== undefined) return restoreNtag424(known, draw)
  const card = createNtag424({ uid })
  const keys = deriveCardKeys(aes128, MASTERS, uid, policy)
  converse(card, prepareCard(CRYPTO, keys, policy))
  card.arrive()
  prepared.set(name, card.snapshot())
  return restoreNtag424(card.snapshot(), draw)
}

/** Snapshot head, UID and capability container come before the NDEF file, then the guarded file. */
const NDEF_OFFSET = 5 + 7 + 32

/** A virtual card's NDEF file as it is stored. */
export function storedFile(card: Ntag424): Uint8Array {
  return card.snapshot().slice(NDEF_OFFSET, NDEF_OFFSET + NDEF_FILE_BYTES)
}

/** A virtual card's guarded file as it is stored. */
export function storedGuarded(card: Ntag424): Uint8Array {
  const start = NDEF_OFFSET + NDEF_FILE_BYTES
  return card.snapshot().slice(start, start + GuardedFile.bytes)
}

/** Where a conversation is cut: before the n-th command reaches the card, or after, its answer lost. */
export type Cut = { readonly command: number; readonly isAnswerLost: boolean }

/** Runs a script with a card up to the cut; undefined where it came to its end before. */
export function converseUntil<T>(
  card: Ntag424,
  script: CardScript<T>,
  cut: Cut,
): PersonhoodError | undefined {
  const torn = new PersonhoodError('card.moved', 'cut here')
  let step = script.next()
  for (let command = 1; step.done !== true; command++) {
    if (command === cut.command && !cut.isAnswerLost) return torn
    const answer = card.exchange(encodeCommand(step.value))
    if (command === cut.command || answer === undefined) return torn
    step = script.next(decodeResponse(answer))
  }
  return undefined
}

/** Commands that a script takes, run on a copy of the card. */
export function commandsOf<T>(card: Ntag424, script: CardScript<T>): number {
  let commands = 0
  const copy = restoreNtag424(card.snapshot())
  const counting = {
    exchange: (bytes: Uint8Array) => {
      commands += 1
      return copy.exchange(bytes)
    },
  }
  converse(counting, script)
  return commands
}

/** An independent copy of a card, at rest in a field. */
export function copyOf(card: Ntag424): Ntag424 {
  return restoreNtag424(concat(card.snapshot()))
}

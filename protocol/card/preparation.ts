import { PersonhoodError } from '../errors.ts'
import type { Aes } from './aes-cmac.ts'
import { cardKey, FACTORY_KEY, KeySlot, type VersionedKey } from './card-keys.ts'
import type { FileSettings, MirrorSettings } from './file-settings.ts'
import type { CardPolicy } from './keyring.ts'
import { type CardScript, getKeyVersion, selectNdefApplication } from './ntag424.ts'
import { CardFileNumber } from './personhood-card.ts'
import {
  authenticate,
  type CardChannel,
  type CardCrypto,
  changeFileSettings,
  changeKey,
  hideIdentity,
} from './secured.ts'

/** The five keys of one card, by slot. */
export type CardKeys = { readonly [Slot in KeySlot]: VersionedKey }

/** The keys that a district's masters give one card; key 4 of private cards is the same on each. */
export function deriveCardKeys(
  aes: Aes,
  masters: CardKeys,
  uid: Uint8Array,
  policy: CardPolicy,
): CardKeys {
  const derived = (slot: KeySlot): VersionedKey => ({
    version: masters[slot].version,
    key: cardKey(aes, masters[slot], uid, slot),
  })
  const { change, write, tap, seed, mirror } = KeySlot
  return {
    [change]: derived(change),
    [write]: derived(write),
    [tap]: derived(tap),
    [seed]: derived(seed),
    [mirror]: policy === 'private' ? masters[mirror] : derived(mirror),
  }
}

/**
 * Rights of the two files. The NDEF file's holder of key 1 may also read, so that a writer reads
 * back what it wrote; the guarded file is read by key 2 alone.
 */
export function cardSettings(
  policy: CardPolicy,
  mirror?: MirrorSettings,
): { readonly ndef: FileSettings; readonly guarded: FileSettings } {
  const { change, write, tap } = KeySlot
  const isOpen = policy === 'open'
  return {
    ndef: {
      mode: isOpen ? 'mac' : 'full',
      rights: { read: isOpen ? 'free' : tap, write, readWrite: write, change },
      mirror,
    },
    guarded: { mode: 'full', rights: { read: tap, write, readWrite: 'never', change } },
  }
}

/**
 * Gives a factory card its keys and rights, key 0 last; the district does this where its cards are
 * kept, before a kiosk sees them. Cut anywhere, the same call goes on. Throws `card.foreign` where
 * the card has neither the factory's key 0 nor ours.
 */
export function* prepareCard(
  crypto: CardCrypto,
  keys: CardKeys,
  policy: CardPolicy,
): CardScript<void> {
  if (!(yield* selectNdefApplication())) throw unprepared('it has no NDEF application')
  const versions = new Map<KeySlot, number | undefined>()
  for (const slot of Object.values(KeySlot)) versions.set(slot, yield* getKeyVersion(slot))
  const isDone = (slot: KeySlot): boolean => versions.get(slot) === keys[slot].version
  const own = keys[KeySlot.change]
  const key = isDone(KeySlot.change) ? own.key : FACTORY_KEY
  const channel = yield* authenticate(crypto, KeySlot.change, key)
  if (channel === undefined) throw unprepared('its key 0 is neither the factory’s nor ours')
  const settings = cardSettings(policy)
  yield* changeFileSettings(channel, CardFileNumber.guarded, settings.guarded)
  yield* changeFileSettings(channel, CardFileNumber.ndef, settings.ndef)
  const { change, write, tap, seed, mirror } = KeySlot
  for (const slot of [write, tap, seed, mirror]) {
    if (!isDone(slot)) {
      yield* changeKey(channel, crypto.aes, slot, { to: keys[slot], from: FACTORY_KEY })
    }
  }
  if (policy === 'private') yield* hideIdentity(channel)
  if (!isDone(change)) {
    yield* changeKey(channel, crypto.aes, change, { to: own, from: FACTORY_KEY })
  }
}

/** Has an open card fill its address in at each tap; by the holder of key 0, once the address is on it. */
export function* enableMirror(channel: CardChannel, mirror: MirrorSettings): CardScript<void> {
  yield* changeFileSettings(channel, CardFileNumber.ndef, cardSettings('open', mirror).ndef)
}

function unprepared(why: string): PersonhoodError {
  return new PersonhoodError('card.foreign', `this card cannot be prepared: ${why}`)
}

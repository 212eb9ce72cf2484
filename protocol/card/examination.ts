import { Sw } from './apdu.ts'
import { FACTORY_KEY, type KeySlot, KeySlot as Slot } from './card-keys.ts'
import { type CardPolicy, FACTORY_VERSION } from './keyring.ts'
import { type CardFileReading, decodeCardFile, NDEF_FILE_BYTES, NLEN_BYTES } from './layout.ts'
import {
  type CardScript,
  FileId,
  getKeyVersion,
  getVersion,
  isNtag424,
  MAX_CHUNK_BYTES,
  readNdefFile,
  refusal,
  selectFile,
  selectNdefApplication,
  updateBinary,
} from './ntag424.ts'
import { CardFileNumber } from './personhood-card.ts'
import { type CardKeys, deriveCardKeys } from './preparation.ts'
import {
  authenticate,
  authenticateNext,
  type CardChannel,
  type CardCrypto,
  getCardUid,
  readData,
} from './secured.ts'

/**
 * How a card stands to a district that would prepare it. `factory`: the factory's keys, with what its
 * file holds; `begun`: keys of ours and of the factory, torn while it was prepared; `prepared`: all
 * five keys proved to be ours; `foreign`: keys of somebody else; `unsuitable`: no NTAG 424 DNA.
 */
export type CardStanding =
  | {
      readonly kind: 'factory'
      readonly uid: Uint8Array
      readonly contents: CardFileReading['kind']
    }
  | { readonly kind: 'begun'; readonly uid: Uint8Array }
  | { readonly kind: 'prepared'; readonly uid: Uint8Array }
  | { readonly kind: 'foreign'; readonly why: string }
  | { readonly kind: 'unsuitable'; readonly why: string }

/** Whose cards are prepared: the masters of a district, and what it lets phones read. */
export type Preparer = { readonly masters: CardKeys; readonly policy: CardPolicy }

const SLOTS: readonly KeySlot[] = Object.values(Slot)

/**
 * Looks at a card before it is prepared and writes nothing. Every key that shows our version is asked
 * to prove itself, because a version is one byte and another district may use the same; a card that
 * fails is asked once, since it counts wrong keys for good.
 */
export function* examineCard(
  crypto: CardCrypto,
  preparer: Preparer,
  shownUid: Uint8Array,
): CardScript<CardStanding> {
  const { masters } = preparer
  if (!(yield* selectNdefApplication())) return unsuitable('it has no NDEF application')
  const chip = yield* getVersion()
  if (chip === undefined || !isNtag424(chip)) return unsuitable('it is no NTAG 424 DNA')
  const versions = yield* readVersions()
  const ours = SLOTS.filter((slot) => versions[slot] === masters[slot].version)
  const isKnown = SLOTS.every((slot) => ours.includes(slot) || versions[slot] === FACTORY_VERSION)
  if (!isKnown) return foreign(`its keys show versions ${versions.join(', ')}, which are not ours`)
  return ours.includes(Slot.change)
    ? yield* examinePrepared(crypto, preparer, ours, shownUid)
    : yield* examineUnfinished(crypto, preparer, ours)
}

/** Key 0 is changed last: with it ours and another not, somebody else was at the card. */
function* examinePrepared(
  crypto: CardCrypto,
  preparer: Preparer,
  ours: readonly KeySlot[],
  shownUid: Uint8Array,
): CardScript<CardStanding> {
  if (ours.length < SLOTS.length) return foreign('only some of its keys are ours')
  const uid = yield* preparedUid(crypto, preparer, shownUid)
  if (uid === undefined)
    return foreign('its key 4 shows our version and is not the one of this file')
  const failed = yield* unprovenSlot(crypto, preparer, ours, uid)
  return failed === undefined ? { kind: 'prepared', uid } : unproven(failed)
}

function* examineUnfinished(
  crypto: CardCrypto,
  preparer: Preparer,
  ours: readonly KeySlot[],
): CardScript<CardStanding> {
  const uid = yield* factoryUid(crypto)
  if (uid === undefined) return foreign('its key 0 is not the factory’s')
  const failed = yield* unprovenSlot(crypto, preparer, ours, uid)
  if (failed !== undefined) return unproven(failed)
  if (ours.length > 0) return { kind: 'begun', uid }
  return { kind: 'factory', uid, contents: yield* readContents(crypto) }
}

/** The first of these slots whose key is not the one that the masters give that card. */
function* unprovenSlot(
  crypto: CardCrypto,
  { masters, policy }: Preparer,
  slots: readonly KeySlot[],
  uid: Uint8Array,
): CardScript<KeySlot | undefined> {
  const keys = deriveCardKeys(crypto.aes, masters, uid, policy)
  for (const slot of slots) {
    if ((yield* authenticate(crypto, slot, keys[slot].key)) === undefined) return slot
  }
  return undefined
}

function unproven(slot: KeySlot): CardStanding {
  return foreign(`its key ${slot} shows our version and is not the one of this file and policy`)
}

/**
 * Sets the NDEF file of a card with the factory's rights to zeros, NLEN first, and reads it back: for
 * a card that holds another message. Throws `card.refused` where the file is not free to write.
 */
export function* eraseMessage(): CardScript<void> {
  yield* selectNdefApplication()
  yield* selectFile(FileId.ndef)
  const runs = [{ from: 0, to: NLEN_BYTES }, ...chunksFrom(NLEN_BYTES)]
  for (const { from, to } of runs) {
    const { sw } = yield* updateBinary(from, new Uint8Array(to - from))
    if (sw !== Sw.ok) throw refusal('have its message erased', sw)
  }
  const file = yield* readNdefFile()
  if (file === undefined || decodeCardFile(file).kind !== 'blank') {
    throw refusal('have its message erased', Sw.ok)
  }
}

/** The versions that the five slots show, by slot; -1 where the card does not tell. */
export function* readVersions(): CardScript<readonly number[]> {
  const versions: number[] = []
  for (const slot of SLOTS) versions[slot] = (yield* getKeyVersion(slot)) ?? -1
  return versions
}

function chunksFrom(start: number): readonly { readonly from: number; readonly to: number }[] {
  const chunks: { from: number; to: number }[] = []
  for (let from = start; from < NDEF_FILE_BYTES; from += MAX_CHUNK_BYTES) {
    chunks.push({ from, to: Math.min(from + MAX_CHUNK_BYTES, NDEF_FILE_BYTES) })
  }
  return chunks
}

/** A private card shows another identity each time: key 4, the same on all, tells its own. */
function* preparedUid(
  crypto: CardCrypto,
  { masters, policy }: Preparer,
  shownUid: Uint8Array,
): CardScript<Uint8Array | undefined> {
  if (policy === 'open') return shownUid
  const channel = yield* authenticate(crypto, Slot.mirror, masters[Slot.mirror].key)
  return channel && (yield* getCardUid(channel))
}

function* factoryUid(crypto: CardCrypto): CardScript<Uint8Array | undefined> {
  const channel = yield* authenticate(crypto, Slot.change, FACTORY_KEY)
  return channel && (yield* getCardUid(channel))
}

/** Torn behind its new rights, a card still has the factory's keys and shows its file to them alone. */
function* readContents(crypto: CardCrypto): CardScript<CardFileReading['kind']> {
  yield* selectNdefApplication()
  const file = yield* readNdefFile()
  if (file !== undefined) return decodeCardFile(file).kind
  yield* selectNdefApplication()
  const owner = yield* authenticate(crypto, Slot.change, FACTORY_KEY)
  const reader = owner && (yield* authenticateNext(crypto, owner, Slot.tap, FACTORY_KEY))
  return reader === undefined ? 'foreign' : yield* readGuardedMessage(reader)
}

function* readGuardedMessage(reader: CardChannel): CardScript<CardFileReading['kind']> {
  const bytes = yield* readData(reader, 'full', CardFileNumber.ndef, 0, NDEF_FILE_BYTES)
  return decodeCardFile(bytes).kind
}

function foreign(why: string): CardStanding {
  return { kind: 'foreign', why }
}

function unsuitable(why: string): CardStanding {
  return { kind: 'unsuitable', why }
}

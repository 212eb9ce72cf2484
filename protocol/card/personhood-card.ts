import type { SignatureVerifier } from '../secp256k1.ts'
import type { CardProof } from '../verify.ts'
import { KeySlot } from './card-keys.ts'
import { type CardKeyring, FACTORY_VERSION } from './keyring.ts'
import {
  type CardFileReading,
  decodeCardFile,
  GuardedFile,
  locateCardParts,
  NDEF_FILE_BYTES,
} from './layout.ts'
import { type CardScript, getKeyVersion, readNdefFile, selectNdefApplication } from './ntag424.ts'
import { decodeRedo, type RedoFields, settleFile } from './redo.ts'
import {
  authenticate,
  authenticateNext,
  type CardChannel,
  type CardCrypto,
  getCardUid,
  readData,
} from './secured.ts'

/** Numbers of the two files that are ours to write. */
export const CardFileNumber = { ndef: 2, guarded: 3 } as const

/** What cards are spoken to with; without a keyring their keys are left alone. */
export type CardTools = CardCrypto & {
  readonly keyring: CardKeyring | undefined
  /** For cards with an elliptic key of their own; without it they prove nothing. */
  readonly verify?: SignatureVerifier | undefined
}

/** What a look at a card found. */
export type CardReading = {
  /** The card's own UID, also where it shows a random one. */
  readonly uid: Uint8Array
  /** A write cut short is carried out in what this says, where the card's keys let us see it. */
  readonly contents: CardFileReading
  readonly proof: CardProof
  /** The card still has a write to be finished, by whoever holds its key 1. */
  readonly isUnfinished: boolean
  /** It says that its keys are ours, and could not prove it: each further try is counted by the card. */
  readonly isUnproven: boolean
}

/** What lies on a card as it is, for one who will write. */
export type CardState = {
  readonly uid: Uint8Array
  /** The NDEF file as it was read; undefined where it needs a key that we lack. */
  readonly file: Uint8Array | undefined
  /** The guarded file, where the card proved key 2. */
  readonly guarded: Uint8Array | undefined
  readonly redo: RedoFields | undefined
  readonly channel: CardChannel | undefined
  readonly isUnproven: boolean
}

/**
 * Reads a card and, where it is one of the keyring's, has it prove so. The capability container is
 * not read: a tap is timed, and a card without our file where ours is, is not ours.
 */
export function* readPersonhoodCard(
  tools: CardTools,
  shownUid: Uint8Array,
): CardScript<CardReading> {
  const state = yield* readState(tools, shownUid)
  if (state?.file === undefined) {
    return {
      uid: shownUid,
      contents: { kind: 'foreign' },
      proof: { kind: 'none' },
      isUnfinished: false,
      isUnproven: state?.isUnproven ?? false,
    }
  }
  const { uid, file, guarded, redo, isUnproven } = state
  const settled = redo && settleFile(file, redo)
  const { offset, length } = GuardedFile.bindingSecret
  return {
    uid,
    contents: decodeCardFile(settled ?? file),
    proof: guarded
      ? { kind: 'authenticated', uid, r: guarded.slice(offset, offset + length) }
      : { kind: 'none' },
    isUnfinished: settled !== undefined,
    isUnproven,
  }
}

/** Reads both files as they are; undefined where the card has no NDEF application. */
export function* readState(
  tools: CardTools,
  shownUid: Uint8Array,
): CardScript<CardState | undefined> {
  if (!(yield* selectNdefApplication())) return undefined
  const file = yield* readNdefFile()
  const nothing = { guarded: undefined, redo: undefined, channel: undefined, isUnproven: false }
  const plain: CardState = { uid: shownUid, file, ...nothing }
  if (tools.keyring === undefined) return plain
  if (file === undefined) {
    return tools.keyring.policy === 'private' ? yield* readPrivate(tools, plain) : plain
  }
  // Only a card that holds our file is asked to prove a key.
  const isOurs = decodeCardFile(file).kind === 'torn' || locateCardParts(file) !== undefined
  return isOurs ? yield* readGuarded(tools, plain) : plain
}

function* readGuarded({ keyring, ...crypto }: CardTools, plain: CardState): CardScript<CardState> {
  const version = (yield* getKeyVersion(KeySlot.tap)) ?? FACTORY_VERSION
  const key = keyring?.tapKey(version, plain.uid)
  if (key === undefined) return plain
  const channel = yield* authenticate(crypto, KeySlot.tap, key)
  if (channel === undefined) return { ...plain, isUnproven: true }
  return { ...plain, ...(yield* openGuarded(channel)), channel }
}

/** A card that shows nobody anything: its key 4 tells its UID, and that selects its key 2. */
function* readPrivate({ keyring, ...crypto }: CardTools, plain: CardState): CardScript<CardState> {
  const version = (yield* getKeyVersion(KeySlot.mirror)) ?? FACTORY_VERSION
  const tapVersion = (yield* getKeyVersion(KeySlot.tap)) ?? FACTORY_VERSION
  const key = keyring?.identityKey(version)
  if (key === undefined || keyring?.tapKey(tapVersion, plain.uid) === undefined) return plain
  const identified = yield* authenticate(crypto, KeySlot.mirror, key)
  if (identified === undefined) return { ...plain, isUnproven: true }
  const uid = yield* getCardUid(identified)
  const tapKey = keyring.tapKey(tapVersion, uid)
  const channel = tapKey && (yield* authenticateNext(crypto, identified, KeySlot.tap, tapKey))
  if (channel === undefined) return { ...plain, isUnproven: true }
  const file = yield* readData(channel, 'full', CardFileNumber.ndef, 0, NDEF_FILE_BYTES)
  return { ...plain, uid, file, ...(yield* openGuarded(channel)), channel }
}

function* openGuarded(
  channel: CardChannel,
): CardScript<{ readonly guarded: Uint8Array; readonly redo: RedoFields | undefined }> {
  const guarded = yield* readData(channel, 'full', CardFileNumber.guarded, 0, GuardedFile.bytes)
  const { offset, length } = GuardedFile.redo
  return { guarded, redo: decodeRedo(guarded.subarray(offset, offset + length)) }
}

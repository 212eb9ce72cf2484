import { concat } from '../bytes.ts'
import { PersonhoodError } from '../errors.ts'
import type { Aes } from './aes-cmac.ts'
import { Sw } from './apdu.ts'
import { changeKeyData, KeySlot, type VersionedKey } from './card-keys.ts'
import {
  answerChallenge,
  CHALLENGE_BYTES,
  type Ev2Session,
  finishFirst,
  finishNonFirst,
} from './ev2.ts'
import { afterCommand, type CommMode, openResponse, protectCommand } from './ev2-messages.ts'
import { decodeFileDescription, encodeFileSettings, type FileSettings } from './file-settings.ts'
import { type CardScript, native, refusal } from './ntag424.ts'

/** What a session with a card is computed with. */
export type CardCrypto = {
  readonly aes: Aes
  readonly random: (lengthBytes: number) => Uint8Array
}

/** An authenticated session with a card. A refusal or a lost answer ends it: authenticate anew. */
export type CardChannel = {
  /** The key that was proven, and the counter as it stands. */
  readonly session: Ev2Session
  /** One command and its answer's data, both protected; rejects `card.refused` or `bytes.card-mac`. */
  send(mode: CommMode, code: number, header: Uint8Array, data?: Uint8Array): CardScript<Uint8Array>
}

/** Most data bytes that one protected read or write carries here: eight blocks. */
export const MAX_SECURED_BYTES = 128

const FIRST = 0x71
const NON_FIRST = 0x77
const ADDITIONAL_FRAME = 0xaf
const NO_CAPABILITIES = 0x00
const NO_BYTES = new Uint8Array(0)

/**
 * Proves a slot's key to the card, and has the card prove it (AuthenticateEV2First); undefined where
 * one does not have it. Each try with a wrong key is counted by the card for good: ask only cards
 * that say that they are ours. Rejects `card.delayed` while the card puts tries off.
 */
export function* authenticate(
  { aes, random }: CardCrypto,
  slot: KeySlot,
  key: Uint8Array,
): CardScript<CardChannel | undefined> {
  const shake = yield* handshake({ aes, random }, slot, key, [FIRST, slot, NO_CAPABILITIES])
  if (shake === undefined) return undefined
  const { rndA, rndB, answer } = shake
  const session = finishFirst(aes, { slot, key, rndA, rndB }, answer)
  return session && openChannel(aes, session)
}

/** The same within a session, for another key (AuthenticateEV2NonFirst): transaction and counter go on. */
export function* authenticateNext(
  { aes, random }: CardCrypto,
  before: CardChannel,
  slot: KeySlot,
  key: Uint8Array,
): CardScript<CardChannel | undefined> {
  const shake = yield* handshake({ aes, random }, slot, key, [NON_FIRST, slot])
  if (shake === undefined) return undefined
  const { rndA, rndB, answer } = shake
  const session = finishNonFirst(aes, { slot, key, rndA, rndB }, before.session, answer)
  return session && openChannel(aes, session)
}

function* handshake(
  { aes, random }: CardCrypto,
  slot: KeySlot,
  key: Uint8Array,
  [code = FIRST, ...parameters]: readonly number[],
): CardScript<{ rndA: Uint8Array; rndB: Uint8Array; answer: Uint8Array } | undefined> {
  const challenge = yield native(code, Uint8Array.from(parameters))
  if (challenge.sw === Sw.nativeDelay) {
    throw new PersonhoodError(
      'card.delayed',
      'the card makes us wait after wrong keys: leave it on the reader',
    )
  }
  if (challenge.sw !== Sw.nativeMore) throw refusal(`authenticate with key ${slot}`, challenge.sw)
  const rndA = random(CHALLENGE_BYTES)
  const answered = answerChallenge(aes, key, rndA, challenge.data)
  if (answered === undefined) return undefined
  const { sw, data } = yield native(ADDITIONAL_FRAME, answered.reply)
  if (sw === Sw.nativeAuthentication) return undefined
  if (sw !== Sw.nativeOk) throw refusal(`authenticate with key ${slot}`, sw)
  return { rndA, rndB: answered.rndB, answer: data }
}

/** A channel over a session that was agreed on. */
export function openChannel(aes: Aes, start: Ev2Session): CardChannel {
  let session = start
  return {
    get session() {
      return session
    },
    *send(mode, code, header, data = NO_BYTES) {
      const before = session
      const field = protectCommand(aes, before, mode, { code, header, data })
      const { sw, data: answer } = yield native(code, field)
      if (sw !== Sw.nativeOk) throw refusal(`do command ${code.toString(16)}`, sw)
      session = afterCommand(before)
      const opened = openResponse(aes, before, mode, answer)
      if (opened !== undefined) return opened
      throw new PersonhoodError(
        'bytes.card-mac',
        `the answer to command ${code.toString(16)} does not come from the card that proved its key`,
      )
    },
  }
}

/** ReadData, in as many commands as it takes. */
export function* readData(
  channel: CardChannel,
  mode: CommMode,
  fileNumber: number,
  offset: number,
  length: number,
): CardScript<Uint8Array> {
  const parts: Uint8Array[] = []
  for (let at = 0; at < length; at += MAX_SECURED_BYTES) {
    const part = Math.min(MAX_SECURED_BYTES, length - at)
    const data = yield* channel.send(mode, 0xad, extent(fileNumber, offset + at, part))
    if (data.length !== part) {
      throw new PersonhoodError('bytes.card-data', `${data.length} bytes read, ${part} asked for`)
    }
    parts.push(data)
  }
  return concat(...parts)
}

/** WriteData, in as many commands as it takes. */
export function* writeData(
  channel: CardChannel,
  mode: CommMode,
  fileNumber: number,
  offset: number,
  data: Uint8Array,
): CardScript<void> {
  for (let at = 0; at < data.length; at += MAX_SECURED_BYTES) {
    const part = data.slice(at, at + MAX_SECURED_BYTES)
    yield* channel.send(mode, 0x8d, extent(fileNumber, offset + at, part.length), part)
  }
}

/** The card's own UID, which a random identity hides; any key will do. */
export function* getCardUid(channel: CardChannel): CardScript<Uint8Array> {
  return yield* channel.send('full', 0x51, NO_BYTES)
}

/** GetFileSettings in a session; undefined where the answer is none that we know. */
export function* getFileSettings(
  channel: CardChannel,
  fileNumber: number,
): CardScript<ReturnType<typeof decodeFileDescription>> {
  return decodeFileDescription(yield* channel.send('mac', 0xf5, Uint8Array.of(fileNumber)))
}

/** ChangeFileSettings by the holder of the file's change key. */
export function* changeFileSettings(
  channel: CardChannel,
  fileNumber: number,
  settings: FileSettings,
): CardScript<void> {
  yield* channel.send('full', 0x5f, Uint8Array.of(fileNumber), encodeFileSettings(settings))
}

/** ChangeKey by the holder of key 0. Changing key 0 itself ends the session. */
export function* changeKey(
  channel: CardChannel,
  aes: Aes,
  slot: KeySlot,
  change: { readonly to: VersionedKey; readonly from: Uint8Array },
): CardScript<void> {
  const header = Uint8Array.of(slot)
  const data = changeKeyData(slot, change.to, change.from)
  if (slot !== KeySlot.change) {
    yield* channel.send('full', 0xc4, header, data)
    return
  }
  const field = protectCommand(aes, channel.session, 'full', { code: 0xc4, header, data })
  const { sw } = yield native(0xc4, field)
  if (sw !== Sw.nativeOk) throw refusal('change key 0', sw)
}

/** Has the card show a random identity from its next stay in a field on; it cannot be taken back. */
export function* hideIdentity(channel: CardChannel): CardScript<void> {
  yield* channel.send('full', 0x5c, Uint8Array.of(0x00), Uint8Array.of(0x02))
}

function extent(fileNumber: number, offset: number, length: number): Uint8Array {
  return Uint8Array.of(fileNumber, offset, offset >> 8, 0, length, length >> 8, 0)
}

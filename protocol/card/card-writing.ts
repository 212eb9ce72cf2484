import { concat, equalBytes } from '../bytes.ts'
import { PersonhoodError } from '../errors.ts'
import { Sw } from './apdu.ts'
import { KeySlot } from './card-keys.ts'
import type { CommMode } from './ev2-messages.ts'
import { type CardKeyring, FACTORY_VERSION } from './keyring.ts'
import {
  type CardFile,
  decodeCardFile,
  encodeCardFile,
  encodeTicket,
  GuardedFile,
  locateCardParts,
  NDEF_FILE_BYTES,
  NLEN_BYTES,
} from './layout.ts'
import {
  type Capabilities,
  type CardScript,
  FileId,
  getKeyVersion,
  getVersion,
  isNtag424,
  MAX_CHUNK_BYTES,
  readBytes,
  readCapabilities,
  refusal,
  selectFile,
  selectNdefApplication,
  updateBinary,
} from './ntag424.ts'
import { CardFileNumber, type CardState, type CardTools, readState } from './personhood-card.ts'
import {
  encodeRedo,
  isRedoable,
  REDO_DONE,
  settleFile,
  successionSpans,
  withLength,
} from './redo.ts'
import {
  authenticate,
  authenticateNext,
  type CardChannel,
  type CardCrypto,
  MAX_SECURED_BYTES,
  readData,
  writeData,
} from './secured.ts'
import { type CardWrite, planCardWrites } from './write-plan.ts'

/** What a card is to hold. `r` is the secret of a new card binding; without it the card keeps its own. */
export type CardContent = { readonly file: CardFile; readonly r?: Uint8Array | undefined }

/** How a write went: commands that changed the card, and bytes that they carried. */
export type CardWritten = { readonly writes: number; readonly bytes: number }

const NOTHING: CardWritten = { writes: 0, bytes: 0 }

/**
 * Writes our files to a card that is blank or ours, and reads them back. An upgrade goes by the redo
 * record, so that at any cut the old or the new credential verifies for one who holds key 2; the
 * same call on the same card finishes whatever was cut. Throws `card.foreign`, `card.unsuitable` and
 * `card.no-key` (nothing written), `card.refused`, `card.spoiled`.
 */
export function* writePersonhoodCard(
  tools: CardTools,
  shownUid: Uint8Array,
  content: CardContent,
): CardScript<CardWritten> {
  const encoded = encodeCardFile(content.file)
  const { maxWrite } = yield* requireOurKind()
  const versions = tools.keyring && (yield* readKeyVersions())
  if (tools.keyring === undefined || versions === undefined || versions.write === FACTORY_VERSION) {
    return yield* writeWithoutKeys(encoded, Math.min(maxWrite, MAX_CHUNK_BYTES))
  }
  const state = yield* readState(tools, shownUid)
  if (state?.file === undefined) throw foreign('its file cannot be read with our keys')
  if (state.isUnproven) throw foreign('its key 2 is not the one that we know')
  const shown = settled(state) ?? state.file
  if (decodeCardFile(shown).kind === 'foreign') throw foreign('it holds something else')
  const keys = keysOf(tools.keyring, versions, state.uid)
  const channel = yield* authenticateFor(tools, state.channel, KeySlot.write, keys.write)
  const mode = tools.keyring.policy === 'open' ? 'mac' : 'full'
  const writer: Writer = { channel, mode, counted: { ...NOTHING } }
  const file = yield* readData(channel, mode, CardFileNumber.ndef, 0, NDEF_FILE_BYTES)
  const now = { ...state, file }
  if (isSuccession(now, content)) yield* succeed(writer, now, content.file)
  else yield* writeFirst(tools, writer, { state: now, encoded, r: content.r, tapKey: keys.tap })
  return writer.counted
}

/** True where the card can take our file by these keys, or without any where there is no keyring. */
export function* canWrite({ keyring }: CardTools, uid: Uint8Array): CardScript<boolean> {
  if (!(yield* selectNdefApplication())) return false
  const version = yield* getVersion()
  if (version === undefined || !isNtag424(version)) return false
  if (keyring !== undefined) {
    const { write, tap } = yield* readKeyVersions()
    return keyring.writeKey(write, uid) !== undefined && keyring.tapKey(tap, uid) !== undefined
  }
  const capabilities = yield* readCapabilities()
  return (
    capabilities?.isReadable === true &&
    capabilities.isWritable &&
    capabilities.fileBytes >= NDEF_FILE_BYTES
  )
}

/** A session that may write, and what it has written so far. */
type Writer = {
  readonly channel: CardChannel
  readonly mode: CommMode
  counted: CardWritten
}

type WholeState = CardState & { readonly file: Uint8Array }

/** The same card binding, and a credential that a redo record can turn into the new one. */
function isSuccession(state: WholeState, { file, r }: CardContent): boolean {
  const shown = settled(state) ?? state.file
  const places = locateCardParts(shown)
  if (places === undefined || state.guarded === undefined) return false
  const { offset, length } = places.credential
  const { bindingSecret } = GuardedFile
  const own = state.guarded.subarray(bindingSecret.offset, bindingSecret.length)
  const isSameBinding = r === undefined || equalBytes(r, own)
  // A file torn in its first write is not begun from: it says nothing of its own.
  const isWhole = decodeCardFile(shown).kind === 'personhood'
  return (
    isSameBinding && isWhole && isRedoable(shown.subarray(offset, offset + length), file.credential)
  )
}

/** Redo record, patch, read back, record done. */
function* succeed(
  writer: Writer,
  state: WholeState,
  { credential, ticket }: CardFile,
): CardScript<void> {
  const before = settled(state)
  const wanted = succession(before ?? state.file, credential, ticket)
  const isPending = before !== undefined && equalBytes(credentialOf(before), credential)
  let file = state.file
  if (before !== undefined && !isPending) {
    yield* patch(writer, file, before)
    yield* writeGuarded(writer, GuardedFile.redo.offset, Uint8Array.of(REDO_DONE))
    file = before
  }
  const isTicketOnly = !isPending && equalBytes(credentialOf(file), credential)
  if (isTicketOnly) {
    // A patch under a zero NLEN would have to be redone, and the record has no ticket.
    yield* writeDifferences(writer, file, wanted)
    return
  }
  if (!isPending) {
    yield* writeGuarded(writer, GuardedFile.redo.offset, encodeRedo(credential))
  }
  yield* patch(writer, file, wanted)
  yield* writeGuarded(writer, GuardedFile.redo.offset, Uint8Array.of(REDO_DONE))
}

type FirstWrite = {
  readonly state: WholeState
  readonly encoded: Uint8Array
  readonly r: Uint8Array | undefined
  readonly tapKey: Uint8Array
}

/** The guarded file whole, so that no older redo record is left in it, then the NDEF file. */
function* writeFirst(
  tools: CardCrypto,
  writer: Writer,
  { state, encoded, r, tapKey }: FirstWrite,
): CardScript<void> {
  if (r === undefined) throw unsuitable('what it holds is not what this write goes on from')
  const guarded = new Uint8Array(GuardedFile.bytes)
  guarded.set(r, GuardedFile.bindingSecret.offset)
  const isGuarded = state.guarded !== undefined && equalBytes(state.guarded, guarded)
  if (!isGuarded) yield* writeGuarded(writer, 0, guarded)
  const wanted = state.file.slice()
  wanted.set(encoded)
  yield* writeParts(writer, planCardWrites(state.file, encoded, MAX_SECURED_BYTES), wanted)
  if (isGuarded) return
  const reader = yield* authenticateFor(tools, writer.channel, KeySlot.tap, tapKey)
  const back = yield* readData(reader, 'full', CardFileNumber.guarded, 0, GuardedFile.bytes)
  if (!equalBytes(back, guarded)) throw spoiled()
}

/** The spans that differ, under a zero NLEN, and reads back. */
function* patch(writer: Writer, file: Uint8Array, wanted: Uint8Array): CardScript<void> {
  const places = locateCardParts(wanted)
  const spans = places === undefined ? [] : successionSpans(places)
  const changes = spans
    .map(({ offset, length }) => ({ offset, bytes: wanted.slice(offset, offset + length) }))
    .filter(({ offset, bytes }) => !equalBytes(bytes, file.subarray(offset, offset + bytes.length)))
  const isLength = equalBytes(file.subarray(0, NLEN_BYTES), wanted.subarray(0, NLEN_BYTES))
  if (changes.length === 0 && isLength) return
  const zero = { offset: 0, bytes: new Uint8Array(NLEN_BYTES) }
  const length = { offset: 0, bytes: wanted.slice(0, NLEN_BYTES) }
  yield* writeParts(writer, [zero, ...changes, length], wanted)
}

/** Writes the bytes that differ where they are. */
function* writeDifferences(writer: Writer, file: Uint8Array, wanted: Uint8Array): CardScript<void> {
  const start = file.findIndex((byte, i) => byte !== wanted[i])
  if (start === -1) return
  const end = 1 + file.findLastIndex((byte, i) => byte !== wanted[i])
  yield* writeParts(writer, [{ offset: start, bytes: wanted.slice(start, end) }], wanted)
}

function* writeParts(
  writer: Writer,
  writes: readonly CardWrite[],
  wanted: Uint8Array,
): CardScript<void> {
  const { channel, mode } = writer
  for (const { offset, bytes } of writes) {
    yield* writeData(channel, mode, CardFileNumber.ndef, offset, bytes)
    count(writer, bytes)
  }
  if (writes.length === 0) return
  const back = yield* readData(channel, mode, CardFileNumber.ndef, 0, NDEF_FILE_BYTES)
  if (!equalBytes(back, wanted)) throw spoiled()
}

function* writeGuarded(writer: Writer, offset: number, bytes: Uint8Array): CardScript<void> {
  yield* writeData(writer.channel, 'full', CardFileNumber.guarded, offset, bytes)
  count(writer, bytes)
}

function count(writer: Writer, { length }: Uint8Array): void {
  const { writes, bytes } = writer.counted
  writer.counted = { writes: writes + 1, bytes: bytes + length }
}

/** The file with the write under way carried out; undefined where none is. */
function settled({ file, redo }: CardState): Uint8Array | undefined {
  return file && redo && settleFile(file, redo)
}

function credentialOf(file: Uint8Array): Uint8Array {
  const places = locateCardParts(file)
  const { offset = 0, length = 0 } = places?.credential ?? {}
  return file.subarray(offset, offset + length)
}

function succession(
  file: Uint8Array,
  credential: Uint8Array,
  ticket: CardFile['ticket'],
): Uint8Array {
  const places = locateCardParts(file)
  if (places === undefined) throw spoiled()
  const wanted = withLength(file, places.messageBytes)
  wanted.set(credential, places.credential.offset)
  wanted.set(encodeTicket(ticket), places.ticketOffset)
  return wanted
}

type Versions = { readonly write: number; readonly tap: number }

/** Which keys the card says it has; asked before any session, in which the answer would be protected. */
function* readKeyVersions(): CardScript<Versions> {
  const write = (yield* getKeyVersion(KeySlot.write)) ?? FACTORY_VERSION
  const tap = (yield* getKeyVersion(KeySlot.tap)) ?? FACTORY_VERSION
  return { write, tap }
}

function keysOf(
  keyring: CardKeyring,
  versions: Versions,
  uid: Uint8Array,
): { readonly write: Uint8Array; readonly tap: Uint8Array } {
  const write = keyring.writeKey(versions.write, uid)
  const tap = keyring.tapKey(versions.tap, uid)
  if (write !== undefined && tap !== undefined) return { write, tap }
  throw new PersonhoodError(
    'card.no-key',
    'this kiosk does not hold the keys of this card: nothing was written; another kiosk of the district does',
  )
}

function* authenticateFor(
  crypto: CardCrypto,
  before: CardChannel | undefined,
  slot: KeySlot,
  key: Uint8Array,
): CardScript<CardChannel> {
  const channel =
    before === undefined
      ? yield* authenticate(crypto, slot, key)
      : yield* authenticateNext(crypto, before, slot, key)
  if (channel === undefined) throw foreign(`its key ${slot} is not the one that we know`)
  return channel
}

/** Our file on a card whose keys nobody has changed: what differs, under a zero NLEN. */
function* writeWithoutKeys(wanted: Uint8Array, maxBytes: number): CardScript<CardWritten> {
  if (!(yield* selectFile(FileId.ndef))) throw unsuitable('its NDEF file is missing')
  const current = yield* readBytes(0, NDEF_FILE_BYTES)
  if (current === undefined) throw unsuitable('its file cannot be read without a key')
  if (decodeCardFile(current).kind === 'foreign') throw foreign('it holds something else')
  const writes = planCardWrites(current, wanted, maxBytes)
  for (const { offset, bytes } of writes) {
    const { sw } = yield* updateBinary(offset, bytes)
    if (sw !== Sw.ok) throw refusal(`take ${bytes.length} bytes at ${offset}`, sw)
  }
  if (writes.length === 0) return NOTHING
  const back = yield* readBytes(0, wanted.length)
  if (back === undefined || !equalBytes(back, wanted)) throw spoiled()
  return { writes: writes.length, bytes: concat(...writes.map(({ bytes }) => bytes)).length }
}

/** Says why this card is not for us. */
function* requireOurKind(): CardScript<Capabilities> {
  if (!(yield* selectNdefApplication())) throw foreign('it is a card of another kind')
  const version = yield* getVersion()
  if (version === undefined || !isNtag424(version)) throw unsuitable('it is no NTAG 424 DNA')
  const capabilities = yield* readCapabilities()
  if (capabilities?.fileId !== FileId.ndef || capabilities.fileBytes < NDEF_FILE_BYTES) {
    throw unsuitable(`its NDEF file is not the factory's ${NDEF_FILE_BYTES} bytes`)
  }
  if (!capabilities.isReadable || !capabilities.isWritable) {
    throw unsuitable('its NDEF file is locked')
  }
  return capabilities
}

function spoiled(): PersonhoodError {
  return new PersonhoodError(
    'card.spoiled',
    'the card does not read back as written: write again, and if it stays so take another card',
  )
}

/** The error for a card that is not ours; before any byte was written. */
export function foreign(why: string): PersonhoodError {
  return new PersonhoodError(
    'card.foreign',
    `this is not one of our cards: ${why}; nothing was written`,
  )
}

function unsuitable(why: string): PersonhoodError {
  return new PersonhoodError(
    'card.unsuitable',
    `this card cannot be used: ${why}; nothing was written`,
  )
}

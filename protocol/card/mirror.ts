import { concat, equalBytes, fromHex, fromText, toHex } from '../bytes.ts'
import { PersonhoodError } from '../errors.ts'
import { AES_BYTES, type Aes, aesCmac, SHORT_MAC_BYTES, shortMac, ZERO_IV } from './aes-cmac.ts'
import { KeySlot } from './card-keys.ts'
import { MirrorBytes, type MirrorSettings } from './file-settings.ts'

/**
 * What a card put into the address that a phone read (NT4H2421Gx §9.3): its identity, plain or
 * encrypted under a key that no UID can select yet, and a MAC of 8 bytes.
 */
export type Mirror = {
  readonly identity:
    | { readonly uid: Uint8Array; readonly counter: number }
    | { readonly piccData: Uint8Array }
  readonly mac: Uint8Array
  /** The bytes of the file that the MAC covers, as they were read. */
  readonly macInput: Uint8Array
  /** Encrypted file data, whole blocks. */
  readonly encrypted?: Uint8Array | undefined
}

/** What a genuine mirror proves: this card was read, for the `counter`-th time since it was set up. */
export type Tapped = {
  readonly uid: Uint8Array
  /** 1 to 2^24 - 1; one that was seen before is a replay, which the caller must look up. */
  readonly counter: number
  readonly fileData?: Uint8Array | undefined
}

/** The keys of a mirror; `meta` only where the identity is encrypted. */
export type MirrorKeys = {
  readonly meta?: Uint8Array | undefined
  readonly file: (uid: Uint8Array) => Uint8Array
}

/** Longest host and path of a mirrored address behind its scheme: then the record has its 68 bytes. */
export const MAX_MIRROR_HOST_BYTES = 27

const UID_BYTES = 7
const COUNTER_BYTES = 3
/** UID and counter are there, and the UID has 7 bytes. */
const PICC_DATA_TAG = 0xc7
const SCHEME = 'https://'
const NLEN_AND_HEAD_BYTES = 7
const LABEL_TAIL = Uint8Array.of(0x00, 0x01, 0x00, 0x80)

/** What the mirror proves, or undefined where it was not made by a card with these keys. */
export function verifyMirror(aes: Aes, keys: MirrorKeys, mirror: Mirror): Tapped | undefined {
  const { identity, mac, macInput, encrypted } = mirror
  const known = 'piccData' in identity ? openPiccData(aes, keys.meta, identity.piccData) : identity
  const isWhole = mac.length === SHORT_MAC_BYTES && (encrypted?.length ?? 0) % AES_BYTES === 0
  if (known === undefined || known.uid.length !== UID_BYTES || !isWhole) return undefined
  const { uid, counter } = known
  const session = mirrorSession(aes, keys.file(uid), uid, counter)
  if (!equalBytes(mirrorMac(aes, session, macInput), mac)) return undefined
  const fileData = encrypted && openFileData(aes, session, counter, encrypted)
  return { uid, counter, fileData }
}

function openPiccData(
  aes: Aes,
  key: Uint8Array | undefined,
  piccData: Uint8Array,
): { readonly uid: Uint8Array; readonly counter: number } | undefined {
  if (key === undefined || piccData.length !== AES_BYTES) return undefined
  const plain = aes.decryptCbc(key, ZERO_IV, piccData)
  if (plain[0] !== PICC_DATA_TAG) return undefined
  const counter = plain.subarray(1 + UID_BYTES, 1 + UID_BYTES + COUNTER_BYTES)
  return {
    uid: plain.slice(1, 1 + UID_BYTES),
    counter: counter.reduceRight((value, byte) => value * 256 + byte, 0),
  }
}

/** Keys of one tap (NT4H2421Gx §9.3.9.1). */
export type MirrorSession = { readonly encryptionKey: Uint8Array; readonly macKey: Uint8Array }

/** The keys of a tap by UID and counter. */
export function mirrorSession(
  aes: Aes,
  key: Uint8Array,
  uid: Uint8Array,
  counter: number,
): MirrorSession {
  const context = concat(LABEL_TAIL, uid, counterBytes(counter))
  const derive = (...label: readonly number[]): Uint8Array =>
    aesCmac(aes, key, concat(Uint8Array.of(...label), context))
  return { encryptionKey: derive(0xc3, 0x3c), macKey: derive(0x3c, 0xc3) }
}

/** The MAC that ends a mirror. */
export function mirrorMac(aes: Aes, { macKey }: MirrorSession, input: Uint8Array): Uint8Array {
  return shortMac(aesCmac(aes, macKey, input))
}

/** What a card mirrors of itself, encrypted; `padding` is 5 random bytes. */
export function encryptPiccData(
  aes: Aes,
  key: Uint8Array,
  { uid, counter }: { readonly uid: Uint8Array; readonly counter: number },
  padding: Uint8Array,
): Uint8Array {
  const plain = concat(Uint8Array.of(PICC_DATA_TAG), uid, counterBytes(counter), padding)
  return aes.encryptCbc(key, ZERO_IV, plain)
}

/** File data as a card mirrors them, encrypted; whole blocks. */
export function encryptFileData(
  aes: Aes,
  session: MirrorSession,
  counter: number,
  data: Uint8Array,
): Uint8Array {
  return aes.encryptCbc(session.encryptionKey, fileIv(aes, session, counter), data)
}

function openFileData(
  aes: Aes,
  session: MirrorSession,
  counter: number,
  data: Uint8Array,
): Uint8Array {
  return aes.decryptCbc(session.encryptionKey, fileIv(aes, session, counter), data)
}

function fileIv(aes: Aes, { encryptionKey }: MirrorSession, counter: number): Uint8Array {
  const input = new Uint8Array(AES_BYTES)
  input.set(counterBytes(counter))
  return aes.encryptCbc(encryptionKey, ZERO_IV, input)
}

/** Lowest byte first, as the chip computes with it; mirrored plain it stands highest first. */
function counterBytes(counter: number): Uint8Array {
  return Uint8Array.of(counter, counter >> 8, counter >> 16)
}

/** An address with room for the mirrors, and the settings that make a card fill it. */
export type MirrorPlan = { readonly uri: string; readonly settings: MirrorSettings }

/**
 * `https://`, host and path (1 to 27 bytes), then in hex 7 bytes of UID, 3 of counter and 8 of the
 * MAC over both. The record must be the file's first, as `encodeCardFile` puts it.
 */
export function planMirror(hostAndPath: string): MirrorPlan {
  const length = fromText(hostAndPath).length
  if (length === 0 || length > MAX_MIRROR_HOST_BYTES) {
    throw new PersonhoodError(
      'call.card-file',
      `host and path of ${length} bytes, 1 to ${MAX_MIRROR_HOST_BYTES} leave room for the mirrors`,
    )
  }
  const uidOffset = NLEN_AND_HEAD_BYTES + length
  const counterOffset = uidOffset + MirrorBytes.uid
  const digits = MirrorBytes.uid + MirrorBytes.counter + MirrorBytes.mac
  return {
    uri: SCHEME + hostAndPath + '0'.repeat(digits),
    settings: {
      hasUid: true,
      hasCounter: true,
      metaRead: 'free',
      fileRead: KeySlot.mirror,
      counterRead: 'never',
      uidOffset,
      counterOffset,
      macInputOffset: uidOffset,
      macOffset: counterOffset + MirrorBytes.counter,
    },
  }
}

/** The mirror at the end of an address that `planMirror` laid out; undefined where there is none. */
export function parseMirrorAddress(address: string): Mirror | undefined {
  const found = /^https:\/\/.{1,27}?([0-9A-F]{14})([0-9A-F]{6})([0-9A-F]{16})$/.exec(address)
  const [, uid, counter, mac] = found ?? []
  if (uid === undefined || counter === undefined || mac === undefined) return undefined
  return {
    identity: { uid: fromHex(uid), counter: Number.parseInt(counter, 16) },
    mac: fromHex(mac),
    macInput: fromText(uid + counter),
  }
}

/** Bytes as the upper-case digits that a card mirrors. */
export function mirrorDigits(bytes: Uint8Array): Uint8Array {
  return fromText(toHex(bytes).toUpperCase())
}

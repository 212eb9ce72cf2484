import { concat, fromText } from '../bytes.ts'
import { crc32 } from '../crc32.ts'
import { PersonhoodError } from '../errors.ts'
import { AES_BYTES, type Aes, aesCmac } from './aes-cmac.ts'

/** What the five keys of an NTAG 424 DNA are for (docs/card-layout.md, Keys). */
export const KeySlot = { change: 0, write: 1, tap: 2, seed: 3, mirror: 4 } as const
export type KeySlot = (typeof KeySlot)[keyof typeof KeySlot]

/** The key of all five slots from the factory; a version of 0 goes with it. */
export const FACTORY_KEY: Uint8Array = new Uint8Array(AES_BYTES)

/** A key and the version byte that the card shows for it, 1 to 255; 0 is the factory's. */
export type VersionedKey = { readonly version: number; readonly key: Uint8Array }

const MIN_INPUT_BYTES = 16
const MAX_INPUT_BYTES = 31
const DIVERSIFICATION_CONSTANT = 0x01
const SYSTEM_NAME = fromText('personhood card')

/**
 * The key that a master key gives for a diversification input (NXP AN10922 §2.2, AES-128): CMAC
 * over 01 and the input, always as two blocks. Inputs under 16 bytes, which AN10922 pads in a way
 * of its own, are not taken.
 */
export function diversifyKey(aes: Aes, master: Uint8Array, input: Uint8Array): Uint8Array {
  if (input.length < MIN_INPUT_BYTES || input.length > MAX_INPUT_BYTES) {
    throw new PersonhoodError(
      'call.key',
      `diversification input of ${input.length} bytes, ${MIN_INPUT_BYTES} to ${MAX_INPUT_BYTES} fit`,
    )
  }
  return aesCmac(aes, master, concat(Uint8Array.of(DIVERSIFICATION_CONSTANT), input))
}

/** A card's own key of one slot: diversified by its UID, the slot and the version. */
export function cardKey(
  aes: Aes,
  master: VersionedKey,
  uid: Uint8Array,
  slot: KeySlot,
): Uint8Array {
  const input = concat(uid, Uint8Array.of(slot, master.version), SYSTEM_NAME)
  return diversifyKey(aes, master.key, input)
}

/**
 * Key data of ChangeKey (NT4H2421Gx §10.6.1): for slot 0, which is the one authenticated with, the
 * new key and its version; for another, new XOR old, the version, and the new key's CRC-32 as in
 * IEEE 802.3 before its final inversion, lowest byte first.
 */
export function changeKeyData(
  slot: KeySlot,
  { key, version }: VersionedKey,
  oldKey: Uint8Array,
): Uint8Array {
  if (slot === KeySlot.change) return concat(key, Uint8Array.of(version))
  const mixed = key.map((byte, i) => byte ^ (oldKey[i] ?? 0))
  return concat(mixed, Uint8Array.of(version), keyCheck(key))
}

/** The check of a key in ChangeKey, 4 bytes. */
export function keyCheck(key: Uint8Array): Uint8Array {
  const crc = ~crc32(key)
  return Uint8Array.of(crc, crc >>> 8, crc >>> 16, crc >>> 24)
}

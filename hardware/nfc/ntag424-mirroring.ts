import { concat } from '../../protocol/bytes.ts'
import type { MirrorSettings } from '../../protocol/card/file-settings.ts'
import {
  encryptFileData,
  encryptPiccData,
  mirrorDigits,
  mirrorMac,
  mirrorSession,
} from '../../protocol/card/mirror.ts'
import type { Ntag424Memory } from './ntag424-memory.ts'
import { type Draw, drawBytes, simulatedAes } from './simulated-aes.ts'

const COUNTER_DIGITS = 6
const PICC_PADDING_BYTES = 5

/** The NDEF file as a phone reads it: what the settings name is overwritten in the copy (NT4H2421Gx §9.3). */
export function mirrored(
  { uid, mirrorCounter: counter, keys }: Ntag424Memory,
  stored: Uint8Array,
  settings: MirrorSettings,
  draw: Draw = drawBytes,
): Uint8Array {
  const shown = stored.slice()
  const put = (offset: number | undefined, bytes: Uint8Array): void => {
    if (offset !== undefined) shown.set(bytes, offset)
  }
  const keyOf = (slot: MirrorSettings['metaRead']): Uint8Array | undefined =>
    typeof slot === 'number' ? keys[slot]?.key : undefined
  if (settings.hasUid) put(settings.uidOffset, mirrorDigits(uid))
  if (settings.hasCounter) {
    const digits = counter.toString(16).padStart(COUNTER_DIGITS, '0').toUpperCase()
    put(settings.counterOffset, new TextEncoder().encode(digits))
  }
  const meta = keyOf(settings.metaRead)
  if (meta !== undefined) {
    const identity = { uid, counter }
    const padding = draw(PICC_PADDING_BYTES)
    put(
      settings.piccDataOffset,
      mirrorDigits(encryptPiccData(simulatedAes, meta, identity, padding)),
    )
  }
  const key = keyOf(settings.fileRead)
  const { macInputOffset, macOffset, encrypted } = settings
  if (key === undefined || macInputOffset === undefined || macOffset === undefined) return shown
  const session = mirrorSession(simulatedAes, key, uid, counter)
  if (encrypted !== undefined) {
    // Half the place holds the plain bytes, since each becomes two digits.
    const plain = stored.slice(encrypted.offset, encrypted.offset + encrypted.length / 2)
    const hidden = encryptFileData(simulatedAes, session, counter, plain)
    put(encrypted.offset, mirrorDigits(hidden))
  }
  put(
    macOffset,
    mirrorDigits(mirrorMac(simulatedAes, session, shown.slice(macInputOffset, macOffset))),
  )
  return shown
}

/** Why a chip refuses these settings for a file of `size` bytes, undefined where it takes them (Table 71). */
export function mirrorFault(settings: MirrorSettings, size: number): string | undefined {
  const { hasUid, hasCounter, metaRead, fileRead, counterRead, encrypted } = settings
  if (metaRead !== 'never' && !hasUid && !hasCounter) return 'nothing to mirror'
  if (metaRead === 'never' && hasUid) return 'UID mirrored to nobody'
  if (counterRead !== 'never' && !hasCounter) return 'no counter to retrieve'
  if (encrypted !== undefined && (fileRead === 'never' || !hasUid || !hasCounter)) {
    return 'encryption without UID, counter or key'
  }
  return placesFault(settings, size)
}

function placesFault(settings: MirrorSettings, size: number): string | undefined {
  const { uidOffset, counterOffset, piccDataOffset, macInputOffset, macOffset, encrypted } =
    settings
  const places: readonly (readonly [number | undefined, number])[] = [
    [uidOffset, 14],
    [counterOffset === 0xff_ff_ff ? undefined : counterOffset, COUNTER_DIGITS],
    [piccDataOffset, 32],
    [macOffset, 16],
    [encrypted?.offset, encrypted?.length ?? 0],
  ]
  const used = places
    .flatMap(([start, length]) => (start === undefined ? [] : [{ start, end: start + length }]))
    .sort((a, b) => a.start - b.start)
  if (used.some(({ end }) => end > size)) return 'beyond the file'
  if (used.some(({ end }, i) => end > (used[i + 1]?.start ?? size))) return 'overlap'
  if (macInputOffset !== undefined && macOffset !== undefined && macInputOffset > macOffset) {
    return 'MAC before its input'
  }
  if (encrypted === undefined) return undefined
  const isBlocks = encrypted.length > 0 && encrypted.length % 32 === 0
  const isInside =
    encrypted.offset >= (macInputOffset ?? 0) &&
    encrypted.offset + encrypted.length <= (macOffset ?? 0)
  return isBlocks && isInside ? undefined : 'encrypted part outside the MAC'
}

/** A random identity of 4 bytes for one stay in the field (ISO/IEC 14443-3 §6.5.4: it starts with 08). */
export function randomIdentity(draw: Draw = drawBytes): Uint8Array {
  return concat(Uint8Array.of(0x08), draw(3))
}

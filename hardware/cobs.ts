/**
 * Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999): the same bytes without any 0x00,
 * so that 0x00 can end a frame. Adds one byte for each begun run of 254.
 */
export function encodeCobs(bytes: Uint8Array): Uint8Array {
  const encoded = new Uint8Array(bytes.length + Math.floor(bytes.length / 254) + 1)
  let codeAt = 0
  let end = 1
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0
    if (byte !== 0) encoded[end++] = byte
    const full = end - codeAt === 255
    if (byte === 0 || (full && i + 1 < bytes.length)) {
      encoded[codeAt] = end - codeAt
      codeAt = end++
    }
  }
  encoded[codeAt] = end - codeAt
  return encoded.subarray(0, end)
}

/** The bytes that were stuffed, or nothing where these cannot have come from `encodeCobs`. */
export function decodeCobs(encoded: Uint8Array): Uint8Array | undefined {
  if (encoded.length === 0) return undefined
  const bytes = new Uint8Array(encoded.length)
  let length = 0
  for (let at = 0; at < encoded.length; ) {
    const code = encoded[at] ?? 0
    const next = at + code
    if (code === 0 || next > encoded.length) return undefined
    for (let i = at + 1; i < next; i++) {
      const byte = encoded[i] ?? 0
      if (byte === 0) return undefined
      bytes[length++] = byte
    }
    if (code < 255 && next < encoded.length) length++
    at = next
  }
  return bytes.subarray(0, length)
}

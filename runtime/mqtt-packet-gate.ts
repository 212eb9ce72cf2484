/** Limits of a packet's length without its fixed header, in bytes. */
export type PacketLimits = {
  /** Of the first, which comes before anybody has said a password. */
  readonly firstBytes: number
  /** Of all others. */
  readonly laterBytes: number
}

/** A CONNECT with a will message; then the longest trust list (4 MiB) with its topic. */
const LIMITS: PacketLimits = { firstBytes: 65_536, laterBytes: 4_194_304 + 1024 }
const MAX_LENGTH_BYTES = 4

/**
 * Follows the fixed headers of a stream of MQTT packets (3.1.1 §2.2). Feed it each chunk as it comes:
 * false once a packet announces more than its limit, or a length of no end. The parser behind keeps a
 * packet in memory until it is whole.
 */
export function createPacketGate({
  firstBytes,
  laterBytes,
}: PacketLimits = LIMITS): (chunk: Uint8Array) => boolean {
  let maxBytes = firstBytes
  let bodyLeft = 0
  let lengthBytes: number | undefined
  let length = 0

  /** One byte of a fixed header; false where it goes too far. */
  function header(byte: number): boolean {
    if (lengthBytes === undefined) {
      lengthBytes = 0
      length = 0
      return true
    }
    length += (byte & 0x7f) * 128 ** lengthBytes
    lengthBytes += 1
    if (length > maxBytes) return false
    if (byte >= 0x80) return lengthBytes < MAX_LENGTH_BYTES
    bodyLeft = length
    lengthBytes = undefined
    maxBytes = laterBytes
    return true
  }

  return (chunk: Uint8Array): boolean => {
    let offset = 0
    while (offset < chunk.length) {
      const skipped = Math.min(bodyLeft, chunk.length - offset)
      bodyLeft -= skipped
      offset += skipped
      const byte = chunk[offset]
      if (byte === undefined) return true
      if (!header(byte)) return false
      offset += 1
    }
    return true
  }
}

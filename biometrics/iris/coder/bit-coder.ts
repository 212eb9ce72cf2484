/*
 * Binary arithmetic coding on whole numbers. The interval low..high of 32-bit numbers, both ends in it,
 * is cut at low + floor((high - low) * chance / 65536): a one takes the lower part, a zero the rest.
 * Leading bytes that both ends share are written out. At the end one byte more tells the interval from
 * what a reader puts behind the last byte, zeros; none where the interval begins at zero.
 */

/** Chances are of 65,536; a chance lies in 1..65535, so that either bit can be coded. */
export const WHOLE_CHANCE = 65_536

/** Takes bits; at most `maxBytes` bytes come of them. */
export type BitEncoder = {
  /** Codes a bit whose chance to be one is `chance` of 65,536. */
  put(bit: 0 | 1, chance: number): void
  /** All bytes, or `undefined` where they were more than allowed. */
  finish(): Uint8Array | undefined
}

/** Gives bits back. It never ends: behind the last byte it reads zeros. */
export type BitDecoder = {
  /** The next bit; `chance` must be the one that it was coded with. */
  take(chance: number): 0 | 1
}

/** An encoder that gives up above `maxBytes`, so that its memory is bounded. */
export function createBitEncoder(maxBytes: number): BitEncoder {
  const bytes = new Uint8Array(maxBytes)
  let length = 0
  let low = 0
  let high = 0xff_ff_ff_ff
  const write = (byte: number): void => {
    if (length < maxBytes) bytes[length] = byte
    length++
  }
  return {
    put(bit, chance) {
      const split = cut(low, high, chance)
      if (bit === 1) high = split
      else low = split + 1
      while (low >>> 24 === high >>> 24) {
        write(low >>> 24)
        low = (low << 8) >>> 0
        high = ((high << 8) | 255) >>> 0
      }
    },
    finish() {
      if (low > 0) write((low >>> 24) + 1)
      return length <= maxBytes ? bytes.slice(0, length) : undefined
    },
  }
}

/** A decoder of what an encoder finished. */
export function createBitDecoder(bytes: Uint8Array): BitDecoder {
  let at = 0
  let low = 0
  let high = 0xff_ff_ff_ff
  let value = 0
  const read = (): number => bytes[at++] ?? 0
  for (let i = 0; i < 4; i++) value = value * 256 + read()
  return {
    take(chance) {
      const split = cut(low, high, chance)
      const bit = value <= split ? 1 : 0
      if (bit === 1) high = split
      else low = split + 1
      while (low >>> 24 === high >>> 24) {
        low = (low << 8) >>> 0
        high = ((high << 8) | 255) >>> 0
        value = ((value << 8) | read()) >>> 0
      }
      return bit
    },
  }
}

/** The last number of a one's part: a double holds the product, below 2^48, exactly. */
function cut(low: number, high: number, chance: number): number {
  return low + Math.floor(((high - low) * chance) / WHOLE_CHANCE)
}

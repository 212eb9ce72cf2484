/** Red, green and blue of one lamp, each 0..255, and its share of full current, 0..31. */
export type Rgb = {
  readonly red: number
  readonly green: number
  readonly blue: number
  readonly brightness: number
}

/** What a chain of SK9822 lamps makes of its two wires (SK9822 data sheet, "data transmission"). */
export type RingDecoder = {
  /** The data wire's level at a rising clock. */
  clock(isHigh: boolean): void
  /** The last whole picture. */
  readonly picture: readonly Rgb[]
}

const WORD_BITS = 32
const LAMP_MARK = 0b111

/** A chain that has shown nothing yet. */
export function createRingDecoder(): RingDecoder {
  let zeros = 0
  let bits = 0
  let word = 0
  let isInside = false
  let lamps: Rgb[] = []
  let picture: readonly Rgb[] = []
  const take = (): void => {
    if (word >>> 29 === LAMP_MARK) {
      lamps.push({
        brightness: (word >>> 24) & 0x1f,
        blue: (word >>> 16) & 0xff,
        green: (word >>> 8) & 0xff,
        red: word & 0xff,
      })
      return
    }
    // The end frame: all lamps take over what they were given.
    isInside = false
    zeros = WORD_BITS
    picture = lamps
  }
  return {
    clock: (isHigh) => {
      if (!isInside) {
        if (!isHigh) {
          zeros++
          return
        }
        isInside = zeros >= WORD_BITS
        zeros = 0
        lamps = []
        bits = 0
        word = 0
        if (!isInside) return
      }
      word = ((word << 1) | (isHigh ? 1 : 0)) >>> 0
      bits++
      if (bits < WORD_BITS) return
      take()
      bits = 0
      word = 0
    },
    get picture() {
      return picture
    },
  }
}

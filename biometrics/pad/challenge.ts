import { sha256 } from '@noble/hashes/sha2.js'
import { concat, fromText } from '../../protocol/bytes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'

/** Illumination id, bit 0: the near-infrared illuminator on the image's left is lit. */
export const LEFT_LIT = 0b001
/** Illumination id, bit 1: the near-infrared illuminator on the image's right is lit. */
export const RIGHT_LIT = 0b010
/** Illumination id, bit 2: the visible flash is lit, which not every head has. */
export const FLASH_LIT = 0b100

/** A run of frames, one capture of the orb link: frame n is lit as `illumination[n mod length]`. */
export type ChallengeSegment = {
  readonly frames: number
  /** 1..8 illumination ids, as `CaptureRequest.illumination` takes them. */
  readonly illumination: readonly number[]
}

/** What the head is to do, unforeseeable before `nonce` was drawn and bound to it afterwards. */
export type Challenge = {
  /** 16 bytes that only this pattern has: a digest of all that `encodeChallenge` gives. */
  readonly nonce: Uint8Array
  readonly salt: Uint8Array
  readonly segments: readonly ChallengeSegment[]
}

/**
 * What may be asked of a camera's light: sides and flashes, sides alone, or nothing at all, where a
 * camera's light is as it is and the eye is only watched.
 */
export type ChallengeLight = 'with-flashes' | 'without-flashes' | 'as-it-is'

/** Random bytes that `createChallenge` takes. */
export const CHALLENGE_SEED_BYTES = 32
/** Frames of the longest challenge: 6.4 s at 25 frames a second. */
export const MAX_CHALLENGE_FRAMES = 160

const VERSION = 1
const SALT_BYTES = 16
const NONCE_BYTES = 16
const MAX_SEGMENTS = 8
const MAX_IDS = 8
/*
 * Frames before the first flash, of a flash, between flashes, and after the last: 25 a second make
 * .5 to 2 s, .1 to .2 s, 1.1 to 2.2 s and 1.2 s. Wide ranges, since a recording fits by luck as
 * often as its times come near.
 */
const BEFORE = { least: 12, most: 50 } as const
const FLASH = { least: 3, most: 6 } as const
const BETWEEN = { least: 28, most: 56 } as const
const AFTER = { least: 30, most: 32 } as const

/**
 * A challenge from 32 fresh random bytes: two visible flashes at random times, and near-infrared
 * light that changes sides from frame to frame in an order of its own for each segment. Without
 * flashes, where the head has none or the person cannot bear them, the sides alone are asked for;
 * a challenge `as-it-is` asks for id 0 only, and no answer to it shows anything (`asksForLight`).
 */
export function createChallenge(
  random: Uint8Array,
  light: ChallengeLight = 'with-flashes',
): Challenge {
  if (random.length !== CHALLENGE_SEED_BYTES) {
    throw new PersonhoodError(
      'call.pad-challenge',
      `a challenge takes ${CHALLENGE_SEED_BYTES} random bytes, not ${random.length}`,
    )
  }
  const draw = drawsOf(random)
  const between = ({ least, most }: { readonly least: number; readonly most: number }): number =>
    least + draw(most - least + 1)
  const ranges =
    light === 'with-flashes' ? [BEFORE, FLASH, BETWEEN, FLASH, AFTER] : [BETWEEN, AFTER]
  const segments = ranges.map((range) => ({
    frames: between(range),
    illumination:
      light === 'as-it-is'
        ? [0]
        : sides(draw).map((side) => (range === FLASH ? side | FLASH_LIT : side)),
  }))
  const salt = Uint8Array.from({ length: SALT_BYTES }, () => draw(256))
  return { nonce: nonceOf(salt, segments), salt, segments }
}

/** Version 1, salt 16, segments 1, then for each: frames 1, ids 1, that many ids. */
export function encodeChallenge({ salt, segments }: Challenge): Uint8Array {
  return encodePattern(salt, segments)
}

/** The challenge in those bytes, its nonce computed anew; throws `bytes.pad-challenge`. */
export function parseChallenge(bytes: Uint8Array): Challenge {
  const head = 1 + SALT_BYTES + 1
  const count = bytes[head - 1] ?? 0
  if (bytes[0] !== VERSION) throw refusal(`version ${bytes[0]} is not read`)
  if (count < 1 || count > MAX_SEGMENTS) throw refusal(`${count} segments, not 1..${MAX_SEGMENTS}`)
  const segments: ChallengeSegment[] = []
  let [at, frames] = [head, 0]
  while (segments.length < count) {
    const segment = parseSegment(bytes, at)
    segments.push(segment)
    frames += segment.frames
    at += 2 + segment.illumination.length
  }
  if (frames > MAX_CHALLENGE_FRAMES) throw refusal(`${frames} frames`)
  if (at !== bytes.length) throw refusal(`${bytes.length} bytes where ${at} were announced`)
  const salt = bytes.slice(1, 1 + SALT_BYTES)
  return { nonce: nonceOf(salt, segments), salt, segments }
}

/** The nonce under which the head signs a segment: 16 bytes bound to the challenge and the place. */
export function segmentNonce({ nonce }: Challenge, segment: number): Uint8Array {
  const said = concat(fromText('personhood pad segment 1\0'), nonce, Uint8Array.of(segment))
  return sha256(said).slice(0, NONCE_BYTES)
}

/** Whether a visible flash is asked for at all. */
export function hasFlash({ segments }: Challenge): boolean {
  return segments.some(({ illumination }) => illumination.some((id) => (id & FLASH_LIT) !== 0))
}

/** Whether any light is asked for: only then can an eye answer. */
export function asksForLight({ segments }: Challenge): boolean {
  return segments.some(({ illumination }) => illumination.some((id) => id !== 0))
}

/** What was asked for at a frame, or nothing where the challenge has no such frame. */
export function illuminationAt(
  { segments }: Challenge,
  segment: number,
  sequence: number,
): number | undefined {
  const asked = segments[segment]
  if (asked === undefined || !(sequence >= 0 && sequence < asked.frames)) return undefined
  return asked.illumination[sequence % asked.illumination.length]
}

function parseSegment(bytes: Uint8Array, at: number): ChallengeSegment {
  const [frames, count] = [bytes[at] ?? 0, bytes[at + 1] ?? 0]
  const illumination = [...bytes.subarray(at + 2, at + 2 + count)]
  if (frames < 1 || count < 1 || count > MAX_IDS) {
    throw refusal(`a segment of ${frames} frames and ${count} ids`)
  }
  if (illumination.length < count) throw refusal('cut short')
  // Without near-infrared light there would be nothing to see.
  const isLit = illumination.every((id) => id <= 0b111 && (id & (LEFT_LIT | RIGHT_LIT)) !== 0)
  if (!isLit) throw refusal(`illumination ${illumination.join(' ')}`)
  return { frames, illumination }
}

function encodePattern(salt: Uint8Array, segments: readonly ChallengeSegment[]): Uint8Array {
  const parts = segments.flatMap(({ frames, illumination }) => [
    frames,
    illumination.length,
    ...illumination,
  ])
  return Uint8Array.of(VERSION, ...salt, segments.length, ...parts)
}

function nonceOf(salt: Uint8Array, segments: readonly ChallengeSegment[]): Uint8Array {
  const said = concat(fromText('personhood pad challenge 1\0'), encodePattern(salt, segments))
  return sha256(said).slice(0, NONCE_BYTES)
}

/** Eight of left, right, both; all three are among them, so that no single picture fits. */
function sides(draw: (bound: number) => number): number[] {
  const ids = Array.from({ length: MAX_IDS }, () => 1 + draw(3))
  const start = draw(MAX_IDS)
  for (let side = 1; side <= 3; side++) ids[(start + 3 * side) % MAX_IDS] = side
  return ids
}

/** Uniform whole numbers below a bound of at most 256, from a stream of digests of the seed. */
function drawsOf(seed: Uint8Array): (bound: number) => number {
  let [block, counter, used] = [new Uint8Array(0), 0, 0]
  const byte = (): number => {
    if (used === block.length) {
      block = Uint8Array.from(sha256(concat(seed, Uint8Array.of(counter++))))
      used = 0
    }
    return block[used++] ?? 0
  }
  return (bound) => {
    // Bytes past the last whole multiple would favour small numbers.
    const limit = 256 - (256 % bound)
    let value = byte()
    while (value >= limit) value = byte()
    return value % bound
  }
}

function refusal(problem: string): PersonhoodError {
  return new PersonhoodError('bytes.pad-challenge', `challenge: ${problem}`)
}

import type { EyePosition } from '../../../protocol/image.ts'
import { createRandom, type Random, seedOf } from '../../sim/random.ts'
import { type Field, randomPhaseField } from './field.ts'

/** Columns (angles) and rows (pupil to limbus) of an iris texture. */
export const TEXTURE_COLUMNS = 512
export const TEXTURE_ROWS = 64

/** What stays the same of one eye of one person from capture to capture. Lengths in iris radii. */
export type Subject = {
  readonly eye: EyePosition
  /** Relief and pigment of the iris, mean 0 and deviation 1. */
  readonly iris: Field
  /** Mean grey levels under the head's own light. */
  readonly grey: { readonly iris: number; readonly sclera: number; readonly skin: number }
  /** Grey levels of one deviation of the texture. */
  readonly contrast: number
  /** Iris radius against the mean of people. */
  readonly size: number
  readonly pupilOffset: { readonly u: number; readonly v: number }
  readonly limbusSoftness: number
  readonly lid: {
    /** Height of the open upper lid over the chord of the canthi. */
    readonly upper: number
    readonly lower: number
    readonly tilt: number
    readonly crease: number
  }
  readonly lashes: { readonly count: number; readonly length: number; readonly droop: number }
  readonly seed: number
}

/** The eye of the person named by the seed; left and right are as unlike as two persons. */
export function createSubject(person: number, eye: EyePosition): Subject {
  // What a face has in common on both sides comes from one stream, the irises from two.
  const face = createRandom(person, seedOf('face'))
  const own = createRandom(person, seedOf(`iris ${eye}`))
  const skin = face.between(132, 172)
  return {
    eye,
    iris: createIris(own),
    grey: { iris: face.between(86, 122), sclera: face.between(168, 198), skin },
    contrast: face.between(13, 19),
    size: 1 + 0.035 * clamped(face),
    pupilOffset: { u: 0.025 * clamped(own), v: 0.02 * clamped(own) },
    limbusSoftness: face.between(0.03, 0.055),
    lid: {
      upper: face.between(1.02, 1.26),
      lower: face.between(0.98, 1.14),
      tilt: face.between(-0.02, 0.16),
      crease: face.between(0.3, 0.55),
    },
    lashes: {
      count: Math.round(face.between(70, 120)),
      length: face.between(0.4, 0.75),
      droop: face.between(0.05, 0.3),
    },
    seed: face.int(0x1_00_00_00_00),
  }
}

/**
 * Power of an iris texture over cycles a turn and cycles from pupil to limbus. Two populations, so
 * that rendered eyes unrolled like real ones have their spectrum (docs/eye-renderer.md): broad
 * folds, and fine fibres that run from the pupil to the limbus.
 */
export function irisSpectrum(turn: number, outwards: number): number {
  const folds = 1 / (1 + (turn / 4) ** 2 + (outwards / 1) ** 2) ** 1.3
  const fibres = 1 / (1 + (turn / 150) ** 2 + (outwards / 7) ** 2) ** 3.5
  return folds + 0.045 * fibres
}

function createIris(random: Random): Field {
  const texture = randomPhaseField(random, TEXTURE_COLUMNS, TEXTURE_ROWS, irisSpectrum)
  const values = texture.values.slice()
  addCrypts(values, random)
  addCollarette(values, random)
  return { ...texture, values }
}

/** Crypts: dark gaps with a lighter rim, most of them about the collarette. */
function addCrypts(values: Float32Array, random: Random): void {
  const count = 8 + random.int(18)
  for (let i = 0; i < count; i++) {
    const [column, row] = [random.int(TEXTURE_COLUMNS), random.between(8, 44)]
    const [wide, high] = [random.between(4, 11), random.between(3, 8)]
    const depth = random.between(0.8, 2)
    for (let y = Math.max(0, Math.floor(row - 2 * high)); y < row + 2 * high; y++) {
      if (y >= TEXTURE_ROWS) break
      for (let dx = -Math.ceil(2 * wide); dx <= 2 * wide; dx++) {
        const distance = (dx / wide) ** 2 + ((y - row) / high) ** 2
        const at = y * TEXTURE_COLUMNS + ((column + dx) & (TEXTURE_COLUMNS - 1))
        values[at] =
          (values[at] as number) -
          depth * (1.6 * Math.exp(-2 * distance) - 0.6 * Math.exp(-distance))
      }
    }
  }
}

/** The collarette: a light zigzag round the pupil where two layers of the iris meet. */
function addCollarette(values: Float32Array, random: Random): void {
  const waves = Array.from({ length: 7 }, (_, i) => ({
    turn: 2 + i * 3 + random.int(3),
    phase: 2 * Math.PI * random.next(),
    height: random.between(0.4, 1.6) / (1 + 0.25 * i),
  }))
  const base = random.between(15, 24)
  for (let x = 0; x < TEXTURE_COLUMNS; x++) {
    const angle = (2 * Math.PI * x) / TEXTURE_COLUMNS
    const row = waves.reduce(
      (sum, wave) => sum + wave.height * Math.sin(wave.turn * angle + wave.phase),
      base,
    )
    for (let y = 0; y < TEXTURE_ROWS; y++) {
      const at = y * TEXTURE_COLUMNS + x
      values[at] = (values[at] as number) + 0.7 * Math.exp(-(((y - row) / 3.2) ** 2))
    }
  }
}

/** Normal, cut at two deviations. */
function clamped(random: Random): number {
  return Math.min(2, Math.max(-2, random.normal()))
}

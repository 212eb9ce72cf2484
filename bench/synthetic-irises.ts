import { createRandom } from '../hardware/sim/random.ts'
import {
  IRIS_COLUMNS,
  IRIS_PLANE_WORDS,
  IRIS_ROWS,
  IrisTemplate,
} from '../protocol/iris-template.ts'

/*
 * Seeded iris codes with the statistics of real ones, fast enough for galleries: a random texture
 * is filtered at both scales and its phases are kept, as the encoder does, but without an image.
 * They show speed and that two searches decide alike; they say nothing about accuracy on people.
 */

/** An iris that can be captured again and again; `texture` is `IRIS_ROWS` x 512 values. */
export type SyntheticIris = { readonly texture: Float32Array; readonly lids: Lids }

/** How one capture of an iris differs from its texture. */
export type Capture = {
  /** Strength of what is not the iris, in deviations of the texture: 0 perfect, 1 poor. */
  readonly noise: number
  /** Turn of the eye in columns of 256, whole or not. */
  readonly turnColumns: number
  /** Error of the boundaries: columns by which places around the iris are off, at the most. */
  readonly warpColumns: number
}

/** Whole 32-bit words of a seeded generator. */
export type Words = () => number

/** The words that one or more seeds name. */
export function seededWords(...seeds: readonly number[]): Words {
  const random = createRandom(...seeds)
  return () => random.int(2 ** 32)
}

/** One capture before its code is masked: planes of one word a column, as in a template. */
export type CapturedPlanes = {
  readonly re: Uint32Array
  readonly im: Uint32Array
  /** Positions whose phase is far enough from an axis to be repeated; they turn with the iris. */
  readonly firm: Uint32Array
  /** Positions that neither lid nor lash nor glint covers; they stay when the eye turns. */
  readonly visible: Uint32Array
}

/** How far lids reach over the ring, in rows, and the outermost row seen. */
type Lids = { readonly upper: number; readonly lower: number; readonly outermost: number }

/** A number in 0..1 (1 excluded). */
export function fraction(words: Words): number {
  return words() / 2 ** 32
}

/** A number of the normal distribution with mean 0 and deviation 1, near enough for textures. */
export function normal(words: Words): number {
  const word = words()
  const sum = (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24)
  return (sum - 510) / 147.8
}

/** A new iris. */
export function syntheticIris(words: Words): SyntheticIris {
  const lids = {
    upper: 7.5 + 3.5 * normal(words),
    lower: 4 + 2.5 * normal(words),
    outermost: 13.5 + 1.2 * normal(words),
  }
  return { texture: texture(words), lids }
}

/** A template of an iris as one capture shows it. */
export function captureTemplate(iris: SyntheticIris, capture: Capture, words: Words): IrisTemplate {
  const { re, im, firm, visible } = capturePlanes(iris, capture, words)
  return new IrisTemplate({ re, im, mask: firm.map((word, at) => word & (visible[at] as number)) })
}

/** What a capture shows of an iris, code and masks apart. */
export function capturePlanes(
  { texture: own, lids }: SyntheticIris,
  capture: Capture,
  words: Words,
): CapturedPlanes {
  const seen = capture.noise === 0 ? own : mixed(own, texture(words), capture.noise)
  const offsets = columnOffsets(capture, words)
  const places = visiblePlaces(lids, words)
  const plane = () => new Uint32Array(IRIS_PLANE_WORDS)
  const [re, im, firm, visible] = [plane(), plane(), plane(), plane()]
  const set = (words: Uint32Array, column: number, bit: number) => {
    words[column] = (words[column] as number) | bit
  }
  BANKS.forEach((bank, scale) => {
    const response = filtered(seen, offsets, bank)
    const least = fragileLevel(response, places)
    for (let at = 0; at < PLACES; at++) {
      const [real, imaginary] = [response.re[at] as number, response.im[at] as number]
      const column = at & (IRIS_COLUMNS - 1)
      const bit = 1 << (IRIS_ROWS * scale + (at >>> 8))
      if (real > 0) set(re, column, bit)
      if (imaginary > 0) set(im, column, bit)
      if (Math.min(Math.abs(real), Math.abs(imaginary)) >= least) set(firm, column, bit)
      if (places[at] === 1) set(visible, column, bit)
    }
  })
  return { re, im, firm, visible }
}

const SAMPLES = 512
const PLACES = IRIS_ROWS * IRIS_COLUMNS
/** Rows of noise that a row of texture is the weighted mean of: neighbours share most of it. */
const ROW_WEIGHTS = [0.16, 0.55, 0.8, 0.55, 0.16] as const
/** Samples around each that it is blurred with, as optics and resampling do. */
const BLUR = [0.25, 0.5, 0.25] as const
const BLURS = 3

function texture(words: Words): Float32Array {
  const rows = IRIS_ROWS + ROW_WEIGHTS.length - 1
  const noise = new Float32Array(rows * SAMPLES)
  for (let at = 0; at < noise.length; at++) noise[at] = normal(words)
  const out = new Float32Array(IRIS_ROWS * SAMPLES)
  for (let at = 0; at < out.length; at++) {
    let sum = 0
    for (let k = 0; k < ROW_WEIGHTS.length; k++) {
      sum += (ROW_WEIGHTS[k] as number) * (noise[at + k * SAMPLES] as number)
    }
    out[at] = sum
  }
  for (let time = 0; time < BLURS; time++) blurRows(out)
  return out
}

function blurRows(out: Float32Array): void {
  for (let start = 0; start < out.length; start += SAMPLES) {
    const first = out[start] as number
    let before = out[start + SAMPLES - 1] as number
    for (let at = start; at < start + SAMPLES; at++) {
      const here = out[at] as number
      const after = at + 1 < start + SAMPLES ? (out[at + 1] as number) : first
      out[at] = BLUR[0] * before + BLUR[1] * here + BLUR[2] * after
      before = here
    }
  }
}

function mixed(own: Float32Array, noise: Float32Array, strength: number): Float32Array {
  return own.map((value, at) => value + strength * (noise[at] as number))
}

/** Filters at `PHASES` parts of a sample, so that an iris can be turned by less than a column. */
const PHASES = 8
type Bank = {
  readonly reach: number
  readonly even: readonly Float32Array[]
  readonly odd: readonly Float32Array[]
}
const BANKS: readonly Bank[] = [filterBank(28, 7), filterBank(8, 2)]

function filterBank(wavelength: number, sigma: number): Bank {
  const reach = Math.ceil(2.6 * sigma)
  const bank = (wave: (phase: number) => number) =>
    Array.from({ length: PHASES }, (_, part) => {
      const positions = Array.from({ length: 2 * reach + 1 }, (_, k) => k - reach - part / PHASES)
      const envelope = positions.map((x) => Math.exp(-(x * x) / (2 * sigma * sigma)))
      const taps = positions.map(
        (x, k) => (envelope[k] as number) * wave((2 * Math.PI * x) / wavelength),
      )
      // Without its mean a part does not answer to brightness.
      const mean = sumOf(taps) / sumOf(envelope)
      return Float32Array.from(taps, (tap, k) => tap - mean * (envelope[k] as number))
    })
  return { reach, even: bank(Math.cos), odd: bank(Math.sin) }
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}

/** For each column, where in the texture it is sampled, in parts of a sample. */
function columnOffsets({ turnColumns, warpColumns }: Capture, words: Words): Int32Array {
  const phase = 2 * Math.PI * fraction(words)
  const perColumn = (SAMPLES / IRIS_COLUMNS) * PHASES
  return Int32Array.from({ length: IRIS_COLUMNS }, (_, column) => {
    const warp = warpColumns * Math.sin((2 * Math.PI * column) / IRIS_COLUMNS + phase)
    return Math.round((column + turnColumns + warp) * perColumn)
  })
}

type Response = { readonly re: Float32Array; readonly im: Float32Array }

function filtered(seen: Float32Array, offsets: Int32Array, { reach, even, odd }: Bank): Response {
  const re = new Float32Array(PLACES)
  const im = new Float32Array(PLACES)
  for (let at = 0; at < PLACES; at++) {
    const offset = offsets[at & (IRIS_COLUMNS - 1)] as number
    const part = offset & (PHASES - 1)
    const start = offset >> 3
    const row = (at >>> 8) * SAMPLES
    const cosine = even[part] as Float32Array
    const sine = odd[part] as Float32Array
    let real = 0
    let imaginary = 0
    for (let k = 0; k <= 2 * reach; k++) {
      const value = seen[row + ((start + k - reach) & (SAMPLES - 1))] as number
      real += value * (cosine[k] as number)
      imaginary += value * (sine[k] as number)
    }
    re[at] = real
    im[at] = imaginary
  }
  return { re, im }
}

/** 1 where neither lid nor lash nor glint covers the ring; lids do not turn with the eye. */
function visiblePlaces(lids: Lids, words: Words): Uint8Array {
  const visible = new Uint8Array(PLACES)
  const upper = lids.upper + 1.2 * normal(words)
  const lower = lids.lower + 1.2 * normal(words)
  const outermost = lids.outermost + 0.8 * normal(words)
  for (let column = 0; column < IRIS_COLUMNS; column++) {
    const down = Math.sin((2 * Math.PI * (column + 0.5)) / IRIS_COLUMNS)
    const lid = down < 0 ? upper * covered(-down) : lower * covered(down)
    const last = Math.min(outermost, IRIS_ROWS - lid)
    for (let row = 0; row < IRIS_ROWS; row++) {
      if (row >= 1 && row < last) visible[row * IRIS_COLUMNS + column] = 1
    }
  }
  const spots = words() % 6
  for (let spot = 0; spot < spots; spot++) coverSpot(visible, words)
  return visible
}

function covered(down: number): number {
  return Math.max(0, (down - 0.25) / 0.75) ** 0.7
}

function coverSpot(visible: Uint8Array, words: Words): void {
  const [row, column] = [words() % IRIS_ROWS, words() % IRIS_COLUMNS]
  const [tall, wide] = [1 + (words() % 4), 3 + (words() % 14)]
  for (let r = row; r < Math.min(IRIS_ROWS, row + tall); r++) {
    for (let c = column; c < column + wide; c++) {
      visible[r * IRIS_COLUMNS + (c & (IRIS_COLUMNS - 1))] = 0
    }
  }
}

/** Share of the visible places whose phase is too near an axis to be repeated. */
const FRAGILE_SHARE = 0.15

function fragileLevel({ re, im }: Response, visible: Uint8Array): number {
  const strengths = new Float32Array(PLACES)
  let count = 0
  for (let at = 0; at < PLACES; at++) {
    if (visible[at] === 0) continue
    strengths[count++] = Math.min(Math.abs(re[at] as number), Math.abs(im[at] as number))
  }
  const sorted = strengths.subarray(0, count).sort()
  return sorted[Math.floor(FRAGILE_SHARE * count)] ?? 0
}

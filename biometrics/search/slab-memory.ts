import { PersonhoodError } from '../../protocol/errors.ts'
import {
  IRIS_PLANE_WORDS,
  IRIS_TEMPLATE_BYTES,
  type IrisTemplate,
} from '../../protocol/iris-template.ts'
import { type Kernel, kernelMemory, MAX_PAGES, PAGE_BYTES } from './kernel.ts'
import type { SiftWeights } from './sift-weights.ts'

/** The eyes of a person, in the order of their areas in a slab. */
export const EYES = ['left', 'right'] as const
/** One of them. */
export type Eye = (typeof EYES)[number]

/** Persons of a slab. */
export const SLAB_PERSONS = 256
/** Records that one call of the kernel's sift takes. */
export const SIFT_RECORDS = 64

/** Bytes of a record's symbols: 11 sets x 256 columns (kernel/layout.ts). */
const SYMBOL_BYTES = 11 * IRIS_PLANE_WORDS
const EYE_BYTES = SLAB_PERSONS * (IRIS_TEMPLATE_BYTES + SYMBOL_BYTES)
const SLAB_BYTES = EYES.length * EYE_BYTES
const SCORE_BYTES = 12
/** A plane of a probe: 16 columns before and after the template's own, which closes on itself. */
const PROBE_PLANE_WORDS = 288
const PROBE_REACH = 16
/** A probe's tables (kernel/layout.ts: 418,000 bytes), in whole pages. */
const TABLE_BYTES = 7 * PAGE_BYTES

/** What of a probe is in scratch memory, and where. */
export type LoadedProbe = {
  readonly address: number
  readonly usable: number
  readonly tables: number
}

/*
 * Scratch, from address 0: what lasts for one call, then a probe and its tables for each eye. The
 * slabs follow; each is the left records, their symbols, the right records, their symbols.
 */
const SUMS = 0
const FOUND = SUMS + SIFT_RECORDS * 64
const SCORES = FOUND + SIFT_RECORDS * 4
const BASES = SCORES + SIFT_RECORDS * SCORE_BYTES
const PROBES = BASES + 15 * 304
const PROBE_BYTES = 3 * 4 * PROBE_PLANE_WORDS
const TABLES = PAGE_BYTES
const SLABS = TABLES + EYES.length * TABLE_BYTES

/** Records of both eyes in the memory of a kernel, by row; a worker has one. */
export class SlabMemory {
  readonly #memory: ReturnType<typeof kernelMemory>
  readonly #kernel: Kernel
  readonly #score: ReturnType<Kernel['bind']>
  readonly #sift: ReturnType<Extract<Kernel, { backend: 'simd' }>['bind']> | undefined
  #slabs = 0

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#memory = kernelMemory(SLABS / PAGE_BYTES)
    if (kernel.backend === 'simd') this.#score = this.#sift = kernel.bind(this.#memory)
    else this.#score = kernel.bind(this.#memory)
  }

  /** Which kernel it is. */
  get backend(): Kernel['backend'] {
    return this.#kernel.backend
  }

  /** Bytes of the memory. */
  get bytes(): number {
    return this.#memory.buffer.byteLength
  }

  /** Writes an eye of a row; without a template the row compares with nothing (a tombstone). */
  put(row: number, eye: Eye, template: IrisTemplate | undefined): void {
    while (row >= this.#slabs * SLAB_PERSONS) this.#grow()
    const address = this.#record(row, eye)
    const words = new Uint32Array(this.#memory.buffer, address, 3 * IRIS_PLANE_WORDS)
    if (template) {
      const { re, im, mask } = template.planes()
      words.set(re)
      words.set(im, IRIS_PLANE_WORDS)
      words.set(mask, 2 * IRIS_PLANE_WORDS)
    } else words.fill(0)
    this.#sift?.symbolise(address, 1, this.#symbols(row, eye))
  }

  /** Puts a probe's eye in scratch memory, with tables where it is to be sifted by `weights`. */
  load(eye: Eye, template: IrisTemplate, weights: SiftWeights | undefined): LoadedProbe {
    const index = EYES.indexOf(eye)
    const address = PROBES + index * PROBE_BYTES
    const tables = TABLES + index * TABLE_BYTES
    const { re, im, mask } = template.planes()
    const planes = [re, im, mask]
    planes.forEach((plane, i) => {
      const words = new Uint32Array(
        this.#memory.buffer,
        address + 4 * PROBE_PLANE_WORDS * i,
        PROBE_PLANE_WORDS,
      )
      words.set(plane.subarray(-PROBE_REACH))
      words.set(plane, PROBE_REACH)
      words.set(plane.subarray(0, PROBE_REACH), PROBE_REACH + IRIS_PLANE_WORDS)
    })
    if (weights) this.#sift?.tabulate(address, tables, weights.step, weights.masked, BASES)
    return { address, usable: template.usablePositions, tables }
  }

  /**
   * Rows from `row` (at most `SIFT_RECORDS`, all of one slab) with an eye that may lie at or below
   * the threshold of `weights`; none that does is left out. All rows where there is no sift.
   */
  sift(
    row: number,
    count: number,
    eye: Eye,
    probe: LoadedProbe,
    weights: SiftWeights | undefined,
  ): readonly number[] {
    if (!this.#sift || !weights) return Array.from({ length: count }, (_, i) => row + i)
    const found = this.#sift.sift(
      this.#record(row, eye),
      this.#symbols(row, eye),
      count,
      probe.address,
      probe.tables,
      SUMS,
      weights.step,
      weights.masked,
      FOUND,
    )
    return Array.from(new Uint32Array(this.#memory.buffer, FOUND, found), (index) => row + index)
  }

  /** Score of a row's eye: bits, common positions, and shift of the row's columns. */
  score(row: number, eye: Eye, probe: LoadedProbe): EyeCount | undefined {
    this.#score.score(this.#record(row, eye), 1, 0, probe.address, probe.usable, SCORES)
    const [differing = 0, common = 0, turn = 0] = new Uint32Array(this.#memory.buffer, SCORES, 3)
    if (common === 0) return undefined
    return { numeratorBits: differing, commonBits: 2 * common, shiftColumns: PROBE_REACH - turn }
  }

  /** Whether a row's eye has enough in common with the probe for a score. */
  isComparable(row: number, eye: Eye, probe: LoadedProbe): boolean {
    return this.#score.isComparable(this.#record(row, eye), probe.address) === 1
  }

  #record(row: number, eye: Eye): number {
    const slab = SLABS + Math.floor(row / SLAB_PERSONS) * SLAB_BYTES
    return slab + EYES.indexOf(eye) * EYE_BYTES + (row % SLAB_PERSONS) * IRIS_TEMPLATE_BYTES
  }

  #symbols(row: number, eye: Eye): number {
    const place = row % SLAB_PERSONS
    const first = this.#record(row - place, eye) + SLAB_PERSONS * IRIS_TEMPLATE_BYTES
    return first + place * SYMBOL_BYTES
  }

  #grow(): void {
    const end = SLABS + (this.#slabs + 1) * SLAB_BYTES
    const pages = Math.ceil(end / PAGE_BYTES)
    if (pages > MAX_PAGES) {
      throw new PersonhoodError(
        'call.search-memory',
        `a search memory holds ${this.#slabs * SLAB_PERSONS} persons and cannot grow`,
      )
    }
    this.#memory.grow(pages - this.#memory.buffer.byteLength / PAGE_BYTES)
    this.#slabs++
  }
}

/** A score with the rotation it was found at, -16..16 columns of the gallery's template. */
export type EyeCount = {
  readonly numeratorBits: number
  readonly commonBits: number
  readonly shiftColumns: number
}

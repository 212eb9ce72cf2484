import { PersonhoodError } from '../../protocol/errors.ts'
import {
  IRIS_PLANE_WORDS,
  IRIS_TEMPLATE_BYTES,
  type IrisTemplate,
} from '../../protocol/iris-template.ts'
import { type Kernel, kernelMemory, MAX_PAGES, PAGE_BYTES } from './kernel.ts'
import type { SiftWeights } from './sift-weights.ts'
import type { SkimLimits } from './skim-limits.ts'

/** The eyes of a person, in the order of their areas in a slab. */
export const EYES = ['left', 'right'] as const
/** One of them. */
export type Eye = (typeof EYES)[number]

/** Persons of a slab: what one call of the kernel searches. */
export const SLAB_PERSONS = 1024

/** A probe's eye in scratch memory. */
export type LoadedProbe = {
  readonly address: number
  readonly usable: number
  readonly tables: number
  readonly room: number
  readonly plan: Plan
}

/** A probe's eyes in scratch memory. */
export type LoadedProbes = ReadonlyMap<Eye, LoadedProbe>

/** What a probe is searched with: a skim may pass over one at the threshold, a sift does not. */
export type Plan =
  | { readonly name: 'all' }
  | { readonly name: 'sift'; readonly weights: SiftWeights }
  | { readonly name: 'skim'; readonly limits: SkimLimits }

/** A score with the rotation it was found at, -16..16 columns of the gallery's template. */
export type EyeCount = {
  readonly numeratorBits: number
  readonly commonBits: number
  readonly shiftColumns: number
}

/** Areas of one eye in a slab, bytes a record; sketches come first, for they are read in a row. */
const AREAS = { coarse: 96, fine: 64, room: 16, record: IRIS_TEMPLATE_BYTES, symbols: 11 * 256 }
type Area = keyof typeof AREAS

const AREA_START: Readonly<Record<Area, number>> = areaStarts()
/** Bytes that an eye takes in memory. */
export const RECORD_BYTES: number = Object.values(AREAS).reduce((sum, bytes) => sum + bytes, 0)
const EYE_BYTES = SLAB_PERSONS * RECORD_BYTES
const SLAB_BYTES = EYES.length * EYE_BYTES

/** A plane of a probe: 16 columns before and after the template's own, which closes on itself. */
const PROBE_PLANE_WORDS = 288
const PROBE_REACH = 16
const PROBE_BYTES = 3 * 4 * PROBE_PLANE_WORDS

/*
 * Scratch, from address 0: what lasts for one call, then for each eye a probe and its tables, to
 * sift by (418,000 bytes) or to skim by (212,000 bytes, kernel/). The slabs follow.
 */
const SUMS = 0
const FOUND = SUMS + 4096
const SCORES = FOUND + SLAB_PERSONS * 4
const BASES = SCORES + 16
const ROOMS = BASES + 15 * 304
/** Stays zero: nothing usable. */
const NO_ROOM = ROOMS + EYES.length * AREAS.room
const PROBES = NO_ROOM + AREAS.room
const TABLES = PAGE_BYTES
const TABLE_BYTES = 7 * PAGE_BYTES
const SLABS = TABLES + EYES.length * TABLE_BYTES

function areaStarts(): Record<Area, number> {
  const starts = { coarse: 0, fine: 0, room: 0, record: 0, symbols: 0 }
  let start = 0
  for (const area of Object.keys(AREAS) as Area[]) {
    starts[area] = start
    start += SLAB_PERSONS * AREAS[area]
  }
  return starts
}

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
    const address = this.#at(row, eye, 'record')
    const words = new Uint32Array(this.#memory.buffer, address, 3 * IRIS_PLANE_WORDS)
    if (template) {
      const { re, im, mask } = template.planes()
      words.set(re)
      words.set(im, IRIS_PLANE_WORDS)
      words.set(mask, 2 * IRIS_PLANE_WORDS)
    } else words.fill(0)
    const at = (area: Area) => this.#at(row, eye, area)
    this.#sift?.symbolise(address, 1, at('symbols'))
    this.#sift?.sketch(address, 1, at('coarse'), at('fine'), at('room'))
  }

  /** Puts a probe's eye in scratch memory, with the tables that its plan needs. */
  load(eye: Eye, template: IrisTemplate, plan: Plan): LoadedProbe {
    const index = EYES.indexOf(eye)
    const address = PROBES + index * PROBE_BYTES
    const tables = TABLES + index * TABLE_BYTES
    const room = ROOMS + index * AREAS.room
    const { re, im, mask } = template.planes()
    const planes = [re, im, mask]
    planes.forEach((plane, i) => {
      const start = address + 4 * PROBE_PLANE_WORDS * i
      const words = new Uint32Array(this.#memory.buffer, start, PROBE_PLANE_WORDS)
      words.set(plane.subarray(-PROBE_REACH))
      words.set(plane, PROBE_REACH)
      words.set(plane.subarray(0, PROBE_REACH), PROBE_REACH + IRIS_PLANE_WORDS)
    })
    this.#sift?.roomOf(address + 4 * (2 * PROBE_PLANE_WORDS + PROBE_REACH), room)
    this.#tabulate(address, tables, plan)
    return { address, usable: template.usablePositions, tables, room, plan }
  }

  /** Rows of a slab's first `count` with an eye that the probe's plan does not pass over. */
  survivors(slab: number, count: number, eye: Eye, probe: LoadedProbe): readonly number[] {
    const row = slab * SLAB_PERSONS
    if (!this.#sift || probe.plan.name === 'all') return rowsFrom(row, count)
    const { address, tables, plan } = probe
    const at = (area: Area) => this.#at(row, eye, area)
    if (plan.name === 'skim') {
      const { two, three, all } = plan.limits
      const [coarse, fine] = [at('coarse'), at('fine')]
      return this.#found(row, this.#sift.skim(coarse, fine, count, tables, two, three, all, FOUND))
    }
    const { step, masked } = plan.weights
    const [records, symbols] = [at('record'), at('symbols')]
    return this.#found(
      row,
      this.#sift.sift(records, symbols, count, address, tables, SUMS, step, masked, FOUND),
    )
  }

  /** Rows of a slab's first `count` both of whose eyes may have too little in common with a probe's. */
  narrow(slab: number, count: number, probes: LoadedProbes): readonly number[] {
    const row = slab * SLAB_PERSONS
    if (!this.#sift) return rowsFrom(row, count)
    const [left, right] = [this.#at(row, 'left', 'room'), this.#at(row, 'right', 'room')]
    const probeLeft = probes.get('left')?.room ?? NO_ROOM
    const probeRight = probes.get('right')?.room ?? NO_ROOM
    return this.#found(row, this.#sift.narrow(left, right, count, probeLeft, probeRight, FOUND))
  }

  /** Score of a row's eye: bits, common bits, and shift of the row's columns. */
  score(row: number, eye: Eye, probe: LoadedProbe): EyeCount | undefined {
    this.#score.score(this.#at(row, eye, 'record'), 1, 0, probe.address, probe.usable, SCORES)
    const [differing = 0, common = 0, turn = 0] = new Uint32Array(this.#memory.buffer, SCORES, 3)
    if (common === 0) return undefined
    return { numeratorBits: differing, commonBits: 2 * common, shiftColumns: PROBE_REACH - turn }
  }

  /** Whether a row's eye has enough in common with the probe for a score. */
  isComparable(row: number, eye: Eye, probe: LoadedProbe): boolean {
    return this.#score.isComparable(this.#at(row, eye, 'record'), probe.address) === 1
  }

  #tabulate(address: number, tables: number, plan: Plan): void {
    if (plan.name === 'skim') this.#sift?.tabulateSketch(address, tables, BASES)
    if (plan.name !== 'sift') return
    this.#sift?.tabulate(address, tables, plan.weights.step, plan.weights.masked, BASES)
  }

  #found(row: number, count: number): readonly number[] {
    return Array.from(new Uint32Array(this.#memory.buffer, FOUND, count), (index) => row + index)
  }

  #at(row: number, eye: Eye, area: Area): number {
    const slab = SLABS + Math.floor(row / SLAB_PERSONS) * SLAB_BYTES
    const start = slab + EYES.indexOf(eye) * EYE_BYTES + AREA_START[area]
    return start + (row % SLAB_PERSONS) * AREAS[area]
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

function rowsFrom(row: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => row + i)
}

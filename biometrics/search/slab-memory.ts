import { PersonhoodError } from '../../protocol/errors.ts'
import {
  IRIS_PLANE_WORDS,
  IRIS_TEMPLATE_BYTES,
  type IrisTemplate,
} from '../../protocol/iris-template.ts'
import {
  type Kernel,
  type KernelMemory,
  kernelMemory,
  MAX_PAGES,
  PAGE_BYTES,
  type SiftingKernel,
} from './kernel.ts'
import type { SiftWeights } from './sift-weights.ts'
import type { SkimLimits } from './skim-limits.ts'
import {
  type Area,
  EYES,
  type Eye,
  type LayoutName,
  SKETCH_AREAS,
  SLAB_PERSONS,
  type SlabLayout,
  slabLayout,
} from './slab-layout.ts'

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

/** How a memory is made; one that another thread made is taken over with the other half of scratch. */
export type SlabMemoryOptions = {
  readonly layout?: LayoutName
  readonly memory?: KernelMemory
  readonly scratch?: 0 | 1
}

/** A plane of a probe: 16 columns before and after the template's own, which closes on itself. */
const PROBE_PLANE_WORDS = 288
const PROBE_REACH = 16
const PROBE_BYTES = 3 * 4 * PROBE_PLANE_WORDS

/*
 * Two scratches, so that a worker can search while the thread that made the memory writes: each has
 * what lasts for one call, a record on its way to its sketch, then for each eye a probe and its
 * tables, to sift by (418,000 bytes) or to skim by (212,000 bytes, kernel/). The slabs follow.
 */
const SUMS = 0
const FOUND = SUMS + 4096
const SCORES = FOUND + SLAB_PERSONS * 4
const BASES = SCORES + 16
const ROOMS = BASES + 15 * 304
/** What a probe's cells lack (kernel/room.ts): 48 bytes for each eye, then for an eye that is not there. */
const ROOM_BYTES = 48
const NO_ROOM = ROOMS + EYES.length * ROOM_BYTES
const RECORD = NO_ROOM + ROOM_BYTES
const PROBES = RECORD + IRIS_TEMPLATE_BYTES
const TABLES = PAGE_BYTES
const TABLE_BYTES = 7 * PAGE_BYTES
const SCRATCH_BYTES = TABLES + EYES.length * TABLE_BYTES
const SLABS = 2 * SCRATCH_BYTES
/** Copied over what is to be forgotten: `fill` takes eighteen times as long on shared memory. */
const BLANK = new Uint8Array(new SharedArrayBuffer(PAGE_BYTES))

/** Records or sketches of both eyes in the memory of a kernel, by row. */
export class SlabMemory {
  /** What can be handed to another thread. */
  readonly memory: KernelMemory
  readonly layout: SlabLayout
  /** Rows that fit. */
  readonly capacity: number
  readonly #kernel: Kernel
  readonly #scratch: number
  readonly #score: ReturnType<Kernel['bind']>
  readonly #sift: ReturnType<SiftingKernel['bind']> | undefined
  #slabs = 0
  /** Something of a probe or of a record may lie in scratch. */
  #isScratchUsed = true

  constructor(
    kernel: Kernel,
    { layout = 'resident', memory, scratch = 0 }: SlabMemoryOptions = {},
  ) {
    this.#kernel = kernel
    // Without SIMD there are no sketches and no sift: of the areas only the records are of use.
    this.layout =
      kernel.backend === 'scalar'
        ? slabLayout('records', 0)
        : slabLayout(layout, kernel.symbolBytes)
    this.memory = memory ?? kernelMemory(SLABS / PAGE_BYTES)
    this.capacity =
      SLAB_PERSONS * Math.floor((MAX_PAGES * PAGE_BYTES - SLABS) / this.layout.slabBytes)
    this.#scratch = scratch * SCRATCH_BYTES
    if (kernel.backend === 'scalar') this.#score = kernel.bind(this.memory)
    else this.#score = this.#sift = kernel.bind(this.memory)
    this.forgetProbes()
  }

  /** Which kernel it is. */
  get backend(): Kernel['backend'] {
    return this.#kernel.backend
  }

  /** Bytes of the memory. */
  get bytes(): number {
    return this.memory.buffer.byteLength
  }

  /** Writes an eye of a row; without a template the row compares with nothing (a tombstone). */
  put(row: number, eye: Eye, template: IrisTemplate | undefined): void {
    const words = this.#recordOf(row, eye)
    if (template) {
      const { re, im, mask } = template.planes()
      words.set(re)
      words.set(im, IRIS_PLANE_WORDS)
      words.set(mask, 2 * IRIS_PLANE_WORDS)
    } else words.fill(0)
    this.#derive(row, eye, words.byteOffset)
  }

  /** As `put`, of an encoded template (protocol/iris-template.ts). */
  putEncoded(row: number, eye: Eye, encoded: Uint8Array): void {
    if (encoded.length !== IRIS_TEMPLATE_BYTES) {
      throw new PersonhoodError('bytes.iris-template', `${encoded.length} bytes are no template`)
    }
    const words = this.#recordOf(row, eye)
    new Uint8Array(this.memory.buffer, words.byteOffset, words.byteLength).set(encoded)
    this.#derive(row, eye, words.byteOffset)
  }

  /** Copies a row of a memory of the same layout, this one or another. */
  copyRow(from: SlabMemory, fromRow: number, row: number): void {
    this.#reach(row)
    for (const eye of EYES) {
      for (const area of this.layout.areas) {
        // A kernel may keep the symbols of many rows together.
        if (area === 'symbols') continue
        const bytes = this.layout.bytes[area]
        const target = this.#bytes(this.#at(row, eye, area), bytes)
        target.set(from.#bytes(from.#at(fromRow, eye, area), bytes))
      }
      this.#symbolise(row, eye)
    }
  }

  /** The sketches of a slab, eye by eye, as they lie in memory: to be saved, or written anew. */
  sketches(slab: number): readonly Uint8Array[] {
    const row = slab * SLAB_PERSONS
    this.#reach(row)
    return EYES.flatMap((eye) =>
      SKETCH_AREAS.map((area) =>
        this.#bytes(this.#at(row, eye, area), SLAB_PERSONS * this.layout.bytes[area]),
      ),
    )
  }

  /** Puts a probe's eye in scratch memory, with the tables that its plan needs. */
  load(eye: Eye, template: IrisTemplate, plan: Plan): LoadedProbe {
    this.#isScratchUsed = true
    const index = EYES.indexOf(eye)
    const address = this.#scratch + PROBES + index * PROBE_BYTES
    const tables = this.#scratch + TABLES + index * TABLE_BYTES
    const room = this.#scratch + ROOMS + index * ROOM_BYTES
    const { re, im, mask } = template.planes()
    const planes = [re, im, mask]
    planes.forEach((plane, i) => {
      const start = address + 4 * PROBE_PLANE_WORDS * i
      const words = new Uint32Array(this.memory.buffer, start, PROBE_PLANE_WORDS)
      words.set(plane.subarray(-PROBE_REACH))
      words.set(plane, PROBE_REACH)
      words.set(plane.subarray(0, PROBE_REACH), PROBE_REACH + IRIS_PLANE_WORDS)
    })
    this.#sift?.missingOf(address + 4 * (2 * PROBE_PLANE_WORDS + PROBE_REACH), room)
    this.#tabulate(address, tables, plan)
    return { address, usable: template.usablePositions, tables, room, plan }
  }

  /** Overwrites the probes in scratch memory. */
  forgetProbes(): void {
    if (!this.#isScratchUsed) return
    this.#isScratchUsed = false
    for (let page = 0; page < SCRATCH_BYTES; page += PAGE_BYTES) {
      this.#bytes(this.#scratch + page, PAGE_BYTES).set(BLANK)
    }
    this.#bytes(this.#scratch + NO_ROOM, ROOM_BYTES).fill(128)
  }

  /** Rows of a slab's first `count` with an eye that the probe's plan does not pass over. */
  survivors(slab: number, count: number, eye: Eye, probe: LoadedProbe): readonly number[] {
    const row = slab * SLAB_PERSONS
    if (!this.#sift || probe.plan.name === 'all') return rowsFrom(row, count)
    const { address, tables, plan } = probe
    const at = (area: Area) => this.#at(row, eye, area)
    const found = this.#scratch + FOUND
    if (plan.name === 'skim') {
      const { two, three, all } = plan.limits
      const [coarse, fine, room] = [at('coarse'), at('fine'), at('room')]
      const kept = this.#sift.skim(coarse, fine, room, count, tables, two, three, all, found)
      return this.#found(row, kept)
    }
    const { step, masked } = plan.weights
    const [records, symbols] = [at('record'), at('symbols')]
    const sums = this.#scratch + SUMS
    return this.#found(
      row,
      this.#sift.sift(records, symbols, count, address, tables, sums, step, masked, found),
    )
  }

  /** Rows of a slab's first `count` both of whose eyes may have too little in common with a probe's. */
  narrow(slab: number, count: number, probes: LoadedProbes): readonly number[] {
    const row = slab * SLAB_PERSONS
    if (!this.#sift || this.layout.name === 'records') return rowsFrom(row, count)
    const [left, right] = [this.#at(row, 'left', 'room'), this.#at(row, 'right', 'room')]
    const noRoom = this.#scratch + NO_ROOM
    const probeLeft = probes.get('left')?.room ?? noRoom
    const probeRight = probes.get('right')?.room ?? noRoom
    const found = this.#scratch + FOUND
    return this.#found(row, this.#sift.narrow(left, right, count, probeLeft, probeRight, found))
  }

  /** False where a row's eye has surely too little usable for any score, as its sketch tells. */
  mayScore(row: number, eye: Eye): boolean {
    if (!this.#sift || this.layout.starts.room === undefined) return true
    return this.#sift.hasRoom(this.#at(row, eye, 'room')) === 1
  }

  /** Score of a row's eye: bits, common bits, and shift of the row's columns. */
  score(row: number, eye: Eye, probe: LoadedProbe): EyeCount | undefined {
    const scores = this.#scratch + SCORES
    this.#score.score(this.#at(row, eye, 'record'), 1, 0, probe.address, probe.usable, scores)
    const [differing = 0, common = 0, turn = 0] = new Uint32Array(this.memory.buffer, scores, 3)
    if (common === 0) return undefined
    return { numeratorBits: differing, commonBits: 2 * common, shiftColumns: PROBE_REACH - turn }
  }

  #tabulate(address: number, tables: number, plan: Plan): void {
    const bases = this.#scratch + BASES
    if (plan.name === 'skim') this.#sift?.tabulateSketch(address, tables, bases)
    if (plan.name !== 'sift') return
    this.#sift?.tabulate(address, tables, plan.weights.step, plan.weights.masked, bases)
  }

  /** Where a row's record is written: its own place, or scratch where records do not stay. */
  #recordOf(row: number, eye: Eye): Uint32Array {
    this.#reach(row)
    const isKept = this.layout.starts.record !== undefined
    if (!isKept) this.#isScratchUsed = true
    const address = isKept ? this.#at(row, eye, 'record') : this.#scratch + RECORD
    return new Uint32Array(this.memory.buffer, address, 3 * IRIS_PLANE_WORDS)
  }

  /** Makes what else the layout has of a record. */
  #derive(row: number, eye: Eye, record: number): void {
    const at = (area: Area) => this.#at(row, eye, area)
    this.#symbolise(row, eye)
    if (this.layout.starts.coarse === undefined) return
    this.#sift?.sketch(record, 1, at('coarse'), at('fine'), at('room'))
  }

  #symbolise(row: number, eye: Eye): void {
    if (this.layout.starts.symbols === undefined) return
    const index = row % SLAB_PERSONS
    const at = (area: Area) => this.#at(row - index, eye, area)
    this.#sift?.symbolise(at('record'), index, 1, at('symbols'))
  }

  #found(row: number, count: number): readonly number[] {
    const found = new Uint32Array(this.memory.buffer, this.#scratch + FOUND, count)
    return Array.from(found, (index) => row + index)
  }

  #bytes(address: number, lengthBytes: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, lengthBytes)
  }

  #at(row: number, eye: Eye, area: Area): number {
    const { slabBytes, eyeBytes, starts } = this.layout
    const slab = SLABS + Math.floor(row / SLAB_PERSONS) * slabBytes
    const start = slab + EYES.indexOf(eye) * eyeBytes + (starts[area] ?? Number.NaN)
    return start + (row % SLAB_PERSONS) * this.layout.bytes[area]
  }

  #reach(row: number): void {
    while (row >= this.#slabs * SLAB_PERSONS) this.#grow()
  }

  #grow(): void {
    const end = SLABS + (this.#slabs + 1) * this.layout.slabBytes
    const pages = Math.ceil(end / PAGE_BYTES)
    if (pages > MAX_PAGES) {
      throw new PersonhoodError(
        'call.search-memory',
        `a search memory holds ${this.#slabs * SLAB_PERSONS} persons and cannot grow`,
      )
    }
    try {
      this.memory.grow(Math.max(0, pages - this.memory.buffer.byteLength / PAGE_BYTES))
    } catch (cause) {
      const why = 'no more memory is to be had for the search'
      throw new PersonhoodError('call.search-memory', why, { cause })
    }
    this.#slabs++
  }
}

function rowsFrom(row: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => row + i)
}

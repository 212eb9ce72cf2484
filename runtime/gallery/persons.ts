import { canSketch, type EncodedEyes } from '../../biometrics/search/bank.ts'
import type { PersonEyes } from '../../biometrics/search/exhaustive.ts'
import { HandleTable } from '../../biometrics/search/handle-table.ts'
import type { Kernel } from '../../biometrics/search/kernel.ts'
import { nextTurn } from '../next-turn.ts'
import { Banks, type GalleryMemory } from './banks.ts'

/** Hears of each row that changes, and of who was or is in it. */
export type Watcher = (row: number, handle: string) => void

/** What of an empty row in so many is compacted away; inserting uses empty rows first. */
const COMPACT_ABOVE_SHARE = 1 / 8
const COMPACT_FROM_ROWS = 4096
const REMOVE_ROWS = 4096

/**
 * Enrolled persons in memory. A search watches rows that change while it runs and looks at them
 * again in the end, so that whoever was there all along is found wherever she was moved.
 */
export class Persons {
  readonly #kernel: Kernel | undefined
  readonly #watchers = new Set<Watcher>()
  #handles: HandleTable
  #banks: Banks
  #holds = 0

  constructor(kernel: Kernel | undefined, memory: GalleryMemory, lanes: number) {
    this.#kernel = kernel
    this.#banks = new Banks(kernel, memory, lanes)
    this.#handles = new HandleTable(this.#banks.slabRows)
  }

  /** Who is in which row. */
  get handles(): HandleTable {
    return this.#handles
  }

  get banks(): Banks {
    return this.#banks
  }

  get size(): number {
    return this.handles.size
  }

  /** Whether they can be kept lean and still be searched in memory. */
  get canSketch(): boolean {
    return canSketch(this.#kernel)
  }

  /** Searches and savings under way. */
  get watchers(): number {
    return this.#watchers.size
  }

  /** Bytes that rows and handles take, for each eye that there could be. */
  get bytes(): number {
    return this.#banks.bytes + this.handles.bytes
  }

  put(handle: string, eyes: PersonEyes): void {
    this.#write(handle, (row) => this.#banks.put(row, eyes))
  }

  putEncoded(handle: string, eyes: EncodedEyes): void {
    this.#write(handle, (row) => this.#banks.putEncoded(row, eyes))
  }

  /** Forgets a person; false where she is not known. */
  remove(handle: string): boolean {
    const row = this.handles.remove(handle)
    if (row === undefined) return false
    this.#banks.put(row, undefined)
    this.#tell(row, handle)
    return true
  }

  /** Forgets everyone whom `isGone` names, some in each turn of other work. */
  async removeAll(isGone: (handle: string) => boolean): Promise<void> {
    const { handles } = this
    // Nobody moves meanwhile into a row that was looked at.
    const release = this.hold()
    try {
      for (let row = 0; row < handles.rows; row++) {
        const handle = handles.handle(row)
        if (handle !== undefined && isGone(handle)) this.remove(handle)
        if (row % REMOVE_ROWS === REMOVE_ROWS - 1) await nextTurn()
      }
    } finally {
      release()
    }
  }

  /** Forgets everyone, for when nobody watches. The memory stays: a second one may not be to be had. */
  clear(): void {
    this.#handles = new HandleTable(this.#banks.slabRows)
  }

  /** Tells of changes until the returned function is called. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Keeps everyone where they are until the returned function is called. */
  hold(): () => void {
    this.#holds++
    return () => {
      this.#holds--
    }
  }

  /** The sketches of a slab as they lie in memory; for lean galleries. */
  sketches(slab: number): readonly Uint8Array[] {
    const [bank, own] = this.#banks.slabAt(slab)
    return bank.memory?.sketches(own) ?? []
  }

  /** Writes sketches that were saved. */
  putSketches(slab: number, saved: readonly Uint8Array[]): void {
    for (const [i, area] of this.sketches(slab).entries()) area.set(saved[i] as Uint8Array)
  }

  /** True when so many rows are empty that `compact` is worth it. */
  get isSparse(): boolean {
    const { rows, size } = this.handles
    return rows >= COMPACT_FROM_ROWS && rows - size > rows * COMPACT_ABOVE_SHARE
  }

  /** Moves at most `moves` persons from the end into empty rows; false when none is left. */
  compact(moves: number): boolean {
    if (this.#holds > 0) return false
    for (let i = 0; i < moves; i++) {
      const hole = this.handles.hole()
      if (hole === undefined) return false
      const last = this.handles.rows - 1
      const handle = this.handles.handle(last)
      if (handle === undefined) return false
      this.#banks.copyRow(last, hole)
      this.handles.moveLast(hole)
      this.#banks.put(last, undefined)
      this.#tell(last, handle)
      this.#tell(hole, handle)
    }
    return true
  }

  /** Keeps sketches only from now on; for when nobody watches. */
  becomeLean(): void {
    const lean = new Banks(this.#kernel, 'lean', this.#banks.lanes)
    for (let slab = 0; slab < this.handles.slabs && lean.hasRows; slab++) {
      const [from, fromSlab] = this.#banks.slabAt(slab)
      const [to, toSlab] = lean.slabAt(slab)
      for (let i = 0; i < this.handles.countIn(slab); i++) {
        to.copyRow(from, fromSlab * lean.slabRows + i, toSlab * lean.slabRows + i)
      }
    }
    this.#banks = lean
  }

  #write(handle: string, write: (row: number) => void): void {
    const isNew = this.handles.find(handle) === undefined
    const row = this.handles.take(handle)
    try {
      write(row)
    } catch (error) {
      if (isNew) this.handles.remove(handle)
      // No row may be left that memory has not.
      this.handles.trim()
      throw error
    }
    this.#tell(row, handle)
  }

  #tell(row: number, handle: string): void {
    for (const watcher of this.#watchers) watcher(row, handle)
  }
}

import { fromHex, toHex } from '../../protocol/bytes.ts'
import { SLAB_PERSONS } from './slab-layout.ts'

/** Bytes of a record identifier, which is what nearly all handles are: 32 characters of hex. */
const ID_BYTES = 16
const ID = /^[0-9a-f]{32}$/
const FIRST_PLACES = 1024
/** Of the places of the index at most so many in 100 are taken. */
const MOST_TAKEN = 80
const GROWTH = 1.5
/** What a row holds: nobody, a person by her identifier, or one by a text of another form. */
const Held = { nobody: 0, id: 1, text: 2 } as const

/** The handles of a slab: what each row holds, its identifier, and the texts of others by row. */
export type SlabHandles = {
  readonly held: Uint8Array
  readonly ids: Uint8Array
  readonly texts: readonly (readonly [row: number, text: string])[]
}

/**
 * Who is in which row. An identifier takes its 16 bytes and 4 to 8 more of an index, for a million
 * texts in a Map would take a hundred each; other texts are kept as they are. Rows are searched a
 * slab at a time; a row that was freed is used again first.
 */
export class HandleTable {
  readonly #ids: Uint8Array[] = []
  readonly #held: Uint8Array[] = []
  readonly #living: number[] = []
  readonly #texts = new Map<string, number>()
  readonly #textOf = new Map<number, string>()
  readonly #free: number[] = []
  readonly #slabRows: number
  /** Open addressing: row + 1 of an identifier, 0 where none is. */
  #index: Uint32Array = new Uint32Array(FIRST_PLACES)
  #taken = 0
  #rows = 0
  #size = 0

  constructor(slabRows: number = SLAB_PERSONS) {
    this.#slabRows = slabRows
  }

  /** Persons in it. */
  get size(): number {
    return this.#size
  }

  /** Rows that are in use or were: all are below it. */
  get rows(): number {
    return this.#rows
  }

  get slabs(): number {
    return this.#living.length
  }

  /** Bytes that it takes, but for texts that are no identifiers. */
  get bytes(): number {
    return this.#index.byteLength + this.#ids.length * this.#slabRows * (ID_BYTES + 1)
  }

  /** The row of a handle. */
  find(handle: string): number | undefined {
    if (!ID.test(handle)) return this.#texts.get(handle)
    const at = this.#placeOf(fromHex(handle))
    const row = this.#index[at]
    return row === undefined || row === 0 ? undefined : row - 1
  }

  /** Whether somebody is in a row. */
  isHeld(row: number): boolean {
    return this.#heldIn(row) !== Held.nobody
  }

  /** Who is in a row; undefined where nobody is. */
  handle(row: number): string | undefined {
    const held = this.#heldIn(row)
    if (held === Held.nobody) return undefined
    return held === Held.text ? this.#textOf.get(row) : toHex(this.#id(row))
  }

  /** The row of a handle; a free or a new one where it has none yet. */
  take(handle: string): number {
    const known = this.find(handle)
    if (known !== undefined) return known
    const row = this.#freeRow() ?? this.#rows
    this.#set(row, handle)
    return row
  }

  /** Frees the row of a handle; undefined where it has none. */
  remove(handle: string): number | undefined {
    const row = this.find(handle)
    if (row === undefined) return undefined
    this.#clear(row, handle)
    this.#free.push(row)
    return row
  }

  /** Puts whoever is in the last row in use into the row `to`, which is free. */
  moveLast(to: number): void {
    const from = this.#rows - 1
    const handle = this.handle(from)
    if (handle === undefined) return
    this.#clear(from, handle)
    this.#set(to, handle)
    this.trim()
  }

  /** Gives up free rows at the end. */
  trim(): void {
    while (this.#rows > 0 && this.#heldIn(this.#rows - 1) === Held.nobody) this.#rows--
    const slabs = Math.ceil(this.#rows / this.#slabRows)
    for (const list of [this.#ids, this.#held, this.#living]) list.length = slabs
  }

  /** A free row below the last one in use. */
  hole(): number | undefined {
    this.trim()
    return this.#freeRow()
  }

  /** The handles of a slab as they are kept, to be saved. */
  slabHandles(slab: number): SlabHandles {
    const first = slab * this.#slabRows
    const texts: [number, string][] = []
    for (let row = first; this.#textOf.size > 0 && row < first + this.countIn(slab); row++) {
      const text = this.#textOf.get(row)
      if (text !== undefined) texts.push([row - first, text])
    }
    const none = new Uint8Array(0)
    return { held: this.#held[slab] ?? none, ids: this.#ids[slab] ?? none, texts }
  }

  /**
   * Takes over the next slab of an empty table or one that was filled so; false where the slab is
   * not what `slabHandles` gives, or has somebody who is there already. The table is of no use then.
   */
  restoreSlab({ held, ids, texts }: SlabHandles): boolean {
    if (held.length !== this.#slabRows || ids.length !== this.#slabRows * ID_BYTES) return false
    const first = this.#living.length * this.#slabRows
    const count = held.findLastIndex((kind) => kind !== Held.nobody) + 1
    this.#addSlab()
    this.#ids.at(-1)?.set(ids)
    this.#held.at(-1)?.set(held)
    for (let i = count - 1; i >= 0; i--) {
      if (held[i] === Held.nobody) this.#free.push(first + i)
      if (held[i] !== Held.id) continue
      const place = this.#placeOf(this.#id(first + i))
      if (this.#index[place] !== 0) return false
      this.#enter(first + i)
      this.#countOne(first + i)
    }
    for (const [i, text] of texts) {
      if (held[i] !== Held.text || this.#texts.has(text) || this.#textOf.has(first + i))
        return false
      this.#texts.set(text, first + i)
      this.#textOf.set(first + i, text)
      this.#countOne(first + i)
    }
    this.#rows = first + count
    return this.#living.at(-1) === held.reduce((sum, kind) => sum + (kind === 0 ? 0 : 1), 0)
  }

  /** How many rows of a slab are in use or were. */
  countIn(slab: number): number {
    return Math.max(0, Math.min(this.#slabRows, this.#rows - slab * this.#slabRows))
  }

  /** Persons in a slab. */
  livingIn(slab: number): number {
    return this.#living[slab] ?? 0
  }

  /** A row that was freed and not used since; those that `trim` gave up are dropped on the way. */
  #freeRow(): number | undefined {
    for (;;) {
      const row = this.#free.pop()
      if (row === undefined) return undefined
      if (row < this.#rows && this.#heldIn(row) === Held.nobody) return row
    }
  }

  #set(row: number, handle: string): void {
    const slab = Math.floor(row / this.#slabRows)
    while (slab >= this.#living.length) this.#addSlab()
    this.#rows = Math.max(this.#rows, row + 1)
    const isId = ID.test(handle)
    const held = this.#held[slab]
    if (held) held[row % this.#slabRows] = isId ? Held.id : Held.text
    if (isId) {
      this.#id(row).set(fromHex(handle))
      this.#enter(row)
    } else {
      this.#texts.set(handle, row)
      this.#textOf.set(row, handle)
    }
    this.#countOne(row)
  }

  #countOne(row: number): void {
    const slab = Math.floor(row / this.#slabRows)
    this.#living[slab] = this.livingIn(slab) + 1
    this.#size++
  }

  #clear(row: number, handle: string): void {
    const slab = Math.floor(row / this.#slabRows)
    if (this.#heldIn(row) === Held.id) {
      this.#leave(this.#placeOf(this.#id(row)))
      this.#id(row).fill(0)
    } else {
      this.#texts.delete(handle)
      this.#textOf.delete(row)
    }
    const held = this.#held[slab]
    if (held) held[row % this.#slabRows] = Held.nobody
    this.#living[slab] = this.livingIn(slab) - 1
    this.#size--
  }

  #addSlab(): void {
    this.#ids.push(new Uint8Array(this.#slabRows * ID_BYTES))
    this.#held.push(new Uint8Array(this.#slabRows))
    this.#living.push(0)
  }

  #heldIn(row: number): number {
    return this.#held[Math.floor(row / this.#slabRows)]?.[row % this.#slabRows] ?? Held.nobody
  }

  #id(row: number): Uint8Array {
    const at = (row % this.#slabRows) * ID_BYTES
    return (
      this.#ids[Math.floor(row / this.#slabRows)]?.subarray(at, at + ID_BYTES) ?? new Uint8Array(0)
    )
  }

  #enter(row: number): void {
    if ((this.#taken + 1) * 100 > this.#index.length * MOST_TAKEN) this.#enlarge()
    this.#index[this.#placeOf(this.#id(row))] = row + 1
    this.#taken++
  }

  #enlarge(): void {
    const rows = this.#index.filter((row) => row !== 0)
    this.#index = new Uint32Array(Math.ceil(this.#index.length * GROWTH))
    for (const row of rows) this.#index[this.#placeOf(this.#id(row - 1))] = row
  }

  /** The place of an identifier, or the empty one where it would be. */
  #placeOf(id: Uint8Array): number {
    const index = this.#index
    let at = placeFor(id, index.length)
    for (;;) {
      const row = index[at]
      if (row === undefined || row === 0 || this.#isId(row - 1, id)) return at
      at = at + 1 === index.length ? 0 : at + 1
    }
  }

  #isId(row: number, id: Uint8Array): boolean {
    const ids = this.#ids[Math.floor(row / this.#slabRows)] as Uint8Array
    const at = (row % this.#slabRows) * ID_BYTES
    for (let i = 0; i < ID_BYTES; i++) if (ids[at + i] !== id[i]) return false
    return true
  }

  /** Empties a place, and moves up those behind that were put there only because it was taken. */
  #leave(place: number): void {
    const index = this.#index
    const { length } = index
    let empty = place
    for (let at = (place + 1) % length; index[at] !== 0; at = (at + 1) % length) {
      const row = index[at] as number
      const home = placeFor(this.#id(row - 1), length)
      // Cyclically, `empty` lies between the home of what is at `at` and `at` itself.
      if ((at - home + length) % length < (at - empty + length) % length) continue
      index[empty] = row
      empty = at
    }
    index[empty] = 0
    this.#taken--
  }
}

/** Where in an index an identifier is looked for first. Identifiers are random, but few need be. */
function placeFor(id: Uint8Array, places: number): number {
  let hash = 0x81_1c_9d_c5
  for (let i = 0; i < ID_BYTES; i++) hash = Math.imul(hash ^ (id[i] as number), 0x01_00_01_93)
  hash = Math.imul(hash ^ (hash >>> 16), 0x21_f0_aa_ad)
  return Math.floor((((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32) * places)
}

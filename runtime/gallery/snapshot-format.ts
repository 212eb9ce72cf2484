import type { SlabHandles } from '../../biometrics/search/handle-table.ts'
import { EYES, SKETCH_AREAS, slabLayout } from '../../biometrics/search/slab-layout.ts'
import { concat, equalBytes, fromText, toText } from '../../protocol/bytes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { openRow, SEAL_BYTES, sealRow } from '../store-seal.ts'

/*
 * A snapshot, integers little-endian:
 *
 *   mark      8     "pop-gal" and the version of this format
 *   id        16    names this snapshot; the store tells which it goes with
 *   parts     4 + n length, then sealed as the store's rows are (AES-256-GCM under its key), with
 *                   mark, id, kind and place as AAD, so that no part can be changed, moved or left out
 *
 *   first     head: layout, persons, rows of a slab, slabs, 4 bytes each
 *   then      slabs, each: what its rows hold, identifiers, sketches, other handles
 *   last      tail: handles whose rows must be read from the store
 */
const MARK = concat(fromText('pop-gal'), Uint8Array.of(1))
const ID_BYTES = 16
/** Bytes before the first part. */
export const START_BYTES: number = MARK.length + ID_BYTES
/** Changes whenever a sketch's bytes mean something else (biometrics/search/kernel/). */
const SKETCH_LAYOUT = 2
const ID_HANDLE_BYTES = 16
/** A slab has 400 kB; a tail of a million handles 34 MB. */
const MOST_PART_BYTES = 2 ** 28

/** What a snapshot holds in all. */
export type SnapshotHead = {
  readonly persons: number
  readonly slabRows: number
  readonly slabs: number
}

/** A slab of a snapshot: who is in which row, and the sketches as they lie in memory. */
export type SnapshotSlab = {
  readonly handles: SlabHandles
  readonly sketches: readonly Uint8Array[]
}

/** What a part is. */
export type PartKind = 'head' | 'slab' | 'tail'
const KIND_CODES = { head: 0, slab: 1, tail: 2 } as const satisfies Record<PartKind, number>

/** A fault of a snapshot's bytes: it is of no use, and the store is read instead. */
export function badSnapshot(why: string): PersonhoodError {
  return new PersonhoodError('bytes.gallery-snapshot', why)
}

/** What stands before the parts. */
export function encodeStart(id: Uint8Array): Uint8Array {
  return concat(MARK, id)
}

/** The id of a snapshot; throws `bytes.gallery-snapshot` where it is none of this version. */
export function decodeStart(bytes: Uint8Array): Uint8Array {
  if (bytes.length !== START_BYTES || !equalBytes(bytes.subarray(0, MARK.length), MARK)) {
    throw badSnapshot('no snapshot of this version')
  }
  return bytes.slice(MARK.length)
}

/** A part as it rests, its length before it; `place` counts the parts of the file. */
export function sealPart(
  key: Uint8Array,
  id: Uint8Array,
  kind: PartKind,
  place: number,
  plain: Uint8Array,
): Uint8Array {
  const sealed = sealRow(key, contextOf(id, kind, place), plain)
  return concat(uint32(sealed.length), sealed)
}

/** What a part was sealed from; throws `bytes.gallery-snapshot` where it is not that part. */
export function openPart(
  key: Uint8Array,
  id: Uint8Array,
  kind: PartKind,
  place: number,
  sealed: Uint8Array,
): Uint8Array {
  const plain = openRow(key, contextOf(id, kind, place), sealed)
  if (!plain) throw badSnapshot(`part ${place} is not what was written, or under another key`)
  return plain
}

/** The length of the sealed part that follows; throws where none can be that long. */
export function partLength(bytes: Uint8Array): number {
  const length = bytes.length === 4 ? view(bytes).getUint32(0, true) : 0
  if (length >= SEAL_BYTES && length <= MOST_PART_BYTES) return length
  throw badSnapshot('it ends early, or a part has no possible length')
}

export function encodeHead({ persons, slabRows, slabs }: SnapshotHead): Uint8Array {
  return concat(...[SKETCH_LAYOUT, persons, slabRows, slabs].map(uint32))
}

/** Throws where sketches are of another layout. */
export function decodeHead(bytes: Uint8Array): SnapshotHead {
  if (bytes.length !== 16) throw badSnapshot('its head has another length')
  const [layout, persons = 0, slabRows = 0, slabs = 0] = [0, 4, 8, 12].map((at) =>
    view(bytes).getUint32(at, true),
  )
  if (layout !== SKETCH_LAYOUT) throw badSnapshot(`its sketches have layout ${layout}`)
  return { persons, slabRows, slabs }
}

export function encodeSlab({ handles, sketches }: SnapshotSlab): Uint8Array {
  const texts = handles.texts.flatMap(([row, text]) => [uint32(row), ...textParts(text)])
  return concat(handles.held, handles.ids, ...sketches, uint32(handles.texts.length), ...texts)
}

/** Views of the bytes, but for the texts. */
export function decodeSlab(bytes: Uint8Array, slabRows: number): SnapshotSlab {
  const reader = new Reader(bytes)
  const held = reader.take(slabRows)
  const ids = reader.take(slabRows * ID_HANDLE_BYTES)
  const { bytes: bytesOf } = slabLayout('lean', 0)
  const sketches = EYES.flatMap(() =>
    SKETCH_AREAS.map((area) => reader.take(slabRows * bytesOf[area])),
  )
  const count = reader.uint()
  const texts: [number, string][] = []
  for (let i = 0; i < count; i++) texts.push([reader.uint(), reader.text()])
  reader.end()
  return { handles: { held, ids, texts }, sketches }
}

export function encodeTail(handles: readonly string[]): Uint8Array {
  return concat(uint32(handles.length), ...handles.flatMap(textParts))
}

export function decodeTail(bytes: Uint8Array): readonly string[] {
  const reader = new Reader(bytes)
  const count = reader.uint()
  const handles: string[] = []
  for (let i = 0; i < count; i++) handles.push(reader.text())
  reader.end()
  return handles
}

class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  take(length: number): Uint8Array {
    const part = this.#bytes.subarray(this.#at, this.#at + length)
    if (part.length !== length) throw badSnapshot('a part ends early')
    this.#at += length
    return part
  }

  uint(): number {
    return view(this.take(4)).getUint32(0, true)
  }

  text(): string {
    return toText(this.take(this.uint()))
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw badSnapshot('a part is longer than what it holds')
  }
}

function contextOf(id: Uint8Array, kind: PartKind, place: number): Uint8Array {
  return concat(MARK, id, Uint8Array.of(KIND_CODES[kind]), uint32(place))
}

function textParts(text: string): readonly Uint8Array[] {
  const bytes = fromText(text)
  return [uint32(bytes.length), bytes]
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  view(bytes).setUint32(0, value, true)
  return bytes
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

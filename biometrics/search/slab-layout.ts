import { IRIS_TEMPLATE_BYTES } from '../../protocol/iris-template.ts'

/** The eyes of a person, in the order of their areas in a slab. */
export const EYES = ['left', 'right'] as const
/** One of them. */
export type Eye = (typeof EYES)[number]

/** Persons of a slab: what one call of the kernel searches. */
export const SLAB_PERSONS = 1024

/** What of an eye an area of a slab holds (docs/search.md). */
export type Area = 'coarse' | 'fine' | 'room' | 'record' | 'symbols'

/** Bytes of an eye's row in each area of a slab whose size the kernel does not choose. */
const AREA_BYTES: Readonly<Record<Exclude<Area, 'symbols'>, number>> = {
  coarse: 96,
  fine: 64,
  room: 24,
  record: IRIS_TEMPLATE_BYTES,
}

/** The areas that make a sketch: what a fast search looks at first. */
export const SKETCH_AREAS: readonly Area[] = ['coarse', 'fine', 'room']

/** Which areas a memory has: all there is; sketches, with the templates elsewhere; templates alone. */
export type LayoutName = 'resident' | 'lean' | 'records'

const LAYOUTS: Readonly<Record<LayoutName, readonly Area[]>> = {
  // Sketches come first, for they are read in a row.
  resident: [...SKETCH_AREAS, 'record', 'symbols'],
  lean: SKETCH_AREAS,
  records: ['record'],
}

/** Where the areas of a slab are; an absent area has no start. */
export type SlabLayout = {
  readonly name: LayoutName
  readonly areas: readonly Area[]
  /** Bytes from the start of an eye's part of a slab. */
  readonly starts: Readonly<Partial<Record<Area, number>>>
  /** Bytes of an eye's row in each area. */
  readonly bytes: Readonly<Record<Area, number>>
  /** Bytes that one eye takes. */
  readonly recordBytes: number
  /** Bytes of one eye's part of a slab. */
  readonly eyeBytes: number
  readonly slabBytes: number
}

/** The layout of that name, for a kernel with that many symbols. */
export function slabLayout(name: LayoutName, symbolBytes: number): SlabLayout {
  const bytes = { ...AREA_BYTES, symbols: symbolBytes }
  const areas = LAYOUTS[name]
  const starts: Partial<Record<Area, number>> = {}
  let recordBytes = 0
  for (const area of areas) {
    starts[area] = SLAB_PERSONS * recordBytes
    recordBytes += bytes[area]
  }
  const eyeBytes = SLAB_PERSONS * recordBytes
  return { name, areas, starts, bytes, recordBytes, eyeBytes, slabBytes: EYES.length * eyeBytes }
}

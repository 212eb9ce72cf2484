import { IRIS_COLUMNS, IRIS_ROWS } from '../../../protocol/iris-template.ts'
import { NEIGHBOURS, type Neighbours, type Place } from './places.ts'
import { MODEL_WEIGHTS } from './weights.ts'

/*
 * What foretells a position: a small network of whole numbers, the same on each machine. Each known
 * neighbour adds three weights to each of 16 cells (usable or not, sign of re, sign of im), row and
 * block of 16 columns add one each. Cells below zero count as zero. Four answers are weighed sums of
 * the cells: log-odds, in 1/4096, that the position is usable, that its re is one, and that its im is
 * one where re is zero and where re is one.
 */

/** A position as its neighbours see it; `unknown` where it is not coded yet or beyond the rows. */
export const PositionIs = { unknown: 0, masked: 1, usable: 2 } as const

/** The symbol of a usable position: 2..5. */
export function usableSymbol(re: 0 | 1, im: 0 | 1): number {
  return PositionIs.usable + 2 * re + im
}

/** Positions of one scale, row by row, as symbols. */
export type Symbols = Uint8Array

/**
 * Log-odds in 1/256: usable; re; im where re is zero; im where re is one. Good until the next call.
 */
export type Forecast = Int32Array

/** Foretells the positions of one scale from what is coded of it, and from the coarse scale. */
export type Network = (own: Symbols, coarse: Symbols, row: number, column: number) => Forecast

const CELLS = 16
/*
 * Two cells share one 32-bit number, low + 65,536 high: a cell is at most 127 x (3 x 43 + 3) = 16,764
 * away from zero, so that neither sum runs into the other. It halves the additions, 5 million an eye.
 */
const PAIRS = CELLS / 2
const ANSWERS = 4
const SYMBOLS = 6
const BLOCK_COLUMNS = 16
const BLOCKS = IRIS_COLUMNS / BLOCK_COLUMNS
/** From the answers' 1/4096 to 1/256. */
const ANSWER_STEPS = 16

/** The network of a scale: 0 coarse, 1 fine. */
export function networkOf(scale: number): Network {
  const { own: near, coarse: far } = NEIGHBOURS[scale] as Neighbours
  const reader = readWeights(MODEL_WEIGHTS[scale] ?? '')
  const ofNear = addsOf(near, reader)
  const ofFar = addsOf(far, reader)
  const ofRow = pairsOf(IRIS_ROWS, reader)
  const ofBlock = pairsOf(BLOCKS, reader)
  const start = pairsOf(1, reader)
  const weights = reader.words(CELLS * ANSWERS)
  const starts = reader.words(ANSWERS)
  const sums = new Int32Array(PAIRS)
  const answers = new Int32Array(ANSWERS)

  return (own, coarse, row, column) => {
    const rowAt = row * PAIRS
    const blockAt = Math.floor(column / BLOCK_COLUMNS) * PAIRS
    for (let i = 0; i < PAIRS; i++) {
      sums[i] =
        (start[i] as number) + (ofRow[rowAt + i] as number) + (ofBlock[blockAt + i] as number)
    }
    addNeighbours(sums, ofNear, own, row, column)
    addNeighbours(sums, ofFar, coarse, row, column)
    weigh(sums, weights, starts, answers)
    return answers
  }
}

/** Neighbours, and what each symbol of each adds to the pairs of cells: zeros where it is unknown. */
type Adds = {
  readonly downs: Int32Array
  readonly ons: Int32Array
  readonly table: Int32Array
}

/** Three weights a cell become one sum a symbol, so that a neighbour is one row of additions. */
function addsOf(places: readonly Place[], reader: WeightReader): Adds {
  const table = new Int32Array(places.length * SYMBOLS * PAIRS)
  places.forEach((_, place) => {
    const [use, re, im] = [reader.bytes(CELLS), reader.bytes(CELLS), reader.bytes(CELLS)]
    const put = (symbol: number, sumOf: (cell: number) => number) => {
      table.set(paired(Int32Array.from({ length: CELLS }, (_, cell) => sumOf(cell))), at(symbol))
    }
    const at = (symbol: number) => (place * SYMBOLS + symbol) * PAIRS
    const of = (weights: Int32Array, cell: number) => weights[cell] as number
    put(PositionIs.masked, (cell) => -of(use, cell))
    for (const [reBit, imBit] of QUADRANTS) {
      const [reSign, imSign] = [2 * reBit - 1, 2 * imBit - 1]
      const sumOf = (cell: number) => of(use, cell) + reSign * of(re, cell) + imSign * of(im, cell)
      put(usableSymbol(reBit, imBit), sumOf)
    }
  })
  return {
    downs: Int32Array.from(places, ([down]) => down),
    ons: Int32Array.from(places, ([, on]) => on),
    table,
  }
}

const QUADRANTS: readonly (readonly [0 | 1, 0 | 1])[] = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
]

function pairsOf(count: number, reader: WeightReader): Int32Array {
  const pairs = new Int32Array(count * PAIRS)
  for (let i = 0; i < count; i++) pairs.set(paired(reader.bytes(CELLS)), i * PAIRS)
  return pairs
}

function paired(cells: Int32Array): Int32Array {
  return Int32Array.from(
    { length: PAIRS },
    (_, i) => (cells[2 * i] as number) + 65_536 * (cells[2 * i + 1] as number),
  )
}

/** Written out for the eight pairs: a loop over them takes three times as long. */
function addNeighbours(
  sums: Int32Array,
  { downs, ons, table }: Adds,
  symbols: Symbols,
  row: number,
  column: number,
): void {
  let [a, b, c, d] = [sums[0] as number, sums[1] as number, sums[2] as number, sums[3] as number]
  let [e, f, g, h] = [sums[4] as number, sums[5] as number, sums[6] as number, sums[7] as number]
  for (let i = 0; i < downs.length; i++) {
    const at = row + (downs[i] as number)
    if (at < 0 || at >= IRIS_ROWS) continue
    const from = at * IRIS_COLUMNS + ((column + (ons[i] as number)) & (IRIS_COLUMNS - 1))
    const adds = (i * SYMBOLS + (symbols[from] as number)) * PAIRS
    a = (a + (table[adds] as number)) | 0
    b = (b + (table[adds + 1] as number)) | 0
    c = (c + (table[adds + 2] as number)) | 0
    d = (d + (table[adds + 3] as number)) | 0
    e = (e + (table[adds + 4] as number)) | 0
    f = (f + (table[adds + 5] as number)) | 0
    g = (g + (table[adds + 6] as number)) | 0
    h = (h + (table[adds + 7] as number)) | 0
  }
  sums[0] = a
  sums[1] = b
  sums[2] = c
  sums[3] = d
  sums[4] = e
  sums[5] = f
  sums[6] = g
  sums[7] = h
}

function weigh(sums: Int32Array, weights: Int32Array, starts: Int32Array, answers: Int32Array) {
  let usable = starts[0] as number
  let re = starts[1] as number
  let imIfZero = starts[2] as number
  let imIfOne = starts[3] as number
  for (let j = 0; j < CELLS; j++) {
    const pair = sums[j >> 1] as number
    const low = (pair << 16) >> 16
    const cell = j % 2 === 0 ? low : (pair - low) >> 16
    if (cell <= 0) continue
    usable += cell * (weights[j * ANSWERS] as number)
    re += cell * (weights[j * ANSWERS + 1] as number)
    imIfZero += cell * (weights[j * ANSWERS + 2] as number)
    imIfOne += cell * (weights[j * ANSWERS + 3] as number)
  }
  answers[0] = Math.floor(usable / ANSWER_STEPS)
  answers[1] = Math.floor(re / ANSWER_STEPS)
  answers[2] = Math.floor(imIfZero / ANSWER_STEPS)
  answers[3] = Math.floor(imIfOne / ANSWER_STEPS)
}

/** Takes signed numbers of 8 and of 32 bits off the weights, in order. */
type WeightReader = {
  bytes(count: number): Int32Array
  words(count: number): Int32Array
}

function readWeights(base64: string): WeightReader {
  const raw = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  const view = new DataView(raw.buffer)
  let at = 0
  const take = (count: number, width: number, read: (offset: number) => number): Int32Array =>
    Int32Array.from({ length: count }, () => {
      at += width
      return read(at - width)
    })
  return {
    bytes: (count) => take(count, 1, (offset) => view.getInt8(offset)),
    words: (count) => take(count, 4, (offset) => view.getInt32(offset, true)),
  }
}

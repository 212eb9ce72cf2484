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

/** Log-odds in 1/256 of what is asked in turn. */
export type Forecast = {
  readonly usable: number
  readonly re: number
  /** By the bit that re turned out to be. */
  readonly im: readonly [ifReZero: number, ifReOne: number]
}

/** Foretells the positions of one scale from what is coded of it, and from the coarse scale. */
export type Network = (own: Symbols, coarse: Symbols, row: number, column: number) => Forecast

const CELLS = 16
const ANSWERS = 4
const SYMBOLS = 6
const BLOCK_COLUMNS = 16
const BLOCKS = IRIS_COLUMNS / BLOCK_COLUMNS
/** From the answers' 1/4096 to 1/256. */
const ANSWER_STEPS = 16

/** The network of a scale: 0 coarse, 1 fine. */
export function networkOf(scale: number): Network {
  const neighbours = NEIGHBOURS[scale] as Neighbours
  const reader = readWeights(MODEL_WEIGHTS[scale] ?? '')
  const near = neighbours.own.map((place) => seenFrom(place, reader))
  const far = neighbours.coarse.map((place) => seenFrom(place, reader))
  const rows = Array.from({ length: IRIS_ROWS }, () => reader.bytes(CELLS))
  const blocks = Array.from({ length: BLOCKS }, () => reader.bytes(CELLS))
  const start = reader.bytes(CELLS)
  const weights = reader.words(CELLS * ANSWERS)
  const starts = reader.words(ANSWERS)
  const cells = new Int32Array(CELLS)
  const answers = new Float64Array(ANSWERS)

  return (own, coarse, row, column) => {
    const ofRow = rows[row] as Int32Array
    const ofBlock = blocks[Math.floor(column / BLOCK_COLUMNS)] as Int32Array
    for (let j = 0; j < CELLS; j++) {
      cells[j] = (start[j] as number) + (ofRow[j] as number) + (ofBlock[j] as number)
    }
    for (const neighbour of near) addNeighbour(cells, neighbour, own, row, column)
    for (const neighbour of far) addNeighbour(cells, neighbour, coarse, row, column)
    weigh(cells, weights, starts, answers)
    const [usable, re, imIfZero, imIfOne] = answers
    return {
      usable: usable as number,
      re: re as number,
      im: [imIfZero as number, imIfOne as number],
    }
  }
}

type Neighbour = {
  readonly place: Place
  /** What each symbol adds to each cell. */
  readonly adds: Int32Array
}

/** Three weights a cell become one sum a symbol, so that a neighbour is one row of additions. */
function seenFrom(place: Place, reader: WeightReader): Neighbour {
  const ofUse = reader.bytes(CELLS)
  const ofRe = reader.bytes(CELLS)
  const ofIm = reader.bytes(CELLS)
  const adds = new Int32Array(SYMBOLS * CELLS)
  for (let j = 0; j < CELLS; j++) {
    const [use, re, im] = [ofUse[j] as number, ofRe[j] as number, ofIm[j] as number]
    adds[PositionIs.masked * CELLS + j] = -use
    for (const reBit of [0, 1] as const) {
      for (const imBit of [0, 1] as const) {
        const sum = use + (reBit === 1 ? re : -re) + (imBit === 1 ? im : -im)
        adds[usableSymbol(reBit, imBit) * CELLS + j] = sum
      }
    }
  }
  return { place, adds }
}

function addNeighbour(
  cells: Int32Array,
  { place, adds }: Neighbour,
  symbols: Symbols,
  row: number,
  column: number,
): void {
  const at = row + place[0]
  if (at < 0 || at >= IRIS_ROWS) return
  const symbol = symbols[at * IRIS_COLUMNS + ((column + place[1]) & (IRIS_COLUMNS - 1))] as number
  if (symbol === PositionIs.unknown) return
  const from = symbol * CELLS
  for (let j = 0; j < CELLS; j++) cells[j] = (cells[j] as number) + (adds[from + j] as number)
}

function weigh(
  cells: Int32Array,
  weights: Int32Array,
  starts: Int32Array,
  answers: Float64Array,
): void {
  answers.set(starts)
  for (let j = 0; j < CELLS; j++) {
    const cell = cells[j] as number
    if (cell <= 0) continue
    for (let k = 0; k < ANSWERS; k++) {
      answers[k] = (answers[k] as number) + cell * (weights[j * ANSWERS + k] as number)
    }
  }
  for (let k = 0; k < ANSWERS; k++) answers[k] = Math.floor((answers[k] as number) / ANSWER_STEPS)
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

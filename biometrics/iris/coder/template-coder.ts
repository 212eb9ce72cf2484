import { concat, equalBytes } from '../../../protocol/bytes.ts'
import { PersonhoodError } from '../../../protocol/errors.ts'
import {
  decodeIrisTemplate,
  encodeIrisTemplate,
  IRIS_COLUMNS,
  IRIS_PLANE_WORDS,
  IRIS_ROWS,
  IRIS_SCALES,
  IRIS_TEMPLATE_BYTES,
  type IrisPlanes,
  IrisTemplate,
} from '../../../protocol/iris-template.ts'
import { createBitDecoder, createBitEncoder } from './bit-coder.ts'
import { chanceOf } from './chance.ts'
import {
  type Forecast,
  type Network,
  networkOf,
  PositionIs,
  type Symbols,
  usableSymbol,
} from './network.ts'

/*
 * A template in fewer bytes, without loss (docs/iris-template.md §4): one byte says how, then the
 * record itself (0), or its bits by arithmetic coding, each with the chance that the model gives it
 * (1). Any template takes at most one byte more than its record.
 */

/** How the bytes behind the first one are to be read. */
const How = { record: 0, model: 1 } as const

/** Longest coded template in bytes. */
export const MAX_CODED_TEMPLATE_BYTES: number = 1 + IRIS_TEMPLATE_BYTES

/** Codes or reads one bit of which the log-odds are known, in 1/256. */
type BitLine = (bit: 0 | 1, logOdds: number) => 0 | 1

/** Made at the first use: whoever codes nothing needs no tables. */
let networks: readonly Network[] | undefined

/** The template in at most `MAX_CODED_TEMPLATE_BYTES`, mostly in under 1000. */
export function encodeCodedTemplate(template: IrisTemplate): Uint8Array {
  const encoder = createBitEncoder(IRIS_TEMPLATE_BYTES - 1)
  walk(symbolsOf(template.planes()), (bit, logOdds) => {
    encoder.put(bit, chanceOf(logOdds))
    return bit
  })
  const coded = encoder.finish()
  return coded === undefined
    ? concat(Uint8Array.of(How.record), encodeIrisTemplate(template))
    : concat(Uint8Array.of(How.model), coded)
}

/**
 * The template of a coded one; throws `bytes.coded-template` where it is cut, has bytes behind it, is
 * coded otherwise than `encodeCodedTemplate` does, and on a method that is not known here. It never
 * makes more than one template, whatever the bytes are.
 */
export function decodeCodedTemplate(bytes: Uint8Array): IrisTemplate {
  if (bytes.length === 0 || bytes.length > MAX_CODED_TEMPLATE_BYTES) {
    throw refused(`has 1..${MAX_CODED_TEMPLATE_BYTES} bytes, got ${bytes.length}`)
  }
  const rest = bytes.subarray(1)
  if (bytes[0] === How.record) return decodeIrisTemplate(rest)
  if (bytes[0] !== How.model) throw refused(`is coded by a method that is known, not ${bytes[0]}`)
  const decoder = createBitDecoder(rest)
  // What is read is coded again in step: any bytes give some template, and only its own are taken.
  const encoder = createBitEncoder(rest.length)
  const symbols = unknownSymbols()
  walk(symbols, (_, logOdds) => {
    const chance = chanceOf(logOdds)
    const bit = decoder.take(chance)
    encoder.put(bit, chance)
    return bit
  })
  const again = encoder.finish()
  if (again === undefined || !equalBytes(again, rest)) throw refused('ends where its bits end')
  return new IrisTemplate(planesOf(symbols))
}

/**
 * Goes through all positions in the order of the code: coarse scale, then fine, row by row. The line
 * is told each bit of `symbols`, and what it answers is written there.
 */
function walk(symbols: readonly Symbols[], line: BitLine): void {
  networks ??= Array.from({ length: IRIS_SCALES }, (_, scale) => networkOf(scale))
  const known = unknownSymbols()
  networks.forEach((foretell, scale) => {
    const source = symbols[scale] as Symbols
    const own = known[scale] as Symbols
    for (let row = 0; row < IRIS_ROWS; row++) {
      for (let column = 0; column < IRIS_COLUMNS; column++) {
        const at = row * IRIS_COLUMNS + column
        const forecast = foretell(own, known[0] as Symbols, row, column)
        const symbol = codeSymbol(source[at] as number, forecast, line)
        own[at] = symbol
        source[at] = symbol
      }
    }
  })
}

function codeSymbol(symbol: number, forecast: Forecast, line: BitLine): number {
  const usable = forecast[0] as number
  const re = forecast[1] as number
  const bits = symbol - PositionIs.usable
  if (line(bits >= 0 ? 1 : 0, usable) === 0) return PositionIs.masked
  const reBit = line(((bits >> 1) & 1) as 0 | 1, re)
  return usableSymbol(reBit, line((bits & 1) as 0 | 1, forecast[2 + reBit] as number))
}

function unknownSymbols(): readonly Symbols[] {
  return Array.from({ length: IRIS_SCALES }, () => new Uint8Array(IRIS_ROWS * IRIS_COLUMNS))
}

function symbolsOf({ re, im, mask }: IrisPlanes): readonly Symbols[] {
  return unknownSymbols().map((symbols, scale) =>
    symbols.map((_, at) => {
      const column = at % IRIS_COLUMNS
      const shift = IRIS_ROWS * scale + Math.floor(at / IRIS_COLUMNS)
      const bit = (plane: Uint32Array) => (((plane[column] ?? 0) >>> shift) & 1) as 0 | 1
      return bit(mask) === 1 ? usableSymbol(bit(re), bit(im)) : PositionIs.masked
    }),
  )
}

function planesOf(symbols: readonly Symbols[]): IrisPlanes {
  const [re, im, mask] = [0, 1, 2].map(() => new Uint32Array(IRIS_PLANE_WORDS)) as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ]
  symbols.forEach((ofScale, scale) => {
    ofScale.forEach((symbol, at) => {
      if (symbol < PositionIs.usable) return
      const column = at % IRIS_COLUMNS
      const shift = IRIS_ROWS * scale + Math.floor(at / IRIS_COLUMNS)
      const bits = symbol - PositionIs.usable
      const set = (plane: Uint32Array, bit: number) => {
        plane[column] = ((plane[column] ?? 0) | (bit << shift)) >>> 0
      }
      set(mask, 1)
      set(re, bits >> 1)
      set(im, bits & 1)
    })
  })
  return { re, im, mask }
}

function refused(what: string): PersonhoodError {
  return new PersonhoodError('bytes.coded-template', `a coded iris template ${what}`)
}

import t from 'tap'
import {
  networkOf,
  PositionIs,
  type Symbols,
  usableSymbol,
} from '../../../../biometrics/iris/coder/network.ts'
import { IRIS_COLUMNS, IRIS_ROWS } from '../../../../protocol/iris-template.ts'

function filled(symbol: number): Symbols {
  return new Uint8Array(IRIS_ROWS * IRIS_COLUMNS).fill(symbol)
}

t.test('among masked neighbours a position is held to be masked', async (t) => {
  for (const scale of [0, 1]) {
    const foretell = networkOf(scale)
    const masked = filled(PositionIs.masked)
    const open = filled(usableSymbol(1, 0))
    t.ok(foretell(masked, masked, 5, 100).usable < 0)
    t.ok(foretell(open, open, 5, 100).usable > foretell(masked, masked, 5, 100).usable)
  }
})

t.test('the slow wave of the coarse scale goes on as it was', async (t) => {
  const foretell = networkOf(0)
  const high = foretell(filled(usableSymbol(1, 1)), filled(PositionIs.unknown), 5, 100)
  const low = foretell(filled(usableSymbol(0, 1)), filled(PositionIs.unknown), 5, 100)
  t.ok(high.re > low.re)
})

t.test('columns close in a circle, rows do not', async (t) => {
  const foretell = networkOf(0)
  const none = filled(PositionIs.unknown)
  const at = (row: number, column: number) => {
    const symbols = filled(PositionIs.unknown)
    symbols[row * IRIS_COLUMNS + column] = usableSymbol(1, 1)
    return symbols
  }
  const bare = foretell(none, none, 3, 0)
  t.notSame(foretell(at(2, 255), none, 3, 0), bare, 'the last column is beside the first')
  t.notSame(foretell(at(3, 255), none, 3, 0), bare)
  t.same(foretell(at(15, 0), none, 0, 0), foretell(none, none, 0, 0), 'nothing is above row 0')
})

t.test('answers are whole numbers, so that each machine has the same', async (t) => {
  const foretell = networkOf(1)
  const { usable, re, im } = foretell(filled(3), filled(4), 9, 255)
  t.ok([usable, re, ...im].every(Number.isInteger))
})

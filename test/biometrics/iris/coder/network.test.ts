import t from 'tap'
import {
  type Forecast,
  type Network,
  networkOf,
  PositionIs,
  type Symbols,
  usableSymbol,
} from '../../../../biometrics/iris/coder/network.ts'
import { IRIS_COLUMNS, IRIS_ROWS } from '../../../../protocol/iris-template.ts'

function filled(symbol: number): Symbols {
  return new Uint8Array(IRIS_ROWS * IRIS_COLUMNS).fill(symbol)
}

function usable(forecast: Forecast): number {
  return forecast[0] as number
}

t.test('among masked neighbours a position is held to be masked', async (t) => {
  for (const scale of [0, 1]) {
    const foretell = networkOf(scale)
    const masked = filled(PositionIs.masked)
    const open = filled(usableSymbol(1, 0))
    t.ok(usable(foretell(masked, masked, 5, 100)) < 0)
    t.ok(usable(foretell(open, open, 5, 100)) > 0)
  }
})

t.test('the slow wave of the coarse scale goes on as it was', async (t) => {
  const foretell = networkOf(0)
  const re = (bit: 0 | 1) =>
    foretell(filled(usableSymbol(bit, 1)), filled(PositionIs.unknown), 5, 100)[1] as number
  t.ok(re(1) > re(0))
})

t.test('columns close in a circle, rows do not', async (t) => {
  const network = networkOf(0)
  const foretell = (...asked: Parameters<Network>) => [...network(...asked)]
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

t.test('the answers are the same on each machine', async (t) => {
  const foretell = networkOf(1)
  t.same([...foretell(filled(3), filled(4), 9, 255)], [404, 839, 599, 648])
})

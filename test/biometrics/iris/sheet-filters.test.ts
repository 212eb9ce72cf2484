import t from 'tap'
import { convolveRows, normalise, smoothRows } from '../../../biometrics/iris/sheet-filters.ts'
import { SHEET_COLUMNS, SHEET_ROWS } from '../../../biometrics/iris/unroll.ts'

const PLACES = SHEET_ROWS * SHEET_COLUMNS
const sheet = (level: (row: number, column: number) => number) =>
  Float32Array.from({ length: PLACES }, (_, at) =>
    level(Math.floor(at / SHEET_COLUMNS), at % SHEET_COLUMNS),
  )

t.test('values count as deviations from their surroundings', async (t) => {
  // Light from one side, and a grain of 10 levels on it.
  const values = sheet((row, column) => column / 8 + (((row + column) & 1) * 20 - 10))
  const usable = new Uint8Array(PLACES).fill(1)
  const normalised = normalise({ values, usable })
  const inner = normalised.values[20 * SHEET_COLUMNS + 200] ?? 0
  t.ok(Math.abs(Math.abs(inner) - 1) < 0.1, `${inner}`)
  t.ok(normalised.values.every((value) => value >= -3 && value <= 3))
})

t.test('what is not usable is 0 and moves nothing', async (t) => {
  const values = sheet((row) => (row < 32 ? 100 : 255))
  const usable = Uint8Array.from(values, (level) => (level === 100 ? 1 : 0))
  t.ok(normalise({ values, usable }).values.every((value) => value === 0))
  t.ok(
    normalise({ values, usable: new Uint8Array(PLACES) }).values.every((value) => value === 0),
    'nothing usable',
  )
})

t.test('smoothed rows are means around 16 rows', async (t) => {
  const rows = smoothRows(
    sheet((row) => row),
    1,
  )
  t.equal(rows.length, 16 * SHEET_COLUMNS)
  for (let row = 1; row < 15; row++) {
    t.ok(Math.abs((rows[row * SHEET_COLUMNS + 7] ?? 0) - (4 * row + 2)) < 1e-4)
  }
})

t.test('rows close on themselves under a filter', async (t) => {
  const rows = new Float32Array(16 * SHEET_COLUMNS)
  rows[0] = 1
  const out = convolveRows(rows, Float32Array.of(1, 2, 4, 8, 16))
  t.same([...out.subarray(0, 3)], [4, 1, 0])
  t.equal(out[255], 16)
})

import t from 'tap'
import { encodePhases } from '../../../biometrics/iris/gabor.ts'
import { SHEET_COLUMNS, SHEET_ROWS } from '../../../biometrics/iris/unroll.ts'
import { popcount32 } from '../../../protocol/iris-template.ts'

const SIZE = SHEET_ROWS * SHEET_COLUMNS

function sheet(
  level: (row: number, column: number) => number,
  isUsable = (_row: number, _column: number) => true,
) {
  const values = Float32Array.from({ length: SIZE }, (_, at) =>
    level(Math.floor(at / SHEET_COLUMNS), at % SHEET_COLUMNS),
  )
  const usable = Uint8Array.from({ length: SIZE }, (_, at) =>
    isUsable(Math.floor(at / SHEET_COLUMNS), at % SHEET_COLUMNS) ? 1 : 0,
  )
  return { values, usable }
}

/** Waves of both scales' lengths around the iris: 16 and 64 of them. */
const waves = (_row: number, column: number) =>
  120 +
  30 * Math.cos((2 * Math.PI * 16 * column) / SHEET_COLUMNS) +
  12 * Math.cos((2 * Math.PI * 64 * column) / SHEET_COLUMNS)

t.test('waves give the quadrants of their phase, row by row', async (t) => {
  const { template } = encodePhases(sheet(waves))
  const { re, im, mask } = template.planes()
  // At the crest of a coarse wave the even part is positive, in its trough it is not.
  const coarse = 0xff_ff
  t.equal((re[0] ?? 0) & coarse, (mask[0] ?? 0) & coarse)
  t.equal((re[8] ?? 0) & coarse, 0, 'half a wave of 16 columns further')
  // A quarter of a wave before and after the crest the odd part changes its sign.
  const [before, after] = [((im[12 - 16 + 256] ?? 0) & coarse) > 0, ((im[4] ?? 0) & coarse) > 0]
  t.not(before, after)
})

t.test('the sheet turned by two columns is the code turned by one', async (t) => {
  const level = (row: number, column: number) =>
    waves(row, column) + 20 * Math.sin((2 * Math.PI * 9 * column) / SHEET_COLUMNS + row / 9)
  const code = encodePhases(sheet(level)).template.planes()
  const turned = encodePhases(sheet((row, column) => level(row, column + 2))).template.planes()
  const differing = code.re.map((_, column) => {
    const next = (column + 1) % 256
    const both = (code.mask[next] ?? 0) & (turned.mask[column] ?? 0)
    return popcount32(((code.re[next] ?? 0) ^ (turned.re[column] ?? 0)) & both)
  })
  t.ok(differing.reduce((sum, count) => sum + count, 0) < 8)
})

t.test('covered iris gives no bits, and its edge does not leak into those beside it', async (t) => {
  const isUsable = (_row: number, column: number) => column < 256 || column >= 384
  const { template, usableShare } = encodePhases(sheet(waves, isUsable))
  const { mask } = template.planes()
  t.ok(mask.subarray(140, 180).every((word) => word === 0))
  t.ok(usableShare > 0.7 && usableShare < 0.78, `${usableShare}`)
  const spoilt = encodePhases(
    sheet((row, column) => (isUsable(row, column) ? waves(row, column) : 255), isUsable),
  )
  t.same(spoilt.template.planes(), template.planes(), 'what lies under the cover does not matter')
})

t.test('fifteen per cent of the positions, the unsure ones, are left out', async (t) => {
  const { template, usableShare } = encodePhases(sheet((row, column) => waves(row, column) + row))
  t.equal(usableShare, 1)
  t.ok(Math.abs(template.usablePositions / 8192 - 0.85) < 0.03, `${template.usablePositions}`)
})

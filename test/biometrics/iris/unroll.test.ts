import t from 'tap'
import { contourOfCircle } from '../../../biometrics/iris/contour.ts'
import type { Lids } from '../../../biometrics/iris/lids.ts'
import { SHEET_COLUMNS, SHEET_ROWS, type Sheet, unroll } from '../../../biometrics/iris/unroll.ts'

const [WIDTH, HEIGHT] = [240, 200]
const PUPIL = contourOfCircle({ x: 120, y: 100, radius: 30 })
const LIMBUS = contourOfCircle({ x: 120, y: 100, radius: 80 })
const NO_LIDS = { upper: undefined, lower: undefined }

function scene(level: (x: number, y: number) => number) {
  const data = Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) =>
    level(i % WIDTH, Math.floor(i / WIDTH)),
  )
  return { width: WIDTH, height: HEIGHT, data }
}

/** Black pupil, iris of level 100 with some grain. */
function eye(x: number, y: number): number {
  if (Math.hypot(x - 120, y - 100) < 29) return 10
  return 100 + ((x * 7 + y * 13) % 11) - 5
}

function sheetOf(level: (x: number, y: number) => number, lids: Lids = NO_LIDS): Sheet {
  return unroll(scene(level), 1, PUPIL, LIMBUS, { lids, glints: scene(() => 0) })
}

const isUsable = (sheet: Sheet, row: number, degrees: number) =>
  sheet.usable[row * SHEET_COLUMNS + Math.floor((degrees / 360) * SHEET_COLUMNS)] === 1

t.test('rows go from pupil to limbus, columns clockwise from the right', async (t) => {
  const sheet = sheetOf((x) => x)
  const at = (row: number, column: number) => sheet.values[row * SHEET_COLUMNS + column] ?? 0
  t.ok(Math.abs(at(0, 0) - 150.4) < 0.1, 'right, beside the pupil')
  t.ok(Math.abs(at(SHEET_ROWS - 1, 0) - 199.6) < 0.1, 'right, beside the limbus')
  t.ok(Math.abs(at(0, 256) - 89.6) < 0.1, 'left')
  const down = sheetOf((_, y) => y)
  t.ok((down.values[128] ?? 0) > 130, 'a quarter turn is down')
})

t.test('plain iris is usable throughout', async (t) => {
  t.ok(sheetOf(eye).usable.every((value) => value === 1))
})

t.test(
  'a lash that comes in from the rim is masked, a crypt of the same darkness is not',
  async (t) => {
    const isLash = (x: number, y: number) => Math.abs(x - 120) < 3 && y < 50
    const isCrypt = (x: number, y: number) => Math.hypot(x - 120, y - 155) < 5
    const sheet = sheetOf((x, y) => (isLash(x, y) || isCrypt(x, y) ? 25 : eye(x, y)))
    t.notOk(isUsable(sheet, 45, 270), 'lash above')
    t.ok(isUsable(sheet, 10, 270), 'where it ends')
    t.ok(isUsable(sheet, 32, 90), 'crypt below')
  },
)

t.test('what lies beyond a lid, under a glint or outside the image is not used', async (t) => {
  const upper = { x: 120, y: 100, radius: 80, top: -0.5, bend: 0, tilt: 0, contrast: 20 }
  const lidded = sheetOf(eye, { upper, lower: undefined })
  t.notOk(isUsable(lidded, 40, 270))
  t.ok(isUsable(lidded, 40, 90))
  const glints = scene((x) => (x > 180 && x < 186 ? 1 : 0))
  const spotted = unroll(scene(eye), 1, PUPIL, LIMBUS, { lids: NO_LIDS, glints })
  t.notOk(isUsable(spotted, 40, 0))
  const cut = contourOfCircle({ x: 120, y: 100, radius: 130 })
  const outside = unroll(scene(eye), 1, PUPIL, cut, { lids: NO_LIDS, glints: scene(() => 0) })
  t.notOk(isUsable(outside, 63, 0))
  t.ok(isUsable(outside, 20, 0))
})

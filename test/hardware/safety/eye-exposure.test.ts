import { readFileSync } from 'node:fs'
import t from 'tap'
import { burnWeight, type Exposure, eyeBudget } from '../../../hardware/safety/eye-exposure.ts'

const DESIGNED: Exposure = {
  emitters: 8,
  intensityWPerSr: 0.35,
  sourceMm: 1.5,
  wavelengthNm: 850,
  distanceMm: 200,
  duty: 0.12,
  seconds: 1000,
}
/** The rows of docs/eye-safety.md, by their names. */
const ROWS: Readonly<Record<string, Exposure>> = {
  'as designed, 200 mm': DESIGNED,
  'as designed, 300 mm': { ...DESIGNED, distanceMm: 300 },
  'lit without a pause, 200 mm': { ...DESIGNED, duty: 1 },
  'as designed, eye at the window, 50 mm': { ...DESIGNED, distanceMm: 50 },
  'lit without a pause, 50 mm': { ...DESIGNED, distanceMm: 50, duty: 1 },
}

t.test('the limits are those of IEC 62471', async (t) => {
  t.equal(eyeBudget(DESIGNED).cornea.limit, 100)
  t.equal(Math.round(eyeBudget({ ...DESIGNED, seconds: 10 }).cornea.limit), 3201)
  t.equal(Math.round(eyeBudget(DESIGNED).retina.limit), 545_455, 'the smallest angle')
  t.equal(Math.round(eyeBudget({ ...DESIGNED, sourceMm: 50 }).retina.limit), 60_000, 'the largest')
  t.equal(burnWeight(700), 1)
  t.ok(Math.abs(burnWeight(1050) - 0.2) < 0.001)
})

t.test('light falls with the square of the distance, and with what is lit', async (t) => {
  const near = eyeBudget({ ...DESIGNED, duty: 1 })
  t.ok(Math.abs(near.cornea.value - 70) < 1e-9, '8 x 0.35 W/sr at 0.2 m')
  t.ok(Math.abs(eyeBudget({ ...DESIGNED, duty: 1, distanceMm: 400 }).cornea.value - 17.5) < 1e-9)
  t.equal(near.longestS, Number.POSITIVE_INFINITY)
  const close = eyeBudget({ ...DESIGNED, duty: 1, distanceMm: 50 })
  const atLimit = eyeBudget({ ...DESIGNED, duty: 1, distanceMm: 50, seconds: close.longestS })
  t.ok(Math.abs(atLimit.cornea.share - 1) < 1e-9)
})

t.test('the design stays below both limits when its light is stuck on', async (t) => {
  const { cornea, retina } = eyeBudget({ ...DESIGNED, duty: 1 })
  t.ok(cornea.share < 0.75 && retina.share < 0.25)
})

t.test('what is no exposure is our mistake', async (t) => {
  for (const wrong of [
    { distanceMm: 0 },
    { wavelengthNm: 700 },
    { duty: 1.1 },
    { emitters: -1 },
    { sourceMm: Number.NaN },
  ]) {
    t.throws(() => eyeBudget({ ...DESIGNED, ...wrong }), { code: 'call.eye-exposure' })
  }
})

t.test('the document has the figures of this code', async (t) => {
  const text = readFileSync('docs/eye-safety.md', 'utf8')
  const seconds = (value: number) => (value === Number.POSITIVE_INFINITY ? 'any' : value.toFixed(0))
  for (const [name, exposure] of Object.entries(ROWS)) {
    const { cornea, retina, longestS } = eyeBudget(exposure)
    const row = [
      name,
      cornea.value.toFixed(1),
      `${(100 * cornea.share).toFixed(0)} %`,
      (retina.value / 1000).toFixed(1),
      `${(100 * retina.share).toFixed(0)} %`,
      seconds(longestS),
    ].join(' | ')
    t.ok(text.includes(`| ${row} |`), row)
  }
})

import fc from 'fast-check'
import t from 'tap'
import { parseControls, planSettings } from '../../../hardware/camera/controls.ts'
import { CONTROLS } from '../../kit/camera-kit.ts'

t.test('controls are read with their range and step', async (t) => {
  const controls = parseControls(CONTROLS)
  t.same(
    controls.map(({ name }) => name),
    ['brightness', 'gain', 'power_line_frequency', 'auto_exposure', 'exposure_time_absolute'],
  )
  t.same(controls[1], { name: 'gain', least: 0, most: 100, step: 5 })
  t.match(controls[0], { least: -64, most: 64 })
})

t.test('exposure is set by hand before its time, gain to the nearest step', async (t) => {
  const { settings, absent } = planSettings(parseControls(CONTROLS), { exposureUs: 8000, gain: 33 })
  t.same(settings, [
    { name: 'auto_exposure', value: 1 },
    { name: 'exposure_time_absolute', value: 80 },
    { name: 'gain', value: 35 },
  ])
  t.same(absent, [])
})

t.test('what lies outside the range is set to its end', async (t) => {
  const controls = parseControls(CONTROLS)
  const { settings } = planSettings(controls, { exposureUs: 9_000_000, gain: -4 })
  t.same(
    settings.map(({ value }) => value),
    [1, 5000, 0],
  )
})

t.test('what is not offered is told; what is not wished stays', async (t) => {
  t.same(planSettings([], { exposureUs: 100, gain: 1 }), {
    settings: [],
    absent: ['exposure', 'gain'],
  })
  t.same(planSettings(parseControls(CONTROLS), {}), { settings: [], absent: [] })
})

t.test('names of kernels before 5.18 are known', async (t) => {
  const old = CONTROLS.replace('auto_exposure', 'exposure_auto').replace(
    'exposure_time_absolute',
    'exposure_absolute',
  )
  const { settings } = planSettings(parseControls(old), { exposureUs: 1000 })
  t.same(
    settings.map(({ name }) => name),
    ['exposure_auto', 'exposure_absolute'],
  )
})

t.test('a listing cut anywhere and noise in it give no nonsense', async (t) => {
  const names = new Set(parseControls(CONTROLS).map(({ name }) => name))
  for (let length = 0; length < CONTROLS.length; length++) {
    const all = parseControls(CONTROLS.slice(0, length))
    if (!all.every(({ name }) => names.has(name))) t.fail(`cut at ${length}`)
  }
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.constantFrom(...CONTROLS.split('\n'))), { maxLength: 40 }),
      fc.integer({ min: 1, max: 10_000_000 }),
      (lines, exposureUs) => {
        const controls = parseControls(lines.join('\n'))
        for (const { value } of planSettings(controls, { exposureUs, gain: 7 }).settings) {
          t.ok(Number.isFinite(value))
        }
      },
    ),
    { numRuns: 100 },
  )
  const flood = '  gain 0x00980913 (int)    : min=0 max=9 step=1\n'.repeat(50_000)
  t.equal(parseControls(flood).length, 128)
})

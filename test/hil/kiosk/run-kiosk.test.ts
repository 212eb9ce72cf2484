import t from 'tap'
import { loadRig, parseRig } from '../rig.ts'
import { runKiosk } from './run-kiosk.ts'

const SEEDS = process.env['PERSONHOOD_TEST_FULL'] === undefined ? 4 : 200
const COMMON = { seed: 1, seeds: SEEDS, signal: new AbortController().signal }

t.setTimeout(1_800_000)

t.test(
  'an enrolment and its upgrade happen once, whatever the power and the clock do',
  async (t) => {
    const rig = await loadRig('test/hil/rig.emulated.json', 'emulated')
    const report = await runKiosk(rig, COMMON)
    t.same(report.failures, [])
    t.same(report.skips, [])
    t.same(report.faults, { none: SEEDS, 'power-cut': SEEDS, 'clock-stepped': SEEDS })
    t.equal(report.passed, 3 * SEEDS)
  },
)

t.test(
  'a rig without a camera head skips it with the reason, and another wish leaves it out',
  async (t) => {
    const bare = parseRig({ nfc: { emulator: true } }, 'bare')
    t.match(await runKiosk(bare, COMMON), {
      passed: 0,
      skips: [{ scenario: 'kiosk: enrol, then upgrade at a tap', reason: /orb, panel/ }],
    })
    t.match(await runKiosk(bare, { ...COMMON, only: 'nfc:' }), { skips: [], passed: 0 })
    t.match(await runKiosk(bare, { ...COMMON, fault: 'bit-flipped' }), { skips: [], passed: 0 })
  },
)

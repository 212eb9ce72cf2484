import t from 'tap'
import { loadRig, parseRig } from './rig.ts'
import { runRig } from './run-rig.ts'

const SIGNAL = new AbortController().signal
const SEEDS = process.env['PERSONHOOD_TEST_FULL'] === undefined ? 3 : 200
const EMULATED = 'test/hil/rig.emulated.json'

// Two minutes of a processor, and a loaded machine gives a part of one.
t.setTimeout(1_800_000)

t.test('every scenario of the emulated rig holds under every fault', async (t) => {
  const rig = await loadRig(EMULATED, 'emulated')
  const report = await runRig(rig, { seed: 1, seeds: SEEDS, signal: SIGNAL })
  t.same(report.failures, [])
  t.same(report.skips, [])
  t.ok(report.passed > 50, `${report.passed} runs`)
  for (const [fault, runs] of Object.entries(report.faults)) {
    t.ok(runs >= SEEDS, `${fault}: ${runs}`)
  }
})

t.test('a seed repeats its run', async (t) => {
  const rig = await loadRig(EMULATED, 'emulated')
  const only = { seed: 7, seeds: 1, only: 'tap read', fault: 'unplugged-untold', signal: SIGNAL }
  const [first, second] = [await runRig(rig, only), await runRig(rig, only)]
  t.same(first, second)
  t.same(first.faults, { 'unplugged-untold': 1 })
})

t.test('what a rig does not have is skipped with the reason', async (t) => {
  const options = { seed: 1, seeds: 1, signal: SIGNAL, fault: 'none' }
  const bare = await runRig(parseRig({ finger: { emulator: true } }, 'bare'), options)
  t.equal(bare.passed, 0)
  t.match(bare.skips[0], { scenario: 'nfc: open and greet', reason: /no nfc/ })
  const handless = parseRig({ nfc: { emulator: true, provides: ['faults'] } }, 'handless')
  const report = await runRig(handless, options)
  t.equal(report.passed, 1)
  t.match(report.skips[0], { reason: /does not provide hands/ })
})

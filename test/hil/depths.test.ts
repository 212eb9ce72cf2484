import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { noHidraw } from '../kit/hidraw/shim.ts'
import { noTerminals, terminals } from '../kit/terminals.ts'
import { runDepths } from './run-depths.ts'
import type { RigReport } from './run-rig.ts'

const FULL = process.env['PERSONHOOD_TEST_FULL'] !== undefined
const SIGNAL = new AbortController().signal
const EMULATED = { file: 'test/hil/rig.emulated.json', name: 'emulated', seed: 1, signal: SIGNAL }

// The full run has 200 seeds under every fault in real time, many side by side.
t.setTimeout(FULL ? 4 * 3_600_000 : 300_000)

function expectAllWell(t: Test, report: RigReport, least: number): void {
  t.same(report.failures, [])
  t.same(report.skips, [])
  t.ok(report.passed >= least, `${report.passed} runs`)
}

t.test(
  'scenes play on terminals through the serialport library',
  { skip: noTerminals },
  async (t) => {
    const some = { seeds: 1, fault: 'unplugged', only: 'open and greet' }
    const chosen = FULL ? { seeds: 200 } : some
    expectAllWell(t, await runDepths({ ...EMULATED, depths: [2], ...chosen }), 8)
  },
)

t.test(
  'scenes play on a hidraw node through the node-hid library',
  { skip: noHidraw },
  async (t) => {
    const some = { seeds: 1, fault: 'u', only: 'open and greet' }
    const chosen = FULL ? { seeds: 200 } : some
    expectAllWell(t, await runDepths({ ...EMULATED, depths: [3], ...chosen }), 3)
  },
)

t.test(
  'a real port plays what it can, and says what it cannot',
  { skip: noTerminals },
  async (t) => {
    const { host, device } = await terminals(t)
    // The rig knows nothing of what is behind the path.
    const behind = spawn(process.execPath, ['dist/test/hil/reader-behind.js', device])
    const ended = once(behind, 'exit')
    t.teardown(async () => {
      behind.kill()
      await ended
    })
    await once(behind.stdout, 'data')
    const file = join(t.testdir(), 'rig.ours.json')
    await writeFile(file, JSON.stringify({ nfc: { path: host } }))
    const options = { ...EMULATED, file, name: 'ours', seeds: 1, depths: [1] as const }
    const report = await runDepths({ ...options, only: 'nfc' })
    t.same(report.failures, [])
    t.same(report.faults, { none: 1 })
    t.match(report.skips, [
      { scenario: 'nfc: tap read, the card proves itself', reason: /does not provide hands/ },
      { scenario: 'nfc: first write, read back' },
      { scenario: 'nfc: upgrade, the old or the new credential at any cut' },
      { scenario: 'nfc: cards of others are refused and stay as they are' },
      { scenario: 'nfc: open and greet, under faults', reason: /does not provide faults/ },
    ])
    await writeFile(file, JSON.stringify({ nfc: { path: `${host}-away` } }))
    await t.rejects(runDepths(options), { code: 'device.missing' })
  },
)

t.test(
  'a run that is called off ends at once and leaves no process',
  { skip: noTerminals },
  async (t) => {
    const ending = new AbortController()
    const onProgress = (): void => ending.abort()
    const options = { ...EMULATED, seeds: 5, only: 'nfc', depths: [2] as const }
    await t.rejects(runDepths({ ...options, signal: ending.signal, onProgress }), {
      code: 'call.aborted',
    })
  },
)

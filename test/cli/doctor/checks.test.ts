import t from 'tap'
import { examine, type Machine } from '../../../cli/doctor/checks.ts'

const GOOD: Machine = {
  nodeVersion: 'v20.19.0',
  platform: 'linux',
  arch: 'arm64',
  nowUnix: 1_800_000_000,
  load: async () => ({}),
  freeBytes: async () => 8e9,
  searchBackend: async () => ({
    ...{ backend: 'simd', kernel: undefined, eyesPerS: 600_000 },
    trials: [{ backend: 'simd', outcome: 'works', eyesPerS: 600_000 }],
  }),
  gallery: async () => ({ outcome: 'none' }),
  devices: async () => [{ path: '/dev/ttyUSB0', isUsable: true }],
}

async function outcomes(machine: Machine): Promise<Record<string, string>> {
  const findings = await examine(machine, '/var')
  return Object.fromEntries(findings.map(({ name, outcome }) => [name, outcome]))
}

t.test('a good machine has nothing to mend', async (t) => {
  t.same(new Set(Object.values(await outcomes(GOOD))), new Set(['ok']))
})

t.test('each fault is found, and says what to do', async (t) => {
  const faults: readonly (readonly [Partial<Machine>, string, string])[] = [
    [{ nodeVersion: 'v20.18.3' }, 'node', 'fail'],
    [{ nowUnix: 100 }, 'clock', 'fail'],
    [{ freeBytes: async () => 1e6 }, 'disk', 'warn'],
    [
      { devices: async () => [{ path: '/dev/hidraw0', isUsable: false, fix: 'join' }] },
      'devices',
      'warn',
    ],
  ]
  for (const [fault, name, outcome] of faults) {
    const found = (await examine({ ...GOOD, ...fault }, '/var')).find((row) => row.name === name)
    t.equal(found?.outcome, outcome, name)
    t.ok(found?.fix, name)
  }
})

t.test('a missing prebuilt binary fails only where nothing works without it', async (t) => {
  const machine = {
    ...GOOD,
    load: () => Promise.reject(new Error('libudev.so.1: not found\nmore')),
  }
  const found = await outcomes(machine)
  t.equal(found['lmdb'], 'fail')
  t.equal(found['node-hid'], 'warn')
})

t.test('a machine without devices is fine: the simulators need none', async (t) => {
  t.equal((await outcomes({ ...GOOD, devices: async () => [] }))['devices'], 'ok')
})

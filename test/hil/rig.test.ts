import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { loadRig, parseRig } from './rig.ts'

t.test('a rig says for each role whether an emulator or a real port plays it', async (t) => {
  const { parts } = parseRig(
    { nfc: { path: '/dev/personhood/nfc' }, orb: { emulator: true, provides: ['hands'] } },
    'ours',
  )
  t.same(parts.get('nfc'), { at: { path: '/dev/personhood/nfc' }, provides: [] })
  t.same(parts.get('orb'), { at: 'emulator', provides: ['hands'] })
})

t.test('a rig file is refused with all that is wrong in it, each at its place', async (t) => {
  const wrong = {
    nfc: { emulator: true, path: '/dev/x' },
    printer: {},
    orb: { emulator: true, wheels: 4 },
    finger: { path: 'ttyUSB0', provides: ['hands'] },
    panel: { path: '/dev/x', provides: ['faults', 'hnads'] },
    'operator-key': { emulator: false },
    card: { path: '/dev/card' },
  }
  const told = [
    'nfc: a part says either "emulator": true or "path": "/dev/…"',
    'printer: no such role; there are orb, nfc, card, finger, panel, operator-key',
    'orb.wheels: a part has "emulator" or "path", and "provides"',
    'finger.provides[0]: a real port does not provide hands',
    'finger.path: is a path from the root, such as /dev/serial/by-id/…',
    'panel.provides[0]: a real port does not provide faults',
    'panel.provides[1]: no such capability; there are hands, faults',
    'panel.path: is that of nfc too',
    'operator-key.emulator: is true',
    'card.path: a card has none; it lies on the nfc',
  ]
  t.throws(() => parseRig(wrong, 'wrong'), { code: 'config.rig', message: told.join('; ') })
  for (const value of [null, [], 'x', {}, { nfc: 1 }, { nfc: { emulator: true, provides: [1] } }]) {
    t.throws(() => parseRig(value, 'wrong'), { code: 'config.rig' }, JSON.stringify(value))
  }
})

t.test('what is no JSON is told with its file', async (t) => {
  const file = join(t.testdir(), 'rig.json')
  await writeFile(file, '{ "nfc": }')
  await t.rejects(loadRig(file, 'ours'), { code: 'config.rig', message: new RegExp(file) })
  await t.rejects(loadRig(`${file}.old`, 'ours'), { code: 'ENOENT' })
})

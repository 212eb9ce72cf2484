import { readFileSync } from 'node:fs'
import t from 'tap'
import { pinmapRows } from '../kit/pinmap.ts'

const [head = '', ...lines] = readFileSync('hardware/BOM.csv', 'utf8').trimEnd().split('\n')
const NAMES = head.split(',')
const ROWS = lines.map((line) => {
  const cells = line.split(',')
  if (cells.length !== NAMES.length) throw new Error(`${cells.length} cells: ${line}`)
  return Object.fromEntries(cells.map((cell, i) => [NAMES[i] ?? '', cell]))
})

t.test('each part has a maker and a second source that is another thing', async (t) => {
  for (const row of ROWS) {
    const { part = '', maker, mpn, second_maker, second_mpn } = row
    for (const cell of [part, row['reference'], maker, mpn, second_maker, second_mpn]) {
      t.not(cell, '', part)
    }
    t.not(`${maker} ${mpn}`, `${second_maker} ${second_mpn}`, part)
    t.ok(Number(row['quantity']) >= 1)
    t.ok(Number(row['estimate_usd']) > 0)
  }
})

t.test('nothing stands there twice', async (t) => {
  const parts = ROWS.map(({ part }) => part)
  t.equal(new Set(parts).size, parts.length)
  const references = ROWS.flatMap(({ reference = '' }) => reference.split(' '))
  t.equal(new Set(references).size, references.length)
})

t.test('what the pin map connects is on the list', async (t) => {
  const parts = ROWS.map(({ part = '' }) => part)
  const needed: Readonly<Record<string, string>> = {
    'button-help': 'panel-button',
    'lamp-reading': 'panel-switch',
    'ring-data': 'panel-ring',
    sounder: 'panel-sounder',
    door: 'panel-door',
    'tamper-loop': 'panel-loop',
    'reader-tx': 'reader',
    'finger-tx': 'finger',
    'clock-sda': 'clock',
  }
  const connected = [...pinmapRows('panel'), ...pinmapRows('pi')].map(({ name }) => name)
  for (const [wire, part] of Object.entries(needed)) {
    t.ok(connected.includes(wire), wire)
    t.ok(parts.includes(part), part)
  }
})

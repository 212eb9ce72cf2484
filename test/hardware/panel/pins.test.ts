import { readFileSync } from 'node:fs'
import t from 'tap'
import { PanelPin } from '../../../hardware/panel/pins.ts'
import { pinmapRows } from '../../kit/pinmap.ts'

const rows = pinmapRows('panel')
const numbers = new Map(rows.map(({ name = '', firmata }) => [name, Number(firmata)]))

t.test('the driver counts the pins as the pin map does', async (t) => {
  const kebab = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  for (const [name, pin] of Object.entries(PanelPin)) t.equal(numbers.get(kebab(name)), pin, name)
  t.equal(Object.keys(PanelPin).length, rows.length - 2, 'all but the serial line')
})

t.test('the firmware does too', async (t) => {
  const header = readFileSync('hardware/panel/firmware/pins.h', 'utf8')
  const defined = [...header.matchAll(/#define PIN_([A-Z_]+) (\d+)/g)].map(
    ([, name = '', number]) => [name.toLowerCase().replaceAll('_', '-'), Number(number)] as const,
  )
  t.same(
    defined.filter(([name]) => name !== 'count'),
    [...numbers],
  )
})

t.test('every pin has one port of the chip, the one that its number means', async (t) => {
  for (const { name = '', firmata, port = '' } of rows) {
    const number = Number(firmata)
    const base = { D: 0, B: 8, C: 14 }[port[1] ?? ''] ?? Number.NaN
    t.equal(base + Number(port[2]), number, name)
  }
  t.equal(new Set(rows.map(({ port }) => port)).size, rows.length)
})

t.test('the firmware drives the ports that the pin map names', async (t) => {
  const sources = ['ring', 'sound', 'guards', 'watch', 'firmata', 'main'].map((name) =>
    readFileSync(`hardware/panel/firmware/${name}.c`, 'utf8'),
  )
  const used = new Set(sources.flatMap((text) => text.match(/\bP[BCD]\d\b/g) ?? []))
  const known = new Set(rows.map(({ port = '' }) => port))
  t.same(
    [...used].filter((port) => !known.has(port)),
    [],
  )
  const serial = new Set(['PD0', 'PD1'])
  t.same(
    [...known].filter((port) => !used.has(port) && !serial.has(port)),
    [],
  )
})

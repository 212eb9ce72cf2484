import { spawnSync } from 'node:child_process'
import t from 'tap'
import { pinmapRows } from '../kit/pinmap.ts'

const skip = spawnSync('which', ['dtc']).status === 0 ? false : 'device-tree-compiler not installed'

/** Function codes of BCM2711 pins, as the header of its binding numbers them. */
const FUNCTIONS: Readonly<Record<string, number>> = {
  input: 0,
  'uart3-txd': 3,
  'uart3-rxd': 3,
  'uart4-txd': 3,
  'uart4-rxd': 3,
  'i2c1-sda': 4,
  'i2c1-scl': 4,
}

/** The overlay as the compiler understood it, in source form, with what it complained of. */
function compiled() {
  const options = { encoding: 'utf8' } as const
  const source = 'hardware/overlay/personhood.dts'
  const made = spawnSync('dtc', ['-@', '-I', 'dts', '-O', 'dtb', source], { maxBuffer: 1 << 20 })
  const back = spawnSync('dtc', ['-I', 'dtb', '-O', 'dts'], { ...options, input: made.stdout })
  return { status: made.status, complaints: made.stderr.toString(), text: back.stdout }
}

t.test('the overlay compiles without a warning', { skip }, async (t) => {
  const { status, complaints } = compiled()
  t.equal(status, 0)
  t.equal(complaints, '')
})

t.test('its pins are those of the pin map, with their functions', { skip }, async (t) => {
  const { text } = compiled()
  const numbers = (list: string) =>
    [...list.matchAll(/0x([0-9a-f]+)/g)].map(([, hex]) => Number(`0x${hex}`))
  const found = [...text.matchAll(/brcm,pins = <([^>]+)>;\s+brcm,function = <([^>]+)>;/g)].flatMap(
    ([, pins = '', code = '']) => numbers(pins).map((pin) => [pin, numbers(code)[0]]),
  )
  const wanted = pinmapRows('pi').map((row) => [
    Number(row['gpio']),
    FUNCTIONS[row['function'] ?? ''],
  ])
  const sorted = (rows: readonly (readonly unknown[])[]) => rows.map(String).sort()
  t.same(sorted(found), sorted(wanted))
})

t.test('it switches on what the pin map uses', { skip }, async (t) => {
  const { text } = compiled()
  const fixups = /__fixups__ \{([^}]*)\}/.exec(text)?.[1] ?? ''
  const targets = [...fixups.matchAll(/(\w+) = /g)].map(([, name]) => name)
  t.same(targets.sort(), ['gpio', 'i2c1', 'uart3', 'uart4', 'watchdog'])
})

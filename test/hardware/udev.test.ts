import { readFileSync } from 'node:fs'
import t from 'tap'
import { pinmapRows } from '../kit/pinmap.ts'

type Rule = readonly { readonly key: string; readonly operator: string; readonly value: string }[]

const TERM = /^([A-Z]+(?:\{[\w./-]+\})?)\s*(==|!=|\+=|=)\s*"([^"]*)"$/
const LINES = readFileSync('hardware/udev/70-personhood.rules', 'utf8').split('\n')
const RULES: readonly Rule[] = LINES.filter((line) => line !== '' && !line.startsWith('#')).map(
  (line) =>
    line.split(', ').map((term) => {
      const [, key = '', operator = '', value = ''] = TERM.exec(term) ?? []
      if (key === '') throw new Error(`no udev term: ${term}`)
      return { key, operator, value }
    }),
)

const termOf = (rule: Rule, key: string, operator: string) =>
  rule.find((term) => term.key === key && term.operator === operator)?.value

/** Rules of a subsystem for a vendor. */
const rulesFor = (subsystem: string, vendor: string) =>
  RULES.filter(
    (rule) =>
      termOf(rule, 'SUBSYSTEM', '==') === subsystem &&
      [termOf(rule, 'ATTR{idVendor}', '=='), termOf(rule, 'ATTRS{idVendor}', '==')].includes(
        vendor,
      ),
  )

t.test(
  'each serial device of the pin map has its name, its group and no modem manager',
  async (t) => {
    const rows = pinmapRows('usb').filter((row) => row['interface'] === 'tty')
    t.equal(rows.length, 4)
    for (const { name = '', vendor = '', product, serial, link } of rows) {
      const [rule, ...more] = rulesFor('tty', vendor)
      if (rule === undefined) throw new Error(`no rule for ${name}`)
      t.same(more, [])
      t.equal(termOf(rule, 'ATTRS{idProduct}', '=='), product, name)
      t.equal(termOf(rule, 'ATTRS{serial}', '==') ?? '', serial, name)
      t.equal(termOf(rule, 'SYMLINK', '+='), `personhood/${link}`)
      t.equal(termOf(rule, 'GROUP', '='), 'dialout')
      t.equal(termOf(rule, 'MODE', '='), '0660')
      t.equal(termOf(rule, 'ENV{ID_MM_PORT_IGNORE}', '='), '1')
      const [device] = rulesFor('usb', vendor)
      t.equal(device && termOf(device, 'ENV{ID_MM_DEVICE_IGNORE}', '='), '1', name)
      t.equal(device && termOf(device, 'ATTR{idProduct}', '=='), product, name)
    }
  },
)

t.test(
  'HID devices are opened by what they are or by maker, and to no more than a group',
  async (t) => {
    const rules = RULES.filter((rule) => termOf(rule, 'SUBSYSTEM', '==') === 'hidraw')
    t.ok(rules.length > 1)
    for (const rule of rules) {
      const byUsage = termOf(rule, 'ENV{ID_SECURITY_TOKEN}', '==') === '1'
      const byMaker = termOf(rule, 'ATTRS{idVendor}', '==') !== undefined
      t.ok(byUsage || byMaker)
      t.equal(termOf(rule, 'MODE', '='), '0660')
      t.equal(termOf(rule, 'GROUP', '='), 'plugdev')
    }
    const [key] = pinmapRows('usb').filter((row) => row['interface'] === 'hidraw')
    t.equal(rulesFor('hidraw', key?.['vendor'] ?? '').length, 1)
  },
)

t.test('a rule that jumps has where to', async (t) => {
  const jumps = RULES.flatMap((rule) => termOf(rule, 'GOTO', '=') ?? [])
  const labels = RULES.flatMap((rule) => termOf(rule, 'LABEL', '=') ?? [])
  t.same(jumps, labels)
})

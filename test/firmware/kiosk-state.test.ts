import fc from 'fast-check'
import t from 'tap'
import { parseKioskCommand } from '../../firmware/kiosk-state.ts'

t.test('each command of the page is taken as it is written', async (t) => {
  for (const name of ['begin', 'cannot-use-this-eye', 'cancel', 'acknowledge']) {
    t.same(parseKioskCommand({ name }), { name })
  }
  for (const isGiven of [true, false]) {
    t.same(parseKioskCommand({ name: 'consent', isGiven }), { name: 'consent', isGiven })
  }
})

t.test('a command with anything missing or added is none', async (t) => {
  const bad = [
    undefined,
    null,
    'begin',
    {},
    { name: 'reboot' },
    { name: 'consent' },
    { name: 'consent', isGiven: 'yes' },
    { name: 'begin', isGiven: true },
    { name: 'cancel', force: true },
  ]
  for (const value of bad) t.equal(parseKioskCommand(value), undefined, JSON.stringify(value))
})

t.test('no value from outside makes the reader throw', async (t) => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      parseKioskCommand(value)
    }),
  )
  t.pass()
})

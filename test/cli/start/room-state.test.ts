import fc from 'fast-check'
import t from 'tap'
import { parseRoomCommand } from '../../../cli/start/room-state.ts'

t.test('each command is read back as it is', async (t) => {
  for (const command of [
    { name: 'stand', kiosk: 'east', resident: 'leila' },
    { name: 'stand', kiosk: 'east', resident: null },
    { name: 'place', kiosk: 'east', card: 'new' },
    { name: 'remove', kiosk: 'east' },
    { name: 'cut', kiosk: 'east' },
    { name: 'mend', kiosk: 'east' },
  ]) {
    t.same(parseRoomCommand(command), command)
  }
})

t.test('what is no command is none', async (t) => {
  for (const value of [
    null,
    [],
    'stand',
    {},
    { name: 'stand', kiosk: 'east' },
    { name: 'stand', kiosk: '', resident: null },
    { name: 'stand', kiosk: 'east', resident: 7 },
    { name: 'stand', kiosk: 'east', resident: 'leila', card: 'new' },
    { name: 'place', kiosk: 'east' },
    { name: 'place', kiosk: 'east', card: 'x'.repeat(65) },
    { name: 'place', kiosk: 'east', card: 'new', resident: 'leila' },
    { name: 'remove', kiosk: 'east', card: 'new' },
    { name: 'remove', kiosk: 'east', more: 1 },
    { name: 'cut', kiosk: 'east', card: 'new' },
    { name: 'burn', kiosk: 'east' },
  ]) {
    t.equal(parseRoomCommand(value), undefined, JSON.stringify(value))
  }
})

t.test('noise is never a command and never throws', async () => {
  fc.assert(fc.property(fc.anything(), (value) => parseRoomCommand(value) === undefined))
})

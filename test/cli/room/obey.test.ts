import t from 'tap'
import { openCardBox } from '../../../cli/room/card-box.ts'
import { obey } from '../../../cli/room/obey.ts'
import { renderedResidents } from '../../../cli/room/residents.ts'
import { createRoom, FULL_PACE } from '../../../cli/room/room.ts'

t.test('nobody stands in two places and no card lies on two readers', async (t) => {
  const room = createRoom(['a', 'b'], renderedResidents(1), openCardBox(), FULL_PACE)
  obey({ name: 'stand', kiosk: 'a', resident: 'leila' }, room)
  obey({ name: 'place', kiosk: 'a', card: 'new' }, room)
  obey({ name: 'stand', kiosk: 'b', resident: 'leila' }, room)
  t.equal(room.place('a').standing, undefined)
  t.equal(room.place('b').standing?.id, 'leila')
  obey({ name: 'place', kiosk: 'b', card: 'leila-1' }, room)
  t.equal(room.place('a').cards.length, 0)
  t.equal(room.place('b').cards.length, 1)
  obey({ name: 'remove', kiosk: 'b' }, room)
  t.equal(room.place('b').cards.length, 0)
})

t.test('what does not fit says why', async (t) => {
  const room = createRoom(['a'], renderedResidents(1), openCardBox(), FULL_PACE)
  const commands = [
    { name: 'place', kiosk: 'a', card: 'new' },
    { name: 'place', kiosk: 'a', card: 'leila-9' },
    { name: 'stand', kiosk: 'a', resident: 'nobody' },
    { name: 'remove', kiosk: 'z' },
  ] as const
  for (const command of commands) t.throws(() => obey(command, room), { code: 'call.room' })
})

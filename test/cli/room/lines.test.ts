import { PassThrough } from 'node:stream'
import t from 'tap'
import { openCardBox } from '../../../cli/room/card-box.ts'
import { followLines, LINES_PLACE, parseRoomLine } from '../../../cli/room/lines.ts'
import { renderedResidents } from '../../../cli/room/residents.ts'
import { createRoom, FULL_PACE, type Room } from '../../../cli/room/room.ts'
import { capture } from '../../kit/io.ts'

t.test('lines say what happens in the room', async (t) => {
  const kiosk = LINES_PLACE
  t.same(parseRoomLine('stand leila', []), { name: 'stand', kiosk, resident: 'leila' })
  t.same(parseRoomLine('  leave ', []), { name: 'stand', kiosk, resident: null })
  t.same(parseRoomLine('card new', []), { name: 'place', kiosk, card: 'new' })
  t.same(parseRoomLine('lift', []), { name: 'remove', kiosk })
  for (const line of ['dance', 'stand', 'leave now', 'card a b', 'lift x']) {
    t.throws(() => parseRoomLine(line, ['leila']), { code: 'call.room', message: 'leila' })
  }
})

t.test('a line that does not fit is answered and nothing else stops', async (t) => {
  const room = createRoom([LINES_PLACE], renderedResidents(1), openCardBox(), FULL_PACE)
  const stdin = new PassThrough()
  const { io, err } = capture()
  const stop = followLines(room, { ...io, stdin })
  const place = room.place(LINES_PLACE)
  stdin.write('card new\n\nstand nobody\nstand jun\ncard new\n')
  await when(room, () => place.cards.length === 1)
  t.equal(place.standing?.id, 'jun')
  t.equal(room.box.cards[0]?.owner, 'jun')
  t.match(err(), 'nobody stands here')
  t.match(err(), 'no resident "nobody"')
  stdin.write('lift\nleave\n')
  await when(room, () => place.standing === undefined)
  t.equal(place.cards.length, 0)
  stop()
})

/** A stream may hand its lines on at once or later. */
function when(room: Room, isThere: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => isThere() && resolve()
    room.onChange(look)
    look()
  })
}

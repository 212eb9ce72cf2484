import t from 'tap'
import { openCardBox } from '../../../cli/room/card-box.ts'
import { imagedResidents, renderedResidents } from '../../../cli/room/residents.ts'
import { createRoom, FULL_PACE } from '../../../cli/room/room.ts'
import { openPn532 } from '../../../hardware/nfc/pn532.ts'
import { openOrb } from '../../../hardware/orb/orb.ts'
import { equalBytes } from '../../../protocol/bytes.ts'
import { randomBytes } from '../../../runtime/crypto.ts'

const residents = renderedResidents(1)
const room = () => createRoom(['a', 'b'], residents, openCardBox(), FULL_PACE)

t.test('the camera sees who stands there, and nothing where nobody does', async (t) => {
  const simulated = room()
  const place = simulated.place('a')
  const orb = await openOrb(place.openOrb(), { random: randomBytes })
  t.teardown(() => orb.close())
  const brightest = async () => {
    const nonce = randomBytes(16)
    const burst = await orb.capture({ eye: 'left', nonce, timeoutMs: 5000, maxFrames: 1 })
    return Math.max(...(burst.frames[0]?.image.pixels ?? [0]))
  }
  t.ok((await brightest()) < 60, 'dark without a face')
  place.stand(simulated.resident('leila'))
  t.ok((await brightest()) > 120, 'an eye, and its glints')
})

t.test(
  'a card that is laid down is found by the reader, and one that is lifted is not',
  async (t) => {
    const simulated = room()
    const place = simulated.place('b')
    const pcd = await openPn532(place.openReader())
    t.teardown(() => pcd.close())
    const { card } = simulated.box.create('leila')
    place.lay(card)
    t.same((await pcd.poll())[0]?.uid, card.uid)
    place.lift(card)
    t.equal((await pcd.poll()).length, 0)
  },
)

t.test('a reader that is plugged in again finds the cards that lie there', async (t) => {
  const simulated = room()
  const place = simulated.place('a')
  const { card } = simulated.box.create('jun')
  place.lay(card)
  const pcd = await openPn532(place.openReader())
  t.teardown(() => pcd.close())
  t.same((await pcd.poll())[0]?.uid, card.uid)
})

t.test('each visit is another capture of the same person', async (t) => {
  const [leila] = residents
  const request = { eye: 'left', sequence: 5, illumination: 3, headUs: 200_000 } as const
  const pixels = (visit: number) => leila?.eyes(visit)(request)?.pixels ?? new Uint8Array()
  t.ok(equalBytes(pixels(0), pixels(0)))
  t.notOk(equalBytes(pixels(1), pixels(0)))
})

t.test('stored images make residents of those who have both eyes', async (t) => {
  const image = { width: 1, height: 1, pixels: Uint8Array.of(7) }
  const people = imagedResidents(
    new Map([
      ['007', { left: [image], right: [image] }],
      ['008', { left: [image], right: [] }],
    ]),
  )
  t.same(
    people.map(({ name }) => name),
    ['Subject 007'],
  )
})

t.test('an unknown kiosk or resident is named', async (t) => {
  t.throws(() => room().place('z'), { code: 'call.room' })
  t.throws(() => room().resident('nobody'), { code: 'call.room' })
})

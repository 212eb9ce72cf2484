import t from 'tap'
import { openCardBox } from '../../../cli/room/card-box.ts'
import { openPhone } from '../../../cli/room/phone.ts'
import { createNtag216 } from '../../../hardware/nfc/ntag216-simulator.ts'

t.test('a phone reads a card that is held to it and writes nothing', async (t) => {
  const phone = await openPhone()
  t.teardown(() => phone.close())
  const { card } = openCardBox().create('rosa')
  const before = card.snapshot()
  t.same(await phone.read(card), { kind: 'blank' })
  t.same(card.snapshot(), before)
  t.same(await phone.read(createNtag216(Uint8Array.of(4, 1, 2, 3, 4, 5, 6))), { kind: 'foreign' })
  t.same(await phone.read(card), { kind: 'blank' }, 'the other card is gone from the field')
})

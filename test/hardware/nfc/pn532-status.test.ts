import t from 'tap'
import { isCardLoss, pn532StatusText } from '../../../hardware/nfc/pn532-status.ts'

t.test('what putting the card back can cure is a loss, a fault of the reader is not', async (t) => {
  for (const code of [0x01, 0x02, 0x13, 0x27, 0x2b]) t.ok(isCardLoss(code), pn532StatusText(code))
  for (const code of [0x07, 0x0d, 0x10, 0x2d, 0x3f])
    t.notOk(isCardLoss(code), pn532StatusText(code))
})

t.test('a code in no table is told in hex', async (t) => {
  t.equal(pn532StatusText(0x27), 'the card is not activated')
  t.equal(pn532StatusText(0x3f), 'reader status 0x3f')
})

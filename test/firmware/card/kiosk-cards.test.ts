import t from 'tap'
import { createKioskCards } from '../../../firmware/card/kiosk-cards.ts'
import { CRYPTO, keyringFor, uidOf } from '../../kit/keyed-cards.ts'

t.test('a card that could not prove its keys is asked for none until the next start', async (t) => {
  const keyring = keyringFor('open')
  let told = 0
  const cards = createKioskCards(CRYPTO, keyring, () => told++)
  t.equal(cards.toolsFor(uidOf(1)).keyring, keyring)
  cards.distrust(uidOf(1))
  t.equal(cards.toolsFor(uidOf(1)).keyring, undefined)
  t.equal(cards.toolsFor(uidOf(2)).keyring, keyring)
  t.equal(told, 1)
})

t.test('what is remembered of cards is bounded', async (t) => {
  const cards = createKioskCards(CRYPTO, keyringFor('open'), () => undefined)
  for (let number = 1; number <= 1001; number++) cards.distrust(uidOf(number))
  t.ok(cards.toolsFor(uidOf(1)).keyring, 'the oldest is asked again')
  t.equal(cards.toolsFor(uidOf(2)).keyring, undefined)
  t.equal(cards.toolsFor(uidOf(1001)).keyring, undefined)
})

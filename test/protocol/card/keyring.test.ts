import t from 'tap'
import { toHex } from '../../../protocol/bytes.ts'
import { cardKey, KeySlot } from '../../../protocol/card/card-keys.ts'
import { withBatchMaster } from '../../../protocol/card/keyring.ts'
import { aes128 } from '../../../runtime/crypto.ts'
import { keyringFor, MASTERS, uidOf } from '../../kit/keyed-cards.ts'

t.test('key 2 is there for every card, key 1 for those of the batch', async (t) => {
  const keyring = keyringFor('private', uidOf(1))
  const tap = keyring.tapKey(MASTERS[2].version, uidOf(7))
  t.equal(toHex(tap ?? uidOf(0)), toHex(cardKey(aes128, MASTERS[2], uidOf(7), KeySlot.tap)))
  t.ok(keyring.writeKey(MASTERS[1].version, uidOf(1)))
  t.equal(keyring.writeKey(MASTERS[1].version, uidOf(2)), undefined)
  t.equal(keyring.identityKey(MASTERS[4].version), MASTERS[4].key)
})

t.test('a version that it does not know has no key', async (t) => {
  const keyring = keyringFor('open', uidOf(1))
  for (const version of [0, 1, 255]) {
    t.equal(keyring.tapKey(version, uidOf(1)), undefined)
    t.equal(keyring.writeKey(version, uidOf(1)), undefined)
    t.equal(keyring.identityKey(version), undefined)
  }
})

t.test('the master of a demonstration batch has key 1 of each card', async (t) => {
  const keyring = withBatchMaster(aes128, keyringFor('open', uidOf(1)), {
    ...MASTERS[3],
    version: 9,
  })
  const own = keyring.writeKey(9, uidOf(5))
  t.equal(
    toHex(own ?? uidOf(0)),
    toHex(cardKey(aes128, { ...MASTERS[3], version: 9 }, uidOf(5), KeySlot.write)),
  )
  t.ok(keyring.writeKey(MASTERS[1].version, uidOf(1)), 'and those of its batches')
  t.equal(keyring.writeKey(8, uidOf(5)), undefined)
})

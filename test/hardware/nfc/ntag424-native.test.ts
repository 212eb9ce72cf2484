import fc from 'fast-check'
import t from 'tap'
import { createNtag424 } from '../../../hardware/nfc/ntag424-simulator.ts'
import { converse } from '../../../hardware/nfc/virtual-card.ts'
import { concat, fromHex, toHex } from '../../../protocol/bytes.ts'
import { decodeResponse } from '../../../protocol/card/apdu.ts'
import { selectNdefApplication } from '../../../protocol/card/ntag424.ts'
import { deriveCardKeys } from '../../../protocol/card/preparation.ts'
import { authenticate } from '../../../protocol/card/secured.ts'
import { aes128 } from '../../../runtime/crypto.ts'
import { CRYPTO, MASTERS, preparedCard, uidOf } from '../../kit/keyed-cards.ts'

function card() {
  const one = createNtag424({ uid: uidOf(1) })
  converse(one, selectNdefApplication())
  return one
}

function swOf(one: ReturnType<typeof card>, hex: string): string {
  const { sw } = decodeResponse(one.exchange(fromHex(hex)) ?? concat())
  return sw.toString(16)
}

t.test('a command of a wrong form gets the status word for it', async (t) => {
  for (const [what, hex, sw] of [
    ['parameters in P1', '90640100010000', '919e'],
    ['no such key', '90640000010500', '9140'],
    ['key version with more than a number', '9064000002000000', '917e'],
    ['first authentication cut', '90710000010000', '917e'],
    ['of a key that is not there', '9071000002050000', '9140'],
    ['capabilities that are not there', '9071000002000100', '917e'],
    ['a next one without a first', '90770000010000', '919d'],
    ['no such file', '90f50000010900', '91f0'],
    ['settings with more than a number', '90f5000002020000', '917e'],
    ['a read of no such file', '90ad0000070900000000000000', '91f0'],
    ['a read over the end', '90ad00000702ff000002000000', '919e'],
    ['a write of another length', '908d00000902000000030000010200', '917e'],
    ['a write over the end', '908d00000902ff0000020000010200', '91be'],
    ['rights changed by nobody', '905f0000040200eeee00', '91ae'],
    ['configuration by nobody', '905c000002000200', '91ae'],
    ['an unknown command', '90ee000000', '911c'],
  ] as const) {
    t.equal(swOf(card(), hex), sw, what)
  }
  const unselected = createNtag424({ uid: uidOf(1) })
  t.equal(swOf(unselected, '90f50000010200'), '919d', 'before the application is selected')
})

t.test('whoever may read freely does so without protection', async (t) => {
  const one = card()
  t.equal(
    toHex(one.exchange(fromHex('90ad00000702000000040000' + '00')) ?? concat()),
    '000000009100',
  )
  t.equal(swOf(one, '908d00000802000000010000' + 'aa' + '00'), '9100')
  t.equal(toHex(one.exchange(fromHex('90f50000010300')) ?? concat()), '000330238000009100')
  const keyed = preparedCard(uidOf(2))
  converse(keyed, selectNdefApplication())
  t.equal(swOf(keyed, '908d00000802000000010000' + 'aa' + '00'), '91ae')
})

t.test(
  'noise is answered or refused, changes nothing that needs a key, and never fails',
  async (t) => {
    const one = preparedCard(uidOf(3))
    const { key } = deriveCardKeys(aes128, MASTERS, uidOf(3), 'open')[3]
    const before = toHex(one.snapshot().slice(0, 428))
    const heads = fc.constantFrom(
      '9071',
      '90af',
      '9077',
      '90ad',
      '908d',
      '90c4',
      '905f',
      '905c',
      '9051',
      '90f5',
      '00d6',
      '00b0',
      '00a4',
    )
    fc.assert(
      fc.property(
        heads,
        fc.uint8Array({ maxLength: 60 }),
        fc.boolean(),
        (head, noise, isInSession) => {
          one.arrive()
          converse(one, selectNdefApplication())
          if (isInSession) converse(one, authenticate(CRYPTO, 3, key))
          const command = concat(
            fromHex(head),
            Uint8Array.of(0, 0, noise.length),
            noise,
            Uint8Array.of(0),
          )
          const answer = one.exchange(command)
          return answer !== undefined && answer.length >= 2
        },
      ),
      { numRuns: 300 },
    )
    t.equal(toHex(one.snapshot().slice(0, 428)), before)
  },
)

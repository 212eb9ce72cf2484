import t from 'tap'
import { createNtag216 } from '../../../hardware/nfc/ntag216-simulator.ts'
import { createNtag424 } from '../../../hardware/nfc/ntag424-simulator.ts'
import { RadioField } from '../../../hardware/nfc/radio-field.ts'
import { fromHex, toHex } from '../../../protocol/bytes.ts'
import { CARD_UID } from '../../kit/nfc-bench.ts'

const SELECT_NDEF = '00a4040007d276000085010100'

function ask(field: RadioField, hex: string): string | undefined {
  const [code = 0, ...parameters] = fromHex(hex)
  const answer = field.answer(code, Uint8Array.from(parameters))
  return answer && toHex(answer)
}

function fieldWithTwo(): RadioField {
  const field = new RadioField()
  field.place(createNtag424({ uid: CARD_UID }))
  field.place(createNtag216(fromHex('04a1b2c3d4e580')))
  return field
}

t.test(
  'InListPassiveTarget tells number, SENS_RES, SEL_RES, UID and answer to select',
  async (t) => {
    const field = fieldWithTwo()
    t.equal(
      ask(field, '4a0200'),
      [
        '02', // targets
        '01', // target 1
        '0344', // SENS_RES
        '20', // SEL_RES
        '07', // UID length
        toHex(CARD_UID),
        '067777710280', // answer to select
        '02', // target 2
        '0044',
        '00',
        '07',
        '04a1b2c3d4e580',
      ].join(''),
    )
    t.equal(ask(field, '4a0100')?.slice(0, 2), '01')
    t.equal(ask(field, '4a0203'), '00', 'no Type B card is there')
  },
)

t.test('exchanges go to the target named, raw ones to the first', async (t) => {
  const field = fieldWithTwo()
  t.equal(ask(field, `4001${SELECT_NDEF}`), '27', 'nothing is activated')
  ask(field, '4a0200')
  t.equal(ask(field, `4001${SELECT_NDEF}`), '009000')
  t.equal(ask(field, '40023000')?.slice(0, 6), '0004a1')
  t.equal(ask(field, `42${SELECT_NDEF}`), '009000')
  t.equal(ask(field, '40'), '27')
})

t.test('a target that was let go, removed or left without a field is silent', async (t) => {
  const field = fieldWithTwo()
  ask(field, '4a0200')
  t.equal(ask(field, '04'), `000102${'01000000'}${'02000000'}80`)
  t.equal(ask(field, '5401'), '00')
  t.equal(ask(field, '5403'), '27')
  t.equal(ask(field, '4401'), '00')
  t.equal(ask(field, `4001${SELECT_NDEF}`), '01')
  t.equal(ask(field, '40023000')?.slice(0, 2), '00')
  t.equal(ask(field, '5200'), '00')
  t.equal(ask(field, '40023000'), '27')
  ask(field, '4a0200')
  for (const card of field.cards) field.remove(card)
  t.equal(ask(field, `4001${SELECT_NDEF}`), '01')
  t.equal(ask(field, '4a0200'), '00')
  for (const card of [createNtag216(CARD_UID)]) field.place(card)
  ask(field, '4a0200')
  t.equal(ask(field, '320101'), '', 'field on')
  t.equal(ask(field, '40013000')?.slice(0, 2), '00')
  t.equal(ask(field, '320100'), '', 'field off')
  t.equal(ask(field, '40013000'), '27')
  t.equal(ask(field, '61'), undefined, 'a command that this field does not know')
})

t.test('a card torn away is not found again until it is placed', async (t) => {
  const field = new RadioField()
  const card = createNtag424({ uid: CARD_UID })
  field.place(card)
  card.tearAt(1, 1)
  ask(field, '4a0200')
  ask(field, `4001${SELECT_NDEF}`)
  ask(field, '400100a4000c02e104')
  t.equal(ask(field, '400100d60000020102'), '01')
  t.same([field.cards.length, ask(field, '4a0200')], [0, '00'])
  field.place(card)
  t.equal(ask(field, '4a0200')?.slice(0, 2), '01')
})

t.test(
  'InAutoPoll tells the first kind of card that is there, and Diagnose whether it stays',
  async (t) => {
    const field = fieldWithTwo()
    const layerFour = ['01', '20', '12', '01', '0344', '20', '07', toHex(CARD_UID), '067777710280']
    t.equal(ask(field, '60140220'), layerFour.join(''))
    t.equal(ask(field, '0006'), '00')
    t.equal(ask(field, `4001${SELECT_NDEF}`), '009000', 'it is activated')
    t.equal(
      ask(field, '601402031020'),
      ['01', '10', '0c', '01', '0044', '00', '07', '04a1b2c3d4e580'].join(''),
    )
    t.match(ask(field, '60140200'), /^02/, 'either will do')
    t.equal(ask(field, '6014020311120410')?.slice(0, 4), '0110')
    t.equal(ask(field, '60140203'), '00', 'no FeliCa card is there')
    t.equal(ask(field, '0006'), '27', 'nothing is activated')
    ask(field, '60140220')
    for (const card of field.cards) field.remove(card)
    t.equal(ask(field, '0006'), '01')
    t.equal(ask(field, '60140220'), '00')
  },
)

t.test('a host that takes the checksum upon itself gets it, and is held to it', async (t) => {
  const field = new RadioField()
  field.place(createNtag216(fromHex('04a1b2c3d4e580')))
  ask(field, '4a0100')
  t.equal(ask(field, '0663026303'), '8080', 'the chip adds and checks it')
  t.equal(ask(field, '4260'), '000004040201001303')
  t.equal(ask(field, '0863020063030' + '0'), '')
  t.equal(ask(field, '4260f832')?.slice(0, 18), '000004040201001303')
  t.equal(ask(field, '4260f832')?.length, 22, 'and its checksum')
  t.equal(ask(field, '4260f833'), '01')
  t.equal(ask(field, '42'), '01')
  t.equal(ask(field, '06123' + '4'), '00', 'another register is at rest')
})

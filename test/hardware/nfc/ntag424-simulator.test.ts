import t from 'tap'
import { createNtag424, restoreNtag424 } from '../../../hardware/nfc/ntag424-simulator.ts'
import { fromHex, toHex } from '../../../protocol/bytes.ts'
import { CARD_UID } from '../../kit/nfc-bench.ts'

const SELECT_NDEF_APPLICATION = '00a4040007d276000085010100'
const SELECT_CC = '00a4000c02e103'
const SELECT_NDEF = '00a4000c02e104'
const SELECT_GUARDED = '00a4000c02e105'

function factoryCard(): ReturnType<typeof createNtag424> {
  return createNtag424({ uid: CARD_UID })
}

/** The last answer to a run of commands, in hex. */
function talk(card: ReturnType<typeof createNtag424>, ...commands: readonly string[]): string {
  let answer = ''
  for (const command of commands)
    answer = toHex(card.exchange(fromHex(command)) ?? new Uint8Array(0))
  return answer
}

t.test('the card names itself as an NTAG 424 DNA', async (t) => {
  const card = factoryCard()
  t.equal(toHex(card.atqa), '0344')
  t.equal(card.sak, 0x20)
  t.equal(toHex(card.ats), '067777710280')
  t.equal(talk(card, '9060000000'), '0404023000110591af')
  t.equal(talk(card, '90af000000'), '0404020102110591af')
  t.equal(talk(card, '90af000000'), `${toHex(CARD_UID)}cf39d4498034209100`)
  t.equal(talk(card, '90af000000'), '911c', 'nothing more follows')
  t.equal(talk(card, '9060000001ff00'), '917e')
})

t.test('the capability container names both files with their access', async (t) => {
  t.equal(
    talk(factoryCard(), SELECT_NDEF_APPLICATION, SELECT_CC, '00b0000000'),
    [
      '0017', // length
      '20', // mapping version 2.0
      '0100', // MLe 256
      '00ff', // MLc 255
      '0406e10401000000', // NDEF file: E104, 256 bytes, free
      '0506e10500808283', // proprietary file: E105, 128 bytes, keys
      '00'.repeat(9),
      '9000',
    ].join(''),
  )
})

t.test('the NDEF file is free to read and write, within its 256 bytes', async (t) => {
  const card = factoryCard()
  t.equal(talk(card, SELECT_NDEF_APPLICATION, SELECT_NDEF), '9000')
  t.equal(talk(card, '00d6000a03010203'), '9000')
  t.equal(talk(card, '00b0000906'), '0001020300009000')
  t.equal(talk(card, '00b0000000').length, 2 * 258)
  t.equal(talk(card, '00b000f010'), `${'00'.repeat(16)}9000`)
  t.equal(talk(card, '00b000f011'), '6700', 'over the end')
  t.equal(talk(card, '00b0010001'), '6a86', 'behind the end')
  t.equal(talk(card, '00d6010001ff'), '6a86')
  t.equal(talk(card, '00d600ff020102'), '6700')
  t.equal(talk(card, '00b00000'), '6700', 'no Le')
  t.equal(talk(card, '00d60000'), '6700', 'no data')
})

t.test('what needs a key is refused to one without it', async (t) => {
  const card = factoryCard()
  talk(card, SELECT_NDEF_APPLICATION)
  t.equal(talk(card, SELECT_GUARDED, '00b0000010'), '6982')
  t.equal(talk(card, SELECT_GUARDED, '00d600000100'), '6982')
  t.equal(talk(card, SELECT_CC, '00d600000100'), '6982')
  t.equal(talk(card, '90ad0000070300000010000000'), '91ae')
  t.equal(talk(card, '908d000008030000000100000000'), '91ae')
  t.equal(talk(card, '9051000000'), '91ae', 'the UID, before authentication')
  t.equal(talk(card, '90c4000000'), '917e')
})

t.test('nothing is selected until it is, and power loss forgets it', async (t) => {
  const card = factoryCard()
  t.equal(talk(card, SELECT_NDEF), '6a82')
  t.equal(talk(card, '00b0000001'), '6985')
  t.equal(talk(card, '00d600000100'), '6985')
  for (const application of [SELECT_NDEF_APPLICATION, '00a4000c02e110']) {
    t.equal(talk(card, application, SELECT_NDEF, '00b0000001'), '009000')
    card.reset()
    t.equal(talk(card, '00b0000001'), '6985')
  }
  for (const master of ['00a4040007d276000085010000', '00a4000c023f00']) {
    t.equal(talk(card, SELECT_NDEF_APPLICATION, master, SELECT_NDEF), '6a82')
  }
})

t.test('what the card does not know gets the right status word', async (t) => {
  const card = factoryCard()
  for (const [command, sw] of [
    ['00a4040007a0000002471001' + '00', '6a82'],
    ['00a4040003d27600' + '00', '6a82'],
    ['00a4000c02e1ff', '6a82'],
    ['00a4000c01e1', '6700'],
    ['00a4080c02e104', '6a86'],
    ['0084000008', '6d00'],
    ['80a40400', '6e00'],
    ['00', '6700'],
  ] as const) {
    t.equal(talk(card, SELECT_NDEF_APPLICATION, command), sw, command)
  }
})

t.test('an owner keeps the card: each change is told, a snapshot brings it back', async (t) => {
  const card = factoryCard()
  let changes = 0
  const stop = card.onChange(() => changes++)
  talk(card, SELECT_NDEF_APPLICATION, SELECT_NDEF, '00d6000002cafe')
  t.equal(changes, 1)
  stop()
  talk(card, '00d6000201ff')
  t.equal(changes, 1)
  const copy = restoreNtag424(card.snapshot())
  t.same(copy.uid, CARD_UID)
  t.equal(talk(copy, SELECT_NDEF_APPLICATION, SELECT_NDEF, '00b0000004'), 'cafeff009000')
  t.throws(() => copy.restore(card.snapshot().subarray(1)), { code: 'bytes.card-snapshot' })
  t.throws(() => copy.restore(new Uint8Array(428)), { code: 'bytes.card-snapshot' })
  t.throws(() => createNtag424({ uid: new Uint8Array(4) }), { code: 'call.virtual-card' })
})

t.test(
  'a torn write keeps its first bytes, is told, and the card is away until it arrives',
  async (t) => {
    const card = factoryCard()
    let changes = 0
    card.onChange(() => changes++)
    card.tearAt(2, 3)
    talk(card, SELECT_NDEF_APPLICATION, SELECT_NDEF)
    t.equal(talk(card, '00d600000401020304'), '9000')
    t.equal(talk(card, '00d600040405060708'), '', 'no answer')
    t.ok(card.isAway)
    t.equal(changes, 2)
    card.reset()
    t.equal(talk(card, SELECT_NDEF_APPLICATION), '')
    card.arrive()
    t.equal(talk(card, SELECT_NDEF_APPLICATION, SELECT_NDEF, '00b0000008'), '01020304050607009000')
    t.equal(talk(card, '00d600040405060708'), '9000', 'torn once')
  },
)

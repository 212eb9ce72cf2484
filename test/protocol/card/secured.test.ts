import t from 'tap'
import { createNtag424, type Ntag424 } from '../../../hardware/nfc/ntag424-simulator.ts'
import { converse } from '../../../hardware/nfc/virtual-card.ts'
import { fromHex, toHex } from '../../../protocol/bytes.ts'
import { decodeResponse, encodeCommand } from '../../../protocol/card/apdu.ts'
import { FACTORY_KEY, KeySlot } from '../../../protocol/card/card-keys.ts'
import {
  type CardScript,
  getKeyVersion,
  getVersion,
  native,
  readNdefFile,
  selectNdefApplication,
} from '../../../protocol/card/ntag424.ts'
import {
  authenticate,
  authenticateNext,
  type CardChannel,
  changeFileSettings,
  changeKey,
  getCardUid,
  getFileSettings,
  hideIdentity,
  openChannel,
  readData,
  writeData,
} from '../../../protocol/card/secured.ts'
import { hasCode } from '../../../protocol/errors.ts'
import { aes128, randomBytes } from '../../../runtime/crypto.ts'
import { NTAG424 } from '../../kit/card-vectors.ts'
import { CRYPTO } from '../../kit/keyed-cards.ts'
import { CARD_UID } from '../../kit/nfc-bench.ts'

const OTHER_KEY = new Uint8Array(16).fill(7)

function factoryCard(): Ntag424 {
  const card = createNtag424({ uid: CARD_UID })
  converse(card, selectNdefApplication())
  return card
}

/** A session by one of the factory's keys. */
function open(card: Ntag424, slot: KeySlot = 0, key: Uint8Array = FACTORY_KEY): CardChannel {
  const channel = converse(card, authenticate(CRYPTO, slot, key))
  if (channel === undefined) throw new Error('the card takes its key')
  return channel
}

function codeOf(act: () => unknown): string {
  try {
    act()
    return 'done'
  } catch (error) {
    return hasCode(error, 'card') || hasCode(error, 'bytes') ? error.message : String(error)
  }
}

t.test('the published exchanges are what goes over the air', async (t) => {
  // AN12196 §5.10 to §5.16: first authentication, a write, another key, two changed keys.
  const [, first] = NTAG424.first
  const [again] = NTAG424.nonFirst
  const [, , , write, change] = NTAG424.commands
  if (!first || !again || !write || !change) throw new Error('no vectors')
  const challenges = [first.rndA, again.rndA].map(fromHex)
  const crypto = { aes: aes128, random: () => challenges.shift() ?? randomBytes(16) }
  const sent: string[] = []
  function play<T>(script: CardScript<T>, ...answers: readonly string[]): T {
    const left = [...answers]
    const exchange = (bytes: Uint8Array): Uint8Array => {
      sent.push(toHex(bytes))
      return fromHex(left.shift() ?? '')
    }
    return converse({ exchange }, script)
  }
  const channel = play(
    authenticate(crypto, KeySlot.seed, FACTORY_KEY),
    `${first.challenge}91AF`,
    `${first.answer}9100`,
  )
  if (channel === undefined) throw new Error('a session is due')
  play(writeData(channel, 'full', 3, 0, fromHex(write.data)), `${write.answer}9100`)
  const counted = openChannel(aes128, { ...channel.session, counter: 2 })
  const next = play(
    authenticateNext(crypto, counted, KeySlot.change, FACTORY_KEY),
    `${again.challenge}91AF`,
    `${again.answer}9100`,
  )
  if (next === undefined) throw new Error('a session is due')
  const to = { key: fromHex('F3847D627727ED3BC9C4CC050489B966'), version: 1 }
  play(changeKey(next, aes128, KeySlot.tap, { to, from: FACTORY_KEY }), `${change.answer}9100`)
  const own = { key: fromHex('5004BF991F408672B1EF00F08F9E8647'), version: 1 }
  play(changeKey(next, aes128, KeySlot.change, { to: own, from: FACTORY_KEY }), '9100')
  t.same(
    sent,
    [
      '9071000002030000',
      '90AF000020FF0306E47DFBC50087C4D8A78E88E62DE1E8BE457AA477C707E2F0874916A8B100',
      '908D00001F030000000A00006B5E6804909962FC4E3FF5522CF0F8436C0C53315B9C73AA00',
      '90770000010000',
      '90AF000020BE7D45753F2CAB85F34BC60CE58B940763FE969658A532DF6D95EA2773F6E99100',
      '90C4000029022CF362B7BF4311FF3BE1DAA295E8C68DE09050560D19B9E16C2393AE9CD1FAC75D0CE20BCD1D06E600',
      '90C400002900C0EB4DEEFEDDF0B513A03A95A75491818580503190D4D05053FF75668A01D6FDA6610234BDED643200',
    ].map((hex) => hex.toLowerCase()),
  )
})

t.test('a file is read and written under each protection', async (t) => {
  const card = factoryCard()
  const rights = { read: 2, write: 1, readWrite: 4, change: 0 } as const
  const data = Uint8Array.from({ length: 200 }, (_, i) => i)
  for (const mode of ['plain', 'mac', 'full'] as const) {
    const keeper = open(card)
    converse(card, changeFileSettings(keeper, 2, { mode, rights }))
    t.match(converse(card, getFileSettings(keeper, 2)), { size: 256, settings: { mode, rights } })
    const both = open(card, 4)
    converse(card, writeData(both, mode, 2, 30, data))
    t.equal(toHex(converse(card, readData(both, mode, 2, 30, 200))), toHex(data), mode)
    const reader = open(card, 2)
    t.equal(toHex(converse(card, readData(reader, mode, 2, 229, 1))), 'c7')
    t.match(
      codeOf(() => converse(card, writeData(reader, mode, 2, 0, data))),
      /91AE/,
    )
    const writer = open(card, 1)
    converse(card, writeData(writer, mode, 2, 0, Uint8Array.of(9)))
    t.match(
      codeOf(() => converse(card, readData(writer, mode, 2, 0, 1))),
      /91AE/,
    )
  }
})

t.test('a key that was changed is the one that counts', async (t) => {
  const card = factoryCard()
  for (const slot of [1, 2, 3, 4] as const) {
    const keeper = open(card)
    const key = new Uint8Array(16).fill(slot)
    converse(
      card,
      changeKey(keeper, aes128, slot, { to: { key, version: slot }, from: FACTORY_KEY }),
    )
    t.equal(open(card, slot, key).session.slot, slot)
    t.equal(converse(card, authenticate(CRYPTO, slot, FACTORY_KEY)), undefined)
  }
  // From a key that is not zero: the worked examples do not show it.
  const later = { key: OTHER_KEY, version: 9 }
  const again = open(card)
  converse(card, changeKey(again, aes128, 2, { to: later, from: new Uint8Array(16).fill(2) }))
  converse(card, changeKey(again, aes128, 0, { to: later, from: FACTORY_KEY }))
  t.match(
    codeOf(() => converse(card, getCardUid(again))),
    /91AE/,
    'its own key ends the session',
  )
  t.equal(converse(card, authenticate(CRYPTO, 0, FACTORY_KEY)), undefined)
  t.equal(open(card, 0, OTHER_KEY).session.slot, 0)
  converse(card, selectNdefApplication())
  t.same(
    [0, 1, 2, 3, 4, 5].map((slot) => converse(card, getKeyVersion(slot))),
    [9, 1, 9, 3, 4, undefined],
  )
})

t.test('only the holder of key 0 changes keys, and only with the right check', async (t) => {
  const card = factoryCard()
  const to = { key: OTHER_KEY, version: 1 }
  const other = open(card, 3)
  t.match(
    codeOf(() => converse(card, changeKey(other, aes128, 2, { to, from: FACTORY_KEY }))),
    /91AE/,
  )
  const keeper = open(card)
  const wrongOld = { to, from: new Uint8Array(16).fill(1) }
  t.match(
    codeOf(() => converse(card, changeKey(keeper, aes128, 2, wrongOld))),
    /911E/,
  )
  t.equal(open(card, 2).session.slot, 2, 'nothing changed')
})

t.test('a random identity hides the UID from all but a holder of a key', async (t) => {
  const card = factoryCard()
  converse(card, hideIdentity(open(card)))
  const shown = [0, 1].map(() => {
    card.arrive()
    return toHex(card.uid)
  })
  t.match(shown, [/^08.{6}$/, /^08.{6}$/])
  t.not(shown[0], shown[1])
  converse(card, selectNdefApplication())
  converse(card, getVersion())
  t.equal(toHex(converse(card, getCardUid(open(card, 4)))), toHex(CARD_UID))
})

t.test('wrong keys are counted: put off from the fiftieth, locked at the thousandth', async (t) => {
  const card = factoryCard()
  const tryWrong = () => codeOf(() => converse(card, authenticate(CRYPTO, 2, OTHER_KEY)))
  for (let i = 0; i < 49; i++) t.equal(tryWrong(), 'done')
  t.equal(open(card, 2).session.slot, 2)
  for (let i = 0; i < 50; i++) t.equal(tryWrong(), 'done')
  t.match(tryWrong(), /makes us wait/)
  t.equal(open(card, 2).session.slot, 2, 'it keeps on trying')
  let tries = 0
  while (!/919D/.test(tryWrong()) && tries < 500_000) tries++
  t.ok(tries > 900, `${tries} tries`)
  t.match(
    codeOf(() => open(card, 2)),
    /919D/,
    'the right key comes too late',
  )
  t.equal(open(card, 1).session.slot, 1, 'other keys are as they were')
})

t.test(
  'any bit changed on the way to the card, or back, is noticed and ends the session',
  async (t) => {
    const card = factoryCard()
    for (let at = 0; at < 31; at++) {
      const channel = open(card, 3)
      const script = writeData(channel, 'full', 3, 0, Uint8Array.of(1, 2, 3))
      const step = script.next()
      if (step.done === true) throw new Error('a command is due')
      const apdu = encodeCommand(step.value)
      const changed = apdu.with(5 + at, (apdu[5 + at] ?? 0) ^ 1)
      const { sw } = decodeResponse(card.exchange(changed) ?? new Uint8Array(0))
      t.not(sw, 0x91_00, `byte ${at}`)
      t.match(
        codeOf(() => converse(card, readData(channel, 'full', 3, 0, 3))),
        /91AE/,
        'no session',
      )
    }
    const channel = open(card, 3)
    t.equal(
      toHex(converse(card, readData(channel, 'full', 3, 0, 3))),
      '000000',
      'nothing was written',
    )
    for (let at = 0; at < 24; at++) {
      const reader = open(card, 2)
      const flipped = {
        exchange: (bytes: Uint8Array) => {
          const answer = card.exchange(bytes) ?? new Uint8Array(0)
          return answer.with(at, (answer[at] ?? 0) ^ 1)
        },
      }
      t.match(
        codeOf(() => converse(flipped, readData(reader, 'full', 3, 0, 10))),
        /does not come from/,
      )
    }
  },
)

t.test('a command that comes twice, or too late, is refused', async (t) => {
  const card = factoryCard()
  const channel = open(card, 3)
  const script = writeData(channel, 'full', 3, 0, Uint8Array.of(1))
  const step = script.next()
  if (step.done === true) throw new Error('a command is due')
  const apdu = encodeCommand(step.value)
  t.equal(decodeResponse(card.exchange(apdu) ?? apdu).sw, 0x91_00)
  t.equal(decodeResponse(card.exchange(apdu) ?? apdu).sw, 0x91_1e, 'the counter has moved on')
  const late = open(card, 3)
  const saved = openChannel(aes128, late.session)
  converse(card, writeData(late, 'full', 3, 0, Uint8Array.of(2)))
  t.match(
    codeOf(() => converse(card, writeData(saved, 'full', 3, 0, Uint8Array.of(3)))),
    /911E/,
  )
})

t.test('an answer of another length than asked for is refused', async (t) => {
  const session = {
    slot: 0,
    transaction: new Uint8Array(4),
    encryptionKey: FACTORY_KEY,
    macKey: FACTORY_KEY,
    counter: 0,
  }
  const channel = openChannel(aes128, session)
  const short = { exchange: () => fromHex('01029100') }
  t.match(
    codeOf(() => converse(short, readData(channel, 'plain', 2, 0, 3))),
    /2 bytes read, 3 asked/,
  )
  const refused = { exchange: () => fromHex('919d') }
  t.match(
    codeOf(() => converse(refused, authenticate(CRYPTO, 0, FACTORY_KEY))),
    /authenticate with key 0/,
  )
  const garbled = { exchange: () => fromHex('0091af') }
  t.equal(converse(garbled, authenticate(CRYPTO, 0, FACTORY_KEY)), undefined)
})

t.test(
  'in a session the chip takes no file command of ISO 7816, and forgets it at a new selection',
  async (t) => {
    const card = factoryCard()
    const channel = open(card, 2)
    t.equal(converse(card, readNdefFile()), undefined)
    t.equal(converse(card, readData(channel, 'full', 3, 0, 1)).length, 1)
    converse(card, selectNdefApplication())
    t.match(
      codeOf(() => converse(card, readData(channel, 'full', 3, 0, 1))),
      /91AE/,
    )
    const pending = open(card, 2)
    card.exchange(encodeCommand(native(0x77, Uint8Array.of(1))))
    t.match(
      codeOf(() => converse(card, getCardUid(pending))),
      /91CA/,
      'half an authentication',
    )
  },
)

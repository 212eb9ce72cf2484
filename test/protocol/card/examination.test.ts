import t from 'tap'
import { createNtag424 } from '../../../hardware/nfc/ntag424-simulator.ts'
import { converse } from '../../../hardware/nfc/virtual-card.ts'
import { toHex } from '../../../protocol/bytes.ts'
import { FACTORY_KEY, KeySlot } from '../../../protocol/card/card-keys.ts'
import { eraseMessage, examineCard, type Preparer } from '../../../protocol/card/examination.ts'
import { encodeCardFile } from '../../../protocol/card/layout.ts'
import { selectNdefApplication } from '../../../protocol/card/ntag424.ts'
import { deriveCardKeys, prepareCard } from '../../../protocol/card/preparation.ts'
import { authenticate, changeKey } from '../../../protocol/card/secured.ts'
import { aes128 } from '../../../runtime/crypto.ts'
import { FINAL_FILE } from '../../kit/card-files.ts'
import {
  CRYPTO,
  commandsOf,
  converseUntil,
  copyOf,
  MASTERS,
  preparedCard,
  storedFile,
  uidOf,
} from '../../kit/keyed-cards.ts'

/** A message of somebody else: one text record. */
const TEXT = Uint8Array.of(0, 8, 0xd1, 1, 4, 0x54, 2, 0x65, 0x6e, 0x21)
/** The same versions, other keys: another district that also began at these numbers. */
const OTHERS = Object.fromEntries(
  Object.entries(MASTERS).map(([slot, { version }]) => [
    slot,
    { version, key: new Uint8Array(16).fill(0x77) },
  ]),
) as typeof MASTERS

for (const policy of ['open', 'private'] as const) {
  const preparer: Preparer = { masters: MASTERS, policy }
  const keys = deriveCardKeys(aes128, MASTERS, uidOf(1), policy)

  t.test(`${policy}: a card is the factory’s, ours, or somebody else’s`, async (t) => {
    const fresh = createNtag424({ uid: uidOf(1) })
    const standing = converse(fresh, examineCard(CRYPTO, preparer, fresh.uid))
    t.match(standing, { kind: 'factory', contents: 'blank' })
    const ours = preparedCard(uidOf(1), policy)
    const before = toHex(ours.snapshot())
    const found = converse(ours, examineCard(CRYPTO, preparer, ours.uid))
    t.equal(found.kind, 'prepared')
    t.equal('uid' in found && toHex(found.uid), toHex(uidOf(1)))
    t.equal(toHex(ours.snapshot()), before, 'nothing was written, no wrong key counted')
    const others = { masters: OTHERS, policy }
    ours.arrive()
    t.match(converse(ours, examineCard(CRYPTO, others, ours.uid)), { kind: 'foreign' })
    const newer = { masters: { ...MASTERS, 2: { ...MASTERS[2], version: 99 } }, policy }
    ours.arrive()
    t.match(converse(ours, examineCard(CRYPTO, newer, ours.uid)), { kind: 'foreign' })
  })

  t.test(`${policy}: cut anywhere in its preparation a card is still known as ours`, async (t) => {
    const fresh = createNtag424({ uid: uidOf(1) })
    const commands = commandsOf(fresh, prepareCard(CRYPTO, keys, policy))
    const kinds = new Set<string>()
    for (let command = 1; command <= commands; command++) {
      for (const isAnswerLost of [false, true]) {
        const card = copyOf(fresh)
        converseUntil(card, prepareCard(CRYPTO, keys, policy), { command, isAnswerLost })
        card.arrive()
        const standing = converse(card, examineCard(CRYPTO, preparer, card.uid))
        kinds.add(standing.kind)
        t.equal('uid' in standing && toHex(standing.uid), toHex(uidOf(1)))
        if (standing.kind === 'factory') t.equal(standing.contents, 'blank')
        card.arrive()
        const others = { masters: OTHERS, policy }
        const seen = converse(card, examineCard(CRYPTO, others, card.uid)).kind
        t.equal(seen, standing.kind === 'factory' ? 'factory' : 'foreign')
      }
    }
    t.same([...kinds], ['factory', 'begun', 'prepared'])
  })
}

t.test('with key 0 ours and another the factory’s, somebody else was at the card', async (t) => {
  const card = createNtag424({ uid: uidOf(1) })
  const keys = deriveCardKeys(aes128, MASTERS, uidOf(1), 'open')
  converse(card, selectNdefApplication())
  const channel = converse(card, authenticate(CRYPTO, KeySlot.change, FACTORY_KEY))
  if (channel === undefined) throw new Error('the card is of the factory')
  const change = { to: keys[KeySlot.change], from: FACTORY_KEY }
  converse(card, changeKey(channel, aes128, KeySlot.change, change))
  card.arrive()
  const preparer = { masters: MASTERS, policy: 'open' } as const
  t.match(converse(card, examineCard(CRYPTO, preparer, card.uid)), { kind: 'foreign', why: /some/ })
})

t.test('what has no application, or is another chip, is unsuitable', async (t) => {
  const preparer = { masters: MASTERS, policy: 'open' } as const
  const none = { exchange: () => Uint8Array.of(0x6a, 0x82) }
  t.match(converse(none, examineCard(CRYPTO, preparer, uidOf(1))), { kind: 'unsuitable' })
  const other = {
    exchange: (command: Uint8Array) =>
      command[0] === 0 ? Uint8Array.of(0x90, 0) : Uint8Array.of(0x6e, 0),
  }
  t.match(converse(other, examineCard(CRYPTO, preparer, uidOf(1))), { kind: 'unsuitable' })
})

t.test('a message is told and erased, torn anywhere too', async (t) => {
  const preparer = { masters: MASTERS, policy: 'open' } as const
  for (const [ndefFile, contents] of [
    [TEXT, 'foreign'],
    [encodeCardFile(FINAL_FILE), 'personhood'],
    [Uint8Array.of(0, 0, 1), 'torn'],
  ] as const) {
    const card = createNtag424({ uid: uidOf(1), ndefFile })
    t.match(converse(card, examineCard(CRYPTO, preparer, card.uid)), { kind: 'factory', contents })
  }
  for (const [write, bytes] of [
    [1, 1],
    [2, 0],
    [2, 7],
    [2, 239],
    [3, 3],
  ] as const) {
    const card = createNtag424({ uid: uidOf(1), ndefFile: TEXT })
    card.tearAt(write, bytes, true)
    t.throws(() => converse(card, eraseMessage()), { code: 'card.moved' })
    card.arrive()
    converse(card, eraseMessage())
    t.ok(storedFile(card).every((byte) => byte === 0))
  }
  const locked = preparedCard(uidOf(1))
  t.throws(() => converse(locked, eraseMessage()), { code: 'card.refused' })
})

import t from 'tap'
import { createNtag424 } from '../../../hardware/nfc/ntag424-simulator.ts'
import { converse } from '../../../hardware/nfc/virtual-card.ts'
import { toHex } from '../../../protocol/bytes.ts'
import { writePersonhoodCard } from '../../../protocol/card/card-writing.ts'
import { encodeCardFile } from '../../../protocol/card/layout.ts'
import { readPersonhoodCard, readState } from '../../../protocol/card/personhood-card.ts'
import { BINDING_SECRET, boundFiles, judged } from '../../kit/bound-files.ts'
import {
  CRYPTO,
  commandsOf,
  keyringFor,
  preparedCard,
  toolsFor,
  uidOf,
} from '../../kit/keyed-cards.ts'
import { NO_KEYS } from '../../kit/nfc-bench.ts'

const UID = uidOf(1)
const { final, first } = boundFiles(UID)

/** A card with the credential of its first write. */
function issuedCard(policy: 'open' | 'private') {
  const card = preparedCard(UID, policy)
  converse(card, writePersonhoodCard(toolsFor(policy, UID), card.uid, first))
  card.arrive()
  return card
}

t.test('a tap rests on the card where its key is known, on the signature elsewhere', async (t) => {
  for (const [why, tools, proof] of [
    ['key 2 is there', toolsFor('open'), 'card'],
    ['no keys', NO_KEYS, 'signature'],
    [
      'another version of key 2',
      { ...CRYPTO, keyring: { ...keyringFor('open'), tapKey: () => undefined } },
      'signature',
    ],
  ] as const) {
    const card = issuedCard('open')
    const reading = converse(card, readPersonhoodCard(tools, card.uid))
    if (reading.contents.kind !== 'personhood') throw new Error('the card is ours')
    t.match(judged(reading.contents.credential, reading.proof), { outcome: 'go', proof }, why)
    t.match(reading, { isUnfinished: false, isUnproven: false })
  }
})

t.test('a card of before there were keys still reads, and is asked for none', async (t) => {
  const card = createNtag424({ uid: UID, ndefFile: encodeCardFile(final) })
  const tools = toolsFor('open', UID)
  // Selection, file, one read, one version.
  t.equal(commandsOf(card, readPersonhoodCard(tools, UID)), 4)
  const reading = converse(card, readPersonhoodCard(tools, UID))
  t.match(reading, { contents: { kind: 'personhood' }, proof: { kind: 'none' }, isUnproven: false })
})

t.test('blank and foreign cards are not asked to prove anything', async (t) => {
  const tools = toolsFor('open', UID)
  const blank = preparedCard(UID)
  t.equal(commandsOf(blank, readPersonhoodCard(tools, UID)), 3)
  t.match(converse(blank, readPersonhoodCard(tools, UID)), { contents: { kind: 'blank' } })
  const message = Uint8Array.of(0, 4, 0xd5, 0, 1, 7)
  const foreign = createNtag424({ uid: UID, ndefFile: message })
  t.equal(commandsOf(foreign, readPersonhoodCard(tools, UID)), 3)
  t.match(converse(foreign, readPersonhoodCard(tools, UID)), { contents: { kind: 'foreign' } })
  const silent = { exchange: () => Uint8Array.of(0x6a, 0x82) }
  t.equal(converse(silent, readState(tools, UID)), undefined)
  t.match(converse(silent, readPersonhoodCard(tools, UID)), { contents: { kind: 'foreign' } })
})

t.test(
  'a private card says nothing to one without its keys, and proves itself to one with them',
  async (t) => {
    const card = issuedCard('private')
    t.match(converse(card, readPersonhoodCard(NO_KEYS, card.uid)), {
      contents: { kind: 'foreign' },
    })
    card.arrive()
    const open = converse(card, readPersonhoodCard(toolsFor('open', UID), card.uid))
    t.match(open, { contents: { kind: 'foreign' }, isUnproven: false })
    card.arrive()
    const reading = converse(card, readPersonhoodCard(toolsFor('private'), card.uid))
    t.equal(toHex(reading.uid), toHex(UID))
    if (reading.proof.kind !== 'authenticated') throw new Error('it proves itself')
    t.equal(toHex(reading.proof.r), toHex(BINDING_SECRET))
    const keyring = keyringFor('private')
    for (const [why, wrong] of [
      ['identity', { ...keyring, identityKey: () => new Uint8Array(16) }],
      ['tap', { ...keyring, tapKey: () => new Uint8Array(16) }],
    ] as const) {
      card.arrive()
      const failed = converse(card, readPersonhoodCard({ ...CRYPTO, keyring: wrong }, card.uid))
      t.match(failed, { contents: { kind: 'foreign' }, isUnproven: true }, why)
    }
  },
)

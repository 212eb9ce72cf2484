import t from 'tap'
import { createNtag424 } from '../../../hardware/nfc/ntag424-simulator.ts'
import { converse } from '../../../hardware/nfc/virtual-card.ts'
import { toHex } from '../../../protocol/bytes.ts'
import { KeySlot } from '../../../protocol/card/card-keys.ts'
import { encodeCardFile } from '../../../protocol/card/layout.ts'
import { parseMirrorAddress, planMirror, verifyMirror } from '../../../protocol/card/mirror.ts'
import {
  getKeyVersion,
  readNdefFile,
  selectNdefApplication,
} from '../../../protocol/card/ntag424.ts'
import { readPersonhoodCard } from '../../../protocol/card/personhood-card.ts'
import {
  cardSettings,
  deriveCardKeys,
  enableMirror,
  prepareCard,
} from '../../../protocol/card/preparation.ts'
import {
  authenticate,
  getFileSettings,
  readData,
  writeData,
} from '../../../protocol/card/secured.ts'
import { aes128 } from '../../../runtime/crypto.ts'
import { FINAL_FILE } from '../../kit/card-files.ts'
import {
  CRYPTO,
  commandsOf,
  converseUntil,
  copyOf,
  MASTERS,
  preparedCard,
  toolsFor,
  uidOf,
} from '../../kit/keyed-cards.ts'

for (const policy of ['open', 'private'] as const) {
  const keys = deriveCardKeys(aes128, MASTERS, uidOf(1), policy)

  t.test(`${policy}: each slot has its key, each file its rights`, async (t) => {
    const card = preparedCard(uidOf(1), policy)
    converse(card, selectNdefApplication())
    for (const slot of Object.values(KeySlot)) {
      t.equal(converse(card, getKeyVersion(slot)), MASTERS[slot].version)
    }
    const keeper = converse(card, authenticate(CRYPTO, KeySlot.change, keys[0].key))
    if (keeper === undefined) throw new Error('key 0 is ours')
    const settings = cardSettings(policy)
    t.match(converse(card, getFileSettings(keeper, 2)), { settings: settings.ndef })
    t.match(converse(card, getFileSettings(keeper, 3)), { settings: settings.guarded })
    t.equal(card.uid.length, policy === 'open' ? 7 : 4)
    // Key 1 writes the guarded file and does not read it; key 3 does neither.
    const writer = converse(card, authenticate(CRYPTO, KeySlot.write, keys[1].key))
    if (writer === undefined) throw new Error('key 1 is ours')
    converse(card, writeData(writer, 'full', 3, 0, Uint8Array.of(1)))
    t.throws(() => converse(card, readData(writer, 'full', 3, 0, 1)), { code: 'card.refused' })
    const seed = converse(card, authenticate(CRYPTO, KeySlot.seed, keys[3].key))
    if (seed === undefined) throw new Error('key 3 is ours')
    t.throws(() => converse(card, readData(seed, 'full', 3, 0, 1)), { code: 'card.refused' })
  })

  t.test(`${policy}: cut at any command, answered or not, the same call goes on`, async (t) => {
    const fresh = createNtag424({ uid: uidOf(1) })
    const commands = commandsOf(fresh, prepareCard(CRYPTO, keys, policy))
    t.ok(commands >= 15)
    for (let command = 1; command <= commands; command++) {
      for (const isAnswerLost of [false, true]) {
        const card = copyOf(fresh)
        const cut = { command, isAnswerLost }
        t.ok(converseUntil(card, prepareCard(CRYPTO, keys, policy), cut))
        card.arrive()
        converse(card, prepareCard(CRYPTO, keys, policy))
        converse(card, selectNdefApplication())
        const versions = [0, 1, 2, 3, 4].map((slot) => converse(card, getKeyVersion(slot)))
        t.same(versions, [10, 11, 12, 13, 14], JSON.stringify(cut))
        t.ok(converse(card, authenticate(CRYPTO, KeySlot.write, keys[1].key)))
      }
    }
  })
}

t.test('torn at any write the same call goes on', async (t) => {
  const keys = deriveCardKeys(aes128, MASTERS, uidOf(1), 'private')
  for (let write = 1; write <= 8; write++) {
    for (const bytes of [0, 1]) {
      const card = createNtag424({ uid: uidOf(1) })
      card.tearAt(write, bytes)
      t.throws(() => converse(card, prepareCard(CRYPTO, keys, 'private')), { code: 'card.moved' })
      card.arrive()
      converse(card, prepareCard(CRYPTO, keys, 'private'))
      t.ok(converse(card, authenticate(CRYPTO, KeySlot.change, keys[0].key)))
    }
  }
})

t.test('a card of another district is not prepared', async (t) => {
  const card = preparedCard(uidOf(2))
  const others = deriveCardKeys(
    aes128,
    { ...MASTERS, 0: { ...MASTERS[0], version: 99 } },
    uidOf(2),
    'open',
  )
  const before = toHex(card.snapshot())
  t.throws(() => converse(card, prepareCard(CRYPTO, others, 'open')), { code: 'card.foreign' })
  t.equal(toHex(card.snapshot().slice(0, 428)), before.slice(0, 856))
  const silent = { exchange: () => Uint8Array.of(0x6a, 0x82) }
  t.throws(() => converse(silent, prepareCard(CRYPTO, others, 'open')), { code: 'card.foreign' })
})

t.test('an open card with an address proves each tap to one who has its key 4', async (t) => {
  const plan = planMirror('id.example/')
  const file = encodeCardFile({ ...FINAL_FILE, uri: plan.uri })
  const card = createNtag424({ uid: uidOf(3), ndefFile: file })
  const keys = deriveCardKeys(aes128, MASTERS, uidOf(3), 'open')
  converse(card, prepareCard(CRYPTO, keys, 'open'))
  const keeper = converse(card, authenticate(CRYPTO, KeySlot.change, keys[0].key))
  if (keeper === undefined) throw new Error('key 0 is ours')
  converse(card, enableMirror(keeper, plan.settings))
  const tools = toolsFor('open', uidOf(3))
  for (const counter of [1, 2, 3]) {
    card.arrive()
    const { contents } = converse(
      card,
      readPersonhoodCard({ ...tools, keyring: undefined }, card.uid),
    )
    if (contents.kind !== 'personhood') throw new Error('the card is ours')
    t.equal(toHex(contents.credential), toHex(FINAL_FILE.credential))
    const mirror = parseMirrorAddress(contents.uri ?? '')
    const tapped = mirror && verifyMirror(aes128, { file: () => keys[4].key }, mirror)
    t.match(tapped, { counter })
    t.equal(toHex(tapped?.uid ?? file), toHex(uidOf(3)))
  }
  card.arrive()
  converse(card, selectNdefApplication())
  t.ok(converse(card, readNdefFile()))
})

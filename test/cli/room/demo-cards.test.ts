import t from 'tap'
import { demoKeyring, prepareDemoCard } from '../../../cli/room/demo-cards.ts'
import { createNtag424 } from '../../../hardware/nfc/ntag424-simulator.ts'
import { converse } from '../../../hardware/nfc/virtual-card.ts'
import { writePersonhoodCard } from '../../../protocol/card/card-writing.ts'
import { encodeCardFile } from '../../../protocol/card/layout.ts'
import { readPersonhoodCard } from '../../../protocol/card/personhood-card.ts'
import { boundFiles, judged } from '../../kit/bound-files.ts'
import { CRYPTO, uidOf } from '../../kit/keyed-cards.ts'

const TOOLS = { ...CRYPTO, keyring: demoKeyring() }

t.test('a card of the room takes a credential from its kiosks and proves it', async (t) => {
  const card = createNtag424({ uid: uidOf(1) })
  prepareDemoCard(card)
  prepareDemoCard(card)
  converse(card, writePersonhoodCard(TOOLS, uidOf(1), boundFiles(uidOf(1)).first))
  card.arrive()
  const { contents, proof } = converse(card, readPersonhoodCard(TOOLS, uidOf(1)))
  if (contents.kind !== 'personhood') throw new Error('the card is ours')
  t.match(judged(contents.credential, proof), { outcome: 'go', proof: 'card' })
})

t.test('a card of before there were keys keeps what it has', async (t) => {
  const { final } = boundFiles(uidOf(2))
  const card = createNtag424({ uid: uidOf(2), ndefFile: encodeCardFile(final) })
  const before = card.snapshot()
  prepareDemoCard(card)
  t.same(card.snapshot(), before)
  const { contents, proof } = converse(card, readPersonhoodCard(TOOLS, uidOf(2)))
  if (contents.kind !== 'personhood') throw new Error('the card is ours')
  t.match(judged(contents.credential, proof), { outcome: 'go', proof: 'signature' })
})

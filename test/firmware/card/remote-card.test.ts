import t from 'tap'
import { type CardLine, relayCard } from '../../../firmware/card/remote-card.ts'
import { createNtag424 } from '../../../hardware/nfc/ntag424-simulator.ts'
import { converse } from '../../../hardware/nfc/virtual-card.ts'
import { getKeyVersion, selectNdefApplication } from '../../../protocol/card/ntag424.ts'
import { deriveCardKeys, prepareCard } from '../../../protocol/card/preparation.ts'
import { type HomeSession, startHomeSession } from '../../../protocol/card/remote-session.ts'
import {
  type CardSessionMessage,
  cardSessionSchema,
} from '../../../protocol/messages/card-session.ts'
import { decodeRecord, encodeRecord } from '../../../protocol/schema.ts'
import { aes128 } from '../../../runtime/crypto.ts'
import { CRYPTO, MASTERS, uidOf } from '../../kit/keyed-cards.ts'
import { createBench, onlyPicc } from '../../kit/nfc-bench.ts'

const SESSION = new Uint8Array(16).fill(3)
const UID = uidOf(4)

/** A line to the home in the next room: messages go as bytes, and those that `isLost` names do not arrive. */
function lineTo(
  home: HomeSession<unknown>,
  isLost: (count: number) => boolean = () => false,
): CardLine & { readonly sent: readonly CardSessionMessage[] } {
  const listeners = new Set<(message: CardSessionMessage) => void>()
  const sent: CardSessionMessage[] = []
  let count = 0
  const carry = (message: CardSessionMessage): CardSessionMessage | undefined => {
    const arrived = decodeRecord(cardSessionSchema, encodeRecord(cardSessionSchema, message))
    return isLost(++count) ? undefined : arrived
  }
  return {
    sent,
    async send(message) {
      sent.push(message)
      const arrived = carry(message)
      const reply = arrived && home.take(arrived)
      const back = reply && carry(reply)
      if (back === undefined) return
      await Promise.resolve()
      for (const listener of listeners) listener(back)
    },
    onMessage(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

async function stage() {
  const bench = createBench()
  const card = createNtag424({ uid: UID })
  bench.chip.place(card)
  const pcd = await bench.open()
  const picc = onlyPicc(await bench.pass(pcd.poll()))
  const keys = deriveCardKeys(aes128, MASTERS, UID, 'open')
  const home = startHomeSession(SESSION, () => prepareCard(CRYPTO, keys, 'open'))
  const { timers } = bench
  const common = { pcd, picc, session: SESSION, timers, signal: new AbortController().signal }
  return { bench, card, home, common }
}

t.test('a card at one kiosk gets its keys from a home elsewhere', async (t) => {
  const { bench, card, home, common } = await stage()
  t.equal(await bench.pass(relayCard({ ...common, line: lineTo(home) })), 'done')
  t.match(home.end, { kind: 'done' })
  card.arrive()
  converse(card, selectNdefApplication())
  t.same(
    [0, 1, 2, 3, 4].map((slot) => converse(card, getKeyVersion(slot))),
    [10, 11, 12, 13, 14],
  )
})

t.test('a line that loses any one message, or every fifth, loses nothing', async (t) => {
  for (let lost = 1; lost <= 34; lost += 3) {
    const { bench, home, common } = await stage()
    const line = lineTo(home, (count) => count === lost)
    t.equal(await bench.pass(relayCard({ ...common, line })), 'done', `message ${lost}`)
  }
  const { bench, home, common } = await stage()
  const line = lineTo(home, (count) => count % 5 === 0)
  t.equal(await bench.pass(relayCard({ ...common, line })), 'done')
})

t.test('a line that is dead is given up, and the kiosk says so', async (t) => {
  const { bench, home, common } = await stage()
  const line = lineTo(home, () => true)
  t.equal(await bench.pass(relayCard({ ...common, line })), 'given-up')
  t.same(
    line.sent.map(({ kind }) => kind),
    ['open', 'open', 'open', 'end'],
  )
})

t.test('a card that leaves ends the session on both sides', async (t) => {
  const { bench, card, home, common } = await stage()
  card.tearAt(2, 0)
  t.equal(await bench.pass(relayCard({ ...common, line: lineTo(home) })), 'card-moved')
  t.match(home.end, { kind: 'broken', error: { code: 'card.moved' } })
})

t.test('a reader that fails, and a signal, end it too', async (t) => {
  const one = await stage()
  one.bench.cable.unplug()
  await t.rejects(one.bench.pass(relayCard({ ...one.common, line: lineTo(one.home) })), {
    code: /^device\./,
  })
  t.match(one.home.end, { kind: 'broken' })
  const two = await stage()
  const signal = AbortSignal.abort(new Error('closing'))
  await t.rejects(two.bench.pass(relayCard({ ...two.common, signal, line: lineTo(two.home) })), {
    message: 'closing',
  })
})

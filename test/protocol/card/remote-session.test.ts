import t from 'tap'
import { createNtag424, type Ntag424 } from '../../../hardware/nfc/ntag424-simulator.ts'
import { converse } from '../../../hardware/nfc/virtual-card.ts'
import { toHex } from '../../../protocol/bytes.ts'
import { getKeyVersion, selectNdefApplication } from '../../../protocol/card/ntag424.ts'
import { deriveCardKeys, prepareCard } from '../../../protocol/card/preparation.ts'
import {
  type HomeSession,
  openRelaySession,
  startHomeSession,
} from '../../../protocol/card/remote-session.ts'
import type { CardSessionMessage } from '../../../protocol/messages/card-session.ts'
import { aes128 } from '../../../runtime/crypto.ts'
import { CRYPTO, MASTERS, uidOf } from '../../kit/keyed-cards.ts'

const SESSION = new Uint8Array(16).fill(1)
const UID = uidOf(1)
const KEYS = deriveCardKeys(aes128, MASTERS, UID, 'open')

function home(): HomeSession<void> {
  return startHomeSession(SESSION, () => prepareCard(CRYPTO, KEYS, 'open'))
}

function versions(card: Ntag424): readonly (number | undefined)[] {
  card.arrive()
  converse(card, selectNdefApplication())
  return [0, 1, 2, 3, 4].map((slot) => converse(card, getKeyVersion(slot)))
}

t.test(
  'a card is prepared by a station that never sees it, through one that has no key',
  async (t) => {
    const card = createNtag424({ uid: UID })
    const station = home()
    const relay = openRelaySession(SESSION, card.uid)
    let message: CardSessionMessage | undefined = relay.last
    let commands = 0
    while (station.end === undefined) {
      const reply = message && station.take(message)
      if (reply === undefined) throw new Error('an answer is due')
      const step = relay.take(reply)
      if (step.kind !== 'exchange') break
      commands++
      message = relay.answered(card.exchange(step.apdu) ?? new Uint8Array(0))
    }
    t.match(station.end, { kind: 'done' })
    t.ok(commands >= 15)
    t.same(versions(card), [10, 11, 12, 13, 14])
  },
)

t.test(
  'a message that comes twice reaches the card once, and each side answers it again',
  async (t) => {
    const card = createNtag424({ uid: UID })
    const station = home()
    const relay = openRelaySession(SESSION, card.uid)
    const first = station.take(relay.last)
    t.same(station.take(relay.last), first, 'a second opening gets the same command')
    if (first === undefined) throw new Error('a command is due')
    const step = relay.take(first)
    if (step.kind !== 'exchange') throw new Error('the card is asked')
    t.match(relay.take(first), { kind: 'nothing' }, 'while the card is being asked')
    const answer = relay.answered(card.exchange(step.apdu) ?? new Uint8Array(0))
    t.match(relay.take(first), { kind: 'send', message: answer })
    const second = station.take(answer)
    t.match(second, { kind: 'command', step: 2 })
    t.same(station.take(answer), second)
    t.equal(station.take({ ...answer, step: 9 }), undefined, 'an answer to nothing')
    t.match(relay.take({ ...first, step: 5 }), { kind: 'nothing' }, 'a command too far ahead')
    const strange = new Uint8Array(16)
    t.equal(station.take({ ...answer, session: strange }), undefined)
    t.match(relay.take({ ...first, session: strange }), { kind: 'nothing' })
  },
)

t.test('each end is told to the other side', async (t) => {
  const station = home()
  const relay = openRelaySession(SESSION, UID)
  station.take(relay.last)
  station.take(relay.end('card-moved'))
  t.match(station.end, { kind: 'broken', error: { code: 'card.moved' } })
  const late = { session: SESSION, step: 1, kind: 'answer' as const, bytes: Uint8Array.of(0x90, 0) }
  t.equal(station.take(late)?.step, 1, 'what came late moves nothing')

  const before = home()
  t.equal(before.take(late), undefined, 'an answer is no opening')
  t.equal(before.take({ session: SESSION, step: 0, kind: 'end', outcome: 'given-up' }), undefined)
  t.match(before.end, { kind: 'broken', error: { code: 'card.abandoned' } })
})

t.test('a card that refuses ends the session, and what is said to it is bounded', async (t) => {
  const station = home()
  const relay = openRelaySession(SESSION, UID)
  const first = station.take(relay.last)
  if (first === undefined || relay.take(first).kind !== 'exchange') throw new Error('asked')
  const end = station.take(relay.answered(Uint8Array.of(0x6a, 0x82)))
  t.match(end, { kind: 'end', outcome: 'refused' })
  t.match(station.end, { kind: 'broken', error: { code: 'card.foreign' } })
  t.match(end && relay.take(end), { kind: 'over', outcome: 'refused' })

  const endless = startHomeSession(SESSION, function* () {
    for (;;) yield { cla: 0, ins: 0xa4, p1: 0, p2: 0 }
  })
  const carrier = openRelaySession(SESSION, UID)
  let reply = endless.take(carrier.last)
  let steps = 0
  for (; reply?.kind === 'command'; steps++) {
    carrier.take(reply)
    reply = endless.take(carrier.answered(Uint8Array.of(0x90, 0)))
  }
  t.equal(steps, 64)
  t.match(reply, { kind: 'end', outcome: 'given-up' })
  t.equal(toHex(reply?.session ?? UID), toHex(SESSION))
})

t.test('an answer that is none ends the session', async (t) => {
  const station = home()
  const relay = openRelaySession(SESSION, UID)
  const first = station.take(relay.last)
  if (first === undefined) throw new Error('a command is due')
  relay.take(first)
  t.match(station.take(relay.answered(Uint8Array.of(1))), { kind: 'end', outcome: 'given-up' })
  t.match(station.end, { kind: 'broken', error: { code: 'bytes.apdu' } })
})

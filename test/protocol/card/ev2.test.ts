import t from 'tap'
import { concat, fromHex, toHex } from '../../../protocol/bytes.ts'
import {
  answerChallenge,
  type Ev2Session,
  finishFirst,
  finishNonFirst,
  rotated,
  sessionKeys,
} from '../../../protocol/card/ev2.ts'
import { aes128 } from '../../../runtime/crypto.ts'
import { type HandshakeVector, NTAG424 } from '../../kit/card-vectors.ts'

/** The reader's half of a handshake with these values. */
function played(vector: HandshakeVector) {
  const key = fromHex(vector.key)
  const rndA = fromHex(vector.rndA)
  const challenged = answerChallenge(aes128, key, rndA, fromHex(vector.challenge))
  if (challenged === undefined) throw new Error('a challenge of 16 bytes is answered')
  const { rndB, reply } = challenged
  return {
    reply,
    handshake: { slot: vector.slot, key, rndA, rndB },
    answer: fromHex(vector.answer),
  }
}

const BEFORE: Ev2Session = {
  slot: 3,
  transaction: fromHex('7614281A'),
  encryptionKey: new Uint8Array(16),
  macKey: new Uint8Array(16),
  counter: 2,
}

for (const vector of NTAG424.first) {
  t.test(`first authentication: ${vector.from}`, async (t) => {
    const { reply, handshake, answer } = played(vector)
    t.equal(toHex(reply), vector.reply.toLowerCase())
    if (vector.rndB !== undefined) t.equal(toHex(handshake.rndB), vector.rndB.toLowerCase())
    const session = finishFirst(aes128, handshake, answer)
    t.match(session, { slot: vector.slot, counter: 0 })
    t.equal(toHex(session?.transaction ?? answer), vector.transaction?.toLowerCase())
    if (vector.macKey === undefined || vector.encryptionKey === undefined) return
    t.equal(toHex(session?.macKey ?? answer), vector.macKey.toLowerCase())
    t.equal(toHex(session?.encryptionKey ?? answer), vector.encryptionKey.toLowerCase())
  })
}

for (const vector of NTAG424.nonFirst) {
  t.test(`authentication in a session: ${vector.from}`, async (t) => {
    const { reply, handshake, answer } = played(vector)
    t.equal(toHex(reply), vector.reply.toLowerCase())
    const session = finishNonFirst(aes128, handshake, BEFORE, answer)
    t.match(session, { slot: vector.slot, counter: 2 })
    t.equal(toHex(session?.transaction ?? answer), '7614281a')
    if (vector.macKey === undefined || vector.encryptionKey === undefined) return
    t.equal(toHex(session?.macKey ?? answer), vector.macKey.toLowerCase())
    t.equal(toHex(session?.encryptionKey ?? answer), vector.encryptionKey.toLowerCase())
  })
}

t.test(
  'an answer with any bit wrong in what it proves, or of another length, is no session',
  async (t) => {
    const [vector] = NTAG424.first
    const [again] = NTAG424.nonFirst
    if (vector === undefined || again === undefined) throw new Error('no vectors')
    const first = played(vector)
    // RndA' lies in bytes 4 to 19; in CBC a flip spoils its own block and one bit of the next.
    for (let at = 4; at < 20; at++) {
      const changed = first.answer.with(at, (first.answer[at] ?? 0) ^ 1)
      t.equal(finishFirst(aes128, first.handshake, changed), undefined)
    }
    const next = played(again)
    for (let at = 0; at < 16; at++) {
      const changed = next.answer.with(at, (next.answer[at] ?? 0) ^ 0x80)
      t.equal(finishNonFirst(aes128, next.handshake, BEFORE, changed), undefined)
    }
    for (let cut = 0; cut < 32; cut++) {
      t.equal(finishFirst(aes128, first.handshake, first.answer.slice(0, cut)), undefined)
      if (cut === 16) continue
      t.equal(finishNonFirst(aes128, next.handshake, BEFORE, first.answer.slice(0, cut)), undefined)
      t.equal(
        answerChallenge(
          aes128,
          fromHex(vector.key),
          fromHex(vector.rndA),
          first.answer.slice(0, cut),
        ),
        undefined,
      )
    }
    const other = { ...first.handshake, key: new Uint8Array(16).fill(1) }
    t.equal(finishFirst(aes128, other, first.answer), undefined, 'another key')
  },
)

t.test('session keys differ with each challenge, and a challenge comes back turned', async (t) => {
  const [key, rndA, rndB] = [1, 2, 3].map((byte) => new Uint8Array(16).fill(byte))
  if (key === undefined || rndA === undefined || rndB === undefined) throw new Error('no bytes')
  const all = [
    sessionKeys(aes128, key, rndA, rndB),
    sessionKeys(aes128, key, rndB, rndA),
    sessionKeys(aes128, rndA, rndA, rndB),
  ].flatMap(({ encryptionKey, macKey }) => [toHex(encryptionKey), toHex(macKey)])
  t.equal(new Set(all).size, 6)
  t.equal(toHex(rotated(concat(Uint8Array.of(1, 2), Uint8Array.of(3)))), '020301')
})

import fc from 'fast-check'
import t from 'tap'
import { fromHex, toHex } from '../../../protocol/bytes.ts'
import type { Ev2Session } from '../../../protocol/card/ev2.ts'
import {
  afterCommand,
  type CommMode,
  commandMac,
  decryptCommand,
  MAX_COUNTER,
  openResponse,
  protectCommand,
  protectResponse,
} from '../../../protocol/card/ev2-messages.ts'
import { aes128 } from '../../../runtime/crypto.ts'
import { type CommandVector, NTAG424 } from '../../kit/card-vectors.ts'

function sessionOf(vector: CommandVector): Ev2Session {
  return {
    slot: 0,
    transaction: fromHex(vector.transaction),
    encryptionKey: fromHex(vector.encryptionKey),
    macKey: fromHex(vector.macKey),
    counter: vector.counter,
  }
}

for (const vector of NTAG424.commands) {
  t.test(vector.from, async (t) => {
    const session = sessionOf(vector)
    const command = {
      code: Number.parseInt(vector.code, 16),
      header: fromHex(vector.header),
      data: fromHex(vector.data),
    }
    const field = protectCommand(aes128, session, vector.mode, command)
    t.equal(toHex(field), vector.field.toLowerCase())
    const body = field.slice(command.header.length, -8)
    t.equal(
      toHex(commandMac(aes128, session, command.code, field.slice(0, -8))),
      toHex(field.slice(-8)),
    )
    if (vector.mode === 'full' && body.length > 0) {
      t.equal(toHex(decryptCommand(aes128, session, body) ?? field), vector.data.toLowerCase())
    }
    if (vector.answer === undefined || vector.answerData === undefined) return
    const answer = fromHex(vector.answer)
    const data = openResponse(aes128, session, vector.mode, answer)
    t.equal(toHex(data ?? answer), vector.answerData.toLowerCase())
    t.equal(
      toHex(protectResponse(aes128, session, vector.mode, fromHex(vector.answerData))),
      vector.answer.toLowerCase(),
    )
  })
}

const SESSION: Ev2Session = {
  slot: 1,
  transaction: fromHex('01020304'),
  encryptionKey: new Uint8Array(16).fill(5),
  macKey: new Uint8Array(16).fill(6),
  counter: 7,
}

t.test('an answer with any bit changed, cut or replayed is refused', async (t) => {
  for (const mode of ['mac', 'full'] as const) {
    const answer = protectResponse(aes128, SESSION, mode, Uint8Array.of(1, 2, 3))
    t.equal(toHex(openResponse(aes128, SESSION, mode, answer) ?? answer), '010203')
    for (let at = 0; at < answer.length; at++) {
      t.equal(openResponse(aes128, SESSION, mode, answer.slice(0, at)), undefined)
      const changed = answer.with(at, (answer[at] ?? 0) ^ 0x10)
      t.equal(openResponse(aes128, SESSION, mode, changed), undefined)
    }
    t.equal(openResponse(aes128, afterCommand(SESSION), mode, answer), undefined, 'one later')
    const other = { ...SESSION, transaction: fromHex('01020305') }
    t.equal(openResponse(aes128, other, mode, answer), undefined, 'another transaction')
  }
})

t.test('noise is refused and never a fault', async (t) => {
  const noise = fc.uint8Array({ maxLength: 60 })
  fc.assert(
    fc.property(noise, (bytes) => {
      const modes: readonly CommMode[] = ['mac', 'full']
      decryptCommand(aes128, SESSION, bytes)
      return modes.every((mode) => openResponse(aes128, SESSION, mode, bytes) === undefined)
    }),
  )
  t.equal(toHex(openResponse(aes128, SESSION, 'plain', Uint8Array.of(9)) ?? SESSION.macKey), '09')
})

t.test('a used-up counter sends nothing more', async (t) => {
  const command = { code: 0x51, header: new Uint8Array(0), data: new Uint8Array(0) }
  const worn = { ...SESSION, counter: MAX_COUNTER }
  t.throws(() => protectCommand(aes128, worn, 'mac', command), { code: 'call.card-session' })
  const last = { ...SESSION, counter: MAX_COUNTER - 1 }
  t.equal(protectCommand(aes128, last, 'mac', command).length, 8)
  t.equal(protectCommand(aes128, SESSION, 'plain', command).length, 0)
})

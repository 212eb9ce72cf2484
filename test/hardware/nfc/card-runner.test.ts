import t from 'tap'
import { type CardSession, runScript } from '../../../hardware/nfc/card-runner.ts'
import { fromHex } from '../../../protocol/bytes.ts'
import { getVersion, readBinary } from '../../../protocol/card/ntag424.ts'
import { PersonhoodError } from '../../../protocol/errors.ts'

const LOST = new PersonhoodError('device.timeout', 'no answer')
const MOVED = new PersonhoodError('card.moved', 'gone')

/** A session with a card that gives these answers in turn; an error among them is thrown. */
function scripted(...answers: readonly (string | PersonhoodError)[]): CardSession {
  const left = [...answers]
  const pcd = {
    transceive: async () => {
      const answer = left.shift()
      if (typeof answer === 'string') return fromHex(answer)
      throw answer ?? new Error('no answer left')
    },
  }
  return { pcd, picc: {}, signal: undefined } as unknown as CardSession
}

t.test('a file command whose answer is lost is sent again, three times in all', async (t) => {
  const read = (...answers: readonly (string | PersonhoodError)[]) =>
    runScript(scripted(...answers), () => readBinary(0, 1))
  t.match(await read(LOST, LOST, '019000'), { sw: 0x90_00 })
  t.match(await read(...Array(8).fill(LOST), '019000'), { sw: 0x90_00 }, 'and the script anew')
  await t.rejects(read(...Array(9).fill(LOST), '019000'), { code: 'device.timeout' })
  await t.rejects(read(MOVED, '019000'), { code: 'card.moved' })
  await t.rejects(read('90'), { code: 'bytes.apdu' })
})

t.test('a command that is not to run twice begins its script anew', async (t) => {
  const parts = ['0404023000110591af', '0404020102110591af', `${'00'.repeat(14)}9100`]
  const version = (...answers: readonly (string | PersonhoodError)[]) =>
    runScript(scripted(...answers), getVersion)
  t.match(await version(...parts), { storage: 0x11 })
  t.match(await version(parts[0] ?? '', LOST, ...parts), { storage: 0x11 })
  const garbled = new PersonhoodError('device.garbled', 'wrong checksum')
  await t.rejects(version(garbled, garbled, garbled, ...parts), { code: 'device.garbled' })
})

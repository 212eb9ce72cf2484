import fc from 'fast-check'
import t from 'tap'
import { createBoardLine, isOfOurBoard } from '../../../hardware/panel/board-line.ts'
import { createPortPair } from '../../../hardware/sim/port-pair.ts'
import { createVirtualTimers } from '../../../hardware/sim/virtual-timers.ts'
import { concat, fromHex, toHex } from '../../../protocol/bytes.ts'

const VERSION = fromHex('f90207')
const MAPPING = fromHex(`f06a${'7f'.repeat(20)}f7`)
const CAPABILITIES = fromHex(
  `f06c7f7f${'00010b017f'.repeat(3)}${'010103087f'.repeat(2)}${'7f'.repeat(13)}f7`,
)
const FIRMWARE = fromHex('f07901007000f7')

/** What firmata-io would hear of a line, and what was asked there. */
function bench() {
  const timers = createVirtualTimers()
  const { host, device } = createPortPair('panel')
  const heard: string[] = []
  const asked: string[] = []
  device.onBytes((bytes) => void asked.push(toHex(bytes)))
  const line = createBoardLine(host, timers)
  line.transport.on('data', (bytes: Uint8Array) => heard.push(toHex(bytes)))
  const say = async (...messages: readonly Uint8Array[]): Promise<void> => {
    await device.write(concat(...messages))
    await timers.advance(1)
  }
  return { line, heard, asked, say }
}

t.test('what our firmware says goes through, what damage makes of it does not', async (t) => {
  for (const message of [VERSION, MAPPING, CAPABILITIES, FIRMWARE]) {
    t.ok(isOfOurBoard(message), toHex(message))
  }
  const damaged = [
    'f06a7f7ff7',
    'f06c7f7ff7',
    'f079f7',
    'f07901f7',
    'f06d020b01f7',
    '900102',
    '900100',
    '910400',
    'e00100',
  ]
  for (const message of damaged) t.notOk(isOfOurBoard(fromHex(message)), message)
  const { heard, say } = bench()
  await say(VERSION, fromHex('f06a7f7ff7'), MAPPING)
  t.same(heard, [toHex(VERSION), toHex(MAPPING)])
})

t.test('a change of the buttons is asked for once more before it is believed', async (t) => {
  const { line, heard, asked, say } = bench()
  await say(fromHex('901c00'))
  t.same(heard, [])
  t.same(asked, ['d001'])
  await say(fromHex('901c00'))
  t.same(heard, ['901c00'])
  await say(fromHex('901400'))
  await say(fromHex('901c00'))
  t.same(heard, ['901c00', '901c00'], 'a bit that tipped on the way is no press')
  line.askButtons()
  await say(fromHex('901800'))
  await say(fromHex('901800'))
  t.same(heard.slice(2), ['901800'])
  t.equal(asked.length, 4)
})

t.test('noise never makes a message that our firmware would not send', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (noise) => {
      const { heard, say } = bench()
      await say(noise)
      return heard.every((message) => isOfOurBoard(fromHex(message)))
    }),
    { numRuns: 100 },
  )
})

import t from 'tap'
import { Confirmation, Instruction } from '../../../hardware/finger/commands.ts'
import { encodeFrame, type FingerFrame, Kind, scanFinger } from '../../../hardware/finger/frame.ts'
import { createFingerSimulator } from '../../../hardware/finger/simulator.ts'
import { createPortPair } from '../../../hardware/sim/port-pair.ts'
import { concat, fromHex } from '../../../protocol/bytes.ts'

const ADDRESS = 0xff_ff_ff_ff

function module() {
  const pair = createPortPair('finger')
  const simulator = createFingerSimulator(pair.device, { packetBytes: 256 })
  const heard: FingerFrame[] = []
  pair.host.onBytes((bytes) => heard.push(...scanFinger(bytes, true).frames))
  return {
    simulator,
    ask: async (...payload: number[]) => {
      heard.length = 0
      const bytes = Uint8Array.from(payload)
      await pair.host.write(encodeFrame({ kind: Kind.command, address: ADDRESS, payload: bytes }))
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
      return [...heard]
    },
  }
}

const code = ([frame]: readonly FingerFrame[]) => frame?.payload[0]

t.test('nothing is captured or given out before the password', async (t) => {
  const { simulator, ask } = module()
  simulator.place({ width: 160, height: 160, pixels: new Uint8Array(25_600) })
  t.equal(code(await ask(Instruction.generateImage)), Confirmation.wrongPassword)
  t.equal(code(await ask(Instruction.uploadImage)), Confirmation.uploadFailed)
  t.equal(code(await ask(Instruction.verifyPassword, 0, 0, 0, 1)), Confirmation.wrongPassword)
  t.equal(code(await ask(Instruction.verifyPassword, 0, 0, 0, 0)), Confirmation.done)
  t.equal(code(await ask(Instruction.generateImage)), Confirmation.done)
  const [answer, ...packets] = await ask(Instruction.uploadImage)
  t.equal(answer?.payload[0], Confirmation.done)
  t.equal(concat(...packets.map(({ payload }) => payload)).length, 12_800)
  t.same(new Set(packets.slice(0, -1).map(({ kind }) => kind)), new Set([Kind.data]))
  t.equal(packets.at(-1)?.kind, Kind.end)
})

t.test('instructions and lights that do not exist', async (t) => {
  const { simulator, ask } = module()
  t.same(await ask(0x77), [])
  t.equal(code(await ask(Instruction.auraLight, 9, 0, 1, 0)), Confirmation.invalidParameter)
  t.equal(simulator.light, undefined)
  t.equal(simulator.instructions, 1)
})

t.test('what is for another address is not for this module', async (t) => {
  const pair = createPortPair('finger')
  createFingerSimulator(pair.device, { address: 1 })
  let bytes = 0
  pair.host.onBytes((run) => {
    bytes += run.length
  })
  await pair.host.write(fromHex('ef01ffffffff010003010005'))
  t.equal(bytes, 0)
})

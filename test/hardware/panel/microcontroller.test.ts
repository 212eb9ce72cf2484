import { readFileSync } from 'node:fs'
import t from 'tap'
import { encodeFrame, scanPanel } from '../../../hardware/panel/frame.ts'
import { readState } from '../../../hardware/panel/messages.ts'
import { EEPROM_BYTES, Microcontroller } from '../../../hardware/panel/microcontroller.ts'
import { createRandom } from '../../../hardware/sim/random.ts'
import { concat, toHex } from '../../../protocol/bytes.ts'

const HEX = readFileSync('hardware/panel/firmware/panel.hex', 'utf8')

function chip(): Microcontroller {
  const made = new Microcontroller(HEX, new Uint8Array(EEPROM_BYTES).fill(0xff), 'power')
  for (const button of [2, 3, 4]) made.setInput(button, true)
  return made
}

function runFor(made: Microcontroller, ms: number): Uint8Array {
  return concat(...Array.from({ length: ms }, () => made.run(1)))
}

t.test('bytes come in at the rate of the line: one in 174 microseconds', async (t) => {
  const made = chip()
  runFor(made, 50)
  made.receive(Uint8Array.from({ length: 30 }, () => 0xf9))
  let ms = 0
  let answers = 0
  while (answers < 90 && ms < 100) {
    answers += made.run(1).length
    ms++
  }
  // 90 bytes of answer at 5714 a second.
  t.ok(ms >= 15 && ms <= 20, `${ms} ms`)
})

t.test('what comes before the firmware listens is lost', async (t) => {
  const made = chip()
  made.receive(Uint8Array.of(0xf9))
  t.equal(toHex(runFor(made, 50)), '')
})

t.test('the lamp on the board changes once a second: the firmware lives', async (t) => {
  const made = chip()
  let edges = 0
  made.onEdge(13, () => edges++)
  runFor(made, 4100)
  t.equal(edges, 4)
})

t.test('stuck firmware is a reset after half a second', async (t) => {
  const made = chip()
  runFor(made, 50)
  made.hang()
  runFor(made, 450)
  t.equal(made.isReset, false)
  runFor(made, 100)
  t.equal(made.isReset, true)
})

t.test('only the restart line is open drain, and it is let go', async (t) => {
  const made = chip()
  made.watch(9)
  t.equal(made.frequencyOf(9), 0, 'before its first edge')
  runFor(made, 50)
  t.equal(made.isPulledLow(16), false)
  t.equal(made.frequencyOf(9), 0)
  t.equal(made.dutyOf(5), 0)
})

t.test('no bytes whatever silence the firmware, nor open the restart line', async (t) => {
  const ping = encodeFrame({ command: 3, seq: 5, payload: new Uint8Array(0) })
  for (let seed = 1; seed <= 30; seed++) {
    const made = chip()
    runFor(made, 50)
    const random = createRandom(seed)
    // Half of it heads of messages, so that the noise gets past the first byte.
    const heads = [0xf0, 0xf7, 0x90, 0xd0, 0xe5, 0xf4, 0xf5, 0xf9, 0xff]
    const noise = Uint8Array.from({ length: 400 }, () =>
      random.next() < 0.3 ? (heads[random.int(heads.length)] ?? 0) : random.int(128),
    )
    made.receive(concat(noise, Uint8Array.of(0xf7), ping))
    const { frames } = scanPanel(runFor(made, 200), true)
    t.ok(
      frames.some((frame) => frame.seq === 5 && readState(frame) !== undefined),
      `seed ${seed}`,
    )
    t.equal(made.isReset, false)
    t.equal(made.isPulledLow(16), false)
  }
})

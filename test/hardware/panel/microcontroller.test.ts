import { readFileSync } from 'node:fs'
import t from 'tap'
import { EEPROM_BYTES, Microcontroller } from '../../../hardware/panel/microcontroller.ts'
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

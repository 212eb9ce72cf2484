import t from 'tap'
import { createPanelBench } from './bench.ts'

/** What the EEPROM holds: word and inverse, twice, the low byte first. */
function eepromWith(first: readonly number[], second: readonly number[]): Uint8Array {
  const eeprom = new Uint8Array(1024).fill(0xff)
  eeprom.set([...first, ...second])
  return eeprom
}

const MARKED = [0x07, 0x80, 0xf8, 0x7f]
const CLEAR = [0x07, 0x00, 0xf8, 0xff]
const TORN = [0x07, 0x80, 0xff, 0xff]

t.test(
  'the mark of an opened box outlives power cuts, also half-way through its writing',
  async (t) => {
    for (const [name, eeprom, isTampered, tamperCount] of [
      ['never written', eepromWith([255, 255, 255, 255], [255, 255, 255, 255]), false, 0],
      ['marked', eepromWith(MARKED, MARKED), true, 7],
      ['cleared', eepromWith(CLEAR, CLEAR), false, 7],
      ['cut between the copies', eepromWith(MARKED, CLEAR), true, 7],
      ['cut in the first copy', eepromWith(TORN, CLEAR), true, 7],
      ['cut in the second copy', eepromWith(MARKED, TORN), true, 7],
      ['cut in the clearing', eepromWith(CLEAR, TORN), true, 7],
    ] as const) {
      const bench = createPanelBench(eeprom)
      const { panel } = await bench.open()
      t.match(panel.guards, { isTampered, tamperCount }, name)
      bench.simulator.unplug()
    }
  },
)

t.test(
  'a loop that flaps does not wear the EEPROM out: only the first opening is written',
  async (t) => {
    const bench = createPanelBench()
    const { panel } = await bench.open()
    for (let i = 0; i < 5; i++) {
      bench.simulator.setLoop(true)
      await bench.timers.advance(60)
      bench.simulator.setLoop(false)
      await bench.timers.advance(60)
    }
    t.equal(panel.guards.tamperCount, 5)
    bench.simulator.unplug()
    const again = await bench.open()
    t.match(again.panel.guards, { isTampered: true, tamperCount: 1 })
    bench.simulator.unplug()
  },
)

t.test('a contact that bounces for 20 ms is no opening', async (t) => {
  const bench = createPanelBench()
  const { panel } = await bench.open()
  bench.simulator.setLoop(true)
  await bench.timers.advance(20)
  bench.simulator.setLoop(false)
  await bench.timers.advance(100)
  t.equal(panel.guards.isTampered, false)
  bench.simulator.unplug()
})

t.test('an unplugged panel ends its port and runs no further', async (t) => {
  const bench = createPanelBench()
  const { port } = await bench.open()
  const reason = new Promise((resolve) => port.onClose(resolve))
  bench.simulator.unplug()
  t.match(await reason, { code: 'device.unplugged' })
  t.equal(bench.simulator.hertz, 0)
  t.equal(bench.simulator.lamp('reading'), 0)
  t.equal(bench.simulator.isHostHeld, false)
})
